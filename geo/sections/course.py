"""How a section of a line runs: its legs between significant turns, what it follows and crosses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries
from geo.features.read import Feature
from geo.sections.directions import GRS80, measure_leg

Floats = npt.NDArray[np.float64]
CROSSED = frozenset({"water", "roads", "railways"})
"""Layers whose features a line is said to cross; it is told to pass the places of the others."""
AREA = 2
PLACES = frozenset({"terrain", "settlements", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A named feature that a leg crosses, metres from the leg's beginning along the line."""

    layer: str
    name: str
    at_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLeg:
    """From one significant turn to the next.

    ``word`` is the direction from true north between its ends, ``length_m`` is along the line on
    the ellipsoid, ``end`` lon and lat of its end in EPSG:4490, ``at`` the named place it ends at.
    """

    word: str
    length_m: float
    end: tuple[float, float]
    at: str | None
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """What makes a turn significant and a place near, metres; ``most_turns`` in one section."""

    turn_m: float
    near_m: float
    most_turns: int


def trace_course(
    shape: shapely.Geometry, features: Sequence[Feature], tolerances: Tolerances
) -> list[CourseLeg]:
    """Return the legs of a section, in its direction.

    A turn is significant where the line leaves the straight way by more than the tolerance
    (Douglas and Peucker 1973), and the word for the direction changes there. Where that would give
    more turns than ``most_turns`` the tolerance is doubled until it does not.

    Parameters
    ----------
    shape
        LineString in EPSG:4490 (of several parts only the turns within each count).
    features
        Named features near it, without what it follows.
    """
    xy = shapely.get_coordinates(shape)
    at_m = _measures(shape)
    kept = _significant(shape, tolerances)
    places = [
        one
        for one in features
        if one.layer in PLACES and shapely.get_type_id(one.geom) == shapely.GeometryType.POINT
    ]
    crossings = _all_crossings(shape, at_m, features)
    legs = []
    for begin, end in pairwise(kept):
        low, high = at_m[begin], at_m[end]
        here = (float(xy[end, 0]), float(xy[end, 1]))
        legs.append(
            CourseLeg(
                word=measure_leg((xy[begin, 0], xy[begin, 1]), here).word,
                length_m=float(high - low),
                end=here,
                at=_place_at(here, places, tolerances.near_m),
                crossings=tuple(
                    Crossing(layer=one.layer, name=one.name, at_m=one.at_m - float(low))
                    for one in crossings
                    if low < one.at_m <= high
                ),
            )
        )
    return _merge(legs)


def find_followed(
    shape: shapely.Geometry, features: Sequence[Feature], layers: frozenset[str], *, within_m: float
) -> str | None:
    """Return the name of the feature of these layers that a section runs along for most of its way.

    It is the one near (within so many metres of) the largest share of the line, if more than half.
    """
    frame = local_metres(float(np.round(shapely.get_coordinates(shape)[:, 0].mean())))
    names = [one for one in features if one.layer in layers]
    if not names:
        return None
    moved = transform_geometries(
        np.array([shape, *(one.geom for one in names)], dtype=object), CGCS2000, frame
    )
    line, shares = moved[0], dict[str, float]()
    for one, geom in zip(names, moved[1:], strict=True):
        near = line.intersection(geom.buffer(within_m)).length / line.length
        shares[one.name] = shares.get(one.name, 0.0) + near
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] > 0.5 else None  # noqa: PLR2004 - most of it


def _measures(shape: shapely.Geometry) -> Floats:
    """Return how far along the line its vertices are; the way over a gap counts nothing."""
    xy, part = shapely.get_coordinates(shapely.get_parts(shape), return_index=True)
    _, _, steps = GRS80.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    return np.concatenate([[0.0], np.cumsum(np.where(part[:-1] == part[1:], steps, 0.0))])


def _significant(shape: shapely.Geometry, tolerances: Tolerances) -> list[int]:
    """Return the places, among the vertices, of the ends and the significant turns."""
    xy = shapely.get_coordinates(shape)
    frame = local_metres(float(np.round(xy[:, 0].mean())))
    (line,) = transform_geometries(
        np.array([shapely.LineString(xy)], dtype=object), CGCS2000, frame
    )
    metres = shapely.get_coordinates(line)
    tolerance = tolerances.turn_m
    kept = _simplify(metres, tolerance)
    while len(kept) - 2 > tolerances.most_turns:
        tolerance *= 2
        kept = _simplify(metres, tolerance)
    return kept


def _simplify(metres: Floats, tolerance: float) -> list[int]:
    simple = shapely.get_coordinates(shapely.LineString(metres).simplify(tolerance))
    kept, place = [], 0
    for vertex in simple:
        while not np.array_equal(metres[place], vertex):
            place += 1
        kept.append(place)
        place += 1
    return kept


def _all_crossings(
    shape: shapely.Geometry, at_m: Floats, features: Sequence[Feature]
) -> list[Crossing]:
    """Return the crossings in the order of the line, each name once at a place."""
    xy = shapely.get_coordinates(shape)
    line = shapely.LineString(xy)
    degrees = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    found: dict[tuple[str, int], Crossing] = {}
    for thing in features:
        points = np.array(_met(line, thing), dtype=object)
        for at in np.interp(shapely.line_locate_point(line, points), degrees, at_m).tolist():
            if 0.0 < at < at_m[-1]:
                # A road in pieces that meet on the line is crossed once.
                key = (thing.name, round(at))
                found.setdefault(key, Crossing(layer=thing.layer, name=thing.name, at_m=at))
    return sorted(found.values(), key=lambda one: one.at_m)


def _met(line: shapely.LineString, thing: Feature) -> list[shapely.Geometry]:
    """Return where a line crosses a feature; where it runs along it, it does not.

    Over a water body it is where it is entered.
    """
    if thing.layer not in CROSSED:
        return []
    parts = shapely.get_parts(shapely.intersection(line, thing.geom))
    if shapely.get_dimensions(thing.geom) < AREA:
        return [part for part in parts if shapely.get_dimensions(part) == 0]
    return [shapely.get_point(part, 0) for part in parts if shapely.length(part) > 0]


def _place_at(here: tuple[float, float], places: Sequence[Feature], near_m: float) -> str | None:
    away = [(_away_m(here, one), one.name) for one in places]
    near = [one for one in away if one[0] <= near_m]
    return min(near)[1] if near else None


def _away_m(here: tuple[float, float], place: Feature) -> float:
    lon, lat = shapely.get_coordinates(place.geom)[0]
    return measure_leg(here, (lon, lat)).distance_m


def _merge(legs: list[CourseLeg]) -> list[CourseLeg]:
    """Make one leg of those that follow each other in one direction past no named place."""
    merged: list[CourseLeg] = []
    for leg in legs:
        last = merged[-1] if merged else None
        if last is None or last.word != leg.word or last.at is not None:
            merged.append(leg)
            continue
        later = (
            Crossing(layer=one.layer, name=one.name, at_m=one.at_m + last.length_m)
            for one in leg.crossings
        )
        merged[-1] = CourseLeg(
            word=leg.word,
            length_m=last.length_m + leg.length_m,
            end=leg.end,
            at=leg.at,
            crossings=(*last.crossings, *later),
        )
    return merged
