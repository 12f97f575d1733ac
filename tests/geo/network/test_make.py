from __future__ import annotations

import itertools
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.errors import NetworkEmptyError
from geo.network.graph import Graph
from geo.network.make import MOST_PARTS, arrays_of, graph_of, make_graph
from geo.network.streets import Streets
from tests.geo.network.town import BLOCKS, PLACES, RULE, join, letters, make

ELLIPSOID = Geod(ellps="GRS80")


def node_letters(graph: Graph, streets: Streets) -> dict[int, str]:
    found = {}
    for ends, number in zip(graph.ends.tolist(), graph.number.tolist(), strict=True):
        word = letters(streets.lonlat[streets.starts[number] : streets.starts[number + 1]])
        found[ends[0]], found[ends[1]] = word[0], word[-1]
    return found


def as_networkx(graph: Graph) -> nx.MultiGraph:
    """Return what the compressed rows say, each edge once from each side."""
    made = nx.MultiDiGraph()
    made.add_nodes_from(range(graph.nodes))
    for node, (begin, end) in enumerate(itertools.pairwise(graph.indptr.tolist())):
        for place in range(begin, end):
            made.add_edge(node, int(graph.neighbours[place]), m=float(graph.lengths_m[place]))
    return made


def test_the_shortest_ways_of_the_town_are_those_of_networkx() -> None:
    streets = join(*BLOCKS, "AE").streets
    graph = make(streets).graph
    truth = nx.Graph()
    for course in (*BLOCKS, "AE"):
        for one, other in itertools.pairwise(course):
            truth.add_edge(one, other, m=ELLIPSOID.inv(*PLACES[one], *PLACES[other])[2])
    names = node_letters(graph, streets)
    assert sorted(names.values()) == sorted(truth)
    ours = dict(nx.all_pairs_dijkstra_path_length(as_networkx(graph), weight="m"))
    expected = dict(nx.all_pairs_dijkstra_path_length(truth, weight="m"))
    for one, other in itertools.product(names, names):
        assert ours[one][other] == pytest.approx(expected[names[one]][names[other]], rel=1e-12)


@given(st.lists(st.text("ABCDEFGHI", min_size=1, max_size=7), min_size=1, max_size=8))
def test_however_streets_are_drawn_the_ways_are_those_of_networkx(words: list[str]) -> None:
    truth = nx.Graph()
    for course in words:
        for one, other in itertools.pairwise(course):
            if one != other:
                truth.add_edge(one, other, m=ELLIPSOID.inv(*PLACES[one], *PLACES[other])[2])
    # A line needs two places; a single one stands twice.
    streets = join(*(word if len(word) > 1 else 2 * word for word in words)).streets
    if not truth:
        assert streets.edges == 0
        return
    made = make(streets)
    names = node_letters(made.graph, streets)
    assert made.components == nx.number_connected_components(truth)
    assert set(names.values()) >= {node for node in truth if truth.degree(node) != 2}
    ours = dict(nx.all_pairs_dijkstra_path_length(as_networkx(made.graph), weight="m"))
    expected = dict(nx.all_pairs_dijkstra_path_length(truth, weight="m"))
    for one, other in itertools.product(names, names):
        wanted = expected[names[one]].get(names[other])
        assert ours[one].get(other) == (None if wanted is None else pytest.approx(wanted))


def test_rows_edges_and_vertices_of_a_graph_agree() -> None:
    streets = join(*BLOCKS, "AE", "XYZ").streets
    graph = make(streets).graph
    assert graph.indptr[-1] == len(graph.neighbours) == 2 * len(graph.ends)
    listed = sorted(
        (int(a), int(b), float(m))
        for (a, b), m in zip(
            np.concatenate([graph.ends, graph.ends[:, ::-1]]), np.tile(graph.edge_m, 2), strict=True
        )
    )
    rows = sorted((a, b, d["m"]) for a, b, d in as_networkx(graph).edges(data=True))
    assert listed == rows
    frame = local_metres(graph.middle_lon)
    for edge, number in enumerate(graph.number.tolist()):
        lonlat = streets.lonlat[streets.starts[number] : streets.starts[number + 1]]
        xy = graph.xy[graph.starts[edge] : graph.starts[edge + 1]]
        assert transform_points(lonlat, CGCS2000, frame) == pytest.approx(xy, abs=1e-9)
        assert shapely.LineString(xy).length == pytest.approx(graph.edge_m[edge], rel=1e-6)
        assert graph.edge_m[edge] == streets.length_m[number]
    kinds = {
        name: getattr(graph, name).dtype.name for name in Graph.__slots__ if name[0] not in "ms"
    }
    assert kinds == {
        "indptr": "int64", "neighbours": "int32", "lengths_m": "float64", "ends": "int32",
        "edge_m": "float64", "xy": "float64", "number": "int32", "component": "int32",
    }  # fmt: skip


def test_what_is_not_walkable_is_not_in_the_graph_and_its_nodes_neither() -> None:
    streets = join("ABC", "BE", "EF", EF={"highway": "motorway"}).streets
    graph = make(streets).graph
    assert set(node_letters(graph, streets).values()) == set("ABCE")
    assert sorted(graph.number.tolist()) == [0, 1, 2]


def test_a_network_nobody_may_walk_on_is_refused_with_the_rule() -> None:
    streets = join("ABC", "CF", ABC={"highway": "motorway"}, CF={"foot": "no"}).streets
    with pytest.raises(NetworkEmptyError) as refusal:
        make_graph(streets, RULE, "高速")
    assert refusal.value.facts == {"name": "高速", "edges": 2, "rule": str(RULE)}


def test_parts_are_listed_from_the_longest_with_a_node_of_each() -> None:
    streets = join("ABC", "ADG", "XYZ", "EF").streets
    made = make(streets)
    graph = made.graph
    names = node_letters(graph, streets)
    assert made.components == 3
    assert [(part.nodes, part.edges) for part in made.parts] == [(3, 2), (2, 1), (2, 1)]
    parts = [{"A", "C", "G"}, {"X", "Z"}, {"E", "F"}]
    for number, part in enumerate(made.parts):
        inside = {names[node] for node in np.flatnonzero(graph.component == number).tolist()}
        assert inside == parts[number]
        assert letters([(part.lon, part.lat)]) in parts[number]
    assert sum(part.share for part in made.parts) == pytest.approx(1)
    assert sum(part.length_km for part in made.parts) == pytest.approx(made.length_km)
    assert made.length_km == pytest.approx(streets.length_km)


def test_of_many_parts_the_longest_hundred_are_listed_and_all_counted() -> None:
    west = np.arange(130) * 0.01
    ends = np.arange(260, dtype=np.int32).reshape(-1, 2)
    east = west + np.linspace(0.001, 0.002, 130)
    lonlat = np.column_stack([np.column_stack([west, east]).ravel() + 110, np.full(260, 30.0)])
    no = np.full(130, None, dtype=object)
    streets = Streets(
        nodes=260, ends=ends, starts=np.arange(131) * 2, lonlat=lonlat,
        length_m=ELLIPSOID.inv(lonlat[::2, 0], lonlat[::2, 1], lonlat[1::2, 0], lonlat[1::2, 1])[2],
        tags=dict.fromkeys(("way", "highway", "foot", "access", "name"), no),
    )  # fmt: skip
    made = make(streets)
    assert (made.components, len(made.parts)) == (130, MOST_PARTS)
    assert made.parts[0].length_km == pytest.approx(streets.length_m.max() / 1000)
    assert np.unique(made.graph.component).tolist() == list(range(130))


def test_the_order_of_the_streets_changes_nothing_but_their_numbers() -> None:
    one = make(join(*BLOCKS).streets).graph
    other = make(join(*reversed(BLOCKS)).streets).graph
    same = ("indptr", "neighbours", "lengths_m", "middle_lon")
    for name in same:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_a_graph_comes_back_from_its_arrays() -> None:
    graph = make(join(*BLOCKS).streets).graph
    again = graph_of(arrays_of(graph), "f00")
    assert again.sha256 == "f00"
    for name, array in arrays_of(replace(graph)).items():
        assert np.array_equal(arrays_of(again)[name], array), name


def test_near_nodes_have_near_numbers() -> None:
    side = 30
    streets = [[(x, y), (x + 1, y)] for x in range(side - 1) for y in range(side)] + [
        [(x, y), (x, y + 1)] for x in range(side) for y in range(side - 1)
    ]
    rng = np.random.default_rng(5)
    rng.shuffle(streets)
    lonlat = np.array(streets, dtype=float).reshape(-1, 2) * 0.001 + [114, 30]
    _, ends = np.unique(lonlat, axis=0, return_inverse=True)
    no = np.full(len(streets), None, dtype=object)
    length_m = np.full(len(streets), 100.0)
    made = Streets(
        nodes=side * side, ends=ends.reshape(-1, 2).astype(np.int32),
        starts=np.arange(len(streets) + 1) * 2, lonlat=lonlat, length_m=length_m,
        tags=dict.fromkeys(("way", "highway", "foot", "access", "name"), no),
    )  # fmt: skip
    graph = make(made).graph
    gaps = np.abs(graph.ends[:, 0] - graph.ends[:, 1])
    assert np.median(gaps) < side / 4
