"""The sketch map of a line (界线示意图): its course and markers, and which are not as they were.

It shows no coordinates. Up is north; the scale is that of the sheet's middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from maps.palette import CINNABAR, INK, INK_SOFT, PANEL
from maps.scene import Disc, Mark, Point, Scene, Stroke, Words, width_of

WIDTH, HEIGHT = 156.0, 100.0
"""Millimetres; the width is that of the text block of GB/T 9704."""
MARGIN = 9.0
LABEL_MM, SIDE_MM = 2.4, 3.6
DEGREE_M = 111_320.0
LEAST_M = 200.0
MOST_VERTICES = 4000


@dataclass(frozen=True, slots=True)
class MapMarker:
    """A marker on the map, EPSG:4490; ``good`` is False where it is not as it should be."""

    label: str
    lon: float
    lat: float
    good: bool


@dataclass(frozen=True, slots=True)
class LineMap:
    """A line in EPSG:4490 with its markers; ``left`` and ``right`` are named as its points run."""

    shape: BaseGeometry
    markers: Sequence[MapMarker]
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """How places come to millimetres on the sheet."""

    lon: float
    lat: float
    per_degree: float
    squeeze: float

    def at(self, lon: float, lat: float) -> Point:
        x = WIDTH / 2 + (lon - self.lon) * self.squeeze * self.per_degree
        return x, HEIGHT / 2 - (lat - self.lat) * self.per_degree


def draw_line_map(given: LineMap) -> Scene:
    """Lay a line out on 156 by 100 millimetres."""
    frame = _fit(given)
    marks: list[Mark] = [Stroke(_box(0.5, 0.5, WIDTH - 0.5, HEIGHT - 0.5), 0.2, INK_SOFT, PANEL)]
    tolerance = 0.1 / frame.per_degree
    parts = shapely.get_parts(given.shape.simplify(tolerance))
    for part in parts:
        points = tuple(frame.at(x, y) for x, y in shapely.get_coordinates(part)[:MOST_VERTICES])
        marks.append(Stroke(points, 0.5, INK))
    taken = [_label_box((WIDTH - 34, HEIGHT - 4), "MMMMMMMMMMMMMMMMMMMM", LABEL_MM)]
    marks += [_disc(frame, one) for one in given.markers]
    # Those with something to look at are named first, the others where room is left.
    for one in sorted(given.markers, key=lambda one: one.good):
        marks += _name(frame, one, taken)
    marks += _name_sides(given, frame)
    return Scene(WIDTH, HEIGHT, (*marks, *_furniture(frame)), "界线示意图")


def _fit(given: LineMap) -> _Frame:
    shapes = [given.shape, *(shapely.Point(one.lon, one.lat) for one in given.markers)]
    west, south, east, north = (float(one) for one in shapely.total_bounds(shapes))
    lat = (south + north) / 2
    squeeze = math.cos(math.radians(lat))
    wide = max((east - west) * squeeze, LEAST_M / DEGREE_M)
    high = max(north - south, LEAST_M / DEGREE_M)
    per_degree = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    return _Frame((west + east) / 2, lat, per_degree, squeeze)


def _disc(frame: _Frame, one: MapMarker) -> Disc:
    place = frame.at(one.lon, one.lat)
    if one.good:
        return Disc(place, 0.9, 0.3, INK)
    return Disc(place, 1.2, 0.3, CINNABAR, CINNABAR)


def _name(frame: _Frame, one: MapMarker, taken: list[BaseGeometry]) -> list[Mark]:
    """Return the number of a marker beside it, or nothing where there is no room."""
    x, y = frame.at(one.lon, one.lat)
    half = width_of(one.label, LABEL_MM) / 2
    for place in ((x + half + 2, y), (x - half - 2, y), (x, y - 2.6), (x, y + 2.6)):
        box = _label_box(place, one.label, LABEL_MM)
        inside = shapely.box(1, 1, WIDTH - 1, HEIGHT - 1).contains(box)
        if inside and not any(box.intersects(other) for other in taken):
            taken.append(box)
            colour = INK if one.good else CINNABAR
            return [Words(place, one.label, LABEL_MM, colour, bold=not one.good)]
    return []


def _name_sides(given: LineMap, frame: _Frame) -> list[Mark]:
    """Return the names of both sides, each beside the middle of the line on its own ground."""
    middle = shapely.line_interpolate_point(_longest(given.shape), 0.5, normalized=True)
    ahead = shapely.line_interpolate_point(_longest(given.shape), 0.52, normalized=True)
    (x, y), (to_x, to_y) = frame.at(middle.x, middle.y), frame.at(ahead.x, ahead.y)
    length = math.hypot(to_x - x, to_y - y) or 1.0
    # Left of a line that runs along (dx, dy) is (dy, -dx) where y counts downwards.
    across = (to_y - y) / length, -(to_x - x) / length
    marks: list[Mark] = []
    for name, sign in ((given.left, 1), (given.right, -1)):
        half = width_of(name, SIDE_MM) / 2
        off = 6.0 + half * abs(across[0])
        place = (
            min(max(x + sign * across[0] * off, half + 3), WIDTH - half - 3),
            min(max(y + sign * across[1] * off, 5.0), HEIGHT - 5.0),
        )
        marks.append(Words(place, name, SIDE_MM, INK_SOFT, bold=True))
    return marks


def _longest(shape: BaseGeometry) -> shapely.LineString:
    parts: list[shapely.LineString] = list(shapely.get_parts(shape))
    return max(parts, key=lambda part: part.length)


def _furniture(frame: _Frame) -> list[Mark]:
    """Return the arrow to the north and a scale bar about a fifth of the sheet long."""
    metres_mm = DEGREE_M / frame.per_degree
    most = WIDTH / 5 * metres_mm
    step = 10 ** math.floor(math.log10(most))
    length = next(part * step for part in (5, 2, 1) if part * step <= most)
    bar = length / metres_mm
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"  # noqa: PLR2004 - a kilometre
    x, y = WIDTH - 8.0, HEIGHT - 5.0
    left = x - bar - 12
    return [
        Stroke(((x, 5.0), (x - 1.3, 11.0), (x, 9.7)), 0.2, INK, INK),
        Stroke(((x, 5.0), (x + 1.3, 11.0), (x, 9.7)), 0.2, INK, PANEL),
        Words((x, 3.2), "北", LABEL_MM, INK, bold=True),
        Stroke(((left, y - 1), (left, y), (left + bar, y), (left + bar, y - 1)), 0.25, INK),
        Words((left + bar + 2, y), told, LABEL_MM, INK, "start"),
    ]


def _label_box(place: Point, label: str, size: float) -> BaseGeometry:
    half = width_of(label, size) / 2
    return shapely.box(
        place[0] - half, place[1] - size * 0.7, place[0] + half, place[1] + size * 0.7
    )


def _box(west: float, north: float, east: float, south: float) -> tuple[Point, ...]:
    return (west, north), (east, north), (east, south), (west, south)
