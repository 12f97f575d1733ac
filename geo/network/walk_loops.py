"""The loops of the walk: streets are followed, labels spread, answers collected."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network.compiled import NOTHING, compiled
from geo.network.graph import Floats, Ints

Bits = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]
Own = tuple[int, int]
"""A run: its first, and the one after its last."""
Reach = tuple[float, float]
"""The limit in metres, and how many buckets of the queue there are to a metre."""
Answer = tuple[Longs, Ints, Floats]
Taken = tuple[Ints, Floats, int]
"""Nodes, how far they are, and how many there are."""
Rows = tuple[Longs, Ints, Floats]
"""Compressed sparse rows: where each node's ways begin, where each leads, and how far (m)."""

BUCKETS = 1024
"""How many buckets the queue has; a power of two, as they are used in a circle."""


class Tracing(NamedTuple):
    """What is known while streets are followed: n nodes, w ways, at most w streets.

    ``crossing`` (n) says where streets end, ``seen`` (w) which ways were walked. Street k runs from
    node ``first[k]`` to ``last[k]``, ``street_m[k]`` long, over ``inner[start[k]:start[k + 1]]``,
    which lie ``inner_m`` from its first node. ``street`` and ``place`` (n) lead back from a node to
    its street (-1 at crossings) and its place in ``inner``. ``tally`` is the number of streets.
    """

    crossing: Bits
    seen: Bits
    first: Ints
    last: Ints
    street_m: Floats
    start: Longs
    inner: Ints
    inner_m: Floats
    street: Ints
    place: Ints
    tally: Longs


@compiled
def _mark_arrival(graph: Rows, seen: Bits, node: int, back: int, back_m: float) -> None:
    """Mark the way by which a street arrived, so that it is not walked again from its last end."""
    indptr, to, to_m = graph
    for way in range(indptr[node], indptr[node + 1]):
        if not seen[way] and to[way] == back and to_m[way] == back_m:
            seen[way] = True
            return


@compiled
def _trace_from(graph: Rows, done: Tracing, node: int) -> None:
    """Follow all streets of a crossing that were not walked yet."""
    indptr, to, to_m = graph
    for leaving in range(indptr[node], indptr[node + 1]):
        if done.seen[leaving]:
            continue
        done.seen[leaving] = True
        number = done.tally[0]
        size = done.start[number]
        back, here, step = node, to[leaving], to_m[leaving]
        gone = step
        while not done.crossing[here] and size < len(done.inner):
            done.inner[size], done.inner_m[size] = here, gone
            done.street[here], done.place[here] = number, size
            size += 1
            way = indptr[here]
            if to[way] == back and to_m[way] == step:
                way += 1
            back, here, step = here, to[way], to_m[way]
            gone += step
        _mark_arrival(graph, done.seen, here, back, step)
        done.first[number], done.last[number], done.street_m[number] = node, here, gone
        done.start[number + 1] = size
        done.tally[0] = number + 1


@compiled
def trace(graph: Rows, done: Tracing) -> None:
    """Follow every street, from the crossings, then the rings without any.

    The graph is symmetrical and has no loops. In a ring the lowest node is made its crossing.
    """
    nodes = len(done.crossing)
    for node in range(nodes):
        if done.crossing[node]:
            _trace_from(graph, done, node)
    for node in range(nodes):
        if not done.crossing[node] and done.street[node] < 0:
            done.crossing[node] = True
            _trace_from(graph, done, node)


class Skeleton(NamedTuple):
    """A network as j crossings and c streets between them; i nodes lie within streets.

    A crossing is a node with other than two ways, or one node of a ring; ``node`` (j) is its number
    in the graph. Streets are as in :class:`Tracing`, but from crossing to crossing. ``indptr``
    (j + 1), ``to``, ``to_m`` and ``by`` (2 c) are the rows of the crossings: the crossing reached,
    how far it is, and twice the street's number, plus 1 where it is walked from its last end.
    Node i of the graph is inner node ``place[i]`` of ``street[i]``, or, where that is -1, crossing
    ``place[i]``.
    """

    node: Ints
    first: Ints
    last: Ints
    street_m: Floats
    start: Longs
    inner: Ints
    inner_m: Floats
    indptr: Longs
    to: Ints
    to_m: Floats
    by: Ints
    street: Ints
    place: Ints


class Seeds(NamedTuple):
    """Where walks begin: the seeds of source s are those from ``starts[s]`` to ``starts[s + 1]``.

    ``nodes``, ``metres`` and ``sources`` (k) say where each seed is, what it costs to be there, and
    what is reported as its source; ``other`` (k) is scratch, the next seed within the same street.
    """

    starts: Longs
    nodes: Ints
    metres: Floats
    sources: Ints
    other: Ints


class Scratch(NamedTuple):
    """What one thread works in: as clean after each source as before it.

    ``metres`` and ``source`` (j) label the crossings (inf, -1); ``touched`` are those with a label,
    ``tally`` how many they are, and how many wait in the queue. The queue is ``heads``, the first
    crossing in each bucket, ``after`` and ``before``, its neighbours there, and ``bucket``, where a
    crossing waits (-1 nowhere). ``seeded`` (c) is the first seed within each street (-1 none).
    """

    metres: Floats
    source: Ints
    touched: Ints
    tally: Longs
    heads: Ints
    after: Ints
    before: Ints
    bucket: Ints
    seeded: Ints


@compiled
def _leave(work: Scratch, node: int) -> None:
    """Take a crossing out of its bucket."""
    after, before = work.after[node], work.before[node]
    if before < 0:
        work.heads[work.bucket[node]] = after
    else:
        work.after[before] = after
    if after >= 0:
        work.before[after] = before
    work.bucket[node] = -1
    work.tally[1] -= 1


@compiled
def _enter(work: Scratch, node: int, bucket: int) -> None:
    """Put a crossing into a bucket, out of the one it was in."""
    if work.bucket[node] == bucket:
        return
    if work.bucket[node] >= 0:
        _leave(work, node)
    first = work.heads[bucket]
    work.after[node], work.before[node] = first, -1
    if first >= 0:
        work.before[first] = node
    work.heads[bucket], work.bucket[node] = node, bucket
    work.tally[1] += 1


@compiled
def _is_better(metres: float, source: int, than_m: float, than: int) -> bool:
    """Say whether a way is shorter, or as long and from a lower source."""
    return metres < than_m or (metres == than_m and source < than)


@compiled
def _label(work: Scratch, node: int, metres: float, source: int) -> bool:
    """Give a crossing a better label; say whether it was one."""
    old = work.metres[node]
    if not _is_better(metres, source, old, work.source[node]):
        return False
    if old == np.inf:
        work.touched[work.tally[0]] = node
        work.tally[0] += 1
    work.metres[node], work.source[node] = metres, source
    return True


@compiled
def _plant(net: Skeleton, work: Scratch, seeds: Seeds, seed: int, reach: Reach) -> None:
    """Let a walk begin at a seed: at its crossing, or within a street and at both its ends."""
    limit_m, per_m = reach
    metres, source = seeds.metres[seed], seeds.sources[seed]
    if not metres <= limit_m:
        return
    street, place = net.street[seeds.nodes[seed]], net.place[seeds.nodes[seed]]
    if street < 0:
        if _label(work, place, metres, source):
            _enter(work, place, int(metres * per_m) & (BUCKETS - 1))
        return
    seeds.other[seed], work.seeded[street] = work.seeded[street], seed
    along = net.inner_m[place]
    for node, far in (
        (net.first[street], metres + along),
        (net.last[street], metres + (net.street_m[street] - along)),
    ):
        if far <= limit_m and _label(work, node, far, source):
            _enter(work, node, int(far * per_m) & (BUCKETS - 1))


@compiled
def _spread(net: Skeleton, work: Scratch, reach: Reach) -> None:
    """Better the labels until none can be, nearly in the order of Dijkstra.

    In whatever order crossings are taken the labels come out the same; the order saves work.
    """
    limit_m, per_m = reach
    bucket = 0
    while work.tally[1] > 0:
        node = work.heads[bucket]
        if node < 0:
            bucket = (bucket + 1) & (BUCKETS - 1)
            continue
        _leave(work, node)
        base, source = work.metres[node], work.source[node]
        for way in range(net.indptr[node], net.indptr[node + 1]):
            metres, to = base + net.to_m[way], net.to[way]
            # A street's dead end is labelled and done with: nothing leads on from it.
            if (
                metres <= limit_m
                and _label(work, to, metres, source)
                and net.indptr[to + 1] - net.indptr[to] > 1
            ):
                _enter(work, to, int(metres * per_m) & (BUCKETS - 1))


@compiled
def _within(
    net: Skeleton, work: Scratch, seeds: Seeds, street: int, inner: int
) -> tuple[float, int]:
    """Label a node within a street, from its two ends and from the seeds within it."""
    along = net.inner_m[inner]
    first, last = net.first[street], net.last[street]
    metres, source = work.metres[first] + along, work.source[first]
    other = work.metres[last] + (net.street_m[street] - along)
    if _is_better(other, work.source[last], metres, source):
        metres, source = other, work.source[last]
    seed = work.seeded[street]
    while seed >= 0:
        other = seeds.metres[seed] + abs(net.inner_m[net.place[seeds.nodes[seed]]] - along)
        if _is_better(other, seeds.sources[seed], metres, source):
            metres, source = other, seeds.sources[seed]
        seed = seeds.other[seed]
    return metres, source


@compiled
def _take_seeded(
    net: Skeleton, work: Scratch, seeds: Seeds, own: Own, limit_m: float, answer: Taken
) -> int:
    """Add the nodes within the streets in which the walk began; forget that it did."""
    nodes, metres, size = answer
    for seed in range(own[0], own[1]):
        street = net.street[seeds.nodes[seed]]
        if street < 0 or work.seeded[street] < 0:
            continue
        for inner in range(net.start[street], net.start[street + 1]):
            nodes[size] = net.inner[inner]
            metres[size], _ = _within(net, work, seeds, street, inner)
            size += metres[size] <= limit_m
        work.seeded[street] = -1
    return size


@compiled
def _collect(
    net: Skeleton, work: Scratch, seeds: Seeds, own: Own, limit_m: float, answer: Taken
) -> int:
    """Add all that is in reach to the answer, clean up, and return the answer's new size."""
    nodes, metres, size = answer
    touched = work.touched[: work.tally[0]]
    for node in touched:
        node_m = work.metres[node]
        nodes[size], metres[size] = net.node[node], node_m
        size += 1
        for way in range(net.indptr[node], net.indptr[node + 1]):
            street = net.by[way] >> 1
            begin, end = net.start[street], net.start[street + 1]
            other_m, whole_m = work.metres[net.to[way]], net.to_m[way]
            # A street with both ends in reach is taken from its first one.
            if begin == end or work.seeded[street] >= 0:
                continue
            if net.by[way] & 1:
                if other_m == np.inf:
                    for inner in range(begin, end):
                        far = node_m + (whole_m - net.inner_m[inner])
                        nodes[size], metres[size] = net.inner[inner], far
                        size += far <= limit_m
                continue
            for inner in range(begin, end):
                along = net.inner_m[inner]
                far = min(node_m + along, other_m + (whole_m - along))
                nodes[size], metres[size] = net.inner[inner], far
                size += far <= limit_m
    size = _take_seeded(net, work, seeds, own, limit_m, (nodes, metres, size))
    for node in touched:
        work.metres[node], work.source[node] = np.inf, -1
    work.tally[0] = 0
    return size


@compiled
def reach_run(
    net: Skeleton, work: Scratch, seeds: Seeds, run: Ints, reach: Reach, answer: Answer
) -> tuple[int, int]:
    """Walk from each source of a run, as long as the answer has room for all nodes and one more.

    ``answer`` is how many nodes each source reaches (by its number), then for the run one after the
    other which, and how far. Returns how many sources found room, and how much was filled.
    """
    counts, nodes, metres = answer
    total = NOTHING
    for done, source in enumerate(run):
        # What is out of reach is written too, one place further on, and not counted.
        if total + len(net.place) >= len(nodes):
            return done, total
        own = (seeds.starts[source], seeds.starts[source + 1])
        for seed in range(own[0], own[1]):
            _plant(net, work, seeds, seed, reach)
        _spread(net, work, reach)
        size = _collect(net, work, seeds, own, reach[0], (nodes, metres, total))
        counts[source], total = size - total, size
    return len(run), total


@compiled
def put_run(
    run: Ints, indptr: Longs, piece: tuple[Ints, Floats], answer: tuple[Ints, Floats]
) -> None:
    """Put the answers of a run of sources where they stand in the answer for all."""
    total = NOTHING
    for source in run:
        begin = indptr[source]
        for taken in range(indptr[source + 1] - begin):
            answer[0][begin + taken] = piece[0][total + taken]
            answer[1][begin + taken] = piece[1][total + taken]
        total += indptr[source + 1] - begin


@compiled
def nearest(
    net: Skeleton, work: Scratch, seeds: Seeds, reach: Reach, answer: tuple[Floats, Ints]
) -> None:
    """Label all nodes with the nearest source, without a limit."""
    for seed in range(len(seeds.nodes)):
        _plant(net, work, seeds, seed, reach)
    _spread(net, work, reach)
    metres, source = answer
    for node in range(len(net.node)):
        metres[net.node[node]], source[net.node[node]] = work.metres[node], work.source[node]
    for street in range(len(net.first)):
        for inner in range(net.start[street], net.start[street + 1]):
            node = net.inner[inner]
            metres[node], source[node] = _within(net, work, seeds, street, inner)
