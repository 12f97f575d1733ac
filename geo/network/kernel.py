"""Walk the network: from many sources to all within a limit, and from the nearest of them to all.

Written by hand because it is what the product stands on: distances of the shortest ways, the same
digits each time and whatever the number of threads. The loops are in :mod:`geo.network.walk_loops`.

References
----------
Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1,
269-271. doi:10.1007/BF01386390
Dial, R. B. (1969). Algorithm 360: shortest-path forest with topological ordering. Communications of
the ACM 12(11), 632-633. doi:10.1145/363269.363610
"""

from __future__ import annotations

import os
import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network.graph import Floats, Graph, Ints
from geo.network.skeleton import find_skeleton
from geo.progress import Progress, never_stop, report

if TYPE_CHECKING:
    from geo.network.walk_loops import Scratch, Seeds, Skeleton

Longs = npt.NDArray[np.int64]
Piece = tuple[Ints, Ints, Floats]
"""A run of sources, and the nodes they reach one after the other, and how far these are."""

SOURCES_PER_CHUNK = 128
ROOM = 1_048_576
BUCKETS_PER_STREET = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What each of s sources reaches: that of source i is from ``indptr[i]`` to ``indptr[i + 1]``.

    ``nodes`` are numbers of the graph's nodes, each once per source, ``metres`` how far they are.
    Their order is the same each time, but it means nothing.
    """

    indptr: Longs
    nodes: Ints
    metres: Floats


class Desk(NamedTuple):
    """Where one thread works, and the room it has left for its answers."""

    work: Scratch
    nodes: Ints
    metres: Floats


def reach_many(
    graph: Graph,
    starts: Longs,
    seed_nodes: Ints,
    seed_m: Floats,
    limit_m: float,
    progress: Progress = never_stop,
    *,
    threads: int | None = None,
) -> Reached:
    """Find, for each source, all nodes within a limit and how far they are.

    Parameters
    ----------
    graph
        Its streets are walkable both ways, its lengths are finite and not negative.
    starts
        Shape (s + 1): the seeds of source i are those from ``starts[i]`` to ``starts[i + 1]``; a
        source without seeds reaches nothing.
    seed_nodes, seed_m
        Where a walk begins, and the metres it has behind it there (not negative). Seeds beyond the
        limit, or NaN, do not begin.
    limit_m
        Nodes at just this distance are reached. A negative limit or NaN reaches nothing; inf all.
    threads
        How many; as many as the machine has by default. The answer does not depend on it.

    Raises
    ------
    StoppedError
        Between chunks of sources, if ``progress`` says so.
    """
    from geo.network import walk_loops  # noqa: PLC0415 - numba loads slowly

    sources = len(starts) - 1
    report(progress, 0.0, "doing.walk")
    skeleton = find_skeleton(graph)
    seeds = _make_seeds(starts, seed_nodes, seed_m, np.zeros(len(seed_nodes), np.int32))
    reach = (float(limit_m), _buckets_per_metre(skeleton))
    order = _order_sources(skeleton, seeds)
    counts = np.zeros(sources, np.int64)
    free: queue.SimpleQueue[Desk] = queue.SimpleQueue()

    def walk(first: int) -> list[Piece]:
        try:
            desk = free.get_nowait()
        except queue.Empty:
            desk = Desk(_make_scratch(skeleton), *_make_room(graph))
        run, pieces = order[first : first + SOURCES_PER_CHUNK], []
        while len(run):
            done, size = walk_loops.reach_run(
                skeleton, desk.work, seeds, run, reach, (counts, desk.nodes, desk.metres)
            )
            pieces.append((run[:done], desk.nodes[:size], desk.metres[:size]))
            run = run[done:]
            rest = desk.nodes[size:], desk.metres[size:]
            desk = Desk(desk.work, *(_make_room(graph) if len(run) else rest))
        free.put(desk)
        return pieces

    firsts = range(0, sources, SOURCES_PER_CHUNK)
    pieces: list[Piece] = []
    pool = ThreadPoolExecutor(threads or os.cpu_count())
    try:
        for number, found in enumerate(pool.map(walk, firsts)):
            pieces.extend(found)
            report(progress, (number + 1) / len(firsts), "doing.walk")
    finally:
        pool.shutdown(cancel_futures=True)
    return _join(counts, pieces)


def _make_room(graph: Graph) -> tuple[Ints, Floats]:
    # Only what is written takes memory, so there is room for a source that reaches everything.
    room = ROOM + graph.nodes
    return np.empty(room, np.int32), np.empty(room, np.float64)


def _order_sources(skeleton: Skeleton, seeds: Seeds) -> Ints:
    """Return the sources in the order of the ground, so that one finds near what the last left."""
    crossing = np.where(
        skeleton.street[seeds.nodes] < 0,
        skeleton.place[seeds.nodes],
        skeleton.first[skeleton.street[seeds.nodes]] if len(skeleton.first) else 0,
    )
    has_seed = seeds.starts[:-1] < seeds.starts[1:]
    where = np.full(len(has_seed), -1, np.int32)
    where[has_seed] = crossing[seeds.starts[:-1][has_seed]]
    return np.argsort(where, kind="stable").astype(np.int32)


def _join(counts: Longs, pieces: list[Piece]) -> Reached:
    from geo.network.walk_loops import put_run  # noqa: PLC0415 - numba loads slowly

    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    nodes, metres = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], np.float64)
    for run, run_nodes, run_m in pieces:
        put_run(run, indptr, (run_nodes, run_m), (nodes, metres))
    return Reached(indptr=indptr, nodes=nodes, metres=metres)


def reach_nearest(
    graph: Graph, seed_nodes: Ints, seed_m: Floats, seed_of: Ints
) -> tuple[Floats, Ints]:
    """Find, for each node, the nearest source and how far it is.

    Parameters
    ----------
    graph
        As in :func:`reach_many`.
    seed_nodes, seed_m, seed_of
        Where walks begin, the metres they have behind them there (not negative; NaN and inf do not
        begin), and the number of the source.

    Returns
    -------
    Metres (n), inf where no source can be reached, and the number of the source (n), -1 there; of
    sources equally far the one with the lowest number.
    """
    from geo.network import walk_loops  # noqa: PLC0415 - numba loads slowly

    skeleton = find_skeleton(graph)
    begins = np.isfinite(seed_m)
    starts = np.zeros(1, np.int64)
    seeds = _make_seeds(starts, seed_nodes[begins], seed_m[begins], seed_of[begins])
    metres, source = np.empty(graph.nodes, np.float64), np.empty(graph.nodes, np.int32)
    reach = (np.inf, _buckets_per_metre(skeleton))
    walk_loops.nearest(skeleton, _make_scratch(skeleton), seeds, reach, (metres, source))
    return metres, source


def _make_seeds(starts: Longs, nodes: Ints, metres: Floats, sources: Ints) -> Seeds:
    from geo.network.walk_loops import Seeds  # noqa: PLC0415 - numba loads slowly

    return Seeds(
        np.ascontiguousarray(starts, np.int64),
        np.ascontiguousarray(nodes, np.int32),
        np.ascontiguousarray(metres, np.float64),
        np.ascontiguousarray(sources, np.int32),
        np.full(len(nodes), -1, np.int32),
    )


def _make_scratch(skeleton: Skeleton) -> Scratch:
    from geo.network.walk_loops import BUCKETS, Scratch  # noqa: PLC0415 - numba loads slowly

    crossings = len(skeleton.node)
    return Scratch(
        metres=np.full(crossings, np.inf),
        source=np.full(crossings, -1, np.int32),
        touched=np.empty(crossings, np.int32),
        tally=np.zeros(2, np.int64),
        heads=np.full(BUCKETS, -1, np.int32),
        after=np.empty(crossings, np.int32),
        before=np.empty(crossings, np.int32),
        bucket=np.full(crossings, -1, np.int32),
        seeded=np.full(len(skeleton.first), -1, np.int32),
    )


def _buckets_per_metre(skeleton: Skeleton) -> float:
    """Return how finely the queue sorts: some buckets to the length of a common street."""
    mean_m = float(skeleton.street_m.mean()) if len(skeleton.street_m) else 0.0
    return BUCKETS_PER_STREET / mean_m if mean_m > 0 else 0.0
