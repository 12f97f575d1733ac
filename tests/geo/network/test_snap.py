from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import StoppedError
from geo.network.graph import Floats, Graph
from geo.network.snap import snap
from tests.geo.network.drawn import draw_graph

Line = list[tuple[float, float]]


def _draw(*lines: Line, edge_m: list[float] | None = None) -> Graph:
    """Draw edges as lines, each between two nodes of its own."""
    lengths = edge_m or [shapely.LineString(line).length for line in lines]
    edges = [(2 * k, 2 * k + 1, metres) for k, metres in enumerate(lengths)]
    return draw_graph(2 * len(lines), edges, lines=lines)


def _at(*points: tuple[float, float]) -> Floats:
    return np.array(points, np.float64).reshape(-1, 2)


def _lines(graph: Graph) -> list[shapely.LineString]:
    pairs = zip(graph.starts[:-1], graph.starts[1:], strict=True)
    return [shapely.LineString(graph.xy[begin:end]) for begin, end in pairs]


CORNER = _draw([(0, 0), (100, 0), (100, 50)], [(0, 200), (100, 200)], edge_m=[300.0, 100.0])
coordinate = st.one_of(
    st.integers(-3, 3).map(lambda n: 100.0 * n),
    # Shapely itself fails at coordinates like 1e-190.
    st.floats(-400, 400).map(lambda metres: round(metres, 6)),
)
point_ = st.tuples(coordinate, coordinate)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.lists(point_, min_size=2, max_size=5), min_size=1, max_size=12),
    st.lists(point_, min_size=1, max_size=12),
    st.sampled_from([0.0, 50.0, 500.0, 1e5]),
)
def test_the_nearest_edge_is_the_one_shapely_finds(
    lines: list[Line], points: list[tuple[float, float]], limit_m: float
) -> None:
    graph = _draw(*lines, edge_m=[7.0 * (k + 1) for k in range(len(lines))])
    found = snap(graph, _at(*points), limit_m)
    drawn = _lines(graph)
    for number, point in enumerate(shapely.points(points)):
        far = shapely.distance(drawn, point)
        edge = int(found.edge[number])
        if edge < 0:
            assert far.min() > limit_m - 1e-9
            assert np.isnan([found.along_m[number], found.away_m[number]]).all()
            continue
        assert found.away_m[number] <= limit_m
        assert found.away_m[number] == pytest.approx(far.min(), abs=1e-9)
        assert far[edge] == pytest.approx(far.min(), abs=1e-9)
        assert 0 <= found.along_m[number] <= graph.edge_m[edge]
        if drawn[edge].length > 1e-3:
            share = found.along_m[number] / graph.edge_m[edge]
            on = shapely.line_interpolate_point(drawn[edge], share, normalized=True)
            assert shapely.distance(on, point) == pytest.approx(far.min(), abs=1e-6)


def test_a_point_meets_an_edge_between_its_ends() -> None:
    found = snap(CORNER, _at((40, -30)), 500)
    assert (found.edge.tolist(), found.away_m.tolist()) == ([0], [30.0])
    # 40 of 150 planar metres, of an edge that is 300 metres long.
    assert found.along_m.tolist() == [80.0]


def test_two_points_meet_one_edge_at_their_own_places() -> None:
    found = snap(CORNER, _at((25, 10), (120, 25)), 500)
    assert found.edge.tolist() == [0, 0]
    assert found.along_m.tolist() == [50.0, 250.0]
    assert found.away_m.tolist() == [10.0, 20.0]


def test_a_point_beyond_an_end_meets_the_end() -> None:
    found = snap(CORNER, _at((-30, -40), (100, 80)), 500)
    assert found.along_m.tolist() == [0.0, 300.0]
    assert found.away_m.tolist() == [50.0, 30.0]


def test_at_a_node_the_edge_with_the_lowest_number_is_taken() -> None:
    star: list[Line] = [[(50, 90), (10, 10)], [(10, 10), (90, 30)], [(-70, 20), (10, 10)]]
    for shift in range(3):
        turned = star[shift:] + star[:shift]
        found = snap(_draw(*turned), _at((10, 10), (10, 10)), 500)
        assert found.edge.tolist() == [0, 0]
        assert found.away_m.tolist() == [0.0, 0.0]


def test_of_edges_equally_near_the_one_with_the_lowest_number_is_taken() -> None:
    street: Line = [(0, 0), (100, 0)]
    found = snap(_draw([(0, 40), (100, 40)], street, street), _at((50, 20), (50, -1)), 500)
    assert found.edge.tolist() == [0, 1]


def test_a_point_far_from_any_street_is_nowhere() -> None:
    found = snap(CORNER, _at((50, 1000), (1e7, 1e7), (50, 75)), 500)
    assert found.edge.tolist() == [-1, -1, 0]
    assert np.isnan(found.along_m).tolist() == [True, True, False]


def test_a_street_just_at_the_limit_is_taken() -> None:
    assert snap(CORNER, _at((50, -500)), 500).edge.tolist() == [0]
    assert snap(CORNER, _at((50, -500)), 499.999).edge.tolist() == [-1]
    assert snap(CORNER, _at((50, 0), (50, 0.1)), 0).edge.tolist() == [0, -1]


def test_an_edge_without_length_is_met_at_its_beginning() -> None:
    found = snap(_draw([(5, 5), (5, 5)], edge_m=[12.0]), _at((8, 9)), 500)
    assert (found.edge.tolist(), found.along_m.tolist()) == ([0], [0.0])
    assert found.away_m.tolist() == [5.0]


def test_a_point_that_is_not_a_number_is_nowhere() -> None:
    found = snap(CORNER, _at((np.nan, 1), (np.inf, 1), (1, 1)), 500)
    assert found.edge.tolist() == [-1, -1, 0]


def test_without_points_or_without_streets_there_is_nothing_to_snap() -> None:
    assert len(snap(CORNER, _at(), 500).edge) == 0
    assert snap(draw_graph(3, []), _at((0, 0)), 500).edge.tolist() == [-1]


def test_a_long_street_is_found_from_every_side() -> None:
    random = np.random.default_rng(3)
    lanes = [
        [(x, y), (x + random.uniform(-30, 30), y + random.uniform(-30, 30))]
        for x, y in random.uniform(0, 20_000, (2000, 2)).tolist()
    ]
    graph = _draw([(0, 0), (20_000, 13_000)], [(20_000, 0), (0, 20_000)], *lanes)
    xy = random.uniform(-300, 20_300, (4000, 2))
    found = snap(graph, xy, 400)
    near, far = shapely.STRtree(_lines(graph)).query_nearest(
        shapely.points(xy), max_distance=400, return_distance=True, all_matches=False
    )
    away = np.full(len(xy), np.nan)
    away[near[0]] = far
    assert np.array_equal(np.isnan(away), np.isnan(found.away_m))
    assert np.allclose(away, found.away_m, rtol=0, atol=1e-7, equal_nan=True)


def test_a_snap_says_how_far_it_is_and_stops_when_it_is_told_to() -> None:
    said: list[tuple[float, str]] = []
    snap(CORNER, _at((1, 1)), 500, lambda share, doing: not said.append((share, doing)))
    assert said == [(0.0, "doing.snap"), (1.0, "doing.snap")]
    with pytest.raises(StoppedError):
        snap(CORNER, _at((1, 1)), 500, lambda _share, _doing: False)
