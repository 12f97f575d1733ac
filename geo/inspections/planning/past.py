"""Rounds of a line that were completed before, or elsewhere: entered as facts, without a workflow.

They wind the clock of a line (Order 353 art. 12): what an office has on paper of rounds 1 to 4
counts as much as a round that was inspected here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Text, cast, func, insert, or_, select, update

from geo.access.jurisdiction import Viewer, in_reach, require_role, require_some_role, roles_at
from geo.access.tables import app_user
from geo.boundaries.sides import Side, Sides, read_many_sides, read_sides
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.errors import (
    FileUnknownError,
    OptionInvalidError,
    PastRoundInvalidError,
    PastRoundUnknownError,
)
from geo.files.attach import Attachment, attach_file, read_attachment
from geo.inspections.planning.round_faults import KnownRound, PastRoundFacts, find_faults, says_same
from geo.inspections.tables import inspection, past_round
from geo.markers.read import LineRef, name_lines
from geo.texts import Text as Words

one = past_round.c
version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRound:
    """A completed round as it stands; one that was withdrawn stays, with the reason."""

    id: UUID
    line: LineRef
    round: int
    started_on: date | None
    finished_on: date
    lead: Side | None
    states: Mapping[str, int] = field(default_factory=dict)
    note: str | None
    source: str
    publication: str
    actor_name: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


def enter_past_round(
    conn: Connection,
    viewer: Viewer,
    facts: PastRoundFacts,
    *,
    today: date,
    publication: str = "unpublished",
) -> UUID:
    """Enter a completed round of a line; the same facts entered again are the row that stands.

    Raises
    ------
    LineUnknownError
    PastRoundInvalidError
        With a finding for each fault: its dates, its lead, its place among the rounds known.
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of one of the sides, or above.
    """
    sides = read_sides(conn, facts.line_id, today)
    require_side(conn, viewer, sides.ids, sides.name)
    _lock(conn, facts.line_id)
    known = read_known_rounds(conn, [facts.line_id]).get(facts.line_id, {})
    standing = known.get(facts.round)
    if standing is not None and standing.id is not None and says_same(facts, standing):
        return standing.id
    _refuse_faults(facts, sides, known, today)
    return store_past_rounds(conn, viewer, [facts], publication=publication)[0]


def store_past_rounds(
    conn: Connection,
    viewer: Viewer,
    facts: Collection[PastRoundFacts],
    *,
    import_id: UUID | None = None,
    publication: str = "unpublished",
) -> list[UUID]:
    """Store completed rounds; rights and faults were asked before."""
    stamps = {"import_id": import_id, "publication": publication, "actor": viewer.actor}
    rows = [{"id": new_id(), **asdict(said), **stamps} for said in facts]
    if rows:
        conn.execute(insert(past_round), rows)
    return [row["id"] for row in rows]


def correct_past_round(
    conn: Connection,
    viewer: Viewer,
    round_id: UUID,
    facts: PastRoundFacts,
    reason: str,
    *,
    today: date,
) -> None:
    """Correct a completed round that was entered wrongly; the audit log keeps what it said.

    Raises
    ------
    PastRoundUnknownError
        If there is none, or it is withdrawn.
    PastRoundInvalidError, OptionInvalidError
        If it cannot stand, is put on another line, or no reason is given.
    RoleMissingError, OutsideJurisdictionError
    """
    row = _standing(conn, round_id)
    sides = read_sides(conn, row.line_id, today)
    require_side(conn, viewer, sides.ids, sides.name)
    if facts.line_id != row.line_id:
        raise OptionInvalidError(option="line", value=facts.line_id, allowed=[row.line_id])
    _say_reason(conn, reason)
    _lock(conn, row.line_id)
    known = read_known_rounds(conn, [row.line_id]).get(row.line_id, {})
    others = {number: found for number, found in known.items() if found.id != round_id}
    _refuse_faults(facts, sides, others, today)
    conn.execute(update(past_round).where(one.id == round_id).values(**asdict(facts)))


def withdraw_past_round(
    conn: Connection, viewer: Viewer, round_id: UUID, reason: str, *, today: date
) -> None:
    """Withdraw a completed round that never was; the row and its scans stay.

    Raises
    ------
    PastRoundUnknownError, OptionInvalidError, RoleMissingError, OutsideJurisdictionError
    """
    row = _standing(conn, round_id)
    sides = read_sides(conn, row.line_id, today)
    require_side(conn, viewer, sides.ids, sides.name)
    said = _say_reason(conn, reason)
    conn.execute(
        update(past_round)
        .where(one.id == round_id)
        .values(withdrawn_at=func.clock_timestamp(), withdrawn_reason=said)
    )


def list_past_rounds(
    conn: Connection,
    viewer: Viewer,
    at: date,
    *,
    line_id: UUID | None = None,
    within: UUID | None = None,
    withdrawn: bool = False,
    round_id: UUID | None = None,
) -> list[PastRound]:
    """List completed rounds of lines the viewer is of a side of, by line, the oldest first.

    Parameters
    ----------
    within
        With a side at or below this division.
    withdrawn
        Those that were withdrawn too.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    require_some_role(viewer, "viewer")
    lines = select(version.line_id).where(
        or_(in_reach(viewer, version.left_id), in_reach(viewer, version.right_id))
    )
    if within is not None:
        inside = any_uuid(units_below(conn, within, at))
        lines = lines.where(or_(version.left_id == inside, version.right_id == inside))
    chosen = (
        select(past_round, func.coalesce(app_user.c.name, one.actor).label("actor_name"))
        .outerjoin(app_user, cast(app_user.c.id, Text) == one.actor)
        .where(one.line_id.in_(lines))
        .order_by(one.line_id, one.round, one.at)
    )
    for column, value in ((one.line_id, line_id), (one.id, round_id)):
        chosen = chosen.where(column == value) if value is not None else chosen
    if not withdrawn:
        chosen = chosen.where(one.withdrawn_at.is_(None))
    return _as_rounds(conn, conn.execute(chosen).all(), at)


def read_past_round(conn: Connection, viewer: Viewer, round_id: UUID, at: date) -> PastRound:
    """Read one completed round, a withdrawn one too.

    Raises
    ------
    PastRoundUnknownError
        If there is none, or none the viewer may see.
    UnauthenticatedError, RoleMissingError
    """
    found = list_past_rounds(conn, viewer, at, round_id=round_id, withdrawn=True)
    if not found:
        raise PastRoundUnknownError(past_round=round_id)
    return found[0]


def give_scan(
    conn: Connection,
    viewer: Viewer,
    round_id: UUID,
    path: Path,
    *,
    files: Path,
    name: str,
    today: date,
    **facts: Any,
) -> Attachment:
    """Give a scanned report or another paper to a completed round.

    Parameters
    ----------
    files
        Folder of kept files.
    facts
        ``kind``, ``title``, ``number``, ``dated``, ``issuer``, ``note`` of the paper.

    Raises
    ------
    PastRoundUnknownError, OptionInvalidError, FileRefusedError
    RoleMissingError, OutsideJurisdictionError
    """
    row = _standing(conn, round_id)
    sides = read_sides(conn, row.line_id, today)
    require_side(conn, viewer, sides.ids, sides.name)
    return attach_file(
        conn,
        viewer,
        path,
        files=files,
        object_kind="past_round",
        object_id=round_id,
        name=name,
        **facts,
    )


def read_scan(
    conn: Connection, viewer: Viewer, round_id: UUID, attachment_id: UUID, at: date
) -> Attachment:
    """Return a paper of a completed round.

    Raises
    ------
    PastRoundUnknownError, FileUnknownError, UnauthenticatedError, RoleMissingError
    """
    read_past_round(conn, viewer, round_id, at)
    given = read_attachment(conn, attachment_id)
    if given.object_id != round_id:
        raise FileUnknownError(attachment=attachment_id)
    return given


def read_known_rounds(
    conn: Connection, line_ids: Collection[UUID]
) -> dict[UUID, dict[int, KnownRound]]:
    """Return what is known of the rounds of lines: entered ones, and those inspected here."""
    known: dict[UUID, dict[int, KnownRound]] = {}
    here = inspection.c
    for row in conn.execute(
        select(here.line_id, here.round, here.accepted_on).where(
            here.line_id == any_uuid(line_ids),
            here.parent_id.is_(None),
            here.round.is_not(None),
            here.state != "withdrawn",
        )
    ):
        found = KnownRound(id=None, facts=None, finished_on=row.accepted_on)
        known.setdefault(row.line_id, {})[row.round] = found
    rows = conn.execute(
        select(past_round).where(one.line_id == any_uuid(line_ids), one.withdrawn_at.is_(None))
    )
    for row in rows:
        facts = PastRoundFacts(**{name: getattr(row, name) for name in PastRoundFacts.names()})
        found = KnownRound(id=row.id, facts=facts, finished_on=row.finished_on)
        known.setdefault(row.line_id, {})[row.round] = found
    return known


def require_side(conn: Connection, viewer: Viewer, sides: Collection[UUID], what: str) -> None:
    """Refuse who is no editor of one of the sides, nor of a division above one.

    Raises
    ------
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
    """
    if not roles_at(conn, viewer, "editor", sides):
        require_role(conn, viewer, "editor", sides, what=what)


def _refuse_faults(
    facts: PastRoundFacts, sides: Sides, known: Mapping[int, KnownRound], today: date
) -> None:
    found = find_faults(facts, (sides.left, sides.right), known, today)
    if found:
        raise PastRoundInvalidError(line=sides.name, findings=found)


def _lock(conn: Connection, line_id: UUID) -> None:
    """Let one writer at a time judge the rounds of a line."""
    line = boundary_line.c.id
    conn.execute(select(line).where(line == line_id).with_for_update())


def _standing(conn: Connection, round_id: UUID) -> Row[Any]:
    row = conn.execute(
        select(past_round).where(one.id == round_id, one.withdrawn_at.is_(None))
    ).one_or_none()
    if row is None:
        raise PastRoundUnknownError(past_round=round_id)
    return row


def _say_reason(conn: Connection, reason: str) -> str:
    if not reason.strip():
        raise OptionInvalidError(
            option="reason", value=Words("reason.not_given"), allowed=Words("allowed.reason")
        )
    give_reason(conn, reason.strip())
    return reason.strip()


def _as_rounds(conn: Connection, rows: Collection[Row[Any]], at: date) -> list[PastRound]:
    lines = {row.line_id for row in rows}
    names = name_lines(conn, lines, at)
    sides = read_many_sides(conn, lines, at)
    return [
        PastRound(
            line=names[row.line_id],
            lead=_side(sides[row.line_id], row.lead_id),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    ]


_PLAIN = (
    "id", "round", "started_on", "finished_on", "states", "note", "source", "publication",
    "actor_name", "at", "withdrawn_at", "withdrawn_reason",
)  # fmt: skip


def _side(sides: Sides, division_id: UUID | None) -> Side | None:
    return next((side for side in (sides.left, sides.right) if side.id == division_id), None)
