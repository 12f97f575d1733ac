"""In which division a cell of people lies, by the polygons of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, func, select

from geo.db.sql import any_text, any_uuid
from geo.divisions.codes import LEVELS
from geo.divisions.read import find_division, units_below
from geo.divisions.tables import division_version
from geo.errors import AreaWithoutPolygonError

version = division_version.c

Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Region:
    """A division with its polygon in EPSG:4490."""

    id: UUID
    code: str
    name: str
    level: str
    shape: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Area:
    """The people asked for: ``inside`` says of each cell whether it counts.

    ``place`` is the index of its division in ``regions``, -1 where it lies in none. ``within`` is
    the division whose people are asked for, if it is one.
    """

    inside: npt.NDArray[np.bool_]
    place: Places
    regions: tuple[Region, ...]
    within: Region | None


def find_area(
    conn: Connection,
    lon: Floats,
    lat: Floats,
    *,
    within: str | None,
    at: date,
) -> Area:
    """Find the cells that lie in a division, and the divisions by which they are told apart.

    Those are, for a division, the ones right below it that have a polygon; without ``within`` the
    counties. Where none of them has a polygon the next higher division that has one takes the
    cell, so every cell is counted once. A cell on an edge is of the division with the lower code.

    Raises
    ------
    DivisionUnknownError
    AreaWithoutPolygonError
        If the division has no polygon on that day, so nobody can say who lives in it.
    """
    lonlat = np.column_stack([lon, lat])
    if within is None:
        levels = LEVELS[: LEVELS.index("county") + 1]
        inside = np.ones(len(lonlat), dtype=np.bool_)
        return _tell_apart(conn, lonlat, inside, levels, at, below=None, within=None)
    within_id = find_division(conn, within)
    own = read_regions(conn, at, ids=[within_id])
    if not own:
        raise AreaWithoutPolygonError(division=within, at=at)
    inside = locate(lonlat, own) == 0
    rank = LEVELS.index(own[0].level)
    levels = LEVELS[rank : rank + 2]
    below = units_below(conn, within_id, at)
    return _tell_apart(conn, lonlat, inside, levels, at, below=below, within=own[0])


def _tell_apart(
    conn: Connection,
    lonlat: Floats,
    inside: npt.NDArray[np.bool_],
    levels: Sequence[str],
    at: date,
    *,
    below: list[UUID] | None,
    within: Region | None,
) -> Area:
    regions: list[Region] = []
    place = np.full(len(lonlat), -1, dtype=np.int32)
    open_cells = np.flatnonzero(inside)
    if len(open_cells) == 0:
        return Area(inside, place, (), within)
    box = _box(lonlat[open_cells])
    for level in reversed(levels):
        found = read_regions(conn, at, level=level, ids=below, box=box)
        at_place = locate(lonlat[open_cells], found)
        place[open_cells] = np.where(at_place >= 0, at_place + len(regions), -1)
        regions.extend(found)
        open_cells = open_cells[at_place < 0]
    return Area(inside, *_without_empty(place, regions), within)


def _without_empty(place: Places, regions: list[Region]) -> tuple[Places, tuple[Region, ...]]:
    """Leave out the divisions in which no cell lies, and sort the others by their codes."""
    used = sorted(set(place[place >= 0].tolist()), key=lambda one: regions[one].code)
    new = np.full(len(regions) + 1, -1, dtype=np.int32)
    new[used] = np.arange(len(used), dtype=np.int32)
    return new[place], tuple(regions[one] for one in used)


def _box(lonlat: Floats) -> tuple[float, float, float, float]:
    lon, lat = lonlat.T.copy()
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def read_regions(
    conn: Connection,
    at: date,
    *,
    level: str | None = None,
    ids: Sequence[UUID] | None = None,
    codes: Sequence[str] | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> list[Region]:
    """Read the divisions that have a polygon on a day, by code; a filter that is None holds all."""
    chosen = select(
        version.division_id,
        version.code,
        version.name,
        version.level,
        func.ST_AsBinary(version.geom).label("wkb"),
    ).where(version.valid.contains(at), version.geom.is_not(None))
    if level is not None:
        chosen = chosen.where(version.level == level)
    if ids is not None:
        chosen = chosen.where(version.division_id == any_uuid(ids))
    if codes is not None:
        chosen = chosen.where(version.code == any_text(codes))
    if box is not None:
        chosen = chosen.where(version.geom.op("&&")(func.ST_MakeEnvelope(*box, 4490)))
    rows = conn.execute(chosen.order_by(version.code)).all()
    return [
        Region(row.division_id, row.code, row.name, row.level, shapely.from_wkb(row.wkb))
        for row in rows
    ]


def locate(lonlat: Floats, regions: Sequence[Region]) -> Places:
    """Return for each place (n, 2) the index of the first region that covers it, -1 for none."""
    found = np.full(len(lonlat), -1, dtype=np.int32)
    # From the last region to the first, so that the first one's word is the last.
    for number in reversed(range(len(regions))):
        shape = regions[number].shape
        west, south, east, north = shapely.bounds(shape).tolist()
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        near = np.flatnonzero((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        shapely.prepare(shape)
        found[near[shapely.intersects_xy(shape, lon[near], lat[near])]] = number
    return found
