"""The location sketch (位置略图) of a marker: itself, the line, its reference objects, the sides.

Up is grid north of the 3-degree zone of the marker, in which registered bearings count. The scale
is one of a few round ones; an object too far for it is shown at the edge with an arrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.crs.zones import cm_crs
from geo.texts import text
from maps.palette import AZURITE, CINNABAR, INK, INK_SOFT, PANEL
from maps.scene import Disc, Mark, Point, Scene, Stroke, Words, dash, width_of
from maps.sketch_words import Sheet, choose_freest, line_parts, name_sides, place_label
from maps.style import STROKES

WIDTH, HEIGHT = 80.0, 62.0
"""Millimetres; the form wants at least 70 by 60."""
MARGIN, EDGE_X, EDGE_Y = 1.0, 15.0, 8.0
"""Millimetres kept free: round the frame, and for the labels of what lies outermost."""
SCALES = (100, 200, 250, 500, 1000, 1500, 2000, 2500, 5000, 10_000, 25_000, 50_000, 100_000)
WITHOUT_OBJECTS = 5000
FAR = 4.0
"""An object this many times farther than the middle one is shown at the edge."""
NAME_MM, LABEL_MM, SMALL_MM = 2.9, 2.4, 2.1
KILOMETRE = 1000
BESIDE_M = 300.0
"""A stone of a pair stands on the bank; no river between two counties' stones is much wider."""
PX_MM = 0.26
"""A pixel of the map's line patterns on paper."""


@dataclass(frozen=True, slots=True)
class SketchLine:
    """A line at the marker: its course in EPSG:4490 and who is on which side of it."""

    shape: BaseGeometry
    left: str
    right: str
    level: str


@dataclass(frozen=True, slots=True)
class SketchObject:
    """A reference object; its bearing is counted from grid north (degrees), distance in metres."""

    ordinal: int
    name: str
    bearing_deg: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a sketch shows; the place of the marker is in EPSG:4490."""

    number: str
    lon: float
    lat: float
    lines: tuple[SketchLine, ...]
    objects: tuple[SketchObject, ...]


def draw_sketch(sketch: Sketch) -> Scene:
    """Lay the sketch of a marker out on 80 by 62 millimetres.

    Raises
    ------
    CrsRefusedError
        If the marker does not stand in China, so has no zone.
    """
    seen = [(one, _seen_from_marker(one)) for one in sketch.objects]
    ground = [(line, _on_ground(sketch, line)) for line in sketch.lines]
    beside = _nearest_points([geometry for _, geometry in ground])
    scale = _choose_scale([point for _, point in seen], beside)
    mm = 1000.0 / scale
    placed = [(one, (x * mm, y * mm)) for one, (x, y) in seen]
    sheet = _lay_out([*(point for _, point in placed), *((x * mm, y * mm) for x, y in beside)])
    lines = [(line, _on_sheet(geometry, mm, sheet.frame)) for line, geometry in ground]
    inside = shapely.box(*sheet.frame.buffer(-2.5).bounds)
    shown = [(one, point, inside.contains(shapely.Point(point))) for one, point in placed]
    ends = [_end_of(point, near, inside) for _, point, near in shown]
    leaders = [shapely.LineString([(0, 0), end]) for end in ends]
    sheet.drawn = shapely.union_all([*(geometry for _, geometry in lines), *leaders])
    marks: list[Mark] = [_frame()]
    marks += [mark for line, geometry in lines for mark in _draw_line(sheet, line, geometry)]
    for (_, _, near), end in zip(shown, ends, strict=True):
        marks += _draw_object(sheet, end, near=near)
    marks += _draw_marker(sheet)
    marks += _furniture(sheet, scale)
    marks += place_label(sheet, (0, 0), [sketch.number], NAME_MM, CINNABAR, bold=True)
    for (one, _, _), end in zip(shown, ends, strict=True):
        told = f"{write_bearing(one.bearing_deg)}  {one.distance_m:.2f} m"
        marks += place_label(sheet, end, [f"{one.ordinal} {one.name}", told], LABEL_MM, INK)
    marks += name_sides(sheet, [(one.left, one.right, shape) for one, shape in lines])
    return Scene(WIDTH, HEIGHT, tuple(marks), text("paper.sketch_title", number=sketch.number))


def write_bearing(bearing_deg: float) -> str:
    """Return a bearing to the minute, such as ``42°15′``."""
    minutes = round(bearing_deg * 60) % (360 * 60)
    return f"{minutes // 60}°{minutes % 60:02d}′"


def _seen_from_marker(one: SketchObject) -> Point:
    turn = math.radians(one.bearing_deg)
    return one.distance_m * math.sin(turn), one.distance_m * math.cos(turn)


def _nearest_points(lines: Sequence[BaseGeometry]) -> list[Point]:
    """Return the places of the lines nearest to the marker: one of a pair stands beside its line.

    A line farther off than a pair would stand is none of the sketch.
    """
    here = shapely.Point(0, 0)
    found = []
    for line in lines:
        if not line.is_empty and line.distance(here) <= BESIDE_M:
            x, y = shapely.get_coordinates(shapely.shortest_line(here, line))[1]
            found.append((float(x), float(y)))
    return found


def _choose_scale(points: Sequence[Point], beside: Sequence[Point]) -> int:
    """Return the largest round scale on which all objects but the far ones have a place."""
    reach = [math.hypot(*point) for point in points]
    limit = FAR * sorted(reach)[(len(reach) - 1) // 2] if reach else 0.0
    near = [point for point, far in zip(points, reach, strict=True) if far <= limit]
    wide, high = _extent([*near, *beside])
    if not points and max(wide, high) < 1:
        return WITHOUT_OBJECTS
    for scale in SCALES:
        mm = 1000.0 / scale
        if wide * mm <= WIDTH - 2 * EDGE_X and high * mm <= HEIGHT - 2 * EDGE_Y:
            return scale
    return SCALES[-1]


def _extent(points: Sequence[Point]) -> Point:
    xs, ys = [0.0, *(x for x, _ in points)], [0.0, *(y for _, y in points)]
    return max(xs) - min(xs), max(ys) - min(ys)


def _lay_out(points: Sequence[Point]) -> Sheet:
    """Put the middle of what is shown into the middle of the sheet, the marker always on it."""
    half_x, half_y = WIDTH / 2 - EDGE_X, HEIGHT / 2 - EDGE_Y
    near = [(x, y) for x, y in points if abs(x) <= 2 * half_x and abs(y) <= 2 * half_y]
    xs, ys = [0.0, *(x for x, _ in near)], [0.0, *(y for _, y in near)]
    middle_x = min(max((max(xs) + min(xs)) / 2, -half_x), half_x)
    middle_y = min(max((max(ys) + min(ys)) / 2, -half_y), half_y)
    offset = (WIDTH / 2 - middle_x, HEIGHT / 2 + middle_y)
    frame = shapely.box(
        MARGIN - offset[0],
        offset[1] - HEIGHT + MARGIN,
        WIDTH - MARGIN - offset[0],
        offset[1] - MARGIN,
    )
    return Sheet(frame, offset, [], shapely.Point(0, 0))


def _on_ground(sketch: Sketch, line: SketchLine) -> BaseGeometry:
    """Return a line in metres to the east and north of the marker, in the grid of its zone."""
    crs = cm_crs(sketch.lon)
    here = transform_points(np.array([[sketch.lon, sketch.lat]]), CGCS2000, crs)[0]

    def moved(points: Any) -> Any:
        return transform_points(points, CGCS2000, crs) - here

    return shapely.transform(line.shape, moved)


def _on_sheet(line: BaseGeometry, mm: float, frame: BaseGeometry) -> BaseGeometry:
    """Return a line in millimetres from the marker, cut at the frame."""
    return shapely.intersection(shapely.transform(line, lambda points: points * mm), frame)


def _end_of(point: Point, near: bool, inside: BaseGeometry) -> Point:  # noqa: FBT001 - one fact
    if near:
        return point
    cut = shapely.intersection(shapely.LineString([(0, 0), point]), inside)
    x, y = shapely.get_coordinates(cut)[-1]
    return float(x), float(y)


def _frame() -> Stroke:
    corners = ((MARGIN, MARGIN), (WIDTH - MARGIN, MARGIN))
    lower = ((WIDTH - MARGIN, HEIGHT - MARGIN), (MARGIN, HEIGHT - MARGIN))
    return Stroke((*corners, *lower), 0.2, INK_SOFT, PANEL)


def _draw_line(sheet: Sheet, line: SketchLine, geometry: BaseGeometry) -> Iterable[Mark]:
    stroke = STROKES.get(line.level, STROKES["county"])
    width = max(stroke.width_px * PX_MM, 0.35)
    pattern = [part * width for part in stroke.dash]
    for part in line_parts(geometry):
        points = [sheet.at((x, y)) for x, y in shapely.get_coordinates(part)]
        for piece in dash(points, pattern):
            yield Stroke(piece, width, INK)


def _draw_object(sheet: Sheet, end: Point, *, near: bool) -> list[Mark]:
    leader = Stroke((sheet.at((0, 0)), sheet.at(end)), 0.15, INK_SOFT)
    if near:
        sheet.taken.append(shapely.Point(end).buffer(1.0))
        x, y = sheet.at(end)
        corners = ((x - 0.9, y + 0.8), (x, y - 0.9), (x + 0.9, y + 0.8))
        return [leader, Stroke(corners, 0.25, AZURITE, PANEL)]
    length = math.hypot(*end)
    ux, uy = end[0] / length, end[1] / length
    wings = [(-2 * ux + s * 0.8 * uy, -2 * uy - s * 0.8 * ux) for s in (1, -1)]
    tip = [end, *((end[0] + dx, end[1] + dy) for dx, dy in wings)]
    return [leader, Stroke(tuple(sheet.at(p) for p in tip), 0.15, AZURITE, AZURITE)]


def _draw_marker(sheet: Sheet) -> list[Mark]:
    here = sheet.at((0, 0))
    sheet.taken.append(shapely.Point(0, 0).buffer(1.6))
    return [Disc(here, 1.35, 0.4, CINNABAR), Disc(here, 0.55, 0.1, CINNABAR, CINNABAR)]


def _furniture(sheet: Sheet, scale: int) -> list[Mark]:
    """Return north arrow and scale bar, each in the corner that is freer."""
    return [*_draw_north(sheet), *_draw_bar(sheet, scale)]


def _draw_north(sheet: Sheet) -> list[Mark]:
    top = 3.4
    boxes = {x: sheet.from_scene((x - 3, top - 1.5, x + 3, top + 9.5)) for x in (WIDTH - 6, 6.0)}
    x = choose_freest(sheet, boxes)
    return [
        Stroke(((x, top + 2.6), (x - 1.3, top + 8.6), (x, top + 7.3)), 0.2, INK, INK),
        Stroke(((x, top + 2.6), (x + 1.3, top + 8.6), (x, top + 7.3)), 0.2, INK, PANEL),
        Words((x, top + 0.6), "北", LABEL_MM, INK, bold=True),
    ]


def _draw_bar(sheet: Sheet, scale: int) -> list[Mark]:
    """Return the scale bar, about a fifth of the sheet long, with the scale beside it."""
    most_m = WIDTH / 4 * scale / 1000
    step = 10 ** math.floor(math.log10(most_m))
    bar_m = next(part * step for part in (5, 2, 1) if part * step <= most_m)
    bar = bar_m * 1000 / scale
    told = f"{bar_m:g} m" if bar_m < KILOMETRE else f"{bar_m / KILOMETRE:g} km"
    label = f"{told}    1:{scale}"
    wide, y = bar + 2 + width_of(label, SMALL_MM), HEIGHT - 4.0
    boxes = {
        left: sheet.from_scene((left - 1, y - 2, left + wide, y + 2))
        for left in (4.5, WIDTH - 3.0 - wide)
    }
    left = choose_freest(sheet, boxes)
    middle, right = left + bar / 2, left + bar
    return [
        Stroke(_rectangle(left, y - 0.5, middle, y + 0.5), 0.15, INK, INK),
        Stroke(_rectangle(middle, y - 0.5, right, y + 0.5), 0.15, INK, PANEL),
        Words((right + 1.5, y), label, SMALL_MM, INK, "start"),
    ]


def _rectangle(west: float, north: float, east: float, south: float) -> tuple[Point, ...]:
    return (west, north), (east, north), (east, south), (west, south)
