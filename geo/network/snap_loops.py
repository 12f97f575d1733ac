"""The loops of the snap: pieces of street into the cells of a grid, and the nearest to a point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network.compiled import compiled
from geo.network.graph import Floats, Ints

Longs = npt.NDArray[np.int64]

Best = tuple[float, int, float]
"""A squared distance, a piece, and the share of it before the nearest point."""
ROUNDING = 1e-6
"""In cells: a piece so near to a cell is put into it too, so that none is ever missed."""


class Pieces(NamedTuple):
    """The straight pieces of all edges, in the order of the edges.

    Piece p belongs to ``edge[p]``, runs from ``xy[vertex[p]]`` to the next vertex, and begins
    ``before_m[p]`` (planar) along its edge, which is ``whole_m[edge]`` (planar) long.
    """

    edge: Ints
    vertex: Longs
    xy: Floats
    before_m: Floats
    whole_m: Floats


class Grid(NamedTuple):
    """Square cells, ``size_m`` wide, over the streets; ``columns`` by ``rows`` of them.

    Cell (column, row) has the pieces ``at[starts[k]:starts[k + 1]]``, k = row * columns + column;
    (0, 0) begins at ``west``, ``south``.
    """

    west: float
    south: float
    size_m: float
    columns: int
    rows: int
    starts: Longs
    at: Ints


@compiled
def _columns_of(grid: Grid, ends: tuple[float, float, float, float], row: int) -> tuple[int, int]:
    """Return the first and the last column that a piece passes in a row."""
    x1, y1, x2, y2 = ends
    low, high = grid.south + row * grid.size_m, grid.south + (row + 1) * grid.size_m
    from_x, to_x = min(x1, x2), max(x1, x2)
    if y1 != y2:
        at_low = x1 + (low - y1) / (y2 - y1) * (x2 - x1)
        at_high = x1 + (high - y1) / (y2 - y1) * (x2 - x1)
        from_x, to_x = max(from_x, min(at_low, at_high)), min(to_x, max(at_low, at_high))
    first = int(np.floor((from_x - grid.west) / grid.size_m - ROUNDING))
    last = int(np.floor((to_x - grid.west) / grid.size_m + ROUNDING))
    return max(first, 0), min(last, grid.columns - 1)


@compiled
def fill_grid(pieces: Pieces, grid: Grid, filled: Longs, *, writes: bool) -> None:
    """Count the pieces in each cell into ``filled``, or write them from there on."""
    for piece in range(len(pieces.edge)):
        vertex = pieces.vertex[piece]
        x1, y1 = pieces.xy[vertex, 0], pieces.xy[vertex, 1]
        x2, y2 = pieces.xy[vertex + 1, 0], pieces.xy[vertex + 1, 1]
        from_row = int(np.floor((min(y1, y2) - grid.south) / grid.size_m - ROUNDING))
        to_row = int(np.floor((max(y1, y2) - grid.south) / grid.size_m + ROUNDING))
        for row in range(max(from_row, 0), min(to_row, grid.rows - 1) + 1):
            first, last = _columns_of(grid, (x1, y1, x2, y2), row)
            for cell in range(row * grid.columns + first, row * grid.columns + last + 1):
                if writes:
                    grid.at[filled[cell]] = piece
                filled[cell] += 1


@compiled
def _measure(pieces: Pieces, piece: int, x: float, y: float) -> tuple[float, float]:
    """Return the squared distance to a piece and the share of it before the nearest point."""
    vertex = pieces.vertex[piece]
    x1, y1 = pieces.xy[vertex, 0], pieces.xy[vertex, 1]
    x2, y2 = pieces.xy[vertex + 1, 0], pieces.xy[vertex + 1, 1]
    dx, dy = x2 - x1, y2 - y1
    square = dx * dx + dy * dy
    share = ((x - x1) * dx + (y - y1) * dy) / square if square > 0 else 0.0
    # At an end the end itself is measured to, so that all edges of a node are equally far.
    if share <= 0:
        return (x - x1) ** 2 + (y - y1) ** 2, 0.0
    if share >= 1:
        return (x - x2) ** 2 + (y - y2) ** 2, 1.0
    return (x - (x1 + share * dx)) ** 2 + (y - (y1 + share * dy)) ** 2, share


@compiled
def _look(pieces: Pieces, grid: Grid, cell: int, point: tuple[float, float], best: Best) -> Best:
    """Return the nearest piece so far and in a cell: of those equally near the first."""
    square, found, share = best
    for at in range(grid.starts[cell], grid.starts[cell + 1]):
        piece = grid.at[at]
        other, along = _measure(pieces, piece, point[0], point[1])
        if other < square or (other == square and piece < found):
            square, found, share = other, piece, along
    return square, found, share


@compiled
def _search(pieces: Pieces, grid: Grid, point: tuple[float, float], limit_m: float) -> Best:
    """Look through the cells round a point, ring by ring, until none can hold anything nearer."""
    across, up = (point[0] - grid.west) / grid.size_m, (point[1] - grid.south) / grid.size_m
    column, row = int(np.floor(across)), int(np.floor(up))
    inside = min(across - column, column + 1 - across, up - row, row + 1 - up) - ROUNDING
    ring = max(0, -column, column - grid.columns + 1, -row, row - grid.rows + 1)
    last_ring = max(column, grid.columns - 1 - column, row, grid.rows - 1 - row)
    best = (np.inf, len(pieces.edge), 0.0)
    while ring <= last_ring:
        # All outside the rings seen is at least this far, in metres.
        far = max((ring - 1 + inside) * grid.size_m, 0.0)
        if far > limit_m or far * far > best[0]:
            break
        for line in range(max(row - ring, 0), min(row + ring, grid.rows - 1) + 1):
            step = 1 if abs(line - row) == ring else max(2 * ring, 1)
            for place in range(column - ring, column + ring + 1, step):
                if 0 <= place < grid.columns:
                    best = _look(pieces, grid, line * grid.columns + place, point, best)
        ring += 1
    return best


@compiled
def snap_points(
    pieces: Pieces,
    grid: Grid,
    edge_m: Floats,
    xy: Floats,
    limit_m: float,
    answer: tuple[Ints, Floats, Floats],
) -> None:
    """Write the edge, the way along it and the way to it for each point that has one in reach."""
    edges, along_m, away_m = answer
    for number in range(len(xy)):
        square, piece, share = _search(pieces, grid, (xy[number, 0], xy[number, 1]), limit_m)
        away = np.sqrt(square)
        if not away <= limit_m:
            continue
        edge, vertex = pieces.edge[piece], pieces.vertex[piece]
        step = np.hypot(
            pieces.xy[vertex + 1, 0] - pieces.xy[vertex, 0],
            pieces.xy[vertex + 1, 1] - pieces.xy[vertex, 1],
        )
        whole = pieces.whole_m[edge]
        part = min((pieces.before_m[piece] + share * step) / whole, 1.0) if whole > 0 else 0.0
        edges[number], along_m[number], away_m[number] = edge, part * edge_m[edge], away
