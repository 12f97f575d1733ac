"""Read divisions as of a date: one, its parents, its children, its versions, a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.access.jurisdiction import Viewer, refuse_hidden, visible
from geo.db.sql import any_uuid, load
from geo.divisions.codes import LEVELS, read_code
from geo.divisions.register import known_codes
from geo.divisions.tables import division_succession, division_version
from geo.errors import DivisionNotThenError, DivisionUnknownError

HERE = Path(__file__).parent
version = division_version.c
# Made once: an alias of a table costs more than the statement that uses it.
PARENT = division_version.alias("parent")
CHILD = division_version.alias("child").c
OTHER = division_version.alias("other").c


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A division in a list: what tells it from others."""

    id: UUID
    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Unit):
    """A division with its facts; ``bbox`` is west, south, east, north in EPSG:4490."""

    scheme: str
    parent: Unit | None
    valid_from: date | None
    valid_to: date | None
    area_km2: float | None
    has_polygon: bool
    bbox: tuple[float, float, float, float] | None
    label: tuple[float, float] | None
    publication: str
    source: str
    source_crs: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of divisions, the number of all, and where the next page begins."""

    items: list[Listed]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Division(Listed):
    """One division with those above it, from the top, and the first day the register knows."""

    ancestors: tuple[Unit, ...]
    children: int
    known_from: date | None


def find_division(conn: Connection, code: str) -> UUID:
    """Return the division that bears or bore a code, in any of its lengths.

    Raises
    ------
    DivisionUnknownError
    """
    read = read_code(code)
    found = known_codes(conn, [read.text]) if read else {}
    if not read or read.text not in found:
        raise DivisionUnknownError(division=code)
    return found[read.text]


def read_division(conn: Connection, code: str, at: date, viewer: Viewer) -> Division:
    """Read a division as it was on a date.

    Raises
    ------
    DivisionUnknownError
        If no division ever bore the code.
    DivisionNotThenError
        If it has no version on that day; the facts say from when it is known, how long it lasted
        and who took over.
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
        If the viewer may not see it.
    """
    division_id = find_division(conn, code)
    children = select(func.count()).where(
        CHILD.parent_id == division_id,
        CHILD.valid.contains(at),
        visible(viewer, CHILD.publication, CHILD.division_id),
    )
    row = conn.execute(
        _listed(at)
        .add_columns(
            visible(viewer, version.publication, version.division_id).label("seen"),
            children.scalar_subquery().label("children"),
            _first_day(division_id).scalar_subquery().label("known_from"),
        )
        .where(version.division_id == division_id, version.valid.contains(at))
    ).one_or_none()
    if row is None:
        raise _not_then(conn, division_id, code, at)
    if not row.seen:
        refuse_hidden(conn, viewer, [division_id], what=f"{row.name} {row.code}")
    return Division(
        **_facts(row),
        ancestors=read_ancestors(conn, division_id, at),
        children=row.children,
        known_from=row.known_from,
    )


def read_ancestors(conn: Connection, division_id: UUID, at: date) -> tuple[Unit, ...]:
    """Return the divisions above one as of a date, from the top."""
    rows = conn.execute(load(HERE / "ancestors.sql"), {"division": division_id, "at": at})
    return tuple(
        Unit(id=row.division_id, code=row.code, name=row.name, level=row.level) for row in rows
    )


def list_divisions(  # noqa: PLR0913 - each option is one filter
    conn: Connection,
    viewer: Viewer,
    at: date,
    *,
    query: str | None = None,
    level: str | None = None,
    within: UUID | None = None,
    parent: UUID | None = None,
    after: str = "",
    limit: int = 100,
) -> Page:
    """List divisions as of a date: best matches first, then from the highest level, by code.

    Parameters
    ----------
    query
        Part of a name, or the beginning of a code; exact names come first.
    within
        Only what lies below this division (and itself), by the parents of that date.
    parent
        Only the children of this division.
    after
        ``next`` of the page before.
    """
    seen = visible(viewer, version.publication, version.division_id)
    chosen = _listed(at).where(version.valid.contains(at), seen)
    if query:
        chosen = chosen.where(_matches(query))
    if level:
        chosen = chosen.where(version.level == level)
    if parent:
        chosen = chosen.where(version.parent_id == parent)
    if within:
        chosen = chosen.where(version.division_id == any_uuid(units_below(conn, within, at)))
    key = _key(query)
    total = conn.execute(
        select(func.count()).select_from(chosen.with_only_columns(version.id).subquery())
    ).scalar_one()
    rows = conn.execute(
        chosen.add_columns(key.label("key")).where(key > after).order_by(key).limit(limit)
    ).all()
    more = len(rows) == limit and len(rows) < total
    return Page(
        items=[Listed(**_facts(row)) for row in rows],
        total=total,
        next=rows[-1].key if more else None,
    )


def list_versions(conn: Connection, division_id: UUID, viewer: Viewer) -> list[Listed]:
    """List all versions of a division, the oldest first; each parent as of its first day."""
    rows = conn.execute(
        _listed(func.lower(version.valid))
        .where(version.division_id == division_id)
        .where(visible(viewer, version.publication, version.division_id))
        .order_by(func.lower(version.valid))
    )
    return [Listed(**_facts(row)) for row in rows]


def read_polygon(conn: Connection, division_id: UUID, at: date) -> dict[str, Any] | None:
    """Return the polygon of a division on a date as a GeoJSON geometry; None without one."""
    found: dict[str, Any] | None = conn.execute(
        # The 0 leaves out the old "crs" member; RFC 7946 knows WGS 84 only, taken as CGCS2000.
        select(cast(func.ST_AsGeoJSON(version.geom, 9, 0), JSONB))
        .where(version.division_id == division_id)
        .where(version.valid.contains(at))
    ).scalar_one_or_none()
    return found


def units_below(conn: Connection, division_id: UUID, at: date) -> list[UUID]:
    """Return a division and all below it by the parents of that date."""
    return list(
        conn.execute(load(HERE / "below.sql"), {"division": division_id, "at": at}).scalars()
    )


def _listed(at: date | ColumnElement[date]) -> Select[Any]:
    """Return the select that :func:`_facts` reads; the parent is as of ``at``."""
    box = func.Box2D(version.geom)
    return select(
        version.id.label("version_id"),
        version.division_id,
        version.scheme,
        version.code,
        version.name,
        version.level,
        version.valid,
        version.area_km2,
        func.ST_XMin(box).label("west"),
        func.ST_YMin(box).label("south"),
        func.ST_XMax(box).label("east"),
        func.ST_YMax(box).label("north"),
        func.ST_X(version.label).label("label_lon"),
        func.ST_Y(version.label).label("label_lat"),
        version.publication,
        version.source,
        version.source_crs,
        PARENT.c.division_id.label("parent_id"),
        PARENT.c.code.label("parent_code"),
        PARENT.c.name.label("parent_name"),
        PARENT.c.level.label("parent_level"),
    ).join_from(
        division_version,
        PARENT,
        and_(PARENT.c.division_id == version.parent_id, PARENT.c.valid.op("@>")(at)),
        isouter=True,
    )


def _facts(row: Row[Any]) -> dict[str, Any]:
    parent = None
    if row.parent_id is not None:
        parent = Unit(
            id=row.parent_id, code=row.parent_code, name=row.parent_name, level=row.parent_level
        )
    has_polygon = row.west is not None
    return {
        "id": row.division_id,
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "scheme": row.scheme,
        "parent": parent,
        "valid_from": row.valid.lower,
        "valid_to": row.valid.upper,
        "area_km2": row.area_km2,
        "has_polygon": has_polygon,
        "bbox": (row.west, row.south, row.east, row.north) if has_polygon else None,
        "label": (row.label_lon, row.label_lat) if has_polygon else None,
        "publication": row.publication,
        "source": row.source,
        "source_crs": row.source_crs,
    }


def _matches(query: str) -> ColumnElement[bool]:
    if query.isascii() and query.isdigit():
        return version.code.startswith(query, autoescape=True)
    return version.name.contains(query, autoescape=True)


def _key(query: str | None) -> ColumnElement[str]:
    """Return the sort key: how well the name fits, the level, the code."""
    fit: ColumnElement[str] = literal("0")
    if query:
        fit = case(
            (version.name == query, "0"),
            (version.name.startswith(query, autoescape=True), "1"),
            else_="2",
        )
    rank = case({level: str(place) for place, level in enumerate(LEVELS)}, value=version.level)
    return func.concat(fit, rank, version.code)


def _first_day(division_id: UUID) -> Select[tuple[date]]:
    """Return the select of the first day the register knows of a division."""
    return select(func.min(func.lower(OTHER.valid))).where(OTHER.division_id == division_id)


def _not_then(conn: Connection, division_id: UUID, code: str, at: date) -> DivisionNotThenError:
    valid_to = conn.execute(
        select(func.max(func.upper(version.valid)))
        .where(version.division_id == division_id)
        .where(func.upper(version.valid) <= at)
    ).scalar()
    successors = conn.execute(
        select(version.code)
        .join(
            division_succession,
            division_succession.c.successor_id == version.division_id,
        )
        .where(division_succession.c.predecessor_id == division_id)
        .distinct()
    ).scalars()
    return DivisionNotThenError(
        division=code,
        at=at,
        known_from=conn.execute(_first_day(division_id)).scalar(),
        valid_to=valid_to,
        successors=sorted(successors),
    )
