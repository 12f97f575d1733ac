"""The location sketch (位置略图) of a marker: itself, the line, its reference objects, the sides.

Up is grid north of the 3-degree zone of the marker, in which registered bearings count. The scale
is one of a few round ones; an object too far for it is shown at the edge with an arrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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
from maps.scene import Anchor, Disc, Mark, Point, Scene, Stroke, Words, dash, width_of
from maps.style import STROKES

WIDTH, HEIGHT = 80.0, 62.0
"""Millimetres; the form wants at least 70 by 60."""
MARGIN, EDGE_X, EDGE_Y = 1.0, 12.0, 8.0
"""Millimetres kept free: round the frame, and for the labels of what lies outermost."""
SCALES = (100, 200, 250, 500, 1000, 1500, 2000, 2500, 5000, 10_000, 25_000, 50_000, 100_000)
WITHOUT_OBJECTS = 5000
FAR = 4.0
"""An object this many times farther than the middle one is shown at the edge."""
NAME_MM, LABEL_MM, SIDE_MM, SMALL_MM = 2.9, 2.4, 3.5, 2.1
NUMBER_SPACE = 1.25
SIDE_RADII = (15.0, 12.0, 18.0, 21.0, 9.0)
SIDE_TURNS = (0.0, 20.0, -20.0, 40.0, -40.0)
KILOMETRE = 1000
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


@dataclass(slots=True)
class _Sheet:
    """The sheet while it is drawn: millimetres from the marker, y to the north."""

    frame: BaseGeometry
    offset: Point
    taken: list[BaseGeometry]
    """Boxes of words that stand already."""
    drawn: BaseGeometry
    """What words should not cross."""

    def at(self, point: Point) -> Point:
        """Return a place as the scene counts it."""
        return point[0] + self.offset[0], self.offset[1] - point[1]


def draw_sketch(sketch: Sketch) -> Scene:
    """Lay the sketch of a marker out on 80 by 62 millimetres.

    Raises
    ------
    CrsRefusedError
        If the marker does not stand in China, so has no zone.
    """
    seen = [(one, _seen_from_marker(one)) for one in sketch.objects]
    scale = _choose_scale([point for _, point in seen])
    mm = 1000.0 / scale
    placed = [(one, (x * mm, y * mm)) for one, (x, y) in seen]
    sheet = _lay_out(placed)
    lines = [(one, _on_sheet(sketch, one, mm, sheet.frame)) for one in sketch.lines]
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
    marks += _label(sheet, (0, 0), [sketch.number], NAME_MM, CINNABAR, bold=True)
    for (one, _, _), end in zip(shown, ends, strict=True):
        told = f"{write_bearing(one.bearing_deg)}  {one.distance_m:.2f} m"
        marks += _label(sheet, end, [f"{one.ordinal} {one.name}", told], LABEL_MM, INK)
    marks += _name_sides(sheet, lines)
    return Scene(WIDTH, HEIGHT, tuple(marks), text("paper.sketch_title", number=sketch.number))


def write_bearing(bearing_deg: float) -> str:
    """Return a bearing to the minute, such as ``42°15′``."""
    minutes = round(bearing_deg * 60) % (360 * 60)
    return f"{minutes // 60}°{minutes % 60:02d}′"


def _seen_from_marker(one: SketchObject) -> Point:
    turn = math.radians(one.bearing_deg)
    return one.distance_m * math.sin(turn), one.distance_m * math.cos(turn)


def _choose_scale(points: Sequence[Point]) -> int:
    """Return the largest round scale on which all objects but the far ones have a place."""
    if not points:
        return WITHOUT_OBJECTS
    reach = [math.hypot(*point) for point in points]
    limit = FAR * sorted(reach)[(len(reach) - 1) // 2]
    wide, high = _extent([p for p, far in zip(points, reach, strict=True) if far <= limit])
    for scale in SCALES:
        mm = 1000.0 / scale
        if wide * mm <= WIDTH - 2 * EDGE_X and high * mm <= HEIGHT - 2 * EDGE_Y:
            return scale
    return SCALES[-1]


def _extent(points: Sequence[Point]) -> Point:
    xs, ys = [0.0, *(x for x, _ in points)], [0.0, *(y for _, y in points)]
    return max(xs) - min(xs), max(ys) - min(ys)


def _lay_out(placed: Sequence[tuple[SketchObject, Point]]) -> _Sheet:
    """Put the middle of what is shown into the middle of the sheet, the marker always on it."""
    half_x, half_y = WIDTH / 2 - EDGE_X, HEIGHT / 2 - EDGE_Y
    near = [(x, y) for _, (x, y) in placed if abs(x) <= 2 * half_x and abs(y) <= 2 * half_y]
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
    return _Sheet(frame, offset, [], shapely.Point(0, 0))


def _on_sheet(sketch: Sketch, line: SketchLine, mm: float, frame: BaseGeometry) -> BaseGeometry:
    """Return a line in millimetres from the marker, cut at the frame."""
    crs = cm_crs(sketch.lon)
    here = transform_points(np.array([[sketch.lon, sketch.lat]]), CGCS2000, crs)[0]

    def moved(points: Any) -> Any:
        return (transform_points(points, CGCS2000, crs) - here) * mm

    return shapely.intersection(shapely.transform(line.shape, moved), frame)


def _parts(geometry: BaseGeometry) -> list[shapely.LineString]:
    return [
        part
        for part in shapely.get_parts(geometry)
        if isinstance(part, shapely.LineString) and not part.is_empty
    ]


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


def _draw_line(sheet: _Sheet, line: SketchLine, geometry: BaseGeometry) -> Iterable[Mark]:
    stroke = STROKES.get(line.level, STROKES["county"])
    width = max(stroke.width_px * PX_MM, 0.35)
    pattern = [part * width for part in stroke.dash]
    for part in _parts(geometry):
        points = [sheet.at((x, y)) for x, y in shapely.get_coordinates(part)]
        for piece in dash(points, pattern):
            yield Stroke(piece, width, INK)


def _draw_object(sheet: _Sheet, end: Point, *, near: bool) -> list[Mark]:
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


def _draw_marker(sheet: _Sheet) -> list[Mark]:
    here = sheet.at((0, 0))
    sheet.taken.append(shapely.Point(0, 0).buffer(1.6))
    return [Disc(here, 1.35, 0.4, CINNABAR), Disc(here, 0.55, 0.1, CINNABAR, CINNABAR)]


def _furniture(sheet: _Sheet, scale: int) -> list[Mark]:
    """Return north arrow and scale bar, each in the corner that is freer."""
    return [*_draw_north(sheet), *_draw_bar(sheet, scale)]


def _draw_north(sheet: _Sheet) -> list[Mark]:
    top = 3.4
    boxes = {x: _from_scene(sheet, (x - 3, top - 1.5, x + 3, top + 9.5)) for x in (WIDTH - 6, 6.0)}
    x = _freest(sheet, boxes)
    return [
        Stroke(((x, top + 2.6), (x - 1.3, top + 8.6), (x, top + 7.3)), 0.2, INK, INK),
        Stroke(((x, top + 2.6), (x + 1.3, top + 8.6), (x, top + 7.3)), 0.2, INK, PANEL),
        Words((x, top + 0.6), "北", LABEL_MM, INK, bold=True),
    ]


def _draw_bar(sheet: _Sheet, scale: int) -> list[Mark]:
    """Return the scale bar, about a fifth of the sheet long, with the scale beside it."""
    most_m = WIDTH / 4 * scale / 1000
    step = 10 ** math.floor(math.log10(most_m))
    bar_m = next(part * step for part in (5, 2, 1) if part * step <= most_m)
    bar = bar_m * 1000 / scale
    told = f"{bar_m:g} m" if bar_m < KILOMETRE else f"{bar_m / KILOMETRE:g} km"
    label = f"{told}    1:{scale}"
    wide, y = bar + 2 + width_of(label, SMALL_MM), HEIGHT - 4.0
    boxes = {
        left: _from_scene(sheet, (left - 1, y - 2, left + wide, y + 2))
        for left in (4.5, WIDTH - 3.0 - wide)
    }
    left = _freest(sheet, boxes)
    middle, right = left + bar / 2, left + bar
    return [
        Stroke(_rectangle(left, y - 0.5, middle, y + 0.5), 0.15, INK, INK),
        Stroke(_rectangle(middle, y - 0.5, right, y + 0.5), 0.15, INK, PANEL),
        Words((right + 1.5, y), label, SMALL_MM, INK, "start"),
    ]


def _rectangle(west: float, north: float, east: float, south: float) -> tuple[Point, ...]:
    return (west, north), (east, north), (east, south), (west, south)


def _freest(sheet: _Sheet, boxes: Mapping[float, BaseGeometry]) -> float:
    """Return the key of the box that covers least, and keep its place."""
    best = min(boxes, key=lambda key: _cost(sheet, boxes[key]))
    sheet.taken.append(boxes[best])
    return best


def _from_scene(sheet: _Sheet, box: tuple[float, float, float, float]) -> BaseGeometry:
    west, north, east, south = box
    dx, dy = sheet.offset
    return shapely.box(west - dx, dy - south, east - dx, dy - north)


def _label(
    sheet: _Sheet,
    point: Point,
    rows: Sequence[str],
    size: float,
    colour: str,
    *,
    bold: bool = False,
) -> list[Mark]:
    """Write rows beside a point, where they cover least."""
    wide = max(width_of(row, size) for row in rows)
    high = NUMBER_SPACE * size * len(rows)
    best: tuple[float, BaseGeometry, float, Anchor] | None = None
    box: BaseGeometry
    for order, (sx, sy) in enumerate(
        ((1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1))
    ):
        for gap in (1.8, 3.2):
            west = point[0] + (gap if sx > 0 else -gap - wide if sx < 0 else -wide / 2)
            south = point[1] + (gap if sy > 0 else -gap - high if sy < 0 else -high / 2)
            box = shapely.box(west, south, west + wide, south + high)
            anchor: Anchor = "start" if sx > 0 else "end" if sx < 0 else "middle"
            cost = _cost(sheet, box) + order * 0.05 + gap * 0.1
            if best is None or cost < best[0]:
                at = west if sx > 0 else west + wide if sx < 0 else west + wide / 2
                best = (cost, box, at, anchor)
    assert best is not None  # noqa: S101 - there are sixteen candidates
    _, box, at, anchor = best
    sheet.taken.append(box)
    top = box.bounds[3]
    return [
        Words(
            sheet.at((at, top - NUMBER_SPACE * size * (number + 0.5))),
            row, size, colour, anchor, bold and number == 0,
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip


def _cost(sheet: _Sheet, box: BaseGeometry) -> float:
    """Return what is wrong with a place for words: outside, on other words, across lines."""
    outside = box.area - shapely.intersection(box, sheet.frame.buffer(-0.8)).area
    on_words = sum(float(shapely.intersection(box, one).area) for one in sheet.taken)
    across = float(shapely.intersection(box, sheet.drawn).length)
    return 20 * outside + 10 * on_words + across


def _name_sides(sheet: _Sheet, lines: Sequence[tuple[SketchLine, BaseGeometry]]) -> list[Mark]:
    """Write the name of each side on its ground, never across the line."""
    marks: list[Mark] = []
    for name in dict.fromkeys(n for line, _ in lines for n in (line.left, line.right)):
        own = [(geometry, line.left == name) for line, geometry in lines
               if name in (line.left, line.right) and _parts(geometry)]  # fmt: skip
        if not own:
            continue
        place = _choose_side_place(sheet, name, own)
        wide = width_of(name, SIDE_MM)
        x, y = place
        sheet.taken.append(shapely.box(x - wide / 2, y - 2, x + wide / 2, y + 2))
        marks.append(Words(sheet.at(place), name, SIDE_MM, AZURITE, "middle", bold=True))
    return marks


def _choose_side_place(sheet: _Sheet, name: str, own: Sequence[tuple[BaseGeometry, bool]]) -> Point:
    toward = math.atan2(*reversed(_toward_side(own)))
    wide = width_of(name, SIDE_MM)
    best, place = math.inf, (0.0, 0.0)
    for turn in SIDE_TURNS:
        angle = toward + math.radians(turn)
        for radius in SIDE_RADII:
            x, y = radius * math.cos(angle), radius * math.sin(angle)
            box = shapely.box(x - wide / 2, y - 2, x + wide / 2, y + 2)
            wrong = sum(not _is_on_side((x, y), geometry, left=left) for geometry, left in own)
            cost = _cost(sheet, box) + 500 * wrong + abs(turn) / 40
            if cost < best:
                best, place = cost, (x, y)
    return place


def _toward_side(own: Sequence[tuple[BaseGeometry, bool]]) -> Point:
    """Return the direction from the marker to a side: the mean of what is left (or right)."""
    circle = shapely.Point(0, 0).buffer(20)
    east = north = 0.0
    for geometry, left in own:
        near = shapely.intersection(geometry, circle)
        for part in _parts(near if not near.is_empty else geometry):
            run = shapely.get_coordinates(part)[[0, -1]]
            dx, dy = run[1] - run[0]
            east += -dy if left else dy
            north += dx if left else -dx
    return (east, north) if (east, north) != (0.0, 0.0) else (1.0, 0.0)


def _is_on_side(point: Point, geometry: BaseGeometry, *, left: bool) -> bool:
    """Say whether a point is left (or right) of the nearest piece of a line."""
    spot = shapely.Point(point)
    part = min(_parts(geometry), key=spot.distance)
    along = part.project(spot)
    step = min(0.5, part.length / 4)
    one = part.interpolate(max(along - step, 0.0))
    other = part.interpolate(min(along + step, part.length))
    cross = (other.x - one.x) * (point[1] - one.y) - (other.y - one.y) * (point[0] - one.x)
    return (cross > 0) == left
