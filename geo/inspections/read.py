"""Read inspections: one with its parties and subjects, or a list of many.

Who is of no side, nor above one, nor invited gets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    true,
)

from geo.access.jurisdiction import Viewer, in_reach, refuse_hidden, require_some_role
from geo.access.tables import app_user
from geo.boundaries.record import printed_length, read_records
from geo.boundaries.sides import Side, name_divisions, read_many_sides
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.errors import InspectionUnknownError
from geo.inspections.facts import Inspection, Party, Subject
from geo.inspections.field.outcomes import Progress, count_outcomes
from geo.inspections.parties import read_guests, refuse_ended, why_not
from geo.inspections.tables import (
    inspection,
    inspection_guest,
    inspection_party,
    inspection_subject,
)
from geo.markers.read import LineRef, name_lines
from geo.revisions.changes import read_revision

one = inspection.c
party = inspection_party.c
subject = inspection_subject.c
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An inspection of a list, with how far it is; ``length_km`` is what papers print."""

    id: UUID
    line_id: UUID
    line_code: str | None
    line_name: str
    length_km: float
    parent_id: UUID | None
    kind: str
    round: int | None
    year: int
    state: str
    reason: str | None
    field_from: date | None
    field_to: date | None
    accepted_on: date | None
    publication: str
    parties: tuple[Party, ...]
    progress: Progress

    @property
    def lead(self) -> Party:
        """Return the party that leads (牵头方)."""
        return next(one for one in self.parties if one.role == "lead")


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionPage:
    """A page of inspections, the latest year first and by id in it; ``next`` is where to go on."""

    items: list[Listed]
    total: int
    next: str | None


def read_inspection(conn: Connection, inspection_id: UUID, viewer: Viewer, at: date) -> Inspection:
    """Read an inspection with its parties and subjects; a contractor gets its own subjects.

    Parameters
    ----------
    at
        The day whose names of places and lines are used, and invitations are asked for.

    Raises
    ------
    InspectionUnknownError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
    GuestRefusedError
        If the viewer was invited and is no longer.
    """
    row = conn.execute(_select().where(one.id == inspection_id)).one_or_none()
    if row is None:
        raise InspectionUnknownError(inspection=inspection_id)
    parties = _parties(conn, [inspection_id], at)[inspection_id]
    invited = read_guests(conn, viewer, inspection_id)
    guests = [found for found in invited if not why_not(found, at)]
    if not guests and not _in_reach(conn, inspection_id, viewer):
        refuse_ended(invited, at)
        what = f"{name_lines(conn, [row.line_id], at)[row.line_id].name} {row.year}"
        refuse_hidden(conn, viewer, [found.id for found in parties], what=what)
    subjects = _subjects(conn, inspection_id)
    by_contract = bool(guests) and all(found.role == "contractor" for found in guests)
    if not by_contract or _in_reach(conn, inspection_id, viewer):
        return _inspection(conn, row, parties, subjects, at)
    assigned = {id_ for found in guests for id_ in found.subjects or ()}
    unlimited = any(found.subjects is None for found in guests)
    seen = tuple(found for found in subjects if unlimited or found.id in assigned)
    parties = tuple(replace(found, contact=None) for found in parties)
    return replace(_inspection(conn, row, parties, seen, at), is_whole=False)


def list_inspections(  # noqa: PLR0913 - each option is one filter
    conn: Connection,
    viewer: Viewer,
    at: date,
    *,
    year: int | None = None,
    states: Collection[str] = (),
    within: UUID | None = None,
    line_id: UUID | None = None,
    parent_id: UUID | None = None,
    whole: bool = False,
    after: UUID | None = None,
    limit: int = 200,
) -> InspectionPage:
    """List the inspections the viewer is of a side of, above, or invited to; the newest first.

    Parameters
    ----------
    within
        With a side at or below this division.
    whole
        No parts of others.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    if not _has_guests(conn, viewer):
        require_some_role(viewer, "viewer")
    wanted = [_visible(viewer, at)]
    if year is not None:
        wanted.append(one.year == year)
    if states:
        wanted.append(one.state.in_(states))
    if within is not None:
        wanted.append(_has_party(party.division_id == any_uuid(units_below(conn, within, at))))
    if line_id is not None:
        wanted.append(one.line_id == line_id)
    if parent_id is not None:
        wanted.append(one.parent_id == parent_id)
    if whole:
        wanted.append(one.parent_id.is_(None))
    total = conn.execute(select(func.count()).select_from(inspection).where(*wanted)).scalar_one()
    page = _select().where(*wanted).order_by(one.id.desc()).limit(min(limit, MOST) + 1)
    if after is not None:
        page = page.where(one.id < after)
    rows = conn.execute(page).all()
    items = _listed(conn, rows[:limit], at)
    more = len(rows) > limit
    return InspectionPage(items=items, total=total, next=str(items[-1].id) if more else None)


def lock_inspection(conn: Connection, inspection_id: UUID) -> str:
    """Lock an inspection until the transaction ends and return its state; writers wait here.

    Raises
    ------
    InspectionUnknownError
    """
    state = conn.execute(
        select(one.state).where(one.id == inspection_id).with_for_update()
    ).scalar_one_or_none()
    if state is None:
        raise InspectionUnknownError(inspection=inspection_id)
    return str(state)


def _select() -> Select[Any]:
    return select(*one, func.coalesce(app_user.c.name, one.actor).label("actor_name")).outerjoin(
        app_user, cast(app_user.c.id, Text) == one.actor
    )


def _has_party(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(party.inspection_id == one.id, condition)


def _visible(viewer: Viewer, at: date) -> ColumnElement[bool]:
    if viewer.is_country_wide:
        return true()
    guest = inspection_guest.c
    invited: ColumnElement[bool] = false()
    if viewer.user_id is not None:
        invited = exists().where(
            guest.inspection_id == one.id,
            guest.user_id == viewer.user_id,
            guest.revoked_at.is_(None),
            guest.valid_from <= at,
            guest.valid_to > at,
        )
    return or_(_has_party(in_reach(viewer, party.division_id)), invited)


def _in_reach(conn: Connection, inspection_id: UUID, viewer: Viewer) -> bool:
    asked = select(
        exists().where(party.inspection_id == inspection_id, in_reach(viewer, party.division_id))
    )
    return bool(conn.execute(asked).scalar_one())


def _has_guests(conn: Connection, viewer: Viewer) -> bool:
    asked = select(exists().where(inspection_guest.c.user_id == viewer.user_id))
    return viewer.user_id is not None and bool(conn.execute(asked).scalar_one())


def _parties(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, tuple[Party, ...]]:
    rows = conn.execute(
        select(*party, app_user.c.name.label("clerk_name"))
        .outerjoin(app_user, app_user.c.id == party.clerk_id)
        .where(party.inspection_id == any_uuid(ids))
        .order_by(party.inspection_id, party.ordinal)
    ).all()
    named = name_divisions(conn, {row.division_id for row in rows}, at)
    found: dict[UUID, tuple[Party, ...]] = dict.fromkeys(ids, ())
    for row in rows:
        found[row.inspection_id] += (_party(row, named[row.division_id]),)
    return found


def _party(row: Any, side: Side) -> Party:
    return Party(
        id=row.division_id,
        code=side.code,
        name=side.name,
        role=row.role,
        ordinal=row.ordinal,
        takes_part=row.takes_part,
        clerk_id=row.clerk_id,
        clerk_name=row.clerk_name,
        contact=row.contact,
    )


def _subjects(conn: Connection, inspection_id: UUID) -> tuple[Subject, ...]:
    rows = conn.execute(
        select(inspection_subject)
        .where(subject.inspection_id == inspection_id)
        .order_by(subject.kind, subject.ordinal)
    )
    return tuple(
        Subject(
            kind=row.kind,
            id=row.object_id,
            ordinal=row.ordinal,
            label=row.label,
            sides=tuple(row.sides),
            lead_id=row.lead_id,
            planned_on=row.planned_on,
            register=row.register,
        )
        for row in rows
    )


def _inspection(
    conn: Connection,
    row: Row[Any],
    parties: tuple[Party, ...],
    subjects: tuple[Subject, ...],
    at: date,
) -> Inspection:
    line, length_km = _lines(conn, [row.line_id], at)[row.line_id]
    parts = conn.execute(
        select(one.id).where(one.parent_id == row.id, one.state != "withdrawn").order_by(one.id)
    ).scalars()
    return Inspection(
        **{name: getattr(row, name) for name in _PLAIN},
        revision=read_revision(conn, row.id),
        line_code=line.code,
        line_name=line.name,
        length_km=length_km,
        parts=tuple(parts),
        actor_name=row.actor_name,
        created_at=row.created_at,
        parties=parties,
        subjects=subjects,
        is_whole=True,
    )


_PLAIN = (
    "id", "line_id", "parent_id", "kind", "round", "year", "reason", "state", "field_from",
    "field_to", "accepted_on", "note", "publication",
)  # fmt: skip


def _lines(
    conn: Connection, line_ids: Collection[UUID], at: date
) -> dict[UUID, tuple[LineRef, float]]:
    """Return name and printed length in kilometres of lines."""
    names = name_lines(conn, line_ids, at)
    records = read_records(conn, line_ids, at)
    sides = read_many_sides(conn, line_ids, at)
    return {
        one: (names[one], printed_length(records.get(one), sides[one].length_km).km)
        for one in line_ids
    }


def _listed(conn: Connection, rows: Sequence[Row[Any]], at: date) -> list[Listed]:
    ids = [row.id for row in rows]
    parties = _parties(conn, ids, at)
    lines = _lines(conn, {row.line_id for row in rows}, at)
    progress = count_outcomes(conn, ids)
    return [
        Listed(
            **{name: getattr(row, name) for name in _PLAIN if name != "note"},
            line_code=lines[row.line_id][0].code,
            line_name=lines[row.line_id][0].name,
            length_km=lines[row.line_id][1],
            parties=parties[row.id],
            progress=progress[row.id],
        )
        for row in rows
    ]
