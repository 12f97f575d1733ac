"""People from points and polygons: a polygon becomes points, and nobody is lost or added."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries, transform_points
from geo.errors import FileUnreadableError
from geo.population.cells import Cells, with_people
from geo.texts import Text

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]

SPREAD_M = 100.0
"""Polygons wider than this, in metres, are spread over points this far from each other."""
MOST_POINTS = 20_000_000
QUANTUM = 2.0**-20
"""People are dealt out in steps of this, so that sums of them are exact (a millionth)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The places of people, how many polygons were spread, and over how many points."""

    cells: Cells
    polygons: int
    spread: int
    points: int


def spread_people(shapes: Geometries, people: Floats, *, file_name: str) -> Spread:
    """Return places for people who were counted at points and in polygons.

    A point is itself. A polygon of at most ``SPREAD_M`` in both directions is one point inside it;
    a larger one a regular grid of points inside it, ``SPREAD_M`` apart on a frame in metres, each
    with the same number of people; what cannot be divided evenly goes to the last. The sum over
    the points of a polygon is exactly its people.

    Parameters
    ----------
    shapes
        Points and polygons in EPSG:4490, none missing (n).
    people
        People by row and age group, 0 or more (n, ages).

    Raises
    ------
    FileUnreadableError
        If that would be more than ``MOST_POINTS`` points.
    """
    polygons = np.flatnonzero(shapely.get_dimensions(shapes) == 2)  # noqa: PLR2004 - an area
    grids = _grids(shapes[polygons], file_name)
    points: list[Floats] = []
    dealt: list[Floats] = []
    of_polygon = dict(zip(polygons.tolist(), grids, strict=True))
    alone = shapely.get_coordinates(shapely.point_on_surface(shapes))
    for row in range(len(shapes)):
        grid = of_polygon.get(row)
        at = alone[row : row + 1] if grid is None or len(grid) == 0 else grid
        points.append(at)
        dealt.append(people[row : row + 1] if len(at) == 1 else deal_out(people[row], len(at)))
    at = np.concatenate(points) if points else np.empty((0, 2))
    whole = np.concatenate(dealt) if dealt else np.empty((0, people.shape[1]))
    large = [len(grid) for grid in grids if len(grid) > 1]
    return Spread(
        cells=with_people(at[:, 0], at[:, 1], whole),
        polygons=len(polygons),
        spread=len(large),
        points=sum(large),
    )


def deal_out(people: Floats, places: int) -> Floats:
    """Deal people (ages) out equally to places, the rest to the last: (places, ages).

    Every share is a whole number of ``QUANTUM``, so the subtraction for the last one is exact.
    """
    share = np.floor(people / places / QUANTUM) * QUANTUM
    dealt = np.repeat(share[np.newaxis, :], places, axis=0)
    dealt[-1] = people - share * (places - 1)
    return dealt


def _grids(polygons: Geometries, file_name: str) -> list[Floats]:
    """Return the points inside each polygon, none for a small one."""
    if len(polygons) == 0:
        return []
    bounds = shapely.bounds(polygons)
    meridians = np.round((bounds[:, 0] + bounds[:, 2]) / 2)
    grids: list[Floats] = [np.empty((0, 2))] * len(polygons)
    left = MOST_POINTS
    for meridian in np.unique(meridians).tolist():
        frame = local_metres(meridian)
        members = np.flatnonzero(meridians == meridian)
        flat = transform_geometries(polygons[members], CGCS2000, frame)
        for place, shape in zip(members.tolist(), flat, strict=True):
            inside = _grid_of(shape, left)
            if inside is None:
                reason = Text("reason.too_many_cells", {"limit": MOST_POINTS})
                raise FileUnreadableError(file=file_name, format="GIS", reason=reason)
            left -= len(inside)
            if len(inside):
                grids[place] = transform_points(inside, frame, CGCS2000)
    return grids


def _grid_of(shape: shapely.Geometry, most: int) -> Floats | None:
    """Return the points of the grid inside one polygon, from north-west; None: more than most."""
    west, south, east, north = shapely.bounds(shape).tolist()
    if east - west <= SPREAD_M and north - south <= SPREAD_M:
        return np.empty((0, 2))
    xs, ys = _steps(west, east), _steps(south, north)[::-1]
    if shapely.area(shape) / SPREAD_M**2 > most or len(xs) * len(ys) > 4 * MOST_POINTS:
        return None
    shapely.prepare(shape)
    kept = [_row_of(shape, xs, y) for y in ys.tolist()]
    return np.concatenate(kept) if kept else np.empty((0, 2))


def _row_of(shape: shapely.Geometry, xs: Floats, y: float) -> Floats:
    row = np.column_stack([xs, np.full(len(xs), y)])
    return row[shapely.contains_xy(shape, row[:, 0], row[:, 1])]


def _steps(low: float, high: float) -> Floats:
    """Return the middles of the squares of the frame between two values."""
    first, last = math.floor(low / SPREAD_M), math.ceil(high / SPREAD_M)
    return (np.arange(first, last, dtype=np.float64) + 0.5) * SPREAD_M
