"""When a line is due: five years after its last completed round (Order 353 art. 12).

A round is of a line, not of the country: the rounds of different lines are not in step. A line of
which nothing is known is not overdue; nobody knows, and that is what it says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from geo.access.jurisdiction import Viewer, in_reach, require_some_role
from geo.boundaries.record import printed_length, read_records
from geo.boundaries.sides import Side, name_divisions
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.inspections.tables import inspection, inspection_party, past_round
from geo.markers.tables import marker_on_line
from geo.office import office

YEARS = 5
"""Order 353 art. 12."""
OVER = ("accepted", "archived")
"""States of an inspection that is completed; its ``accepted_on`` winds the clock."""
Status = Literal["unknown", "ok", "due_soon", "overdue", "under_way"]
"""``clock_status.<key>`` in the catalogue."""

version = boundary_line_version.c
here = inspection.c
past = past_round.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """A line as it is named on the day; ``level`` is the highest at which its sides differ."""

    id: UUID
    code: str | None
    name: str
    unit_level: str
    level: str
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A regular inspection of the line that is not completed."""

    id: UUID
    state: str
    round: int
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a line's clock says on a day.

    ``length_km`` is what papers print, ``length_basis`` where it stands. ``next_round`` is None
    where no round is known. ``suggested_lead`` is the side that did not lead last, else the one
    with the smaller code. ``is_overdue`` holds while an inspection is under way too.
    """

    line: ClockLine
    length_km: float
    length_basis: str
    markers: int
    last_round: int | None
    last_on: date | None
    last_lead: Side | None
    due_on: date | None
    status: Status
    is_overdue: bool
    under_way: UnderWay | None
    next_round: int | None
    suggested_lead: Side

    @property
    def other_side(self) -> Side:
        """Return the side that would cooperate."""
        return next(one for one in self.line.sides if one.id != self.suggested_lead.id)


@dataclass(slots=True)
class _History:
    """What is known of the rounds of a line."""

    highest: int | None = None
    last_round: int | None = None
    last_on: date | None = None
    last_lead: UUID | None = None
    under_way: UnderWay | None = None

    def completed(self, number: int, on: date, lead: UUID | None) -> None:
        """Take a completed round in; the latest is the last."""
        self.highest = max(self.highest or 0, number)
        if self.last_on is None or on > self.last_on:
            self.last_round, self.last_on, self.last_lead = number, on, lead


def due_after(last: date) -> date:
    """Return the day five years later; after a 29 February the 28 February."""
    try:
        return last.replace(year=last.year + YEARS)
    except ValueError:
        return last.replace(year=last.year + YEARS, day=28)


def list_clocks(
    conn: Connection,
    viewer: Viewer,
    at: date,
    *,
    within: UUID | None = None,
    level: str | None = None,
    lines: Collection[UUID] | None = None,
) -> list[Clock]:
    """List the clocks of the lines that the viewer is of a side of, or above; by code and name.

    Parameters
    ----------
    within
        With a side at or below this division.
    level
        ``province``, ``prefecture``, ``county`` …: the lines between divisions of that level. By
        default those that are inspected as a whole: of provinces, of counties inside a province
        (their pieces of a provincial line are parts of its inspection), and whatever has a round.
    lines
        These lines only, whatever their level.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    require_some_role(viewer, "viewer")
    wanted = [or_(in_reach(viewer, version.left_id), in_reach(viewer, version.right_id))]
    if within is not None:
        inside = any_uuid(units_below(conn, within, at))
        wanted.append(or_(version.left_id == inside, version.right_id == inside))
    if lines is not None:
        wanted.append(version.line_id == any_uuid(lines))
    else:
        wanted.append(_of_level(level, at))
    chosen: Select[Any] = (
        select(
            version.line_id,
            version.left_id,
            version.right_id,
            version.level,
            version.length_km,
            boundary_line.c.unit_level,
        )
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(version.valid.contains(at), *wanted)
    )
    return _clocks(conn, conn.execute(chosen).all(), at)


def _of_level(level: str | None, at: date) -> ColumnElement[bool]:
    unit = boundary_line.c.unit_level
    if level == "county":
        return and_(unit == "county", version.level != "province")
    if level is not None:
        return and_(unit == level, version.level == level)
    other = boundary_line_version.alias("other").c
    whole = boundary_line.alias("whole").c
    provinces = exists().where(
        whole.unit_level == "province", other.line_id == whole.id, other.valid.contains(at)
    )
    inspected = or_(
        exists().where(past.line_id == version.line_id, past.withdrawn_at.is_(None)),
        exists().where(
            here.line_id == version.line_id, here.parent_id.is_(None), here.state != "withdrawn"
        ),
    )
    own = or_(
        and_(unit == "province", version.level == "province"),
        and_(unit == "county", or_(version.level != "province", ~provinces)),
    )
    return or_(own, inspected)


def _clocks(conn: Connection, rows: Sequence[Row[Any]], at: date) -> list[Clock]:
    ids = [row.line_id for row in rows]
    named = name_divisions(conn, {side for row in rows for side in (row.left_id, row.right_id)}, at)
    records = read_records(conn, ids, at)
    markers = _count_markers(conn, ids, at)
    histories = _read_histories(conn, ids, at)
    soon = timedelta(days=office(conn).number("inspections.due_soon_days"))
    clocks = []
    for row in rows:
        said = records.get(row.line_id)
        sides = (named[row.left_id], named[row.right_id])
        line = ClockLine(
            id=row.line_id,
            code=said.code if said else None,
            name=(said.name if said else None) or f"{sides[0].name}—{sides[1].name}",
            unit_level=row.unit_level,
            level=row.level,
            sides=sides,
        )
        printed = printed_length(said, row.length_km)
        history = histories.get(row.line_id, _History())
        clocks.append(
            _clock(line, (printed.km, printed.basis), markers.get(line.id, 0), history, (at, soon))
        )
    return sorted(clocks, key=lambda one: (one.line.code or "~", one.line.name, str(one.line.id)))


def _count_markers(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, int]:
    on = marker_on_line.c
    rows = conn.execute(
        select(on.line_id, func.count())
        .where(on.line_id == any_uuid(ids), on.valid.contains(at))
        .group_by(on.line_id)
    )
    return {row[0]: row[1] for row in rows}


def _read_histories(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, _History]:
    found: dict[UUID, _History] = {}
    for row in conn.execute(
        select(past.line_id, past.round, past.finished_on, past.lead_id).where(
            past.line_id == any_uuid(ids), past.withdrawn_at.is_(None), past.finished_on <= at
        )
    ):
        known = found.setdefault(row.line_id, _History())
        known.completed(row.round, row.finished_on, row.lead_id)
    lead = inspection_party.c
    chosen: Select[Any] = (
        select(inspection, lead.division_id.label("led_by"))
        .outerjoin(inspection_party, and_(lead.inspection_id == here.id, lead.role == "lead"))
        .where(
            here.line_id == any_uuid(ids),
            here.parent_id.is_(None),
            here.kind == "regular",
            here.state != "withdrawn",
        )
        .order_by(here.year)
    )
    for row in conn.execute(chosen):
        _take_in(found.setdefault(row.line_id, _History()), row, at)
    return found


def _take_in(known: _History, row: Any, at: date) -> None:
    known.highest = max(known.highest or 0, row.round)
    if row.state not in OVER:
        known.under_way = UnderWay(id=row.id, state=row.state, round=row.round, year=row.year)
    elif row.accepted_on is not None and row.accepted_on <= at:
        known.completed(row.round, row.accepted_on, row.led_by)


def _clock(
    line: ClockLine,
    length: tuple[float, str],
    markers: int,
    history: _History,
    day: tuple[date, timedelta],
) -> Clock:
    at, soon = day
    due_on = due_after(history.last_on) if history.last_on else None
    overdue = due_on is not None and due_on < at
    led = next((one for one in line.sides if one.id == history.last_lead), None)
    first, second = sorted(line.sides, key=lambda one: one.code)
    known = history.highest
    return Clock(
        line=line,
        length_km=length[0],
        length_basis=length[1],
        markers=markers,
        last_round=history.last_round,
        last_on=history.last_on,
        last_lead=led,
        due_on=due_on,
        status=_status(history, due_on, at, soon),
        is_overdue=overdue,
        under_way=history.under_way,
        next_round=history.under_way.round if history.under_way else known + 1 if known else None,
        suggested_lead=second if led == first else first,
    )


def _status(history: _History, due_on: date | None, at: date, soon: timedelta) -> Status:
    if history.under_way is not None:
        return "under_way"
    if due_on is None:
        return "unknown"
    if due_on < at:
        return "overdue"
    return "due_soon" if due_on <= at + soon else "ok"
