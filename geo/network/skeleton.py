"""Make a network small for walking: crossings, and the streets between them as one step each."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

from geo.network.graph import Graph, Ints

if TYPE_CHECKING:
    from geo.network.walk_loops import Rows, Skeleton

_last: dict[int, tuple[weakref.ref[Ints], Skeleton]] = {}
"""The skeleton made last, by the identity of its graph's rows."""


def find_skeleton(graph: Graph) -> Skeleton:
    """Return the skeleton of a graph; that of the graph asked last is kept."""
    key = id(graph.neighbours)
    kept = _last.get(key)
    if kept is None or kept[0]() is not graph.neighbours:
        skeleton = make_skeleton(graph)
        kept = (weakref.ref(graph.neighbours), skeleton)
        _last.clear()
        _last[key] = kept
    return kept[1]


def make_skeleton(graph: Graph) -> Skeleton:
    """Find the crossings of a graph and follow the streets between them.

    Crossings keep the order of the nodes, so that what is near on the ground is near in memory. In
    Wuhan three nodes in four have just two neighbours and need no place in a queue.
    """
    from geo.network.walk_loops import Skeleton, Tracing, trace  # noqa: PLC0415 - numba loads slowly

    rows = _rows_without_loops(graph)
    indptr, to, _ = rows
    nodes, ways = graph.nodes, len(to)
    done = Tracing(
        crossing=np.diff(indptr) != 2,  # noqa: PLR2004 - the two ends of a street that goes on
        seen=np.zeros(ways, dtype=bool),
        first=np.empty(ways, np.int32),
        last=np.empty(ways, np.int32),
        street_m=np.empty(ways, np.float64),
        start=np.zeros(ways + 1, np.int64),
        inner=np.empty(nodes, np.int32),
        inner_m=np.empty(nodes, np.float64),
        street=np.full(nodes, -1, np.int32),
        place=np.zeros(nodes, np.int32),
        tally=np.zeros(1, np.int64),
    )
    trace(rows, done)
    node = np.flatnonzero(done.crossing).astype(np.int32)
    done.place[node] = np.arange(len(node))
    streets = int(done.tally[0])
    first, last = done.place[done.first[:streets]], done.place[done.last[:streets]]
    street_m, start = done.street_m[:streets], done.start[: streets + 1]
    ends, others = np.r_[first, last], np.r_[last, first]
    by = np.r_[2 * np.arange(streets), 2 * np.arange(streets) + 1]
    sorted_ = np.argsort(ends, kind="stable")
    return Skeleton(
        node, first, last, street_m, start,
        done.inner[: start[-1]], done.inner_m[: start[-1]],
        np.r_[0, np.cumsum(np.bincount(ends, minlength=len(node)))].astype(np.int64),
        others[sorted_], np.r_[street_m, street_m][sorted_], by[sorted_].astype(np.int32),
        done.street, done.place,
    )  # fmt: skip


def _rows_without_loops(graph: Graph) -> Rows:
    """Return the rows of a graph without its loops, which never make a way shorter."""
    owner = np.repeat(np.arange(graph.nodes, dtype=np.int32), np.diff(graph.indptr))
    kept = owner != graph.neighbours
    if kept.all():
        return graph.indptr, graph.neighbours, graph.lengths_m
    indptr = np.r_[0, np.cumsum(np.bincount(owner[kept], minlength=graph.nodes))].astype(np.int64)
    return indptr, graph.neighbours[kept], graph.lengths_m[kept]
