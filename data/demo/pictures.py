"""Photos and sealed pages of the demo, drawn by code: nobody took them, and they say so.

The letters are Latin, because Pillow's own font has no others and an office's fonts differ.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

SIZE = (480, 360)
PAGE = (620, 877)
MARKED = "SYNTHETIC DEMO"
STONE_HEIGHT = {"near": 220, "far": 60, "together": 130}
"""Pixels, by what a photo shows (``geo.inspections.facts.SHOWS``)."""


def draw_marker(rng: np.random.Generator, number: str, shows: str) -> bytes:
    """Draw a photo of a marker stone in a field, as JPEG.

    Parameters
    ----------
    shows
        ``near``, ``far`` or ``together``, with a figure of each side beside the stone.
    """
    picture, draw = _begin(SIZE, _shade(rng, (196, 214, 232)))
    width, height = SIZE
    horizon = int(height * rng.uniform(0.40, 0.55))
    draw.rectangle((0, horizon, width, height), fill=_shade(rng, (132, 146, 88)))
    for _ in range(90):
        x, y = int(rng.integers(0, width)), int(rng.integers(horizon, height))
        draw.line((x, y, x + 2, y - 8), fill=_shade(rng, (88, 112, 54)))
    tall = STONE_HEIGHT[shows]
    middle, foot = width // 2 + int(rng.integers(-40, 40)), horizon + (height - horizon) // 2
    left, top = middle - tall // 5, foot - tall
    draw.rectangle((left, top, middle + tall // 5, foot), fill=_shade(rng, (206, 202, 194)))
    if shows == "near":
        draw.text((left + 5, top + 20), number, fill=(176, 30, 30), font_size=15)
    if shows == "together":
        for off in (-90, 90):
            _draw_figure(draw, rng, middle + off, foot)
    draw.text((8, height - 26), f"{MARKED}  {number}", fill=(20, 20, 20), font_size=16)
    return _end(picture)


def draw_page(number: str, title: str, *, sealed: bool = True) -> bytes:
    """Draw a page with some lines of writing and, where it is sealed, a red seal, as JPEG."""
    picture, draw = _begin(PAGE, (252, 251, 247))
    draw.text((60, 70), MARKED, fill=(176, 30, 30), font_size=28)
    draw.text((60, 120), title, fill=(20, 20, 20), font_size=22)
    draw.text((60, 156), number, fill=(20, 20, 20), font_size=18)
    for line in range(14):
        y = 220 + line * 30
        draw.line((60, y, 560 - (line % 4) * 40, y), fill=(150, 150, 150), width=3)
    if sealed:
        draw.ellipse((380, 640, 540, 800), outline=(200, 24, 24), width=6)
        draw.text((412, 704), "DEMO SEAL", fill=(200, 24, 24), font_size=18)
    return _end(picture)


def _draw_figure(draw: Any, rng: np.random.Generator, x: int, foot: int) -> None:
    draw.rectangle((x - 14, foot - 80, x + 14, foot), fill=_shade(rng, (70, 84, 120)))
    draw.ellipse((x - 12, foot - 106, x + 12, foot - 82), fill=(224, 190, 160))


def _begin(size: tuple[int, int], ground: tuple[int, int, int]) -> tuple[Any, Any]:
    from PIL import Image, ImageDraw  # noqa: PLC0415 - only the first start of a demo draws

    picture = Image.new("RGB", size, ground)
    return picture, ImageDraw.Draw(picture)


def _end(picture: Any) -> bytes:
    content = BytesIO()
    picture.save(content, "JPEG", quality=70)
    return content.getvalue()


def _shade(rng: np.random.Generator, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    off = int(rng.integers(-14, 15))
    red, green, blue = (max(0, min(255, one + off)) for one in colour)
    return red, green, blue
