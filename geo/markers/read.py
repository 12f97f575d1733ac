"""Read markers as of a date; whoever is not of one of the sides, or above them, gets nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    distinct,
    func,
    or_,
    select,
    true,
)
from sqlalchemy import cast as sql_cast

from geo.access.jurisdiction import MOST_SIDES, Viewer, reach_some, refuse_hidden, require_some_role
from geo.boundaries.tables import boundary_line_record, boundary_line_version
from geo.bulk import uncollected
from geo.db.sql import any_uuid, ids_of_array
from geo.divisions.read import units_below
from geo.divisions.tables import division_version
from geo.errors import MarkerNotThenError, MarkerUnknownError
from geo.markers.tables import (
    marker_event,
    marker_on_line,
    marker_version,
)
from geo.revisions.tables import shared_object
from geo.texts import Text as Words

version = marker_version.c
KEY = func.concat(version.number, " ", version.member, " ", version.marker_id)
"""Markers stand by number."""


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


@dataclass(slots=True)
class Marker:
    """A marker as the register has it on a date.

    ``lon`` and ``lat`` are in EPSG:4490; ``given_x`` (easting or longitude) and ``given_y`` as they
    were written, in ``source_crs``. ``state`` is the one its last event up to the date left, since
    ``state_at``. ``accuracy_m`` is one sigma in the plane. ``revision`` is what ``If-Match`` wants.

    Neither frozen nor made by name: of a province's markers that took half the time of the read.
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
    publication: str
    valid_from: date | None
    valid_to: date | None
    lines: tuple[LineRef, ...]
    sides: tuple[DivisionRef, ...]
    managing: DivisionRef | None


NAMED = 3
"""Markers and their rows end with lines, sides and the managing side."""
PLAIN = tuple(one.name for one in fields(Marker))[:-NAMED]
"""What a marker takes over from a row as it stands there, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerPage:
    """A page of markers by number, how many there are in all, and where the next page begins."""

    items: list[Marker]
    total: int
    next: str | None


@uncollected()
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
        A part of the number, as it is written on the stone, the member behind it.
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
    wanted = [version.valid.contains(at), reach_some(viewer, version.sides)]
    if number:
        written = func.concat(version.number, version.member)
        wanted.append(written.contains(number.strip(), autoescape=True))
    if lines is not None:
        on = select(marker_on_line.c.marker_id).where(
            marker_on_line.c.line_id == any_uuid(lines), marker_on_line.c.valid.contains(at)
        )
        wanted.append(version.marker_id.in_(on))
    if within:
        below = any_uuid(units_below(conn, within, at))
        wanted.append(or_(*(version.sides[place] == below for place in range(1, MOST_SIDES + 1))))
    if state:
        last = _last_event(version.marker_id, at).with_only_columns(marker_event.c.state)
        wanted.append(func.coalesce(last.scalar_subquery(), "in_place") == state)
    # The page is chosen first: states and lines are then looked up for its markers alone.
    page = _cards().where(*wanted).order_by(KEY).limit(limit + 1)
    if after:
        page = page.where(after < KEY)
    rows = conn.execute(_details(page.cte("page"), at)).all()
    more = len(rows) > limit
    return MarkerPage(
        items=_markers(conn, rows[:limit], at),
        # Whoever asks for all of them has counted them.
        total=_count(conn, wanted) if more or after else len(rows),
        next=rows[limit - 1].key if more else None,
    )


def _count(conn: Connection, wanted: Sequence[ColumnElement[bool]]) -> int:
    counted = select(func.count()).select_from(marker_version).where(*wanted)
    return conn.execute(counted).scalar_one()


def read_marker(conn: Connection, marker_id: UUID, at: date, viewer: Viewer) -> Marker:
    """Read one marker as it was on a date.

    Raises
    ------
    MarkerUnknownError, MarkerNotThenError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
    """
    chosen = _cards().where(version.marker_id == marker_id, version.valid.contains(at))
    row = conn.execute(_details(chosen.cte("page"), at, viewer)).one_or_none()
    if row is None:
        raise _missing(conn, marker_id, at, viewer)
    if viewer.is_public or not row.seen:
        refuse_hidden(conn, viewer, ids_of_array(row.sides), what=f"{row.number}{row.member}")
    return _markers(conn, [row], at)[0]


def list_versions(conn: Connection, marker_id: UUID, viewer: Viewer, today: date) -> list[Marker]:
    """List all versions of a marker, the oldest first; sides and lines are named as of today."""
    chosen = _cards().where(version.marker_id == marker_id).cte("page")
    rows = conn.execute(_details(chosen, None, viewer)).all()
    rows = sorted(rows, key=lambda row: row.valid_from or date.min)
    if not rows:
        raise MarkerUnknownError(marker=marker_id)
    if viewer.is_public or not rows[-1].seen:
        last = rows[-1]
        refuse_hidden(conn, viewer, ids_of_array(last.sides), what=f"{last.number}{last.member}")
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


def _cards() -> Select[Any]:
    return select(marker_version, KEY.label("key"))


def _last_event(marker_id: ColumnElement[UUID], at: date | None) -> Select[Any]:
    """Return the select of state and day of a marker's last event, up to a date."""
    event = marker_event.c
    last = select(event.state, event.at).where(event.marker_id == marker_id)
    if at is not None:
        last = last.where(event.at <= at)
    return last.order_by(event.at.desc(), event.recorded_at.desc()).limit(1)


def _details(page: CTE, at: date | None, viewer: Viewer | None = None) -> Select[Any]:
    """Return the select that :func:`_markers` reads: chosen versions with states and lines.

    Parameters
    ----------
    at
        The day of the states; the last ones without it.
    viewer
        Whose jurisdiction ``seen`` tells; without one it is not asked.
    """
    card = page.c
    newest = _last_event(card.marker_id, at).lateral("newest")
    lines = _lines_of(page, at).subquery("on_lines")
    found = {
        "id": card.marker_id,
        "revision": func.coalesce(shared_object.c.revision, 0),
        "state": func.coalesce(newest.c.state, "in_place"),
        "state_at": newest.c.at,
        "lon": func.ST_X(card.geom),
        "lat": func.ST_Y(card.geom),
        "valid_from": func.lower(card.valid),
        "valid_to": func.upper(card.valid),
    }
    plain = [found[name] if name in found else card[name] for name in PLAIN]
    return (
        select(
            card.key,
            (reach_some(viewer, card.sides) if viewer else true()).label("seen"),
            *(column.label(name) for column, name in zip(plain, PLAIN, strict=True)),
            # As texts: many markers have the same, and each is taken apart once.
            func.coalesce(lines.c.line_ids, "").label("line_ids"),
            sql_cast(card.sides, Text).label("sides"),
            func.coalesce(sql_cast(card.managing_id, Text), "").label("managing_id"),
        )
        .select_from(page)
        .outerjoin(newest, true())
        .outerjoin(lines, lines.c.marker_id == card.marker_id)
        .outerjoin(shared_object, shared_object.c.id == card.marker_id)
        .order_by(card.key)
    )


def _lines_of(page: CTE, at: date | None) -> Select[Any]:
    """Return the select of the lines on which each marker of a page stands, as one text.

    A look-up for each marker by itself would take longer than all the rest.
    """
    on = marker_on_line.c
    # A marker stands once on a line on a day; over all days it may stand there again.
    ids = distinct(on.line_id) if at is None else on.line_id
    lines = (
        select(on.marker_id, sql_cast(func.array_agg(ids), Text).label("line_ids"))
        .join_from(page, marker_on_line, on.marker_id == page.c.marker_id)
        .group_by(on.marker_id)
    )
    return lines if at is None else lines.where(on.valid.contains(at))


def _markers(conn: Connection, rows: Collection[Row[Any]], at: date) -> list[Marker]:
    """Build markers of rows; those with the same lines and sides share the tuples of them.

    A province has twenty thousand markers on some hundred lines.
    """
    belonging = {
        texts: [ids_of_array(text) for text in texts] for texts in {row[-NAMED:] for row in rows}
    }
    named = name_sides(
        conn, {one for _, sides, keeper in belonging.values() for one in (*sides, *keeper)}, at
    )
    lines = name_lines(conn, {one for on, _, _ in belonging.values() for one in on}, at)
    refs: dict[Any, tuple[Any, ...]] = {
        texts: (
            tuple(lines[one] for one in sorted(on)),
            tuple(named[one] for one in sides),
            named.get(keeper[0]) if keeper else None,
        )
        for texts, (on, sides, keeper) in belonging.items()
    }
    # Past the key and whether it is seen.
    return [Marker(*row[2:-NAMED], *refs[row[-NAMED:]]) for row in rows]


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
