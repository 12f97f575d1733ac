"""A small drawing in millimetres on paper, as SVG for a page and as PNG for a printed paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from markupsafe import escape

from maps.palette import FONTS, INK, PANEL

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]
DPI = 400
FINER = 2
"""Drawn so many times larger and then made smaller: what draws has no soft edges of its own."""
MM_OF_INCH = 25.4
HALO_MM = 0.45
WIDE_FROM = "\u2e80"
"""From here on characters are as wide as high, roughly."""
NARROW = 0.52


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points; with ``fill`` it is a closed shape. Millimetres."""

    points: tuple[Point, ...]
    width: float
    colour: str = INK
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle; millimetres."""

    middle: Point
    radius: float
    width: float
    colour: str = INK
    fill: str = PANEL


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text whose middle height is at ``place``; ``size`` is its height in millimetres."""

    place: Point
    text: str
    size: float
    colour: str = INK
    anchor: Anchor = "middle"
    bold: bool = False


Mark = Stroke | Disc | Words


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn, in the order it is drawn; y counts downwards from the upper left corner."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    title: str

    @property
    def text(self) -> str:
        """Return all that is written in it."""
        return "".join(mark.text for mark in self.marks if isinstance(mark, Words))


def width_of(text: str, size: float) -> float:
    """Return about how wide a line of text is, millimetres."""
    return size * sum(1.0 if sign >= WIDE_FROM else NARROW for sign in text)


def draw_svg(scene: Scene) -> str:
    """Return a scene as an SVG picture that loads nothing; every word in it is escaped."""
    parts = [_SVG[type(mark)](mark) for mark in scene.marks]
    family = ", ".join(f"'{one}'" if " " in one else one for one in FONTS)
    size = f"{scene.width:g} {scene.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img"'
        f' width="{scene.width:g}mm" height="{scene.height:g}mm" font-family="{family}"'
        ' stroke-linejoin="round" stroke-linecap="butt">'
        f"<title>{escape(scene.title)}</title>{''.join(parts)}</svg>"
    )


def draw_png(scene: Scene, font: Path, face: int = 0, dpi: int = DPI) -> bytes:
    """Return a scene as a PNG of so many dots an inch, in the face of a font file."""
    # Here and not above: the web process starts without it.
    from PIL import Image, ImageDraw  # noqa: PLC0415

    scale = dpi * FINER / MM_OF_INCH
    image = Image.new("RGB", (round(scene.width * scale), round(scene.height * scale)), PANEL)
    pen = ImageDraw.Draw(image)
    for mark in scene.marks:
        if isinstance(mark, Words):
            _write(pen, mark, scale, font, face)
        else:
            _ink(pen, mark, scale)
    small = image.reduce(FINER).quantize(64)
    target = BytesIO()
    small.save(target, "PNG", optimize=True, dpi=(dpi, dpi))
    return target.getvalue()


def _ink(pen: Any, mark: Stroke | Disc, scale: float) -> None:
    width = max(1, round(mark.width * scale))
    if isinstance(mark, Disc):
        (x, y), r = mark.middle, mark.radius
        box = [(x - r) * scale, (y - r) * scale, (x + r) * scale, (y + r) * scale]
        pen.ellipse(box, fill=mark.fill, outline=mark.colour, width=width)
        return
    points = [(x * scale, y * scale) for x, y in mark.points]
    if mark.fill:
        pen.polygon(points, fill=mark.fill, outline=mark.colour, width=width)
    else:
        pen.line(points, fill=mark.colour, width=width, joint="curve")


def _write(pen: Any, mark: Words, scale: float, font: Path, face: int) -> None:
    from PIL import ImageFont  # noqa: PLC0415 - as above

    type_ = ImageFont.truetype(str(font), round(mark.size * scale), index=face)
    place = (mark.place[0] * scale, mark.place[1] * scale)
    anchor = {"start": "lm", "middle": "mm", "end": "rm"}[mark.anchor]
    halo = round(HALO_MM * scale)
    pen.text(place, mark.text, PANEL, type_, anchor, stroke_width=halo, stroke_fill=PANEL)
    # The file has one weight; a hair more ink is a bolder one.
    weight = round(mark.size * scale / 40) if mark.bold else 0
    pen.text(place, mark.text, mark.colour, type_, anchor, stroke_width=weight)


def _svg_stroke(mark: Stroke) -> str:
    points = " ".join(f"{x:.2f},{y:.2f}" for x, y in mark.points)
    kind = "polygon" if mark.fill else "polyline"
    return (
        f'<{kind} points="{points}" fill="{mark.fill or "none"}" stroke="{mark.colour}"'
        f' stroke-width="{mark.width:g}"/>'
    )


def _svg_disc(mark: Disc) -> str:
    x, y = mark.middle
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{mark.radius:g}" fill="{mark.fill}"'
        f' stroke="{mark.colour}" stroke-width="{mark.width:g}"/>'
    )


def _svg_words(mark: Words) -> str:
    x, y = mark.place
    bold = ' font-weight="700"' if mark.bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{mark.size:g}" fill="{mark.colour}"'
        f' text-anchor="{mark.anchor}" dominant-baseline="central"{bold}'
        f' paint-order="stroke" stroke="{PANEL}" stroke-width="{2 * HALO_MM:g}">'
        f"{escape(mark.text)}</text>"
    )


_SVG: dict[type, Any] = {Stroke: _svg_stroke, Disc: _svg_disc, Words: _svg_words}


def dash(points: Sequence[Point], pattern: Sequence[float]) -> list[tuple[Point, ...]]:
    """Return the dashes of a line; dashes and gaps in millimetres, beginning with a dash."""
    pieces: list[tuple[Point, ...]] = []
    now: list[Point] = [points[0]]
    number, left = 0, pattern[0]
    for start, end in pairwise(points):
        here = start
        length = _distance(here, end)
        while length > left:
            share = left / length
            here = (here[0] + (end[0] - here[0]) * share, here[1] + (end[1] - here[1]) * share)
            if number % 2 == 0:
                pieces.append((*now, here))
            now = [here]
            length -= left
            number += 1
            left = pattern[number % len(pattern)]
        now.append(end)
        left -= length
    if number % 2 == 0 and len(now) > 1:
        pieces.append(tuple(now))
    return pieces


def _distance(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)
