from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.boundaries.derive import derive_lines, lengths_km
from geo.boundaries.edges import match_edges
from tests.grid import draw


def _lines(text: str) -> dict[tuple[str, str], list[shapely.Geometry]]:
    drawn = draw(text)
    letters = sorted(drawn)
    lines = derive_lines(match_edges(np.array([drawn[letter] for letter in letters])))
    found: dict[tuple[str, str], list[shapely.Geometry]] = {}
    for left, right, geom in zip(lines.left, lines.right, lines.geoms, strict=True):
        found.setdefault((letters[left], letters[right]), []).append(geom)
    return found


def test_two_neighbours_have_one_line() -> None:
    lines = _lines("""
        AAB
        AAB
    """)
    assert set(lines) == {("A", "B")}
    assert shapely.length(lines["A", "B"][0]) == pytest.approx(0.2)


def test_the_left_side_lies_to_the_left_of_the_line() -> None:
    lines = _lines("""
        AB
        AB
    """)
    first, *_, last = shapely.get_coordinates(lines["A", "B"][0])
    assert last[1] > first[1], "A lies in the west, so the line runs north"


def test_lines_end_where_three_divisions_meet() -> None:
    lines = _lines("""
        AAB
        CCC
    """)
    assert {pair: len(pieces) for pair, pieces in lines.items()} == {
        ("A", "B"): 1,
        ("A", "C"): 1,
        ("B", "C"): 1,
    }


def test_neighbours_that_meet_twice_have_two_lines() -> None:
    lines = _lines("""
        AAA
        ACB
        AAA
        BBB
    """)
    drawn = _lines("""
        AAAA
        BCCB
        BBBB
        """)
    assert len(drawn["A", "B"]) == 2
    assert len(lines["A", "C"]) == 1


def test_an_enclave_is_a_closed_line_of_its_own() -> None:
    lines = _lines("""
        AAAAB
        ABAAB
        AAAAB
    """)
    assert len(lines["A", "B"]) == 2
    closed = [shapely.get_parts(line)[0].is_closed for line in lines["A", "B"]]
    assert sorted(closed) == [False, True]


def test_pieces_that_touch_in_a_point_are_one_line() -> None:
    lines = _lines("""
        AB
        BA
    """)
    assert len(lines["A", "B"]) == 1
    assert shapely.length(lines["A", "B"][0]) == pytest.approx(0.4)


def test_divisions_that_touch_in_a_point_only_are_no_neighbours() -> None:
    lines = _lines("""
        A.
        .B
    """)
    assert lines == {}


def test_a_vertex_in_the_middle_of_the_neighbours_edge_does_not_hide_the_line() -> None:
    long = shapely.box(117, 36, 118, 37)
    upper = shapely.box(118, 36.5, 119, 37)
    lower = shapely.box(118, 36, 119, 36.5)
    lines = derive_lines(match_edges(np.array([long, upper, lower])))
    assert lines.pairs == 3
    assert shapely.length(shapely.union_all(lines.geoms[:2])) == pytest.approx(1.0)


def test_many_vertices_on_one_edge_cut_it_in_their_order() -> None:
    long = shapely.box(117, 36, 118, 37)
    small = [shapely.box(118, 36 + n / 10, 119, 36.1 + n / 10) for n in range(10)]
    lines = derive_lines(match_edges(np.array([long, *small])))
    with_long = lines.length_km[(lines.left == 0)]
    assert len(with_long) == 10
    assert with_long.sum() == pytest.approx(Geod(ellps="GRS80").inv(118, 36, 118, 37)[2] / 1000)


def test_the_direction_of_rings_does_not_matter() -> None:
    east, west = shapely.box(118, 36, 119, 37), shapely.box(117, 36, 118, 37)
    turned = derive_lines(match_edges(np.array([west.reverse(), east])))
    straight = derive_lines(match_edges(np.array([west, east])))
    assert turned.geoms[0].equals_exact(straight.geoms[0], 0)


def test_districts_that_count_as_one_have_no_line_between_them() -> None:
    drawn = draw("""
        ABC
        ABC
    """)
    matched = match_edges(np.array([drawn[letter] for letter in "ABC"]))
    merged = derive_lines(matched, np.array([0, 0, 1]))
    assert merged.pairs == 1
    assert shapely.length(merged.geoms[0]) == pytest.approx(0.2)


def test_length_is_that_on_the_ellipsoid() -> None:
    line = shapely.LineString([(117, 36), (118, 36), (118, 37)])
    expected = Geod(ellps="GRS80").geometry_length(line) / 1000
    assert lengths_km(np.array([shapely.MultiLineString([line])])) == pytest.approx([expected])


def test_no_polygons_give_no_lines() -> None:
    assert derive_lines(match_edges(np.array([], dtype=object))).pairs == 0
