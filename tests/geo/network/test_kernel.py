from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import StoppedError
from geo.network import kernel
from geo.network.graph import Graph
from geo.network.kernel import Reached, reach_many, reach_nearest
from geo.settings import ROOT
from tests.geo.network.drawn import draw_graph, graphs, ints, lengths_by_scipy

ROW = draw_graph(5, [(0, 1, 10.0), (1, 2, 20.0), (2, 3, 30.0)])
"""Four nodes in a row, and a fifth that no street leads to."""


def _reach(graph: Graph, sources: list[list[tuple[int, float]]], limit_m: float) -> Reached:
    seeds = [seed for source in sources for seed in source]
    starts = np.cumsum([0, *(len(source) for source in sources)]).astype(np.int64)
    nodes, metres = ints(*(seed[0] for seed in seeds)), np.array([seed[1] for seed in seeds])
    return reach_many(graph, starts, nodes, metres.astype(np.float64), limit_m)


def _by_node(reached: Reached, source: int = 0) -> dict[int, float]:
    mine = slice(reached.indptr[source], reached.indptr[source + 1])
    nodes = reached.nodes[mine].tolist()
    assert len(set(nodes)) == len(nodes)
    return dict(zip(nodes, reached.metres[mine].tolist(), strict=True))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_all_nodes_within_the_limit_are_reached_as_far_as_scipy_says(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    seed = st.tuples(st.integers(0, graph.nodes - 1), st.sampled_from([0.0, 7.0, 90.0]))
    sources = data.draw(st.lists(st.lists(seed, max_size=3), max_size=5))
    limit_m = data.draw(st.sampled_from([0.0, 10.0, 35.0, np.inf]) | st.floats(0, 400))
    reached = _reach(graph, sources, limit_m)
    truth = lengths_by_scipy(graph)
    for number, source in enumerate(sources):
        far = np.full(graph.nodes, np.inf)
        for node, metres in source:
            far = np.minimum(far, metres + truth[node])
        found = _by_node(reached, number)
        for node, metres in enumerate(far.tolist()):
            if metres < limit_m - 1e-6:
                assert found.pop(node) == pytest.approx(metres, abs=1e-6)
            elif metres <= limit_m + 1e-6:
                found.pop(node, None)
        assert not found


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_nearest_source_is_as_far_as_scipy_says(data: st.DataObject) -> None:
    graph = data.draw(graphs())
    seed = st.tuples(
        st.integers(0, graph.nodes - 1), st.sampled_from([0.0, 7.0, 10.0]), st.integers(0, 4)
    )
    seeds = data.draw(st.lists(seed, max_size=6))
    nodes, of = ints(*(s[0] for s in seeds)), ints(*(s[2] for s in seeds))
    metres, source = reach_nearest(graph, nodes, np.array([s[1] for s in seeds], float), of)
    truth = lengths_by_scipy(graph)
    by_source = np.full((5, graph.nodes), np.inf)
    for node, cost, number in seeds:
        by_source[number] = np.minimum(by_source[number], cost + truth[node])
    nearest = by_source.min(axis=0)
    assert np.allclose(metres, nearest, rtol=0, atol=1e-6)
    assert np.array_equal(source < 0, np.isinf(nearest))
    on = np.flatnonzero(source >= 0)
    assert np.allclose(by_source[source[on], on], nearest[on], rtol=0, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_of_sources_equally_far_the_lowest_is_the_nearest(data: st.DataObject) -> None:
    # Whole metres are added without rounding, so ties are ties.
    drawn = data.draw(graphs())
    edges = [
        (int(u), int(v), float(np.ceil(m)))
        for (u, v), m in zip(drawn.ends, drawn.edge_m, strict=True)
    ]
    graph = draw_graph(drawn.nodes, edges)
    nodes = data.draw(st.lists(st.integers(0, graph.nodes - 1), min_size=1, max_size=6))
    _, source = reach_nearest(graph, ints(*nodes), np.zeros(len(nodes)), ints(*range(len(nodes))))
    truth = np.round(lengths_by_scipy(graph)[nodes])
    lowest = np.where(np.isfinite(truth.min(axis=0)), truth.argmin(axis=0), -1)
    assert source.tolist() == lowest.tolist()


def test_a_network_without_nodes_has_no_answers() -> None:
    empty = draw_graph(0, [])
    assert _reach(empty, [], 100.0).indptr.tolist() == [0]
    assert _reach(empty, [[], []], 100.0).indptr.tolist() == [0, 0, 0]
    metres, source = reach_nearest(empty, ints(), np.zeros(0), ints())
    assert (len(metres), len(source)) == (0, 0)


def test_a_source_without_seeds_reaches_nothing() -> None:
    reached = _reach(ROW, [[], [(0, 0.0)], []], 10.0)
    assert reached.indptr.tolist() == [0, 0, 2, 2]
    metres, source = reach_nearest(ROW, ints(), np.zeros(0), ints())
    assert np.isinf(metres).all()
    assert (source == -1).all()


def test_a_lonely_node_reaches_itself() -> None:
    assert _by_node(_reach(ROW, [[(4, 3.0)]], 1e9)) == {4: 3.0}


def test_of_parallel_edges_the_shortest_counts_and_loops_do_not() -> None:
    graph = draw_graph(3, [(0, 1, 50.0), (1, 0, 5.0), (1, 1, 0.0), (0, 1, 9.0), (1, 2, 1.0)])
    assert _by_node(_reach(graph, [[(0, 0.0)]], 100.0)) == {0: 0.0, 1: 5.0, 2: 6.0}
    assert _by_node(_reach(draw_graph(1, [(0, 0, 7.0)]), [[(0, 0.0)]], 100.0)) == {0: 0.0}


def test_edges_without_length_are_walked() -> None:
    graph = draw_graph(4, [(0, 1, 0.0), (1, 2, 0.0), (2, 0, 0.0), (2, 3, 0.0)])
    assert _by_node(_reach(graph, [[(3, 0.0)]], 0.0)) == {0: 0.0, 1: 0.0, 2: 0.0, 3: 0.0}


def test_a_ring_without_a_crossing_is_walked_both_ways_round() -> None:
    ring = draw_graph(5, [(node, (node + 1) % 5, 10.0) for node in range(5)])
    assert _by_node(_reach(ring, [[(3, 0.0)]], 20.0)) == {3: 0, 2: 10, 4: 10, 1: 20, 0: 20}


def test_just_at_the_limit_is_within_it() -> None:
    assert _by_node(_reach(ROW, [[(0, 0.0)]], 30.0)) == {0: 0.0, 1: 10.0, 2: 30.0}
    assert _by_node(_reach(ROW, [[(0, 0.0)]], 0.0)) == {0: 0.0}


@pytest.mark.parametrize("limit_m", [-1.0, float("nan")])
def test_a_limit_that_is_none_reaches_nothing(limit_m: float) -> None:
    assert _by_node(_reach(ROW, [[(0, 0.0)]], limit_m)) == {}


def test_seeds_beyond_the_limit_or_without_a_number_do_not_begin() -> None:
    assert _by_node(_reach(ROW, [[(0, 25.1), (3, float("nan"))]], 25.0)) == {}
    metres, source = reach_nearest(
        ROW, ints(0, 3, 4), np.array([np.nan, np.inf, 2.0]), ints(0, 1, 2)
    )
    assert np.isinf(metres[:4]).all()
    assert (metres[4], source.tolist()) == (2.0, [-1, -1, -1, -1, 2])


def test_of_the_seeds_of_a_source_the_nearest_counts() -> None:
    reached = _reach(ROW, [[(1, 5.0), (1, 2.0), (2, 1.0), (0, 0.5)]], 100.0)
    assert _by_node(reached) == {0: 0.5, 1: 2.0, 2: 1.0, 3: 31.0}


def _town(side: int) -> Graph:
    random = np.random.default_rng(7)
    edges = []
    for row in range(side):
        for column in range(side):
            node = row * side + column
            if column + 1 < side and random.random() < 0.8:
                edges.append((node, node + 1, float(random.uniform(5, 200))))
            if row + 1 < side and random.random() < 0.6:
                edges.append((node, node + side, float(random.uniform(5, 200))))
    return draw_graph(side * side, edges)


def test_the_answer_has_the_same_digits_whatever_the_number_of_threads() -> None:
    town = _town(60)
    sources = np.random.default_rng(8).integers(0, town.nodes, 1000).astype(np.int32)
    seeds = np.arange(1001, dtype=np.int64), sources, np.zeros(1000)
    answers = [reach_many(town, *seeds, 900.0, threads=threads) for threads in (1, 2, 5, None)]
    for other in answers[1:]:
        assert np.array_equal(answers[0].indptr, other.indptr)
        assert np.array_equal(answers[0].nodes, other.nodes)
        assert np.array_equal(answers[0].metres, other.metres)


def test_a_source_has_the_same_answer_alone_and_among_others() -> None:
    town = _town(30)
    every = reach_many(
        town, np.arange(town.nodes + 1), np.arange(town.nodes, dtype=np.int32),
        np.zeros(town.nodes), 700.0,
    )  # fmt: skip
    for source in range(0, town.nodes, 37):
        alone = reach_many(town, np.array([0, 1]), ints(source), np.zeros(1), 700.0)
        mine = slice(every.indptr[source], every.indptr[source + 1])
        assert np.array_equal(alone.nodes, every.nodes[mine])
        assert np.array_equal(alone.metres, every.metres[mine])


def test_answers_that_outgrow_their_room_go_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    town = _town(30)
    seeds = np.arange(301), np.arange(300, dtype=np.int32), np.zeros(300)
    before = reach_many(town, *seeds, 1500.0)
    monkeypatch.setattr(kernel, "ROOM", 1)
    after = reach_many(town, *seeds, 1500.0)
    assert np.array_equal(before.indptr, after.indptr)
    assert np.array_equal(before.nodes, after.nodes)
    assert np.array_equal(before.metres, after.metres)


def test_a_large_town_is_walked_as_scipy_walks_it() -> None:
    town = _town(60)
    sources = np.arange(0, town.nodes, 9)
    reached = reach_many(
        town, np.arange(len(sources) + 1), sources.astype(np.int32), np.zeros(len(sources)), 1125.0
    )
    truth = lengths_by_scipy(town, 1125.0)[sources]
    mine = np.full_like(truth, np.inf)
    mine[np.repeat(np.arange(len(sources)), np.diff(reached.indptr)), reached.nodes] = (
        reached.metres
    )
    assert np.array_equal(np.isinf(mine), np.isinf(truth))
    assert np.allclose(mine, truth, rtol=0, atol=1e-6)


def test_a_walk_says_how_far_it_is_and_stops_between_chunks() -> None:
    town, said = _town(20), []
    seeds = np.arange(401), np.arange(400, dtype=np.int32), np.zeros(400)

    def stop_soon(share: float, doing: str) -> bool:
        said.append((share, doing))
        return len(said) < 3

    with pytest.raises(StoppedError):
        reach_many(town, *seeds, 500.0, stop_soon)
    assert said[0] == (0.0, "doing.walk")
    said.clear()
    reach_many(town, *seeds, 500.0, lambda share, doing: not said.append((share, doing)))
    assert said[-1] == (1.0, "doing.walk")


def test_two_graphs_in_turn_are_not_taken_for_each_other() -> None:
    other = draw_graph(5, [(0, 1, 1.0)])
    for _ in range(3):
        assert _by_node(_reach(ROW, [[(0, 0.0)]], 10.0)) == {0: 0.0, 1: 10.0}
        assert _by_node(_reach(other, [[(0, 0.0)]], 10.0)) == {0: 0.0, 1: 1.0}


FIRST_LOOP = """
from tests.geo.network.drawn import draw_graph
from geo.network.skeleton import make_skeleton
print(make_skeleton(draw_graph(2, [(0, 1, 5.0)])).street_m.tolist())
"""


def _loop_elsewhere(environment: dict[str, str]) -> str:
    clean = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_LOOP],
        env=clean | environment, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_compiled_loops_are_kept_in_the_data_folder(tmp_path: Path) -> None:
    assert _loop_elsewhere({"YUTU_HOME": str(tmp_path)}) == "[5.0]"
    kept = list((tmp_path / "cache" / "numba").rglob("*.nbc"))
    assert kept
    before = {path: path.stat().st_mtime_ns for path in kept}
    assert _loop_elsewhere({"YUTU_HOME": str(tmp_path)}) == "[5.0]"
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.nbc")}
    assert before == after


def test_loops_work_where_nothing_can_be_kept(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    assert _loop_elsewhere({"YUTU_HOME": str(in_the_way)}) == "[5.0]"
