"""Graphs drawn for tests, and other people's shortest paths over them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import networkx as nx
import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.network.graph import Floats, Graph, Snapped

Edge = tuple[int, int, float]


def draw_graph(
    nodes: int,
    edges: Sequence[Edge],
    *,
    places: Sequence[tuple[float, float]] | None = None,
    lines: Sequence[Sequence[tuple[float, float]]] | None = None,
) -> Graph:
    """Make a graph of edges (u, v, metres), straight between the nodes unless drawn as lines."""
    ends = np.array([edge[:2] for edge in edges], np.int32).reshape(-1, 2)
    edge_m = np.array([edge[2] for edge in edges], np.float64)
    at = np.zeros((nodes, 2)) if places is None else np.array(places, np.float64).reshape(-1, 2)
    drawn = [at[pair] for pair in ends] if lines is None else [np.array(line) for line in lines]
    owner, other = np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 0]]
    order = np.argsort(owner, kind="stable")
    return Graph(
        middle_lon=114.0,
        indptr=np.r_[0, np.cumsum(np.bincount(owner, minlength=nodes))].astype(np.int64),
        neighbours=other[order].astype(np.int32),
        lengths_m=np.r_[edge_m, edge_m][order],
        ends=ends,
        edge_m=edge_m,
        starts=np.cumsum([0, *(len(line) for line in drawn)]).astype(np.int64),
        xy=np.concatenate([np.zeros((0, 2)), *drawn]).astype(np.float64),
        number=np.arange(len(edges), dtype=np.int32),
        component=np.zeros(nodes, np.int32),
    )


def snapped(*places: tuple[int, float, float]) -> Snapped:
    """Put points onto edges: (edge, metres along it, metres away from it)."""
    edge, along, away = zip(*places, strict=True) if places else ((), (), ())
    on = np.array(edge, np.int32) >= 0
    return Snapped(
        edge=np.array(edge, np.int32),
        along_m=np.where(on, np.array(along, np.float64), np.nan),
        away_m=np.where(on, np.array(away, np.float64), np.nan),
    )


def lengths_by_scipy(graph: Graph, limit_m: float = np.inf) -> Floats:
    """Return all distances within a limit between nodes, shape (n, n), by scipy."""
    table: dict[tuple[int, int], float] = {}
    for (u, v), metres in zip(graph.ends.tolist(), graph.edge_m.tolist(), strict=True):
        for pair in ((u, v), (v, u)):
            table[pair] = min(metres, table.get(pair, np.inf))
    rows, columns = (np.array([pair[k] for pair in table], np.int64) for k in (0, 1))
    # scipy leaves out what is stored as 0; so short a street it keeps.
    metres = np.maximum(np.array(list(table.values()), np.float64), 1e-9)
    shape = (graph.nodes, graph.nodes)
    return np.asarray(dijkstra(csr_array((metres, (rows, columns)), shape=shape), limit=limit_m))


def walks_by_networkx(graph: Graph, facilities: Snapped, points: Snapped) -> Floats:
    """Return the whole distances, shape (facilities, points), by networkx.

    Snap points become nodes of their own, and edges are cut at them.
    """
    town = nx.MultiGraph()
    town.add_nodes_from(range(graph.nodes))
    on_edge: dict[int, list[tuple[float, str]]] = {}
    for name, some in (("f", facilities), ("p", points)):
        for number, edge in enumerate(some.edge.tolist()):
            town.add_node(f"{name}{number}")
            if edge >= 0:
                town.add_edge(f"{name}{number}", f"{name}{number}@", m=float(some.away_m[number]))
                on_edge.setdefault(edge, []).append(
                    (float(some.along_m[number]), f"{name}{number}@")
                )
    for edge, ((u, v), metres) in enumerate(
        zip(graph.ends.tolist(), graph.edge_m.tolist(), strict=True)
    ):
        stops = [(0.0, u), *sorted(on_edge.get(edge, [])), (metres, v)]
        for (here, one), (there, other) in pairwise(stops):
            town.add_edge(one, other, m=there - here)
    found = np.full((len(facilities.edge), len(points.edge)), np.inf)
    for facility in range(len(facilities.edge)):
        reached = nx.single_source_dijkstra_path_length(town, f"f{facility}", weight="m")
        for point in range(len(points.edge)):
            found[facility, point] = reached.get(f"p{point}", np.inf)
    return found


metres_: st.SearchStrategy[float] = st.one_of(
    st.sampled_from([0.0, 1.0, 10.0, 10.0, 25.0]), st.floats(0.01, 300.0)
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw towns: streets without crossings, rings, loops, twins, lonely nodes and parts."""
    nodes = draw(st.integers(1, 14))
    node = st.integers(0, nodes - 1)
    chain = [
        (first, first + 1, draw(metres_))
        for first in range(nodes - 1)
        if draw(st.booleans()) or draw(st.booleans())
    ]
    more = draw(st.lists(st.tuples(node, node, metres_), max_size=12))
    edges = draw(st.permutations(chain + more))
    renamed = draw(st.permutations(range(nodes)))
    return draw_graph(nodes, [(renamed[u], renamed[v], metres) for u, v, metres in edges])


@st.composite
def places_on(draw: st.DrawFn, graph: Graph, most: int = 6) -> Snapped:
    """Draw points on the edges of a graph, some at an end, some nowhere."""
    places = []
    for _ in range(draw(st.integers(0, most))):
        edge = draw(st.integers(-1, len(graph.edge_m) - 1))
        share = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1))
        along = share * float(graph.edge_m[edge]) if edge >= 0 else 0.0
        places.append((edge, along, draw(st.sampled_from([0.0, 5.0]) | st.floats(0, 50))))
    return snapped(*places)


def ints(*values: int) -> npt.NDArray[np.int32]:
    """Make an array of 32-bit integers."""
    return np.array(values, np.int32)
