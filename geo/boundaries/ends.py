"""Where lines end and meet: a tripoint belongs to three sides, an enclave's line has no end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import shapely
from sqlalchemy import Connection, func, or_, select

from geo.boundaries.sides import Side, name_divisions
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.sql import CGCS2000
from geo.divisions.area import GEOD

version = boundary_line_version.c
Place = tuple[float, float]
NEAR_DEG = 0.03
"""About 3 km; ends further than this from each other are not of one tripoint."""
NEAR_M = 500.0
"""Ends of lines that share a side and never met are to meet when they are this near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A line of a level with its two sides and its open ends, lon and lat in EPSG:4490.

    A closed line, such as that round an enclave, has none.
    """

    line_id: UUID
    sides: frozenset[UUID]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripoint:
    """An end of a line, the lines that meet there and the divisions that share it.

    Usually three; two where the line ends at the coast, at the country's border or where nothing
    is known beyond; four are possible.
    """

    lon: float
    lat: float
    lines: tuple[UUID, ...]
    sides: tuple[Side, ...]


def ends_of(line: shapely.Geometry) -> tuple[Place, ...]:
    """Return the open ends of a line, its touching parts joined."""
    joined = shapely.line_merge(line)
    ends = shapely.get_coordinates(shapely.boundary(joined))
    return tuple((float(x), float(y)) for x, y in ends.tolist())


def metres_between(one: Place, other: Place) -> float:
    """Return the distance of two places on the ellipsoid, metres."""
    return float(GEOD.inv(*one, *other)[2])


def ends_near(
    conn: Connection,
    places: Collection[Place],
    at: date,
    *,
    unit_level: str,
    besides: UUID | None = None,
) -> list[Ends]:
    """Return the lines of a level that come within about 3 km of places, with their ends.

    Parameters
    ----------
    besides
        A line to be left out.
    """
    if not places:
        return []
    boxes = [
        version.geom.op("&&")(
            func.ST_Expand(func.ST_SetSRID(func.ST_MakePoint(*place), CGCS2000), NEAR_DEG)
        )
        for place in places
    ]
    rows = conn.execute(
        select(
            version.line_id,
            version.left_id,
            version.right_id,
            func.ST_AsBinary(version.geom).label("wkb"),
        )
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(boundary_line.c.unit_level == unit_level, version.valid.contains(at), or_(*boxes))
        .where(version.line_id.is_distinct_from(besides))
        .order_by(version.line_id)
    )
    return [
        Ends(
            line_id=row.line_id,
            sides=frozenset((row.left_id, row.right_id)),
            places=ends_of(shapely.from_wkb(bytes(row.wkb))),
        )
        for row in rows
    ]


def list_tripoints(
    conn: Connection, line_id: UUID, at: date, *, tolerance_m: float
) -> list[Tripoint]:
    """List the ends of a line on a date, with the lines that meet there within a tolerance.

    An end where no other line of the level ends is listed too, with its own two sides.
    """
    row = conn.execute(
        select(
            version.left_id,
            version.right_id,
            boundary_line.c.unit_level,
            func.ST_AsBinary(version.geom).label("wkb"),
        )
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(version.line_id == line_id, version.valid.contains(at))
    ).one_or_none()
    if row is None:
        return []
    places = ends_of(shapely.from_wkb(bytes(row.wkb)))
    near = ends_near(conn, places, at, unit_level=row.unit_level, besides=line_id)
    found = []
    for place in places:
        meeting = [one for one in near if _nearest(place, one.places) <= tolerance_m]
        ids = {row.left_id, row.right_id}.union(*(one.sides for one in meeting))
        named = name_divisions(conn, list(ids), at)
        found.append(
            Tripoint(
                lon=place[0],
                lat=place[1],
                lines=tuple(one.line_id for one in meeting),
                sides=tuple(sorted(named.values(), key=lambda side: side.code)),
            )
        )
    return found


def find_open(
    conn: Connection,
    line: Ends,
    before: Collection[Place],
    at: date,
    *,
    unit_level: str,
    tolerance_m: float,
) -> list[tuple[UUID, Place, float]]:
    """Find the lines that a changed line meets no longer: line, its end, the gap in metres.

    Parameters
    ----------
    line
        The line as it is now.
    before
        The ends it had: what met them is to meet those it has now. A line that shares a side with
        it and ends within 500 m is to meet them too.
    """
    near = ends_near(conn, {*before, *line.places}, at, unit_level=unit_level, besides=line.line_id)
    found = []
    for one in near:
        met = [end for end in one.places if _nearest(end, before) <= tolerance_m]
        close = [] if met or one.sides.isdisjoint(line.sides) else _closest(one, line.places)
        for end in (*met, *close):
            gap = _nearest(end, line.places)
            if gap > tolerance_m:
                found.append((one.line_id, end, gap))
    return found


def _closest(ends: Ends, places: Collection[Place]) -> list[Place]:
    """Return the end of a line that is nearest to places, if it is near enough to be meant."""
    nearest = min(ends.places, key=lambda end: _nearest(end, places), default=None)
    return [nearest] if nearest and _nearest(nearest, places) <= NEAR_M else []


def _nearest(place: Place, places: Collection[Place]) -> float:
    return min((metres_between(place, one) for one in places), default=float("inf"))
