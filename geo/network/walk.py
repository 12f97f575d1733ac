"""Join what was snapped to the streets: from people to facilities, over the network.

A distance is the straight line from a point to its snap point, the way along the streets to the
snap point of the facility, and the straight line to the facility. Two snap points on one edge are
joined along the edge, or round by its ends where that is shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network.graph import Floats, Graph, Ints, Snapped
from geo.network.kernel import reach_many, reach_nearest
from geo.progress import Progress, never_stop, report

if TYPE_CHECKING:
    from geo.network.join_loops import EdgeRows, OnEdges

Longs = npt.NDArray[np.int64]
FACILITIES_AT_ONCE = 4096


class Joined(NamedTuple):
    """Which points each of s facilities reaches: from ``indptr[i]`` to ``indptr[i + 1]``.

    ``points`` are their numbers, ascending for each facility, ``metres`` the whole distance.
    """

    indptr: Longs
    points: Ints
    metres: Floats


def walk_to_nearest(graph: Graph, facilities: Snapped, points: Snapped) -> tuple[Floats, Ints]:
    """Find the nearest facility of each point, and the whole distance to it.

    Returns
    -------
    Metres (n): inf where no facility can be reached, NaN where the point is not on the network.
    And the number of the facility (n), -1 in both cases; of facilities equally far the lowest.
    """
    from geo.network.join_loops import join_nearest  # noqa: PLC0415 - numba loads slowly

    starts, nodes, metres = _seed(graph, facilities)
    sources = np.repeat(np.arange(len(facilities.edge), dtype=np.int32), np.diff(starts))
    labels = reach_nearest(graph, nodes, metres, sources)
    count = len(points.edge)
    answer = np.full(count, np.nan), np.full(count, -1, np.int32)
    edges = (graph.ends, graph.edge_m)
    join_nearest(edges, labels, _by_edge(facilities), _by_edge(points), answer)
    return answer


def walk_many(
    graph: Graph,
    facilities: Snapped,
    points: Snapped,
    limit_m: float,
    progress: Progress = never_stop,
) -> Joined:
    """Find all points within a limit of each facility, and the whole distances.

    Raises
    ------
    StoppedError
        Between chunks of facilities, if ``progress`` says so.
    """
    ordered = _by_edge(points)
    rows = _edge_rows(graph, ordered)
    pieces: list[Joined] = []
    count = len(facilities.edge)
    for first in range(0, count, FACILITIES_AT_ONCE):
        report(progress, first / count, "doing.walk")
        part = slice(first, first + FACILITIES_AT_ONCE)
        few = Snapped(
            edge=facilities.edge[part],
            along_m=facilities.along_m[part],
            away_m=facilities.away_m[part],
        )
        pieces.append(_walk_few(graph, few, ordered, rows, limit_m))
    report(progress, 1.0, "doing.walk")
    ends = np.cumsum([0, *(piece.indptr[-1] for piece in pieces)])
    starts = (piece.indptr[:-1] + end for piece, end in zip(pieces, ends, strict=False))
    return Joined(
        indptr=np.concatenate([*starts, ends[-1:]]).astype(np.int64),
        points=np.concatenate([np.zeros(0, np.int32), *(piece.points for piece in pieces)]),
        metres=np.concatenate([np.zeros(0), *(piece.metres for piece in pieces)]),
    )


def _walk_few(
    graph: Graph, facilities: Snapped, points: OnEdges, rows: EdgeRows, limit_m: float
) -> Joined:
    from geo.network.join_loops import join_many  # noqa: PLC0415 - numba loads slowly

    reached = reach_many(graph, *_seed(graph, facilities), limit_m)
    count = len(facilities.edge)
    counts, numbers, metres = np.zeros(count, np.int64), np.empty(0, np.int32), np.empty(0)
    while True:
        size = join_many(
            (graph.ends, graph.edge_m),
            (reached.indptr, reached.nodes, reached.metres),
            (facilities.edge, facilities.along_m, facilities.away_m),
            points,
            rows,
            (np.full(graph.nodes, np.inf), np.full(len(rows.edge), -1, np.int32), float(limit_m)),
            (counts, numbers, metres),
        )
        if size == len(numbers):
            break
        numbers, metres = np.empty(size, np.int32), np.empty(size)
    order = np.lexsort((numbers, np.repeat(np.arange(count), counts)))
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return Joined(indptr=indptr, points=numbers[order], metres=metres[order])


def _seed(graph: Graph, snapped: Snapped) -> tuple[Longs, Ints, Floats]:
    """Let a walk begin at both ends of each snap point's edge; nowhere for the unsnapped."""
    on = snapped.edge >= 0
    edge, along, away = snapped.edge[on], snapped.along_m[on], snapped.away_m[on]
    metres = np.stack([away + along, away + (graph.edge_m[edge] - along)], axis=1)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(2 * on.astype(np.int64))])
    return starts, graph.ends[edge].ravel(), metres.ravel()


def _by_edge(snapped: Snapped) -> OnEdges:
    from geo.network.join_loops import OnEdges  # noqa: PLC0415 - numba loads slowly

    order = np.argsort(snapped.edge, kind="stable")
    return OnEdges(
        order.astype(np.int32),
        snapped.edge[order].astype(np.int32),
        snapped.along_m[order],
        snapped.away_m[order],
    )


def _edge_rows(graph: Graph, points: OnEdges) -> EdgeRows:
    from geo.network.join_loops import EdgeRows  # noqa: PLC0415 - numba loads slowly

    edge = np.unique(points.edge[points.edge >= 0])
    starts = np.append(np.searchsorted(points.edge, edge), len(points.edge)).astype(np.int64)
    ends = graph.ends[edge].ravel()
    by_node = np.argsort(ends, kind="stable")
    touching = np.bincount(ends, minlength=graph.nodes)
    place = np.full(len(graph.ends), -1, np.int32)
    place[edge] = np.arange(len(edge))
    return EdgeRows(
        edge,
        starts,
        np.concatenate([np.zeros(1, np.int64), np.cumsum(touching)]),
        (by_node // 2).astype(np.int32),
        place,
    )
