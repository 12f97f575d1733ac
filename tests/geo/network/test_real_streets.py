"""Porto and Wuhan through the whole import, against graphs made of the same files by the book."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pytest
from pyproj import Geod
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from sqlalchemy import Connection

from geo.network.graph import Graph
from geo.network.store import open_graph, read_streets
from geo.network.streets import Streets
from geo.office import office
from tests.geo.network.test_incoming import stored, take
from tests.real_data import REAL, needs_real_data

pytestmark = needs_real_data

PORTO, WUHAN = REAL / "porto.osm.pbf", REAL / "wuhan_8989.parquet"
CLOSED = {"motorway", "motorway_link", "construction", "proposed"}
ELLIPSOID = Geod(ellps="GRS80")


def sizes(truth: nx.Graph) -> list[int]:
    return sorted(map(len, nx.connected_components(truth)), reverse=True)


def test_wuhan_is_taken_as_it_is(conn: Connection, home: Path) -> None:
    done = take(conn, WUHAN, home)
    assert done.state == "applied"
    given = gpd.read_parquet(WUHAN)
    found = stored(conn, "wuhan_8989")
    assert found.nodes == len({*given["u"], *given["v"]}) == 82_902
    assert found.edges == len(given) - 11 == 92_656  # eleven are there twice
    assert found.length_km == pytest.approx(given.geometry.length.sum() / 1000, rel=1e-3)
    opened = open_graph(conn, found.id, office(conn), home / "files")
    walked = given[~given["highway"].isin(CLOSED)]
    truth = nx.Graph(zip(walked["u"], walked["v"], strict=True))
    ours = nx.Graph(opened.graph.ends.tolist())
    assert len(ours) == opened.graph.nodes == len(truth)
    assert sizes(ours) == sizes(truth) == [part.nodes for part in opened.parts] == [77_932, 188]
    assert np.bincount(opened.graph.component).tolist() == [77_932, 188]


def test_wuhan_without_the_ids_of_its_nodes_joins_where_vertices_coincide(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    given = gpd.read_parquet(WUHAN).drop(columns=["u", "v", "key"])
    path = tmp_path / "wuhan.parquet"
    given.to_parquet(path)
    take(conn, path, home)
    found = stored(conn)
    ends = {point for one in given.geometry for point in (one.coords[0], one.coords[-1])}
    # Some streets meet others in the middle, where these have a vertex.
    assert len(ends) == 82_891
    assert len(ends) <= found.nodes < 1.01 * len(ends)
    assert found.length_km == pytest.approx(given.geometry.length.sum() / 1000, rel=1e-3)


def test_ways_through_porto_are_those_of_networkx(conn: Connection, home: Path) -> None:
    take(conn, PORTO, home)
    found = stored(conn, "porto")
    opened = open_graph(conn, found.id, office(conn), home / "files")
    truth, places = _porto_by_the_book()
    assert opened.components == nx.number_connected_components(truth) == 951
    # Where a way lies on a part of another, the piece counts twice here.
    largest = truth.subgraph(max(nx.connected_components(truth), key=len))
    metres = sum(m for *_, m in largest.edges(data="m"))
    assert opened.parts[0].length_km * 1000 == pytest.approx(metres, rel=1e-4)
    ours = _places(opened.graph, read_streets(conn, found.id))
    shared = sorted(ours.keys() & places.keys())
    assert len(shared) > 0.99 * opened.graph.nodes
    start = next(place for place in shared if opened.graph.component[ours[place]] == 0)
    expected = nx.single_source_dijkstra_path_length(truth, places[start], weight="m")
    reached = _walk(opened.graph, ours[start])
    apart = [
        abs(reached[ours[place]] - expected[places[place]])
        for place in shared
        if places[place] in expected
    ]
    assert len(apart) > 0.9 * opened.graph.nodes
    assert max(apart) < 0.01
    missed = [place for place in shared if places[place] not in expected]
    assert np.isinf([reached[ours[place]] for place in missed]).all()


def _porto_by_the_book() -> tuple[nx.Graph, dict[tuple[float, float], int]]:
    """Return every node and step of Porto that is walkable, and the node at each place."""
    steps: list[tuple[float, ...]] = []
    at: dict[tuple[float, float], set[int]] = {}
    for way in osmium.FileProcessor(PORTO).with_locations():
        if not isinstance(way, osmium.osm.Way) or "highway" not in way.tags:
            continue
        foot, access = way.tags.get("foot"), way.tags.get("access")
        if way.tags["highway"] in CLOSED or (foot or access) in ("no", "private"):
            continue
        nodes = [(node.ref, node.lon, node.lat) for node in way.nodes]
        steps += [(*one, *other) for one, other in pairwise(nodes)]
        for ref, lon, lat in nodes:
            at.setdefault((lon, lat), set()).add(ref)
    one, lon, lat, other, east, north = np.array(steps).T
    metres = ELLIPSOID.inv(lon, lat, east, north)[2].tolist()
    made = nx.Graph()
    pairs = zip(one.astype(int).tolist(), other.astype(int).tolist(), strict=True)
    made.add_edges_from(
        (*pair, {"m": m}) for pair, m in zip(pairs, metres, strict=True) if pair[0] != pair[1]
    )
    return made, {place: refs.pop() for place, refs in at.items() if len(refs) == 1}


def _places(graph: Graph, streets: Streets) -> dict[tuple[float, float], int]:
    first, last = streets.starts[graph.number], streets.starts[graph.number + 1] - 1
    at = np.concatenate([streets.lonlat[first], streets.lonlat[last]]).tolist()
    nodes = graph.ends.T.ravel().tolist()
    return {(lon, lat): node for (lon, lat), node in zip(at, nodes, strict=True)}


def _walk(graph: Graph, start: int) -> list[float]:
    shape = (graph.nodes, graph.nodes)
    source = np.repeat(np.arange(graph.nodes), np.diff(graph.indptr))
    order = np.lexsort((graph.lengths_m, graph.neighbours, source))
    source, target, metres = source[order], graph.neighbours[order], graph.lengths_m[order]
    shortest = np.ones(len(order), dtype=bool)  # of streets side by side
    shortest[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    table = csr_array((metres[shortest], (source[shortest], target[shortest])), shape=shape)
    found: list[float] = dijkstra(table, indices=start).tolist()
    return found
