"""Official totals for the cells of a run: where they are, and where they cannot be applied."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from geo.access.jurisdiction import name_divisions
from geo.coverage.area import Region, locate, read_regions
from geo.coverage.question import Question
from geo.divisions.codes import LEVELS
from geo.errors import PopulationMissingError
from geo.population.read import CellSet, find_totals, read_totals

WHOLE = 0.999
"""Share of a division's polygon that the cells must reach over, or its total speaks of others."""


METRES_PER_DEGREE = 111_320.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """The official numbers of a division, people by age group."""

    code: str
    name: str
    level: str
    people: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A division whose total is not applied, and why: ``no_polygon`` or ``partly_covered``."""

    division: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Officials:
    """The totals that apply; ``place`` is the index of a cell's in ``used``, -1 for none."""

    name: str | None
    used: tuple[Official, ...]
    place: npt.NDArray[np.int32]
    left_out: tuple[LeftOut, ...]


def find_officials(
    conn: Connection,
    question: Question,
    cells: CellSet,
    lonlat: Floats,
    *,
    demo: bool,
) -> Officials:
    """Find the official totals and the cells each of them speaks of.

    A cell is under the lowest division that has a total and a polygon. A total whose division has
    no polygon, or reaches beyond the cells' extent, cannot be compared with them: it is left out
    and listed.

    Raises
    ------
    PopulationMissingError
        If totals are named that are not there.
    """
    nothing = np.full(len(lonlat), -1, dtype=np.int32)
    found = find_totals(conn, question.totals, demo=demo) if question.scaled else None
    if found is None:
        if question.totals is not None:
            raise PopulationMissingError(population=question.totals, network="")
        return Officials(name=None, used=(), place=nothing, left_out=())
    people: dict[UUID, dict[str, float]] = {}
    for total in read_totals(conn, found.id):
        people.setdefault(total.division_id, {})[total.age] = total.people
    regions = read_regions(conn, question.at, ids=list(people))
    regions.sort(key=lambda one: (-LEVELS.index(one.level), one.code))
    extent = _extent(lonlat, cells.cell_size_m or 0.0)
    whole = [region for region in regions if _is_whole(region, extent)]
    place = locate(lonlat, whole)
    return Officials(
        name=found.name,
        used=tuple(
            Official(code=one.code, name=one.name, level=one.level, people=people[one.id])
            for one in whole
        ),
        place=place,
        left_out=(
            *(_left_out(one, "partly_covered") for one in regions if one not in whole),
            *_without_polygon(conn, people.keys() - {region.id for region in regions}),
        ),
    )


def _extent(lonlat: Floats, cell_size_m: float) -> shapely.Geometry:
    """Return the box the cells fill, to the outer edges of the outermost ones."""
    (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    up = cell_size_m / 2 / METRES_PER_DEGREE
    aside = up / np.cos(np.radians((south + north) / 2))
    whole: shapely.Geometry = shapely.box(west - aside, south - up, east + aside, north + up)
    return whole


def _is_whole(region: Region, extent: shapely.Geometry) -> bool:
    reach = shapely.area(shapely.intersection(region.shape, extent))
    return bool(reach >= WHOLE * shapely.area(region.shape))


def _left_out(region: Region, reason: str) -> LeftOut:
    return LeftOut(division=f"{region.name} {region.code}", reason=reason)


def _without_polygon(conn: Connection, ids: Collection[UUID]) -> list[LeftOut]:
    names = name_divisions(conn, ids)
    return [LeftOut(division=name, reason="no_polygon") for name in sorted(names.values())]
