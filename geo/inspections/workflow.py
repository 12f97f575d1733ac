"""Take an inspection from state to state, by the rows of ``TRANSITIONS`` and their guards.

Nothing else changes a state but a change that voids signatures (``geo.inspections.voiding``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, insert, select, update

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.db.ids import new_id
from geo.errors import (
    ActionNotNowError,
    GuardBlockedError,
    InspectionInvalidError,
    NotPartyError,
    YutuError,
)
from geo.files.attach import read_attachment
from geo.inspections.facts import Document, Inspection, Missing, Party, Step
from geo.inspections.feed import tell
from geo.inspections.missing import list_missing, list_unsigned
from geo.inspections.parties import is_superior, require_party
from geo.inspections.read import lock_inspection, read_inspection
from geo.inspections.tables import inspection, inspection_step
from geo.inspections.transitions import (
    ACTIONS,
    Guard,
    Transition,
    find_transition,
    transitions_from,
)
from geo.revisions.changes import change_object
from geo.texts import Text as Words

step = inspection_step.c
KNOWN = (*ACTIONS, "confirm_acceptance")
BY_DOCUMENT = ("accept", "return")
"""What an authority without an account does by document, which the lead enters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done: ``side`` for whom, ``document`` the paper that says so."""

    action: str
    side: str | None = None
    note: str | None = None
    document: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that comes next: ``allowed`` for the viewer, or ``why`` not; what ``missing``.

    ``waits_for`` are the sides whose word lacks, where each must speak.
    """

    action: str
    to: str
    who: str
    allowed: bool
    why: YutuError | None
    missing: Sequence[Missing]
    waits_for: tuple[Party, ...]


def take_step(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    asked: Asked,
    *,
    today: date,
    seen: int | None = None,
) -> Inspection:
    """Do an action and return the inspection after it.

    Where both sides must speak, the state changes with the second. What an authority without an
    account decided is entered by the lead from its document and confirmed by another side
    (``confirm_acceptance``).

    Raises
    ------
    ActionNotNowError
        If the state does not allow it.
    NotPartyError, GuestRefusedError, OptionInvalidError
        If the viewer may not.
    GuardBlockedError
        If something lacks; all of it is listed.
    InspectionInvalidError
        If a reason or document is needed and not there.
    ChangedMeanwhileError
    """
    state = lock_inspection(conn, found.id)
    if asked.action not in KNOWN:
        raise _not_now(found, state, asked.action)
    change_object(
        conn, viewer, "inspection", found.id, "inspection_step", seen=seen, needs_seen=False,
        action=Words(f"action.{asked.action}"),
    )  # fmt: skip
    if asked.action == "confirm_acceptance":
        return _confirm(conn, viewer, found, asked, state, today)
    row = find_transition(state, asked.action)
    if row is None or (row.whole and found.parent_id is not None):
        raise _not_now(found, state, asked.action)
    party = _may(conn, viewer, found, row, asked, today)
    if row.reason and not (asked.note or "").strip():
        raise _invalid("note", "reason.note_why")
    _check_document(conn, found, asked, party, today)
    missing = [one for one in _lacks(conn, found, row.guards) if one.blocks]
    if missing:
        raise GuardBlockedError(
            action=Words(f"action.{asked.action}"),
            count=len(missing),
            missing=[one.told() for one in missing],
        )
    to = row.to if _is_done(conn, found, row, party) else state
    _write(conn, viewer, found, asked, party, state, to, today)
    return read_inspection(conn, found.id, viewer, today)


def list_actions(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    *,
    today: date,
    gaps: Sequence[Missing] | None = None,
) -> list[Action]:
    """List what comes next in the present state, and whether the viewer may do it.

    Parameters
    ----------
    gaps
        What :func:`geo.inspections.missing.list_missing` says, where it was asked already.
    """
    actions = []
    for row in transitions_from(found.state):
        if row.whole and found.parent_id is not None:
            continue
        why = None
        try:
            _may(conn, viewer, found, row, Asked(action=row.action), today)
        except YutuError as error:
            why = error
        actions.append(
            Action(
                action=row.action,
                to=row.to,
                who=row.who,
                allowed=why is None,
                why=why,
                missing=_lacks(conn, found, row.guards, gaps),
                waits_for=_waits_for(conn, found) if row.who == "both" else (),
            )
        )
    return actions


def list_steps(conn: Connection, inspection_id: UUID) -> list[Step]:
    """List what was done, the oldest first; who may see it was asked before."""
    rows = conn.execute(
        select(
            step.id, step.action, step.from_state, step.to_state, step.division_id, step.document,
            step.note, step.actor, step.at,
            func.coalesce(app_user.c.name, step.actor).label("actor_name"),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == step.actor)
        .where(step.inspection_id == inspection_id)
        .order_by(step.at, step.id)
    )  # fmt: skip
    return [Step(**row) for row in rows.mappings()]


def pending_acceptance(steps: Sequence[Step]) -> Step | None:
    """Return the acceptance that was entered from a document and waits to be confirmed."""
    last = steps[-1] if steps else None
    waits = last is not None and last.action == "accept" and last.to_state == "submitted"
    return last if waits else None


def _may(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    row: Transition,
    asked: Asked,
    today: date,
) -> Party | None:
    """Return the side the viewer acts for; None for the authority above."""
    what = Words(f"action.{row.action}")
    by_superior = row.who == "superior" or row.action == "withdraw"
    if by_superior and is_superior(conn, viewer, found):
        return None
    if row.who == "superior" and asked.document is None:
        raise NotPartyError(
            what=what,
            parties=Words("reason.authority_above"),
            grants=[grant.in_words() for grant in viewer.grants] or Words("grant.none"),
        )
    said = asked.side if row.who in ("both", "party") else str(found.lead.id)
    acting = require_party(conn, viewer, found, said, what=what, today=today, concludes=True)
    if row.who == "both" and acting.party.role == "third":
        raise _invalid("side", "reason.third_agrees")
    return acting.party


def _check_document(
    conn: Connection, found: Inspection, asked: Asked, party: Party | None, today: date
) -> None:
    """Refuse a step that rests on a paper which is not there, of a day to come, or of another's."""
    by_paper = party is not None and (
        asked.action in BY_DOCUMENT or (asked.side and party.takes_part == "paper")
    )
    if asked.document is None:
        if by_paper:
            raise _invalid("document", "reason.document_needed")
        return
    if asked.document.dated > today:
        raise InspectionInvalidError(
            field="document.dated",
            value=asked.document.dated,
            reason=Words("reason.day_ahead", {"today": today}),
        )
    given = read_attachment(conn, asked.document.file)
    if given.object_id != found.id or given.withdrawn_at is not None:
        raise _invalid("document.file", "reason.scan_elsewhere")


def _lacks(
    conn: Connection,
    found: Inspection,
    guards: Sequence[Guard],
    gaps: Sequence[Missing] | None = None,
) -> list[Missing]:
    lacks: list[Missing] = []
    if "settled" in guards:
        lacks += list_missing(conn, found) if gaps is None else gaps
    if "signed" in guards:
        lacks += list_unsigned(conn, found)
    return lacks


def _is_done(
    conn: Connection,
    found: Inspection,
    row: Transition,
    party: Party | None,
) -> bool:
    """Return whether the state changes with this step, or waits for another side's word."""
    if row.who == "both" and party is not None:
        return all(one.id == party.id for one in _waits_for(conn, found))
    # What a document says of the authority above is confirmed by another side first.
    return row.action != "accept" or party is None


def _waits_for(conn: Connection, found: Inspection) -> tuple[Party, ...]:
    """Return the sides that have not spoken in the present state."""
    said = {one.division_id for one in _since_change(list_steps(conn, found.id))}
    return tuple(one for one in found.parties if one.role != "third" and one.id not in said)


def _since_change(steps: Sequence[Step]) -> list[Step]:
    """Return the agreements since the state last changed."""
    since: list[Step] = []
    for one in steps:
        since = [] if one.from_state != one.to_state else [*since, one]
    return [one for one in since if one.action == "agree_scheme"]


def _confirm(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    asked: Asked,
    state: str,
    today: date,
) -> Inspection:
    """Confirm an acceptance that the lead entered from a document; another side does."""
    entered = pending_acceptance(list_steps(conn, found.id))
    if state != "submitted" or entered is None:
        raise _not_now(found, state, asked.action)
    what = Words("action.confirm_acceptance")
    party = require_party(
        conn, viewer, found, asked.side, what=what, today=today, concludes=True
    ).party
    if party.role == "lead" or entered.actor == viewer.actor:
        raise _invalid("side", "reason.confirmed_by_other")
    _check_document(conn, found, asked, party, today)
    _write(conn, viewer, found, asked, party, state, "accepted", today, entered.document)
    return read_inspection(conn, found.id, viewer, today)


def _write(  # noqa: PLR0913 - one row of the history
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    asked: Asked,
    party: Party | None,
    state: str,
    to: str,
    today: date,
    decided: Any = None,
) -> None:
    """Write a step and its state; ``decided`` is the authority's paper that is confirmed."""
    said = asked.document
    document = decided
    if said is not None:
        document = {
            "number": said.number,
            "dated": said.dated.isoformat(),
            "file": str(said.file),
        }
    conn.execute(
        insert(inspection_step).values(
            id=new_id(),
            inspection_id=found.id,
            action=asked.action,
            from_state=state,
            to_state=to,
            division_id=party.id if party else None,
            document=document,
            note=asked.note,
            actor=viewer.actor,
        )
    )
    if to != state:
        values: dict[str, Any] = {"state": to}
        if to == "accepted":
            # The day is the authority's, not that of a letter by which another side confirms it.
            paper = decided or document
            dated = paper["dated"] if paper else None
            values["accepted_on"] = date.fromisoformat(dated) if dated else today
        _move(conn, found, values)
    tell(
        conn, viewer, found.id, "step", party.id if party else None, action=asked.action, to=to,
        note=asked.note,
    )  # fmt: skip


def _move(conn: Connection, found: Inspection, values: dict[str, Any]) -> None:
    """Set the state; what the authority decided of the whole holds for its parts."""
    own = inspection.c
    conn.execute(update(inspection).where(own.id == found.id).values(values))
    if values["state"] in ("accepted", "archived", "returned"):
        conn.execute(
            update(inspection)
            .where(own.parent_id == found.id, own.state != "withdrawn")
            .values(values)
        )


def _not_now(found: Inspection, state: str, action: str) -> ActionNotNowError:
    rows = [one for one in transitions_from(state) if not (one.whole and found.parent_id)]
    known = find_transition(state, action)
    in_whole = known is not None and known.whole and found.parent_id is not None
    return ActionNotNowError(
        action=Words(f"action.{action}") if action in KNOWN else action,
        state=Words(f"inspection_state.{state}"),
        allowed=Words("reason.whole_does") if in_whole else [one.action for one in rows],
        missing=[],
    )


def _invalid(field: str, reason: str) -> InspectionInvalidError:
    return InspectionInvalidError(
        field=field, value=Words("reason.not_given"), reason=Words(reason)
    )
