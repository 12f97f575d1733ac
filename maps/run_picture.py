"""The cells of a coverage run as a picture to lay over a map in Web Mercator."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.coverage.runs import RunCells
from maps.palette import NO_NETWORK, REACH

EARTH_M = 6378137.0
METRES_OF_DEGREE = 111_320.0
"""Of latitude, roughly."""
MOST_PX = 4096
"""Longest side of a picture; more is beyond what a phone's graphics can hold."""
CLASS_NO_NETWORK = len(REACH)
CLASS_NOTHING = CLASS_NO_NETWORK + 1
SAME_DEG = 1e-6
"""Coordinates closer than this are of one row or column of a grid."""
OVER_PX = 1e-3
OVERLAP = 1.1
"""How much larger than itself a cell is drawn where cells are not in rows and columns."""

POINTS_ACROSS = 200
LEAST_POINT_M = 100.0
"""People given as points are drawn as squares, so many across a picture, and at least this wide."""

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and where it lies: west, south, east, north in degrees."""

    png: bytes
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """Where cells lie in a picture, Web Mercator metres: middles, half sizes, corner, pixels."""

    x: Floats
    y: Floats
    half_x: Floats
    half_y: Floats
    west: float
    north: float
    pixel: tuple[float, float]
    size: tuple[int, int]


def draw_run(cells: RunCells, limit_m: float) -> Drawn:
    """Draw the cells of a run in the colours of :data:`maps.style.REACH`, a pixel about a cell.

    A PNG with a palette, transparent where nobody lives. Where two cells share a pixel, the one
    with more people shows. CGCS2000 is taken as WGS 84 for Web Mercator.

    Parameters
    ----------
    limit_m
        The limit of the run, metres; greater than 0.
    """
    grid = _lay_out(cells)
    classes = classify(cells.distance_m, limit_m)
    wide, high = grid.size
    image = np.full((high, wide), CLASS_NOTHING, dtype=np.uint8)
    _paint(image, grid, classes, np.argsort(cells.people, kind="stable"))
    rows, columns = np.indices(image.shape)
    image[(image == CLASS_NO_NETWORK) & ((rows + columns) % 2 == 1)] = CLASS_NOTHING
    return Drawn(_write_png(image), _bounds(grid))


def frame_run(cells: RunCells) -> tuple[float, float, float, float]:
    """Return the bounds :func:`draw_run` gives its picture, without drawing it."""
    return _bounds(_lay_out(cells))


def classify(distance_m: Floats, limit_m: float) -> Bytes:
    """Return the index in :data:`maps.style.REACH` of each distance, one more for NaN.

    Infinite is a way that does not exist and falls into the last class.
    """
    edges = np.array([one.up_to for one in REACH[:-1]]) * limit_m
    classes: Bytes = np.searchsorted(edges, distance_m, side="left").astype(np.uint8)
    classes[np.isnan(distance_m)] = CLASS_NO_NETWORK
    return classes


def count_people(cells: RunCells, limit_m: float) -> Floats:
    """Return the people of each class of :data:`maps.style.REACH`, and last those without network.

    People are those of the first age group of the run.
    """
    classes = classify(cells.distance_m, limit_m)
    counted = np.bincount(classes, weights=cells.people, minlength=CLASS_NO_NETWORK + 1)
    return np.asarray(counted, dtype=np.float64)


def to_mercator(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return Web Mercator metres of degrees; latitudes beyond 85° are not expected."""
    x: Floats = np.radians(lon) * EARTH_M
    y: Floats = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) * EARTH_M
    return x, y


def _lay_out(cells: RunCells) -> Grid:
    lon, lat = np.asarray(cells.lon, dtype=float), np.asarray(cells.lat, dtype=float)
    if not len(lon):
        nowhere = np.empty(0)
        return Grid(nowhere, nowhere, nowhere, nowhere, 0.0, 0.0, (1.0, 1.0), (1, 1))
    x, y = to_mercator(lon, lat)
    shrink = np.cos(np.radians(lat))
    size_m = cells.cell_size_m or _size_of_points(lon, lat)
    wide = _pitch(lon, size_m / METRES_OF_DEGREE / float(shrink.mean()))
    high = _pitch(lat, size_m / METRES_OF_DEGREE)
    # A length on the ground is longer on a Mercator map, by the cosine of the latitude.
    if wide and high:
        half_x = np.full(len(x), np.radians(wide) * EARTH_M / 2)
        half_y = np.radians(high) * EARTH_M / 2 / shrink
    else:
        half_x = half_y = size_m * OVERLAP / 2 / shrink
    west, north = float((x - half_x).min()), float((y + half_y).max())
    spans = (float((x + half_x).max()) - west, north - float((y - half_y).min()))
    sides = (2 * float(half_x.min()), 2 * float(half_y.min()))
    across, down = (
        min(max(round(span / side), 1), MOST_PX) for span, side in zip(spans, sides, strict=True)
    )
    pixel = (spans[0] / across, spans[1] / down)
    return Grid(x, y, half_x, half_y, west, north, pixel, (across, down))


def _size_of_points(lon: Floats, lat: Floats) -> float:
    """Return the side of the squares that stand for points, metres: seen, and no block of land."""
    span = max(float(np.ptp(lon)), float(np.ptp(lat))) * METRES_OF_DEGREE
    return max(span / POINTS_ACROSS, LEAST_POINT_M)


def _pitch(degrees: Floats, expected: float) -> float | None:
    """Return the distance of the rows or columns that coordinates lie in; None without such."""
    lines = np.unique(np.round(degrees / SAME_DEG).astype(np.int64))
    if len(lines) == 1:
        return expected
    # Of a row of cells most are beside another; over the whole span rounding no longer counts.
    span = float(lines[-1] - lines[0])
    pitch = span / max(round(span / float(np.median(np.diff(lines)))), 1) * SAME_DEG
    return pitch if expected / 2 < pitch < expected * 2 else None


def _paint(image: Bytes, grid: Grid, classes: Bytes, order: npt.NDArray[np.intp]) -> None:
    """Paint cells as rectangles, the last of the order on top."""
    high, wide = image.shape
    across = (grid.x - grid.west) / grid.pixel[0]
    down = (grid.north - grid.y) / grid.pixel[1]
    left, right = _edges(across, grid.half_x / grid.pixel[0])
    top, low = _edges(down, grid.half_y / grid.pixel[1])
    for row in range(int((low - top).max(initial=0))):
        for column in range(int((right - left).max(initial=0))):
            one = order[(top + row < low)[order] & (left + column < right)[order]]
            rows = np.clip(top[one] + row, 0, high - 1)
            columns = np.clip(left[one] + column, 0, wide - 1)
            image[rows, columns] = classes[one]


def _edges(middle: Floats, half: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    # A little over the edge, so that rounding leaves no gap between neighbours.
    first = np.floor(middle - half + 0.5 - OVER_PX).astype(np.int64)
    # At least a pixel each, however small the cell.
    return first, np.maximum(np.floor(middle + half + 0.5 + OVER_PX).astype(np.int64), first + 1)


def _bounds(grid: Grid) -> tuple[float, float, float, float]:
    east = grid.west + grid.pixel[0] * grid.size[0]
    south = grid.north - grid.pixel[1] * grid.size[1]
    lons = np.degrees(np.array([grid.west, east]) / EARTH_M)
    angles = 2 * np.arctan(np.exp(np.array([south, grid.north]) / EARTH_M)) - np.pi / 2
    lats = np.degrees(angles)
    return float(lons[0]), float(lats[0]), float(lons[1]), float(lats[1])


def _write_png(image: Bytes) -> bytes:
    """Write a picture of classes as a PNG with a palette (PNG, third edition, 11.2)."""
    high, wide = image.shape
    colours = [one.colour for one in REACH] + [NO_NETWORK, "#FFFFFF"]
    palette = b"".join(bytes.fromhex(colour[1:]) for colour in colours)
    seen = b"\xff" * CLASS_NOTHING + b"\x00"
    # Each row begins with the number of its filter; none fits a palette best.
    rows = np.zeros((high, wide + 1), dtype=np.uint8)
    rows[:, 1:] = image
    head = struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"tRNS", seen),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
