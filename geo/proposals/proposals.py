"""Propose a change of what governments share, and say what each side says to it.

A proposal takes effect when every side has consented and the authority above all of them has
approved. A side without an account, or the authority, may speak by document (number, date, file)
that another side enters. An approval entered so counts once another account has consented after it,
for that one has seen the paper; so nobody brings every voice alone.

References
----------
行政区域界线管理条例 (Order 353) art. 2, 6, 9.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, Text, cast, func, insert, select, update

from geo.access.jurisdiction import (
    Viewer,
    reach_some,
    refuse_hidden,
    require_role,
    require_some_role,
    roles_at,
)
from geo.access.tables import app_user
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.errors import (
    FileUnknownError,
    OptionInvalidError,
    ProposalEndedError,
    ProposalUnknownError,
)
from geo.files.attach import read_attachment
from geo.proposals.tables import proposal, proposal_voice
from geo.texts import Text as Words

Said = Literal["consent", "approval", "return", "withdrawal"]
State = Literal["proposed", "approved", "returned", "withdrawn"]
one_proposal, voice = proposal.c, proposal_voice.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A paper that speaks for whoever has no account; ``file`` is the id of its attachment."""

    number: str
    dated: date
    file: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What was said: for which side (None for the authority above), by whom, on which day."""

    said: Said
    division_id: UUID | None
    signer: str
    on_day: date
    document: Mapping[str, Any] | None
    note: str | None
    actor: str
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed change; ``body`` is what would be.

    ``waits_for`` are the sides that have not consented, ``needs_approval`` says whether the
    authority above has still to approve.
    """

    id: UUID
    kind: str
    object_id: UUID | None
    sides: tuple[UUID, ...]
    body: Mapping[str, Any]
    state: State
    note: str | None
    actor: str
    actor_name: str
    created_at: datetime
    ended_at: datetime | None
    voices: tuple[Voice, ...]
    waits_for: tuple[UUID, ...]
    needs_approval: bool

    @property
    def is_agreed(self) -> bool:
        """Return whether every side has consented and the authority has approved."""
        return not self.waits_for and not self.needs_approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody says to a proposal; ``division_id`` is the side a consent is of."""

    said: Said
    signer: str
    on_day: date
    division_id: UUID | None = None
    document: Document | None = None
    note: str | None = None


def open_proposal(
    conn: Connection,
    viewer: Viewer,
    kind: str,
    *,
    object_id: UUID | None,
    sides: Sequence[UUID],
    body: Mapping[str, Any],
    note: str | None = None,
) -> Proposal:
    """Open a proposal; its own side's consent is not taken for granted, somebody signs it.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides.
    """
    require_some_role(viewer, "editor")
    if not roles_at(conn, viewer, "editor", sides):
        require_role(conn, viewer, "editor", sides, what=str(Words(f"proposal_kind.{kind}")))
    made = new_id()
    conn.execute(
        insert(proposal).values(
            id=made,
            kind=kind,
            object_id=object_id,
            sides=list(sides),
            body=dict(body),
            note=note,
            actor=viewer.actor,
        )
    )
    return read_proposal(conn, made, viewer)


def speak(
    conn: Connection, viewer: Viewer, proposal_id: UUID, given: Statement, *, today: date
) -> Proposal:
    """Write down what somebody says to a proposal; return it as it stands then.

    An agreed proposal is for the caller to carry out and to close with :func:`close_proposal`, in
    the same transaction.

    Raises
    ------
    ProposalUnknownError, ProposalEndedError
    OptionInvalidError
        If the day lies ahead, or a consent names none of the sides.
    FileUnknownError
        If a document is no file of the proposal, nor of what it is about.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer may: a consent wants an editor of that side, an approval an approver of
        all sides, both an editor of any side where a document speaks.
    """
    found = read_proposal(conn, proposal_id, viewer)
    # Two who speak at once wait for each other, so that only one of them finds it agreed.
    conn.execute(select(one_proposal.id).where(one_proposal.id == proposal_id).with_for_update())
    found = read_proposal(conn, proposal_id, viewer)
    if found.state != "proposed":
        raise ProposalEndedError(
            proposal=Words(f"proposal_kind.{found.kind}"),
            state=Words(f"proposal_state.{found.state}"),
        )
    _check(found, given, today)
    _require_voice(conn, viewer, found, given)
    if given.document is not None:
        _require_file(conn, found, given.document)
    conn.execute(
        insert(proposal_voice).values(
            id=new_id(),
            proposal_id=proposal_id,
            said=given.said,
            division_id=given.division_id,
            signer=given.signer.strip(),
            on_day=given.on_day,
            document=_as_json(given.document),
            note=given.note,
            actor=viewer.actor,
        )
    )
    ends: dict[Said, State] = {"return": "returned", "withdrawal": "withdrawn"}
    if given.said in ends:
        close_proposal(conn, proposal_id, ends[given.said])
    return read_proposal(conn, proposal_id, viewer)


def close_proposal(conn: Connection, proposal_id: UUID, state: State) -> None:
    """End a proposal in a state."""
    conn.execute(
        update(proposal)
        .where(one_proposal.id == proposal_id)
        .values(state=state, ended_at=func.clock_timestamp())
    )


def read_proposal(conn: Connection, proposal_id: UUID, viewer: Viewer) -> Proposal:
    """Read a proposal with what was said to it.

    Raises
    ------
    ProposalUnknownError, NotPublishedError, OutsideJurisdictionError, RoleMissingError
        It is for its sides and those above them.
    """
    row = conn.execute(
        _select()
        .add_columns(reach_some(viewer, one_proposal.sides).label("seen"))
        .where(one_proposal.id == proposal_id)
    ).one_or_none()
    if row is None:
        raise ProposalUnknownError(proposal=proposal_id)
    if viewer.is_public or not row.seen:
        refuse_hidden(conn, viewer, row.sides, what=str(Words(f"proposal_kind.{row.kind}")))
    return _proposals(conn, [row])[0]


def list_proposals(
    conn: Connection,
    viewer: Viewer,
    *,
    state: State | None = "proposed",
    object_id: UUID | None = None,
    limit: int = 200,
) -> list[Proposal]:
    """List the proposals of the viewer's jurisdiction, the newest first."""
    require_some_role(viewer, "viewer")
    chosen = _select().where(reach_some(viewer, one_proposal.sides))
    if state is not None:
        chosen = chosen.where(one_proposal.state == state)
    if object_id is not None:
        chosen = chosen.where(one_proposal.object_id == object_id)
    rows = conn.execute(chosen.order_by(one_proposal.id.desc()).limit(limit)).all()
    return _proposals(conn, rows)


def _check(found: Proposal, given: Statement, today: date) -> None:
    if given.on_day > today:
        raise OptionInvalidError(
            option="on_day", value=given.on_day, allowed=Words("allowed.until", {"last": today})
        )
    if not given.signer.strip():
        raise OptionInvalidError(
            option="signer", value=given.signer, allowed=Words("allowed.person_name")
        )
    if given.said == "consent" and given.division_id not in found.sides:
        raise OptionInvalidError(
            option="side", value=given.division_id, allowed=[str(one) for one in found.sides]
        )


def _require_voice(conn: Connection, viewer: Viewer, found: Proposal, given: Statement) -> None:
    """Refuse who may not say this."""
    what = str(Words(f"proposal_kind.{found.kind}"))
    if given.said == "withdrawal":
        if viewer.actor != found.actor:
            require_role(conn, viewer, "administrator", found.sides, what=what)
    elif given.said == "consent" and given.document is None:
        require_role(conn, viewer, "editor", [given.division_id], what=what)
    elif given.said == "approval" and given.document is None:
        require_role(conn, viewer, "approver", found.sides, what=what)
    elif not roles_at(conn, viewer, "editor", found.sides):
        require_role(conn, viewer, "editor", found.sides, what=what)


def _require_file(conn: Connection, found: Proposal, document: Document) -> None:
    """Refuse a document whose file was given to something else, or was taken off."""
    given = read_attachment(conn, document.file)
    if given.object_id not in (found.id, found.object_id) or given.withdrawn_at is not None:
        raise FileUnknownError(attachment=document.file)


def _as_json(document: Document | None) -> dict[str, str] | None:
    if document is None:
        return None
    return {
        "number": document.number,
        "dated": document.dated.isoformat(),
        "file": str(document.file),
    }


def _select() -> Any:
    return select(
        *proposal.c, func.coalesce(app_user.c.name, one_proposal.actor).label("actor_name")
    ).outerjoin(app_user, cast(app_user.c.id, Text) == one_proposal.actor)


def _proposals(conn: Connection, rows: Sequence[Row[Any]]) -> list[Proposal]:
    voices = _voices(conn, [row.id for row in rows])
    return [_proposal(row, voices.get(row.id, [])) for row in rows]


def _voices(conn: Connection, ids: Collection[UUID]) -> dict[UUID, list[Voice]]:
    rows = conn.execute(
        select(*proposal_voice.c, func.coalesce(app_user.c.name, voice.actor).label("actor_name"))
        .outerjoin(app_user, cast(app_user.c.id, Text) == voice.actor)
        .where(voice.proposal_id == any_uuid(ids))
        .order_by(voice.at)
    )
    found: dict[UUID, list[Voice]] = {}
    for row in rows:
        found.setdefault(row.proposal_id, []).append(
            Voice(
                said=row.said,
                division_id=row.division_id,
                signer=row.signer,
                on_day=row.on_day,
                document=row.document,
                note=row.note,
                actor=row.actor,
                actor_name=row.actor_name,
                at=row.at,
            )
        )
    return found


def _proposal(row: Row[Any], voices: Sequence[Voice]) -> Proposal:
    return Proposal(
        id=row.id,
        kind=row.kind,
        object_id=row.object_id,
        sides=tuple(row.sides),
        body=row.body,
        state=row.state,
        note=row.note,
        actor=row.actor,
        actor_name=row.actor_name,
        created_at=row.created_at,
        ended_at=row.ended_at,
        voices=tuple(voices),
        waits_for=_waits_for(row.sides, voices),
        needs_approval=not any(one.said == "approval" for one in voices),
    )


def _waits_for(sides: Sequence[UUID], voices: Sequence[Voice]) -> tuple[UUID, ...]:
    """Return the sides whose consent is missing, or must follow an approval that was entered."""
    consents = {one.division_id: one for one in voices if one.said == "consent"}
    waiting = tuple(side for side in sides if side not in consents)
    approvals = [one for one in voices if one.said == "approval"]
    if waiting or not approvals or any(one.document is None for one in approvals):
        return waiting
    first = approvals[0]
    others = {side for side, one in consents.items() if one.actor != first.actor}
    if any(consents[side].at > first.at for side in others):
        return ()
    return tuple(side for side in sides if side in others) or tuple(sides)
