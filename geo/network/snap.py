"""Snap points to streets: the nearest point on the nearest edge, not one of its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from geo.network.graph import Floats, Graph, Ints, Snapped
from geo.progress import Progress, never_stop, report

if TYPE_CHECKING:
    from geo.network.snap_loops import Grid, Pieces

POINTS_AT_ONCE = 65_536
CELLS_PER_PIECE = 2


def snap(graph: Graph, xy: Floats, limit_m: float, progress: Progress = never_stop) -> Snapped:
    """Find where points meet the streets.

    Parameters
    ----------
    xy
        Shape (n, 2), in the graph's frame, metres. NaN is nowhere.
    limit_m
        Farthest straight line to a street; a street at just this distance is taken.

    Returns
    -------
    The nearest edge of each point, of edges equally near the one with the lowest number (at a node
    all its edges are), and of places equally near on it the first. The way along it is its length
    times the planar share. Edge -1, NaN and NaN where none is within the limit.

    Raises
    ------
    StoppedError
        Between chunks of points, if ``progress`` says so.
    """
    from geo.network.snap_loops import snap_points  # noqa: PLC0415 - numba loads slowly

    count = len(xy)
    edge = np.full(count, -1, np.int32)
    along_m, away_m = np.full(count, np.nan), np.full(count, np.nan)
    report(progress, 0.0, "doing.snap")
    near = _find_near(graph, xy, limit_m)
    if not len(near):
        return Snapped(edge=edge, along_m=along_m, away_m=away_m)
    pieces = _cut(graph)
    grid = _make_grid(pieces)
    for first in range(0, len(near), POINTS_AT_ONCE):
        some = near[first : first + POINTS_AT_ONCE]
        found = edge[some], along_m[some], away_m[some]
        points = np.ascontiguousarray(xy[some], np.float64)
        snap_points(pieces, grid, graph.edge_m, points, float(limit_m), found)
        edge[some], along_m[some], away_m[some] = found
        report(progress, (first + len(some)) / len(near), "doing.snap")
    return Snapped(edge=edge, along_m=along_m, away_m=away_m)


def _find_near(graph: Graph, xy: Floats, limit_m: float) -> npt.NDArray[np.int64]:
    """Return the points that are not outside the rectangle of the streets by more than a limit."""
    if not len(graph.edge_m) or not limit_m >= 0:
        return np.zeros(0, np.int64)
    inside = (xy >= graph.xy.min(axis=0) - limit_m) & (xy <= graph.xy.max(axis=0) + limit_m)
    return np.flatnonzero(inside.all(axis=1) & np.isfinite(xy).all(axis=1))


def _cut(graph: Graph) -> Pieces:
    """Cut all edges into their straight pieces."""
    from geo.network.snap_loops import Pieces  # noqa: PLC0415 - numba loads slowly

    is_begin = np.ones(len(graph.xy), dtype=bool)
    is_begin[graph.starts[1:] - 1] = False
    vertex = np.flatnonzero(is_begin)
    edge = np.repeat(np.arange(len(graph.edge_m), dtype=np.int32), np.diff(graph.starts) - 1)
    long_m = np.hypot(*(graph.xy[vertex + 1] - graph.xy[vertex]).T)
    sums = np.concatenate([np.zeros(1), np.cumsum(long_m)])
    first = graph.starts[:-1] - np.arange(len(graph.edge_m))
    last = np.append(first[1:], len(vertex))
    return Pieces(
        edge,
        vertex,
        np.ascontiguousarray(graph.xy, np.float64),
        sums[:-1] - sums[first][edge],
        sums[last] - sums[first],
    )


def _make_grid(pieces: Pieces) -> Grid:
    """Sort pieces into square cells, of which there are about two to a piece."""
    from geo.network.snap_loops import Grid, fill_grid  # noqa: PLC0415 - numba loads slowly

    west, south = pieces.xy.min(axis=0)
    width, height = np.ptp(pieces.xy, axis=0)
    wanted = CELLS_PER_PIECE * len(pieces.edge)
    size_m = max(float(np.sqrt(width * height / wanted)), max(width, height) / wanted, 1.0)
    columns, rows = int(width / size_m) + 1, int(height / size_m) + 1
    counts = np.zeros(columns * rows, np.int64)
    none: Ints = np.zeros(0, np.int32)
    grid = Grid(float(west), float(south), size_m, columns, rows, np.zeros(0, np.int64), none)
    fill_grid(pieces, grid, counts, writes=False)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    grid = grid._replace(starts=starts, at=np.empty(starts[-1], np.int32))
    fill_grid(pieces, grid, starts[:-1].copy(), writes=True)
    return grid
