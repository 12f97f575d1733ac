from __future__ import annotations

from collections import Counter

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.network.build import join_streets
from geo.network.parts import label_parts
from tests.geo.network.town import BLOCKS, PLACES, courses, join, rows

ELLIPSOID = Geod(ellps="GRS80")


def metres(one: str, other: str) -> float:
    return float(ELLIPSOID.inv(*PLACES[one], *PLACES[other])[2])


def test_streets_are_split_where_they_share_a_vertex() -> None:
    joined = join("ABC", "BEH", "DEF")
    assert courses(joined.streets) == ["AB", "BC", "BE", "EH", "DE", "EF"]
    assert joined.streets.nodes == 7
    assert (joined.without_length, joined.twice, joined.apart) == (0, 0, 0)


def test_a_vertex_that_only_one_street_passes_is_no_node() -> None:
    streets = join("ABC", "CFI").streets
    assert courses(streets) == ["ABC", "CFI"]
    assert streets.ends[0, 1] == streets.ends[1, 0]
    assert streets.nodes == 3


def test_streets_that_cross_without_a_vertex_do_not_meet() -> None:
    streets = join("DF", "BH").streets
    assert (streets.nodes, courses(streets)) == (4, ["DF", "BH"])


def test_a_piece_is_as_long_as_on_the_ellipsoid() -> None:
    streets = join("ABC", "BE").streets
    assert streets.length_m == pytest.approx([metres("A", "B"), metres("B", "C"), metres("B", "E")])
    bent = join("ABE").streets
    assert bent.length_m == pytest.approx([metres("A", "B") + metres("B", "E")])
    assert bent.length_km == pytest.approx(bent.length_m[0] / 1000)


def test_a_street_that_returns_to_itself_is_split_there() -> None:
    assert courses(join("ABEDA").streets) == ["ABEDA"]
    assert courses(join("ABEDBC").streets) == ["AB", "BEDB", "BC"]


def test_a_vertex_twice_in_a_row_counts_once() -> None:
    streets = join("ABBC", "BE").streets
    assert courses(streets) == ["AB", "BC", "BE"]


def test_a_street_without_length_is_left_out_and_counted() -> None:
    joined = join("AA", "AB", "EEE")
    assert (courses(joined.streets), joined.without_length) == (["AB"], 2)


def test_a_street_that_is_there_twice_counts_once_in_either_direction() -> None:
    joined = join("ABE", "EBA", "AE")
    assert (courses(joined.streets), joined.twice) == (["ABE", "AE"], 1)


def test_two_streets_of_one_course_but_other_tags_both_stay() -> None:
    joined = join("AB", "BA", AB={"highway": "steps"}, BA={"highway": "residential"})
    assert (joined.streets.edges, joined.twice) == (2, 0)


def test_a_street_of_several_parts_is_as_many_streets() -> None:
    parts = [[PLACES["A"], PLACES["B"]], [PLACES["E"], PLACES["F"]]]
    frame = rows("AB")
    frame.loc[0, "name"] = "大街"
    frame["geometry"] = [shapely.MultiLineString(parts)]
    streets = join_streets(frame).streets
    assert (courses(streets), streets.nodes) == (["AB", "EF"], 4)
    assert streets.tags["name"].tolist() == ["大街", "大街"]


def test_tags_stay_with_every_piece_of_their_street() -> None:
    streets = join("ABC", "BE", ABC={"highway": "primary", "way": "7"}).streets
    assert streets.tags["highway"].tolist() == ["primary", "primary", None]
    assert streets.tags["way"].tolist() == ["7", "7", None]


def test_vertices_a_ten_millionth_of_a_millimetre_apart_are_one_place() -> None:
    frame = rows("AB", "BC")
    x, y = PLACES["B"]
    frame.loc[1, "geometry"] = shapely.LineString([(x + 1e-12, y - 1e-12), PLACES["C"]])
    assert join_streets(frame).streets.nodes == 3


def test_nothing_at_all_gives_an_empty_network() -> None:
    streets = join_streets(rows("AB")[:0]).streets
    assert (streets.edges, streets.nodes, streets.length_km) == (0, 0, 0.0)
    assert join("AA", "BB").streets.edges == 0


def named(frame: gpd.GeoDataFrame, *pairs: str) -> gpd.GeoDataFrame:
    return frame.assign(from_node=[pair[0] for pair in pairs], to_node=[pair[1] for pair in pairs])


def test_streets_that_name_their_nodes_meet_nowhere_else() -> None:
    streets = join_streets(named(rows("ABC", "BE"), "AC", "be")).streets
    assert (courses(streets), streets.nodes) == (["ABC", "BE"], 4)


def test_streets_that_name_the_same_node_meet_there() -> None:
    streets = join_streets(named(rows("AB", "BE", "EF"), "12", "23", "34")).streets
    assert streets.ends.tolist() == [[0, 1], [1, 2], [2, 3]]


def test_a_street_drawn_against_its_nodes_is_turned() -> None:
    frame = named(rows("AB", "CB", "EB", "BE"), "ab", "bc", "be", "be")
    joined = join_streets(frame)
    streets = joined.streets
    assert (courses(streets), joined.apart, joined.twice) == (["AB", "BC", "BE"], 0, 1)
    at = {node: set() for node in range(streets.nodes)}
    for ends, word in zip(streets.ends.tolist(), courses(streets), strict=True):
        at[ends[0]].add(word[0])
        at[ends[1]].add(word[-1])
    assert sorted(map(sorted, at.values())) == [["A"], ["B"], ["C"], ["E"]]


def test_ends_of_one_node_that_lie_apart_are_counted() -> None:
    joined = join_streets(named(rows("AB", "EF", "HI"), "12", "23", "34"))
    assert (joined.apart, joined.streets.nodes) == (2, 4)


def test_two_nodes_at_one_place_become_one_where_a_street_joins_them() -> None:
    frame = named(rows("AB", "BB", "BE"), "12", "23", "34")
    joined = join_streets(frame)
    assert (courses(joined.streets), joined.without_length) == (["AB", "BE"], 1)
    assert joined.streets.ends.tolist() == [[0, 1], [1, 2]]


def with_nodes(frame: gpd.GeoDataFrame, *ids: list[int]) -> gpd.GeoDataFrame:
    nodes = np.empty(len(frame), dtype=object)
    nodes[:] = [np.array(one) for one in ids]
    return frame.assign(nodes=nodes)


def test_ways_meet_at_the_nodes_they_share_and_not_on_a_bridge() -> None:
    frame = with_nodes(rows("DEF", "BEH"), [1, 2, 3], [4, 2, 5])
    assert courses(join_streets(frame).streets) == ["DE", "EF", "BE", "EH"]
    bridge = with_nodes(rows("DEF", "BEH"), [1, 2, 3], [4, 6, 5])
    assert courses(join_streets(bridge).streets) == ["DEF", "BEH"]


def test_the_town_is_the_graph_that_networkx_makes_of_it() -> None:
    streets = join(*BLOCKS).streets
    truth = nx.Graph()
    for course in BLOCKS:
        nx.add_path(truth, course)
    pieces = nx.Graph(streets.ends.tolist())
    assert nx.is_isomorphic(pieces, nx.Graph([tuple(word) for word in _between_nodes(truth)]))


def _between_nodes(truth: nx.Graph) -> list[str]:
    # A, C, G and I are ends of two streets each, so every letter is a node here.
    assert set(truth) == set("ABCDEFGHI")
    return ["".join(edge) for edge in truth.edges]


@given(
    st.integers(1, 40).flatmap(
        lambda nodes: st.tuples(
            st.just(nodes),
            st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=60),
        )
    )
)
def test_parts_are_those_of_networkx(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, edges = drawn
    truth = nx.Graph()
    truth.add_nodes_from(range(nodes))
    truth.add_edges_from(edges)
    labels = label_parts(nodes, np.array(edges, dtype=np.int32).reshape(-1, 2))
    for part in nx.connected_components(truth):
        assert {int(labels[node]) for node in part} == {min(part)}
    assert len(Counter(labels.tolist())) == nx.number_connected_components(truth)


def test_a_long_chain_in_no_order_is_one_part() -> None:
    order = np.random.default_rng(1).permutation(200_000)
    chain = np.column_stack([order[:-1], order[1:]])
    assert not label_parts(200_000, chain).any()
