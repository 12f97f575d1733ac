"""The loops that join points on edges to the labels of the nodes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network.compiled import NOTHING, compiled
from geo.network.graph import Floats, Ints

Longs = npt.NDArray[np.int64]


class OnEdges(NamedTuple):
    """Snapped points in the order of their edges, those that are nowhere first.

    ``number`` (n) is the place of each in the order it was given in; ``edge``, ``along_m``,
    ``away_m`` are as in :class:`geo.network.graph.Snapped`.
    """

    number: Ints
    edge: Ints
    along_m: Floats
    away_m: Floats


class EdgeRows(NamedTuple):
    """The edges that have points, by the nodes they touch.

    Edge ``edge[k]`` has the ordered points from ``starts[k]`` to ``starts[k + 1]``. Those at node i
    are ``at[indptr[i]:indptr[i + 1]]`` (each a k); ``place`` leads from an edge's number to its k,
    or -1.
    """

    edge: Ints
    starts: Longs
    indptr: Longs
    at: Ints
    place: Ints


@compiled
def join_nearest(
    edges: tuple[Ints, Floats],
    labels: tuple[Floats, Ints],
    facilities: OnEdges,
    points: OnEdges,
    answer: tuple[Floats, Ints],
) -> None:
    """Label each point from the two ends of its edge and from the facilities on that edge."""
    ends, edge_m = edges
    node_m, node_source = labels
    same = 0
    for point in range(len(points.edge)):
        edge, along = points.edge[point], points.along_m[point]
        if edge < 0:
            continue
        first, last = ends[edge, 0], ends[edge, 1]
        metres, source = node_m[first] + along, node_source[first]
        other, number = node_m[last] + (edge_m[edge] - along), node_source[last]
        if other < metres or (other == metres and number < source):
            metres, source = other, number
        while same < len(facilities.edge) and facilities.edge[same] < edge:
            same += 1
        here = same
        while here < len(facilities.edge) and facilities.edge[here] == edge:
            other = facilities.away_m[here] + abs(facilities.along_m[here] - along)
            number = facilities.number[here]
            if other < metres or (other == metres and number < source):
                metres, source = other, number
            here += 1
        answer[0][points.number[point]] = metres + points.away_m[point]
        answer[1][points.number[point]] = source


@compiled
def _take_edge(
    edges: tuple[Ints, Floats],
    node_m: Floats,
    points: OnEdges,
    span: tuple[int, int],
    facility: tuple[int, float, float],
    limit_m: float,
    answer: tuple[Ints, Floats, int],
) -> int:
    """Write the points of an edge that a facility reaches, where there is room; count them."""
    ends, edge_m = edges
    own, own_along, own_away = facility
    numbers, metres, size = answer
    for point in range(span[0], span[1]):
        edge, along = points.edge[point], points.along_m[point]
        best = min(node_m[ends[edge, 0]] + along, node_m[ends[edge, 1]] + (edge_m[edge] - along))
        if edge == own:
            best = min(best, own_away + abs(own_along - along))
        best += points.away_m[point]
        if best <= limit_m:
            if size < len(numbers):
                numbers[size], metres[size] = points.number[point], best
            size += 1
    return size


@compiled
def join_many(
    edges: tuple[Ints, Floats],
    reached: tuple[Longs, Ints, Floats],
    facilities: tuple[Ints, Floats, Floats],
    points: OnEdges,
    rows: EdgeRows,
    work: tuple[Floats, Ints, float],
    answer: tuple[Longs, Ints, Floats],
) -> int:
    """Find the points that each facility reaches; return how many they are in all.

    ``work`` is the nodes' metres (inf before and after), the facility that took each edge of the
    rows last (-1 before), and the limit. ``answer`` is how many points each facility reaches, which
    they are, and how far; what finds no room there is only counted.
    """
    node_m, taken, limit_m = work
    counts, numbers, metres = answer
    size = NOTHING
    for facility in range(len(counts)):
        own = facilities[0][facility]
        if own < 0:
            continue
        here = (own, facilities[1][facility], facilities[2][facility])
        begun, first, last = size, reached[0][facility], reached[0][facility + 1]
        for found in range(first, last):
            node_m[reached[1][found]] = reached[2][found]
        place = rows.place[own]
        # The facility's own edge counts even where both its ends are out of reach.
        if place >= 0:
            taken[place] = facility
            span = (rows.starts[place], rows.starts[place + 1])
            size = _take_edge(edges, node_m, points, span, here, limit_m, (numbers, metres, size))
        for found in range(first, last):
            node = reached[1][found]
            for row in range(rows.indptr[node], rows.indptr[node + 1]):
                place = rows.at[row]
                if taken[place] != facility:
                    taken[place] = facility
                    span = (rows.starts[place], rows.starts[place + 1])
                    size = _take_edge(
                        edges, node_m, points, span, here, limit_m, (numbers, metres, size)
                    )
        for found in range(first, last):
            node_m[reached[1][found]] = np.inf
        counts[facility] = size - begun
    return size
