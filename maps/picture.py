"""A picture of divisions and lines as SVG, for where the browser cannot draw the map itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from geo.boundaries.shapes import LineShape
from geo.divisions.shapes import DivisionShape
from maps.palette import (
    AZURITE,
    CHOSEN_LINE,
    CINNABAR,
    DASH,
    FONTS,
    INK,
    INK_SOFT,
    OUTSIDE,
    PANEL,
    PAPER,
    TINTS,
)
from maps.run_picture import Drawn
from maps.style import STROKES

WIDTH_PX = 1000
MARGIN_PX = 24
FRAME_PX = 3
MARK_PX = 44
"""Height of the corner the mark takes, where no name is written."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """How a picture is laid out: where, its title, the mark in its corner, the tints of codes."""

    box: Box
    title: str
    mark: str | None
    tints: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A facility in a picture; the chosen one bears its name."""

    lon: float
    lat: float
    colour: str
    name: str
    chosen: bool = False


def level_for(box: Box) -> str:
    """Return the lowest level whose units can still be told apart in a picture of a box."""
    span = max(box[2] - box[0], box[3] - box[1])
    if span > 18:  # noqa: PLR2004 - degrees; wider than any province but a few
        return "province"
    return "prefecture" if span > 9 else "county"  # noqa: PLR2004 - degrees


def tolerance_for(box: Box) -> float:
    """Return half a pixel of a picture of a box, degrees."""
    return (box[2] - box[0]) / WIDTH_PX / 2


def draw_picture(
    sheet: Sheet,
    divisions: Sequence[DivisionShape],
    lines: Sequence[LineShape],
    chosen: Sequence[shapely.Geometry],
    *,
    marks: Sequence[Mark] = (),
    cells: Drawn | None = None,
) -> str:
    """Draw divisions and lines in the style of the map; the answer is an SVG document.

    Parameters
    ----------
    chosen
        What is brought out, polygons or lines in EPSG:4490.
    cells
        The cells of a coverage run, laid over the land.
    """
    view = _View(sheet.box)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {view.height_px:.0f}"'
        f' role="img" font-family="{escape(",".join(FONTS))}">'
    )
    parts = [
        head,
        f"<title>{escape(sheet.title)}</title>",
        f'<clipPath id="frame"><rect width="{WIDTH_PX}" height="{view.height_px:.0f}"/></clipPath>',
        '<g clip-path="url(#frame)">',
        f'<rect width="100%" height="100%" fill="{OUTSIDE}"/>',
        *_land(view, divisions, sheet.tints),
        *_cells(view, cells),
        *_bands(view, lines),
        *_chosen(view, chosen),
        *_strokes(view, lines),
        *_marks(view, marks),
        *_names(view, divisions),
        *_mark(view, sheet.mark),
        "</g></svg>",
    ]
    return "".join(parts)


class _View:
    """From degrees to pixels, in Mercator's projection like the live map."""

    def __init__(self, box: Box) -> None:
        west, south, east, north = box
        low, high = _mercator(np.array([south, north]))
        self.scale = (WIDTH_PX - 2 * MARGIN_PX) / max(east - west, 1e-6)
        # A very tall or very flat box would make a strip; the picture stays near a page's shape.
        wanted = (high - low) * self.scale + 2 * MARGIN_PX
        if wanted > 1.2 * WIDTH_PX:
            self.scale *= (1.2 * WIDTH_PX - 2 * MARGIN_PX) / (wanted - 2 * MARGIN_PX)
        self.height_px = min(max(wanted, 0.6 * WIDTH_PX), 1.2 * WIDTH_PX)
        self.middle = ((west + east) / 2, (low + high) / 2)

    def pixels(self, lonlat: np.ndarray) -> np.ndarray:
        x = (lonlat[:, 0] - self.middle[0]) * self.scale + WIDTH_PX / 2
        y = (self.middle[1] - _mercator(lonlat[:, 1])) * self.scale + self.height_px / 2
        return np.column_stack([x, y])

    def path(self, shape: shapely.Geometry) -> str:
        """Return the path data of all lines and rings of a shape."""
        pieces = []
        for part in shapely.get_parts(shape):
            closed = part.geom_type == "Polygon"
            for ring in [part.exterior, *part.interiors] if closed else [part]:
                points = self.pixels(np.asarray(ring.coords)[:, :2])
                drawn = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
                pieces.append(f"M{drawn}{'Z' if closed else ''}")
        return "".join(pieces)


def _mercator(lat: np.ndarray) -> np.ndarray:
    angles: np.ndarray = np.degrees(np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)))
    return angles


def _land(view: _View, divisions: Sequence[DivisionShape], tints: Mapping[str, int]) -> list[str]:
    return [
        f'<path d="{view.path(one.shape)}"'
        f' fill="{TINTS[tints[one.code]] if one.code in tints else PAPER}"'
        ' stroke="#9FB0BA" stroke-width="0.8"/>'
        for one in divisions
    ]


def _cells(view: _View, cells: Drawn | None) -> list[str]:
    if cells is None:
        return []
    west, south, east, north = cells.bounds
    (left, top), (right, low) = view.pixels(np.array([[west, north], [east, south]])).tolist()
    image = base64.b64encode(cells.png).decode()
    drawn = (
        f'<image href="data:image/png;base64,{image}" x="{left:.1f}" y="{top:.1f}"'
        f' width="{right - left:.1f}" height="{low - top:.1f}" preserveAspectRatio="none"'
        ' opacity="0.82" image-rendering="pixelated"/>'
    )
    return [drawn]


def _marks(view: _View, marks: Sequence[Mark]) -> list[str]:
    places = np.array([(one.lon, one.lat) for one in marks], dtype=float).reshape(-1, 2)
    drawn = []
    for one, (x, y) in zip(marks, view.pixels(places).tolist(), strict=True):
        radius, edge = (9, AZURITE) if one.chosen else (4, PANEL)
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{one.colour}" stroke="{edge}"'
            f' stroke-width="1.5"><title>{escape(one.name)}</title></circle>'
        )
    return drawn


def _chosen(view: _View, chosen: Sequence[shapely.Geometry]) -> list[str]:
    drawn = []
    for shape in chosen:
        path = view.path(shape)
        if shapely.get_dimensions(shape) == 2:  # noqa: PLR2004 - polygons
            look = f'fill="{PANEL}" fill-opacity="0.6" stroke="{AZURITE}" stroke-width="3"'
        else:
            look = f'fill="none" stroke="{CHOSEN_LINE}" stroke-width="7"'
        drawn.append(f'<path d="{path}" {look} stroke-linejoin="round"/>')
    return drawn


def _bands(view: _View, lines: Sequence[LineShape]) -> list[str]:
    return [
        f'<path d="{view.path(one.shape)}" fill="none" stroke="{stroke.band}"'
        f' stroke-width="{stroke.band_px}" stroke-linecap="round" stroke-linejoin="round"/>'
        for level, stroke in reversed(STROKES.items())
        if stroke.band
        for one in lines
        if one.level == level
    ]


def _strokes(view: _View, lines: Sequence[LineShape]) -> list[str]:
    return [
        f'<path d="{view.path(one.shape)}" fill="none" stroke="{DASH}"'
        f' stroke-width="{stroke.width_px}" stroke-dasharray="{stroke.dash_px()}"/>'
        for level, stroke in reversed(STROKES.items())
        for one in lines
        if one.level == level
    ]


def _names(view: _View, divisions: Sequence[DivisionShape]) -> list[str]:
    """Write names where they do not lie on one another; the widest divisions come first."""
    widest = sorted(divisions, key=lambda one: -shapely.area(one.shape))
    labels = np.array([one.label for one in widest], dtype=float).reshape(-1, 2)
    taken: list[Box] = [(0, view.height_px - MARK_PX, WIDTH_PX / 2, view.height_px)]
    written = []
    for one, (x, y) in zip(widest, view.pixels(labels), strict=True):
        half = len(one.name) * 7.5
        place = (x - half, y - 10, x + half, y + 10)
        inside = place[0] > FRAME_PX and place[2] < WIDTH_PX and 0 < place[1] < view.height_px - 20
        if not inside or any(_meet(place, other) for other in taken):
            continue
        taken.append(place)
        written.append(
            f'<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle" font-size="15" fill="{INK}"'
            f' stroke="{PAPER}" stroke-width="3" paint-order="stroke">{escape(one.name)}</text>'
        )
    return written


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _mark(view: _View, mark: str | None) -> list[str]:
    frame = (
        f'<rect x="0.5" y="0.5" width="{WIDTH_PX - 1}" height="{view.height_px - 1:.0f}"'
        f' fill="none" stroke="{INK_SOFT}"/>'
    )
    if not mark:
        return [frame]
    words = (
        f'<text x="16" y="{view.height_px - 16:.0f}" font-size="17" font-weight="600"'
        f' fill="{CINNABAR}" stroke="{PAPER}" stroke-width="4" paint-order="stroke">'
        f"{escape(mark)}</text>"
    )
    return [frame, words]
