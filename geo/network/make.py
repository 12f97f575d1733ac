"""Make the graph that the kernel walks: walkable streets, numbered along a curve, in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.errors import NetworkEmptyError
from geo.network.graph import Floats, Graph, Ints
from geo.network.parts import label_parts
from geo.network.streets import Rule, Streets

MOST_PARTS = 100
"""Most parts that are listed; the others are counted."""
ARRAYS = (
    "middle_lon", "indptr", "neighbours", "lengths_m", "ends", "edge_m", "starts", "xy", "number",
    "component",
)  # fmt: skip
"""What a kept graph holds, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A connected part of a network: its size, its share of the length, and a node of it.

    ``lon`` and ``lat`` are in EPSG:4490, degrees.
    """

    nodes: int
    edges: int
    length_km: float
    share: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGraph:
    """A graph, and the parts it falls into: the longest first, at most 100 of ``components``."""

    graph: Graph
    parts: list[Part]
    components: int
    length_km: float


def make_graph(streets: Streets, rule: Rule, name: str) -> OpenGraph:
    """Make the graph of the walkable streets of a network.

    Nodes that lie near each other get numbers near each other (along a Hilbert curve), and edges
    follow their nodes, so that a walk reads memory it has just read. The same network gives the
    same arrays, byte by byte.

    Parameters
    ----------
    name
        What the network is called, for the error.

    Raises
    ------
    NetworkEmptyError
        If one may walk nowhere in it.
    """
    number = np.flatnonzero(rule.walkable(streets.tags))
    if len(number) == 0:
        raise NetworkEmptyError(name=name, edges=streets.edges, rule=str(rule))
    used, old = np.unique(streets.ends[number], return_inverse=True)
    places = _places(streets)[used]
    rank = _along_a_curve(places)
    order = np.argsort(rank)
    ends, places = rank[old.reshape(-1, 2)], places[order]
    by_place = np.lexsort((number, ends.max(axis=1), ends.min(axis=1)))
    ends, number = ends[by_place], number[by_place]
    graph = _as_graph(streets, ends, number, float(np.median(places[:, 0]).round(2)))
    parts, components = _list_parts(graph, places)
    length_km = float(graph.edge_m.sum()) / 1000
    return OpenGraph(graph=graph, parts=parts, components=components, length_km=length_km)


def arrays_of(graph: Graph) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a graph by name, to be kept."""
    return {name: np.atleast_1d(getattr(graph, name)) for name in ARRAYS}


def graph_of(arrays: dict[str, npt.NDArray[Any]], sha256: str) -> Graph:
    """Return the graph that its arrays were kept of."""
    given = {name: arrays[name] for name in ARRAYS[1:]}
    return Graph(middle_lon=float(arrays["middle_lon"][0]), **given, sha256=sha256)


def _places(streets: Streets) -> Floats:
    """Return where each node lies, degrees."""
    places = np.zeros((streets.nodes, 2))
    places[streets.ends[:, 1]] = streets.lonlat[streets.starts[1:] - 1]
    places[streets.ends[:, 0]] = streets.lonlat[streets.starts[:-1]]
    return places


def _along_a_curve(places: Floats) -> Ints:
    """Return the rank of each place along a Hilbert curve."""
    # Here and not above: pandas comes with it, and a graph is made once and read by everybody.
    import geopandas as gpd  # noqa: PLC0415

    points = gpd.GeoSeries(gpd.points_from_xy(places[:, 0], places[:, 1]))
    order = np.argsort(points.hilbert_distance().to_numpy(), kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank


def _as_graph(
    streets: Streets, ends: Ints, number: npt.NDArray[np.int64], middle_lon: float
) -> Graph:
    nodes = int(ends.max()) + 1
    size = np.diff(streets.starts)[number]
    starts = np.append(0, np.cumsum(size)).astype(np.int64)
    taken = np.arange(starts[-1]) - np.repeat(starts[:-1] - streets.starts[number], size)
    edge_m = streets.length_m[number]
    source, target = ends.T.ravel(), ends[:, ::-1].T.ravel()
    order = np.lexsort((target, source))
    indptr = np.append(0, np.cumsum(np.bincount(source, minlength=nodes)))
    return Graph(
        middle_lon=middle_lon,
        indptr=indptr.astype(np.int64),
        neighbours=target[order].astype(np.int32),
        lengths_m=np.tile(edge_m, 2)[order],
        ends=ends.astype(np.int32),
        edge_m=edge_m,
        starts=starts,
        xy=transform_points(streets.lonlat[taken], CGCS2000, local_metres(middle_lon)),
        number=number.astype(np.int32),
        component=np.zeros(nodes, dtype=np.int32),
    )


def _list_parts(graph: Graph, places: Floats) -> tuple[list[Part], int]:
    """Write the number of its part to each node, the longest being 0, and list the first parts."""
    roots, label = np.unique(label_parts(graph.nodes, graph.ends), return_inverse=True)
    of_edge = label[graph.ends[:, 0]]
    length_m = np.bincount(of_edge, weights=graph.edge_m, minlength=len(roots))
    order = np.lexsort((roots, -length_m))
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    graph.component[:] = number[label]
    nodes, edges = np.bincount(label), np.bincount(of_edge, minlength=len(roots))
    whole = float(length_m.sum())
    parts = [
        Part(
            nodes=int(nodes[part]),
            edges=int(edges[part]),
            length_km=float(length_m[part]) / 1000,
            share=float(length_m[part]) / whole,
            lon=float(places[roots[part], 0]),
            lat=float(places[roots[part], 1]),
        )
        for part in order[:MOST_PARTS].tolist()
    ]
    return parts, len(roots)
