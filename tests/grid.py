"""Geometry drawn as text: each character is a square cell, each letter a division or a place.

A dot is nobody's. Row 0 is the north.
"""

from __future__ import annotations

import shapely
from shapely import MultiPolygon

NOBODY = "."


def draw(
    text: str, *, size_deg: float = 0.1, west: float = 117.0, south: float = 36.0
) -> dict[str, MultiPolygon]:
    """Return the polygons of a drawing by letter, in EPSG:4490, with a vertex at every corner."""
    rows = [row.strip() for row in text.strip().splitlines()]
    cells: dict[str, list[shapely.Polygon]] = {}
    for number, row in enumerate(rows):
        north = south + (len(rows) - number) * size_deg
        for column, letter in enumerate(row):
            if letter != NOBODY:
                left = west + column * size_deg
                cell = shapely.box(left, north - size_deg, left + size_deg, north)
                cells.setdefault(letter, []).append(shapely.set_precision(cell, 1e-9))
    return {letter: _multi(shapely.unary_union(boxes)) for letter, boxes in cells.items()}


def draw_places(
    text: str, *, size_deg: float = 0.001, west: float = 117.0, south: float = 36.0
) -> dict[str, tuple[float, float]]:
    """Return the middle of each letter's cell in EPSG:4490; spaces in a row do not count."""
    rows = ["".join(row.split()) for row in text.strip().splitlines()]
    return {
        letter: (
            round(west + (column + 0.5) * size_deg, 9),
            round(south + (len(rows) - number - 0.5) * size_deg, 9),
        )
        for number, row in enumerate(rows)
        for column, letter in enumerate(row)
        if letter != NOBODY
    }


def _multi(shape: shapely.Geometry) -> MultiPolygon:
    rounded = shapely.transform(shape, lambda xy: xy.round(9))
    return rounded if isinstance(rounded, MultiPolygon) else MultiPolygon([rounded])
