"""Wuhan through the real chain, against an answer computed by other means.

The other side: shapely's tree for the snap, hospitals and cells inserted as nodes of their own,
scipy's Dijkstra for the way.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from sqlalchemy import Connection

from geo.coverage.question import Question
from geo.coverage.runs import Run, RunCells, ask, read_run_cells, repeat
from geo.coverage.walk import to_frame
from geo.exchange.stage import Options
from geo.files.arrays import read_arrays
from geo.files.store import find_file
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.network.graph import Graph
from geo.network.make import graph_of
from tests.geo.coverage.town import TODAY, VIEWER
from tests.real_data import REAL, needs_real_data

pytestmark = needs_real_data

LIMIT_M = 1125.0
SNAP_M = 500.0


@pytest.fixture
def files(conn: Connection, home: Path) -> Path:
    wanted = (
        ("roads", "wuhan_8989.parquet", Options(), {}),
        ("population", "wuhan_worldpop_20plus_60plus.tif", Options(), {"bands": "20+,60+"}),
        ("facilities", "wuhan_hospitals_gcj02.csv", Options(crs="gcj02"), {"kind": "hospital"}),
    )
    for kind, name, reading, facts in wanted:
        options = ImportOptions(valid_from=TODAY, reading=reading, facts=facts)
        done = run_import(
            conn, kind, REAL / name, options, viewer=VIEWER, today=TODAY, files=home / "files"
        )
        assert done.state == "applied"
    return home / "files"


def test_wuhan_is_answered_as_scipy_answers_it(conn: Connection, files: Path) -> None:
    question = Question(kinds=("hospital",), at=TODAY, limit_m=LIMIT_M, ages=("60+",))
    run = ask(conn, VIEWER, question, files)
    cells = read_run_cells(conn, run, files)
    other = walk_otherwise(read_graph(conn, run, files), run, cells)
    assert np.array_equal(np.isnan(other), np.isnan(cells.distance_m))
    walked = np.isfinite(other)
    assert np.array_equal(walked, np.isfinite(cells.distance_m))
    assert np.abs(other[walked] - cells.distance_m[walked]).max() < 0.01
    assert run.result["people"] == math.fsum(cells.people.tolist())
    covered = math.fsum(cells.people[other <= LIMIT_M].tolist())
    assert run.result["covered"] == pytest.approx(covered, rel=1e-9)
    assert run.result["cells"] == len(cells.lon) == 208_767
    assert repeat(conn, VIEWER, run.id, files).same


def read_graph(conn: Connection, run: Run, files: Path) -> Graph:
    content = run.inputs["graph"]
    return graph_of(read_arrays(find_file(conn, content, files).path), content)


def walk_otherwise(graph: Graph, run: Run, cells: RunCells) -> np.ndarray:
    """Return the distance of each cell to its nearest hospital: inf unreached, NaN unsnapped."""
    lines = shapely.linestrings(
        graph.xy, indices=np.repeat(np.arange(len(graph.ends)), np.diff(graph.starts))
    )
    tree = shapely.STRtree(lines)
    lon, lat = (np.array([one[axis] for one in run.result["reach"]]) for axis in ("lon", "lat"))
    care = snap_otherwise(tree, lines, graph, to_frame(graph, lon, lat))
    people = snap_otherwise(tree, lines, graph, to_frame(graph, cells.lon, cells.lat))
    edge, along, away = (np.concatenate(pair) for pair in zip(care, people, strict=True))
    return reach_inserted(graph, edge, along, away, hospitals=len(lon))


def snap_otherwise(
    tree: shapely.STRtree, lines: np.ndarray, graph: Graph, xy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = shapely.points(xy)
    (number, edge), away = tree.query_nearest(
        points, max_distance=SNAP_M, return_distance=True, all_matches=False
    )
    found = np.full(len(xy), -1), np.full(len(xy), np.nan), np.full(len(xy), np.nan)
    share = shapely.line_locate_point(lines[edge], points[number], normalized=True)
    found[0][number], found[1][number], found[2][number] = edge, share * graph.edge_m[edge], away
    return found


def reach_inserted(
    graph: Graph, edge: np.ndarray, along: np.ndarray, away: np.ndarray, *, hospitals: int
) -> np.ndarray:
    """Cut every edge at its snap points and walk from all hospitals at once."""
    on = np.flatnonzero(edge >= 0)
    stops = [(np.arange(len(graph.ends)), np.zeros(len(graph.ends)), graph.ends[:, 0])]
    stops.append((np.arange(len(graph.ends)), graph.edge_m, graph.ends[:, 1]))
    stops.append((edge[on], along[on], graph.nodes + on))
    of, at, node = (np.concatenate(part) for part in zip(*stops, strict=True))
    order = np.lexsort((node, at, of))
    of, at, node = of[order], at[order], node[order]
    next_to = np.flatnonzero(of[1:] == of[:-1])
    start = graph.nodes + len(edge)
    served = on[on < hospitals]
    a = np.concatenate([node[next_to], np.full(len(served), start)])
    b = np.concatenate([node[next_to + 1], graph.nodes + served])
    metres = np.concatenate([at[next_to + 1] - at[next_to], away[served]])
    metres = np.maximum(metres, 1e-9)  # scipy takes a zero for no edge
    size = start + 1
    shortest = pd.Series(metres).groupby([a, b], sort=False).min()
    a, b = (shortest.index.get_level_values(level).to_numpy() for level in (0, 1))
    matrix = coo_matrix((shortest.to_numpy(), (a, b)), shape=(size, size)).tocsr()
    ways = dijkstra(matrix, directed=False, indices=start)
    return ways[graph.nodes + hospitals : start] + away[hospitals:]
