"""Read markers as of a date; whoever is not of one of the sides, or above them, gets nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from geo.access.jurisdiction import Viewer, reach_some, refuse_hidden, require_some_role
from geo.boundaries.tables import boundary_line_record, boundary_line_version
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.divisions.tables import division_version
from geo.errors import MarkerNotThenError, MarkerUnknownError
from geo.markers.tables import (
    marker_event,
    marker_on_line,
    marker_version,
)
from geo.revisions.changes import read_revisions
from geo.texts import Text as Words

version = marker_version.c
PLAIN = (
    "version", "number", "member", "set_up", "faces", "material", "grade", "state", "state_at",
    "lon", "lat", "given_x", "given_y", "source_crs", "fit_id", "height_m", "height_datum",
    "method", "accuracy_m", "set_on", "surveyed_on", "note", "source", "publication",
)  # fmt: skip
"""What a marker takes over as the row has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DivisionRef:
    """A division on a side: its code and name as of the date."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRef:
    """A line a marker stands on; ``name`` is its statutory name, else its two sides'."""

    id: UUID
    code: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A marker as the register has it on a date.

    ``lon`` and ``lat`` are in EPSG:4490; ``given_x`` (easting or longitude) and ``given_y`` as they
    were written, in ``source_crs``. ``state`` is the one its last event up to the date left, since
    ``state_at``. ``accuracy_m`` is one sigma in the plane. ``revision`` is what ``If-Match`` wants.
    """

    id: UUID
    revision: int
    version: int
    number: str
    member: str
    set_up: str
    faces: int
    material: str | None
    grade: str | None
    state: str
    state_at: date | None
    lines: tuple[LineRef, ...]
    sides: tuple[DivisionRef, ...]
    managing: DivisionRef | None
    lon: float | None
    lat: float | None
    given_x: str | None
    given_y: str | None
    source_crs: str | None
    fit_id: UUID | None
    height_m: float | None
    height_datum: str | None
    method: str | None
    accuracy_m: float | None
    set_on: date | None
    surveyed_on: date | None
    note: str | None
    source: str
    valid_from: date | None
    valid_to: date | None
    publication: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerPage:
    """A page of markers by number, how many there are in all, and where the next page begins."""

    items: list[Marker]
    total: int
    next: str | None


def list_markers(  # noqa: PLR0913 - each option is one filter
    conn: Connection,
    viewer: Viewer,
    at: date,
    *,
    number: str | None = None,
    lines: Collection[UUID] | None = None,
    within: UUID | None = None,
    state: str | None = None,
    after: str = "",
    limit: int = 100,
) -> MarkerPage:
    """List the markers of a date by number.

    Parameters
    ----------
    number
        A part of the number, as it is written on the stone.
    lines
        On one of these lines.
    within
        With one side at or below this division.
    after
        ``next`` of the page before.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
        Positions of markers are not public; a viewer with a role anywhere gets those in reach.
    """
    require_some_role(viewer, "viewer")
    chosen = _listed(at).where(reach_some(viewer, version.sides))
    if number:
        chosen = chosen.where(version.number.contains(number.strip(), autoescape=True))
    if lines is not None:
        on = select(marker_on_line.c.marker_id).where(
            marker_on_line.c.line_id == any_uuid(lines), marker_on_line.c.valid.contains(at)
        )
        chosen = chosen.where(version.marker_id.in_(on))
    if within:
        below = cast(list(units_below(conn, within, at)), ARRAY(Uuid))
        chosen = chosen.where(version.sides.bool_op("&&")(below))
    found = chosen.cte("found")
    if state:
        found = select(found).where(found.c.state == state).cte("in_state")
    whole = select(func.count().label("total"), func.max(found.c.key).label("last")).cte("whole")
    rows = conn.execute(
        select(whole, found)
        .select_from(whole)
        .outerjoin(found, found.c.key > after)
        .order_by(found.c.key)
        .limit(limit)
    ).all()
    items = _markers(conn, [row for row in rows if row.key is not None], at)
    more = bool(items) and rows[-1].key < rows[-1].last
    return MarkerPage(items=items, total=rows[0].total, next=rows[-1].key if more else None)


def read_marker(conn: Connection, marker_id: UUID, at: date, viewer: Viewer) -> Marker:
    """Read one marker as it was on a date.

    Raises
    ------
    MarkerUnknownError, MarkerNotThenError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
    """
    row = conn.execute(
        _listed(at)
        .add_columns(reach_some(viewer, version.sides).label("seen"))
        .where(version.marker_id == marker_id)
    ).one_or_none()
    if row is None:
        raise _missing(conn, marker_id, at, viewer)
    if viewer.is_public or not row.seen:
        refuse_hidden(conn, viewer, row.sides, what=f"{row.number}{row.member}")
    return _markers(conn, [row], at)[0]


def list_versions(conn: Connection, marker_id: UUID, viewer: Viewer, today: date) -> list[Marker]:
    """List all versions of a marker, the oldest first; sides and lines are named as of today."""
    rows = conn.execute(
        _select()
        .add_columns(reach_some(viewer, version.sides).label("seen"))
        .where(version.marker_id == marker_id)
        .order_by(func.lower(version.valid).nulls_first())
    ).all()
    if not rows:
        raise MarkerUnknownError(marker=marker_id)
    if viewer.is_public or not rows[-1].seen:
        refuse_hidden(conn, viewer, rows[-1].sides, what=f"{rows[-1].number}{rows[-1].member}")
    return _markers(conn, rows, today)


def name_sides(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, DivisionRef]:
    """Return code and name of divisions as of a date, or the nearest date they have one."""
    side = division_version.c
    rows = conn.execute(
        select(side.division_id, side.code, side.name)
        .where(side.division_id == any_uuid(ids))
        # The version of the date comes last, so it stands.
        .order_by(side.valid.contains(at), func.lower(side.valid).nulls_first())
    )
    return {
        row.division_id: DivisionRef(id=row.division_id, code=row.code, name=row.name)
        for row in rows
    }


def _missing(conn: Connection, marker_id: UUID, at: date, viewer: Viewer) -> MarkerNotThenError:
    """Return why a marker is not there on a date; who may not see it is refused here."""
    first, *_rest = versions = list_versions(conn, marker_id, viewer, at)
    return MarkerNotThenError(
        marker=f"{first.number}{first.member}",
        at=at,
        known_from=first.valid_from,
        valid_to=versions[-1].valid_to or Words("reason.open_end"),
    )


def _listed(at: date) -> Select[Any]:
    return _select(at).where(version.valid.contains(at))


def _select(at: date | None = None) -> Select[Any]:
    """Return the select that :func:`_markers` reads, the state of ``at`` (or the last) with it."""
    event = marker_event.c
    last = (
        select(event.state, event.at)
        .where(event.marker_id == version.marker_id)
        .order_by(event.at.desc(), event.recorded_at.desc())
        .limit(1)
    )
    upto = last.where(event.at <= at) if at else last
    state = upto.lateral("state_of")
    return (
        select(
            *(column for column in marker_version.c if column.name not in ("geom", "import_id")),
            func.ST_X(version.geom).label("lon"),
            func.ST_Y(version.geom).label("lat"),
            func.coalesce(state.c.state, "in_place").label("state"),
            state.c.at.label("state_at"),
            func.concat(version.number, " ", version.member, " ", version.marker_id).label("key"),
        )
        .select_from(marker_version)
        .outerjoin(state, literal(True))
    )


def _markers(conn: Connection, rows: Collection[Row[Any]], at: date) -> list[Marker]:
    ids = [row.marker_id for row in rows]
    lines = _lines_of(conn, ids, at)
    revisions = read_revisions(conn, ids)
    named = {one for row in rows for one in (*row.sides, row.managing_id) if one}
    sides = name_sides(conn, named, at)
    return [
        Marker(
            id=row.marker_id,
            revision=revisions[row.marker_id],
            lines=tuple(lines.get(row.marker_id, ())),
            sides=tuple(sides[one] for one in row.sides if one in sides),
            managing=sides.get(row.managing_id),
            valid_from=row.valid.lower,
            valid_to=row.valid.upper,
            **{name: getattr(row, name) for name in PLAIN},
        )
        for row in rows
    ]


def name_lines(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, LineRef]:
    """Return code and name of lines as of a date; without a name the names of the two sides."""
    line, record = boundary_line_version.c, boundary_line_record.c
    rows = conn.execute(
        select(line.line_id, line.left_id, line.right_id, record.code, record.name)
        .select_from(boundary_line_version)
        .outerjoin(
            boundary_line_record, and_(record.line_id == line.line_id, record.valid.contains(at))
        )
        .where(line.line_id == any_uuid(ids))
        # The version of the date comes last, so it stands.
        .order_by(line.valid.contains(at), func.lower(line.valid).nulls_first())
    ).all()
    sides = name_sides(conn, {one for row in rows for one in (row.left_id, row.right_id)}, at)
    return {
        row.line_id: LineRef(
            id=row.line_id,
            code=row.code,
            name=row.name or f"{sides[row.left_id].name}—{sides[row.right_id].name}",
        )
        for row in rows
    }


def _lines_of(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, list[LineRef]]:
    """Return the lines each marker stands on."""
    on = marker_on_line.c
    rows = conn.execute(
        select(on.marker_id, on.line_id)
        .where(on.marker_id == any_uuid(ids), on.valid.contains(at))
        .order_by(on.marker_id, on.line_id)
    ).all()
    names = name_lines(conn, {row.line_id for row in rows}, at)
    found: dict[UUID, list[LineRef]] = {}
    for row in rows:
        found.setdefault(row.marker_id, []).append(names[row.line_id])
    return found
