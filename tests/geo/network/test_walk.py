from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import StoppedError
from geo.network.walk import walk_many, walk_to_nearest
from tests.geo.network.drawn import draw_graph, graphs, places_on, snapped, walks_by_networkx

SQUARE = draw_graph(4, [(0, 1, 100.0), (1, 2, 100.0), (2, 3, 100.0), (3, 0, 100.0)])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_nearest_facility_is_the_one_networkx_finds(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    facilities, points = data.draw(places_on(graph)), data.draw(places_on(graph, 10))
    metres, facility = walk_to_nearest(graph, facilities, points)
    truth = walks_by_networkx(graph, facilities, points)
    for point in range(len(points.edge)):
        if points.edge[point] < 0:
            assert np.isnan(metres[point])
            assert facility[point] == -1
            continue
        nearest = min(truth[:, point], default=np.inf)
        assert metres[point] == pytest.approx(nearest, abs=1e-6)
        assert (facility[point] == -1) == np.isinf(nearest)
        if facility[point] >= 0:
            assert truth[facility[point], point] == pytest.approx(nearest, abs=1e-6)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_each_facility_reaches_the_points_networkx_finds(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    facilities, points = data.draw(places_on(graph)), data.draw(places_on(graph, 10))
    limit_m = data.draw(st.sampled_from([0.0, 10.0, 60.0, 1e6]) | st.floats(0, 400))
    indptr, reached, metres = walk_many(graph, facilities, points, limit_m)
    truth = walks_by_networkx(graph, facilities, points)
    assert len(indptr) == len(facilities.edge) + 1
    for facility in range(len(facilities.edge)):
        mine = slice(indptr[facility], indptr[facility + 1])
        assert (np.diff(reached[mine]) > 0).all()
        assert (metres[mine] <= limit_m).all()
        found = dict(zip(reached[mine].tolist(), metres[mine].tolist(), strict=True))
        for point, far in enumerate(truth[facility].tolist()):
            if far < limit_m - 1e-6:
                assert found.pop(point) == pytest.approx(far, abs=1e-6)
            elif far <= limit_m + 1e-6:
                found.pop(point, None)
        assert not found


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_both_questions_have_the_same_answer_to_the_digit(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    facilities, points = data.draw(places_on(graph)), data.draw(places_on(graph, 10))
    metres, facility = walk_to_nearest(graph, facilities, points)
    indptr, reached, each_m = walk_many(graph, facilities, points, np.inf)
    best = np.full(len(points.edge), np.inf)
    np.minimum.at(best, reached, each_m)
    on = points.edge >= 0
    assert np.array_equal(metres[on], best[on])
    owner = np.repeat(np.arange(len(facilities.edge)), np.diff(indptr))
    for point in np.flatnonzero(on & np.isfinite(best)):
        ties = owner[(reached == point) & (each_m == best[point])]
        # Of ways that differ by less than a sum can hold, either may be the nearest.
        assert facility[point] in ties


def test_two_points_on_one_edge_are_joined_along_it() -> None:
    metres, facility = walk_to_nearest(SQUARE, snapped((0, 30.0, 4.0)), snapped((0, 80.0, 3.0)))
    assert metres.tolist() == [4.0 + 50.0 + 3.0]
    assert facility.tolist() == [0]


def test_two_points_on_one_edge_are_joined_round_by_its_ends_where_that_is_shorter() -> None:
    graph = draw_graph(2, [(0, 1, 500.0), (0, 1, 20.0)])
    metres, _ = walk_to_nearest(graph, snapped((0, 10.0, 0.0)), snapped((0, 490.0, 0.0)))
    assert metres.tolist() == [10.0 + 20.0 + 10.0]


def test_a_facility_reaches_along_its_own_edge_though_its_ends_are_too_far() -> None:
    graph = draw_graph(2, [(0, 1, 5000.0)])
    facility, points = snapped((0, 2500.0, 10.0)), snapped((0, 2400.0, 5.0), (0, 3700.0, 5.0))
    indptr, reached, metres = walk_many(graph, facility, points, 1000.0)
    assert (indptr.tolist(), reached.tolist(), metres.tolist()) == ([0, 1], [0], [115.0])


def test_of_facilities_equally_far_the_lowest_number_counts() -> None:
    facilities = snapped((2, 50.0, 0.0), (1, 50.0, 0.0), (3, 50.0, 0.0), (1, 50.0, 0.0))
    metres, facility = walk_to_nearest(SQUARE, facilities, snapped((0, 50.0, 0.0), (1, 50.0, 1.0)))
    assert metres.tolist() == [100.0, 1.0]
    assert facility.tolist() == [1, 1]


def test_the_straight_lines_at_both_ends_count_against_the_limit() -> None:
    facility, point = snapped((0, 0.0, 30.0)), snapped((0, 100.0, 20.0))
    assert walk_many(SQUARE, facility, point, 150.0)[1].tolist() == [0]
    assert walk_many(SQUARE, facility, point, 149.9)[1].tolist() == []


def test_without_facilities_nothing_is_reached() -> None:
    metres, facility = walk_to_nearest(SQUARE, snapped(), snapped((0, 1.0, 0.0), (-1, 0.0, 0.0)))
    assert np.isinf(metres[0])
    assert np.isnan(metres[1])
    assert facility.tolist() == [-1, -1]
    assert walk_many(SQUARE, snapped(), snapped((0, 1.0, 0.0)), 100.0)[0].tolist() == [0]


def test_a_facility_in_another_part_of_the_network_is_out_of_reach() -> None:
    graph = draw_graph(4, [(0, 1, 10.0), (2, 3, 10.0)])
    metres, facility = walk_to_nearest(graph, snapped((0, 5.0, 0.0)), snapped((1, 5.0, 0.0)))
    assert np.isinf(metres[0])
    assert facility[0] == -1


def test_a_walk_stops_when_it_is_told_to() -> None:
    with pytest.raises(StoppedError):
        walk_many(SQUARE, snapped((0, 1.0, 0.0)), snapped(), 100.0, lambda _share, _doing: False)
