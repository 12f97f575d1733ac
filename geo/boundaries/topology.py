"""What is wrong with a set of polygons that should cover a land: overlaps, gaps, bad rings.

The edges without a partner bound every place that is covered not exactly once. They are noded and
made into faces, and each face is asked how many units cover it: none in the middle of the land is
a gap, two are an overlap. The sea is outside every face.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.boundaries.edges import Geometries, Ints, Matched, segments
from geo.divisions.area import area_km2

Place = tuple[shapely.Geometry, tuple[int, ...]]
"""A polygon and the numbers of the units that cover it."""

Predicate = Literal["within", "intersects"]

_PLACE = re.compile(r"\[(\S+) (\S+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the units (numbers) it concerns, a place in it (lon, lat), its size, m².

    The size is None for a bad ring; ``reason`` is then GEOS's word for it.
    """

    units: tuple[int, ...]
    place: tuple[float, float]
    area_m2: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """All faults; ``slivers`` counts the gaps and overlaps that are too small to be listed."""

    overlaps: list[Fault]
    gaps: list[Fault]
    invalid: list[Fault]
    slivers: int


def find_faults(
    polygons: Geometries,
    matched: Matched,
    *,
    inside: NDArray[np.bool_] | None = None,
    min_area_m2: float = 0.0,
) -> Faults:
    """Find overlaps, gaps and invalid polygons.

    Parameters
    ----------
    polygons
        MultiPolygons in EPSG:4490, the same that were matched.
    inside
        The units that are checked; the others are their neighbours, so that what they cover is no
        gap. Faults that concern none of the checked units are left out. By default all.
    min_area_m2
        Smaller gaps and overlaps are counted, not listed.
    """
    if inside is None:
        inside = np.ones(len(polygons), dtype=bool)
    places = _wrong_places(polygons, _faces(matched))
    shapes: Geometries = np.array([shape for shape, _ in places], dtype=object)
    bounding = _bounding_units(
        matched, shapes, [number for number, (_, units) in enumerate(places) if not units]
    )
    gaps: list[Fault] = []
    overlaps: list[Fault] = []
    slivers = 0
    for number, (shape, units) in enumerate(places):
        concerned = units or bounding[number]
        if not inside[list(concerned)].any():
            continue
        fault = _fault(shape, concerned)
        if (fault.area_m2 or 0.0) < min_area_m2:
            slivers += 1
        else:
            (overlaps if units else gaps).append(fault)
    return Faults(
        sorted(overlaps, key=_largest_first),
        sorted(gaps, key=_largest_first),
        _invalid(polygons, inside),
        slivers,
    )


def _largest_first(fault: Fault) -> float:
    return -(fault.area_m2 or 0.0)


def _faces(matched: Matched) -> Geometries:
    """Return the faces that the open edges bound."""
    open_ = matched.open
    if not len(open_):
        return np.array([], dtype=object)
    keys = matched.edges.key[open_]
    once = open_[np.unique(keys, return_index=True)[1]]
    noded = shapely.get_parts(shapely.node(shapely.multilinestrings(segments(matched.edges, once))))
    faces: Geometries = shapely.get_parts(shapely.polygonize(noded))
    return faces


def _wrong_places(polygons: Geometries, faces: Geometries) -> list[Place]:
    """Return the places that are covered not exactly once, with the units that cover them.

    Edges that two units share lie inside faces too: who covers a face may change from one side of
    such an edge to the other, how many do does not.
    """
    tree = shapely.STRtree(polygons)
    points = shapely.point_on_surface(faces)
    inside = _covering(tree, points, "within")
    met = _covering(tree, points, "intersects")
    wrong: list[Place] = []
    for face, units, touched in zip(faces, inside, met, strict=True):
        # A point on an edge is within neither side.
        if len(touched) > 1:
            wrong.extend(_cut_up(face, tree))
        elif not units:
            wrong.append((face, ()))
    return wrong


def _covering(
    tree: shapely.STRtree, points: Geometries, predicate: Predicate
) -> list[tuple[int, ...]]:
    covers: list[list[int]] = [[] for _ in points]
    for number, by in zip(
        *(found.tolist() for found in tree.query(points, predicate)), strict=True
    ):
        covers[number].append(by)
    return [tuple(sorted(units)) for units in covers]


def _cut_up(face: shapely.Geometry, tree: shapely.STRtree) -> list[Place]:
    """Cut a face along all edges inside it; return its wrong places, one for each set of units."""
    near = tree.geometries[tree.query(face, "intersects")]
    edges = shapely.union_all(shapely.boundary(np.array([*near, face])))
    parts = shapely.get_parts(shapely.polygonize(shapely.get_parts(edges)))
    points = shapely.point_on_surface(parts)
    by_units: defaultdict[tuple[int, ...], list[shapely.Geometry]] = defaultdict(list)
    covers = _covering(tree, points, "within")
    for part, units, here in zip(parts, covers, shapely.within(points, face), strict=True):
        if here and len(units) != 1:
            by_units[units].append(part)
    return [
        (place, units)
        for units, found in by_units.items()
        for place in shapely.get_parts(shapely.union_all(found)).tolist()
    ]


def _bounding_units(
    matched: Matched, faces: Geometries, chosen: list[int]
) -> dict[int, tuple[int, ...]]:
    """Return the units whose open edges run along chosen faces."""
    if not chosen:
        return {}
    open_ = matched.open
    middles = shapely.line_interpolate_point(segments(matched.edges, open_), 0.5, normalized=True)
    rings = shapely.boundary(faces[chosen])
    near = shapely.STRtree(middles).query(rings, predicate="dwithin", distance=1e-9)
    return {
        chosen[place]: tuple(
            np.unique(matched.edges.unit[open_[near[1][near[0] == place]]]).tolist()
        )
        for place in range(len(chosen))
    }


def _fault(face: shapely.Geometry, units: tuple[int, ...]) -> Fault:
    place = shapely.get_coordinates(shapely.point_on_surface(face))[0]
    area = area_km2(face)
    return Fault(units, (float(place[0]), float(place[1])), None if area is None else area * 1e6)


def _invalid(polygons: Geometries, inside: NDArray[np.bool_]) -> list[Fault]:
    numbers: Ints = np.flatnonzero(inside & ~shapely.is_valid(polygons))
    faults = []
    for number in numbers.tolist():
        reason = shapely.is_valid_reason(polygons[number])
        place = _PLACE.search(reason)
        where = (float(place[1]), float(place[2])) if place else (float("nan"), float("nan"))
        faults.append(Fault((number,), where, None, _PLACE.sub("", reason)))
    return faults
