"""Where the words of a location sketch stand: beside what they name, on each side's own ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from maps.palette import AZURITE
from maps.scene import Anchor, Mark, Point, Words, width_of

Floats = npt.NDArray[np.float64]
Boxes = npt.NDArray[np.object_]

ROW = 1.25
"""Height of a row of words, in heights of a letter."""
EDGE_MM = 0.8
"""Words keep so far from the frame."""
GAPS = (1.8, 3.2)
CORNERS = ((1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1))
"""Where words may stand to a point: right, left, the four corners, above, below; the best first."""
OUTSIDE, ON_WORDS, ACROSS, LATER, FARTHER = 20.0, 10.0, 1.0, 0.05, 0.1
"""What it costs: a square millimetre outside or on other words, one across a line, a later place,
a millimetre farther off.
"""
SIDE_MM, GRID_MM, REACH_MM = 3.5, 3.0, 15.0
"""Names of sides: their height; the grid they are tried on; best so far from the marker."""
WRONG_SIDE, OFF_REACH = 500.0, 0.15
STEP_MM = 0.5


@dataclass(slots=True)
class Sheet:
    """The sheet while it is drawn: millimetres from the marker, y to the north.

    ``taken`` are the boxes of words that stand already, ``drawn`` is what words should not cross.
    """

    frame: BaseGeometry
    offset: Point
    taken: list[BaseGeometry]
    drawn: BaseGeometry

    def at(self, point: Point) -> Point:
        """Return a place as the scene counts it."""
        return point[0] + self.offset[0], self.offset[1] - point[1]

    def from_scene(self, box: tuple[float, float, float, float]) -> BaseGeometry:
        """Return a box of the scene (west, north, east, south) as the sheet counts it."""
        west, north, east, south = box
        dx, dy = self.offset
        return shapely.box(west - dx, dy - south, east - dx, dy - north)


def line_parts(geometry: BaseGeometry) -> list[shapely.LineString]:
    """Return the pieces of a line that are there."""
    return [
        part
        for part in shapely.get_parts(geometry)
        if isinstance(part, shapely.LineString) and not part.is_empty
    ]


def choose_freest(sheet: Sheet, boxes: Mapping[float, BaseGeometry]) -> float:
    """Return the key of the box that covers least, and keep its place."""
    costs = _costs(sheet, np.array(list(boxes.values()), dtype=object))
    best = list(boxes)[int(costs.argmin())]
    sheet.taken.append(boxes[best])
    return best


def place_label(
    sheet: Sheet,
    point: Point,
    rows: Sequence[str],
    size: float,
    colour: str,
    *,
    bold: bool = False,
) -> list[Mark]:
    """Write rows beside a point, where they cover least."""
    wide, high = max(width_of(row, size) for row in rows), ROW * size * len(rows)
    places = [(corner, gap) for corner in CORNERS for gap in GAPS]
    wests = np.array([_begin(point[0], sx, gap, wide) for (sx, _), gap in places])
    souths = np.array([_begin(point[1], sy, gap, high) for (_, sy), gap in places])
    boxes = shapely.box(wests, souths, wests + wide, souths + high)
    later = np.array([CORNERS.index(corner) * LATER + gap * FARTHER for corner, gap in places])
    best = int((_costs(sheet, boxes) + later).argmin())
    sheet.taken.append(boxes[best])
    (side, _), _ = places[best]
    west, top = float(wests[best]), float(souths[best]) + high
    anchor: Anchor = "start" if side > 0 else "end" if side < 0 else "middle"
    x = {"start": west, "end": west + wide, "middle": west + wide / 2}[anchor]
    return [
        Words(
            sheet.at((x, top - ROW * size * (number + 0.5))), row, size, colour, anchor,
            bold and number == 0,
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip


def name_sides(sheet: Sheet, lines: Sequence[tuple[str, str, BaseGeometry]]) -> list[Mark]:
    """Write the name of each side on its own ground, not far from the marker.

    Parameters
    ----------
    lines
        Who is left and right of each line, and its course on the sheet.
    """
    marks: list[Mark] = []
    for name in dict.fromkeys(name for left, right, _ in lines for name in (left, right)):
        own = [
            (geometry, left == name)
            for left, right, geometry in lines
            if name in (left, right) and line_parts(geometry)
        ]
        if own:
            place = _choose_side_place(sheet, name, own)
            marks.append(Words(sheet.at(place), name, SIDE_MM, AZURITE, "middle", bold=True))
    return marks


def _begin(middle: float, side: int, gap: float, length: float) -> float:
    """Return where words begin that stand on a side of a point, along one axis."""
    if side == 0:
        return middle - length / 2
    return middle + gap if side > 0 else middle - gap - length


def _costs(sheet: Sheet, boxes: Boxes) -> Floats:
    """Return what is wrong with places for words: outside, on other words, across lines."""
    inside = shapely.area(shapely.intersection(boxes, sheet.frame.buffer(-EDGE_MM)))
    costs = OUTSIDE * (shapely.area(boxes) - inside)
    for one in sheet.taken:
        costs = costs + ON_WORDS * shapely.area(shapely.intersection(boxes, one))
    crossed = shapely.length(shapely.intersection(boxes, sheet.drawn))
    return np.asarray(costs + ACROSS * crossed, dtype=np.float64)


def _choose_side_place(sheet: Sheet, name: str, own: Sequence[tuple[BaseGeometry, bool]]) -> Point:
    half = width_of(name, SIDE_MM) / 2
    west, south, east, north = sheet.frame.bounds
    xs = np.arange(west + half + 1, max(east - half - 1, west + half + 2), GRID_MM)
    ys = np.arange(south + 3, north - 3, GRID_MM)
    x, y = (axis.ravel() for axis in np.meshgrid(xs, ys))
    boxes = shapely.box(x - half, y - SIDE_MM * 0.6, x + half, y + SIDE_MM * 0.6)
    costs = _costs(sheet, boxes) + OFF_REACH * np.abs(np.hypot(x, y) - REACH_MM)
    for geometry, left in own:
        costs = costs + WRONG_SIDE * ~_are_on_side(shapely.points(x, y), geometry, left=left)
    best = int(costs.argmin())
    sheet.taken.append(boxes[best])
    return float(x[best]), float(y[best])


def _are_on_side(spots: Boxes, geometry: BaseGeometry, *, left: bool) -> npt.NDArray[np.bool_]:
    """Say which points are left (or right) of the nearest piece of a line."""
    parts = np.array(line_parts(geometry), dtype=object)
    nearest = parts[shapely.distance(spots[:, None], parts[None, :]).argmin(axis=1)]
    along, whole = shapely.line_locate_point(nearest, spots), shapely.length(nearest)
    step = np.minimum(STEP_MM, whole / 4)
    one = shapely.line_interpolate_point(nearest, np.maximum(along - step, 0.0))
    other = shapely.line_interpolate_point(nearest, np.minimum(along + step, whole))
    begin, run = shapely.get_coordinates(one), shapely.get_coordinates(other)
    run = run - begin
    to = shapely.get_coordinates(spots) - begin
    cross = run[:, 0] * to[:, 1] - run[:, 1] * to[:, 0]
    return np.asarray((cross > 0) == left)
