"""Many-source reach in Wuhan: our kernel beside pandana, pgRouting and scipy.

All sides walk the same edges both ways from the same sources to the same limit. pandana's making of
its network is not counted, nor is pgRouting's table; ours is shown on a line of its own. pandana
and pgRouting are not parts of the project (AGPL, GPL); where they are not installed their side is
left out, and that is said.
"""

from __future__ import annotations

import importlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Connection,
    Engine,
    Executable,
    Float,
    MetaData,
    Table,
    cast,
    column,
    create_engine,
    func,
    insert,
    select,
    table,
)

from api.clock import china_day
from geo.access.jurisdiction import system_viewer
from geo.db.engine import transaction
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.network.graph import Graph
from geo.network.kernel import Reached, reach_many
from geo.network.skeleton import make_skeleton
from geo.network.store import find_network, open_graph
from geo.office import office
from geo.settings import ROOT
from scripts.benchmarks.show import show

SHARED = ROOT.parent / "shared" / "data"
WUHAN = SHARED / "wuhan_8989.parquet"
VIEWER = system_viewer("benchmark")
SOURCES, SEED, LIMIT_M = 2000, 20_261_121, 1125.0
AT_ONCE = 200
TOLERANCE_M = 0.01
PANDANA = "pip install pandana==0.8"
PGROUTING = "apt install postgresql-<version>-pgrouting"

ONE = "ours, 1 thread"
PROMISED = {"pandana": 25, "pgRouting": 12}
FIRST_WALK = """
import time
import numpy as np
from geo.network.graph import Graph
from geo.network.kernel import reach_many
pair, one = np.array([0, 1], np.int32), np.ones(1)
graph = Graph(
    middle_lon=114.0, indptr=np.arange(3), neighbours=pair[::-1].copy(), lengths_m=np.ones(2),
    ends=pair.reshape(1, 2), edge_m=one, starts=np.array([0, 2]), xy=np.zeros((2, 2)),
    number=pair[:1], component=np.zeros(2, np.int32),
)
begun = time.perf_counter()
reach_many(graph, np.array([0, 1]), pair[:1], np.zeros(1), 9.0)
print(time.perf_counter() - begun)
"""

Side = Callable[[], Any]
Nodes = npt.NDArray[np.int32]


def measure_reach(engine: Engine, admin_url: str, home: Path, rounds: int) -> None:
    """Measure all sides in turn, check ours against scipy, and print seconds and ratios."""
    if not WUHAN.is_file():
        print(f"reach: left out, {WUHAN.name} is not there")
        return
    graph = import_graph(engine, home)
    chosen = np.random.default_rng(SEED).choice(graph.nodes, SOURCES, replace=False)
    sources: Nodes = chosen.astype(np.int32)
    threads = os.cpu_count() or 1
    sides: dict[str, Side] = {
        ONE: lambda: reach_from(graph, sources, threads=1),
        f"ours, {threads} threads": lambda: reach_from(graph, sources, threads=threads),
    }
    with _pgrouting(admin_url, graph, sources) as pgrouting:
        sides |= _pandana(graph, sources) | pgrouting
        # The first call compiles, or fills a cache of its own; it does not count on any side.
        for side in sides.values():
            side()
        seconds = _alternate(sides, rounds)
    reached = reach_from(graph, sources, threads=1)
    seconds["scipy"] = [_compare_with_scipy(graph, reached, sources)]
    _print_table(seconds, reached)
    ready = [_time(lambda: make_skeleton(graph)) for _ in range(rounds)]
    show("  a graph made ready for walks, once", ready)
    show("  numba loaded and a first walk, compiled before", _cold_starts(rounds), limit_s=1)


def reach_from(graph: Graph, sources: Nodes, *, threads: int) -> Reached:
    """Walk from nodes as sources."""
    starts = np.arange(len(sources) + 1, dtype=np.int64)
    metres = np.zeros(len(sources))
    return reach_many(graph, starts, sources, metres, LIMIT_M, threads=threads)


def import_graph(engine: Engine, home: Path) -> Graph:
    """Take Wuhan's streets in and open their graph."""
    files = home / "files"
    with transaction(engine, VIEWER.actor) as conn:
        run_import(
            conn,
            "roads",
            WUHAN,
            ImportOptions(valid_from=china_day()),
            viewer=VIEWER,
            today=china_day(),
            files=files,
        )
        found = find_network(conn, None, demo=False)
        if found is None:
            raise RuntimeError("Wuhan's streets were not imported")
        return open_graph(conn, found.id, office(conn), files).graph


def _pandana(graph: Graph, sources: Nodes) -> dict[str, Side]:
    try:
        pandana = importlib.import_module("pandana")
    except ImportError:
        print(f"  pandana is not installed, its side is left out ({PANDANA})")
        return {}
    place = np.zeros((graph.nodes, 2))
    place[graph.ends[:, 0]] = graph.xy[graph.starts[:-1]]
    place[graph.ends[:, 1]] = graph.xy[graph.starts[1:] - 1]
    x, y = pd.Series(place[:, 0]), pd.Series(place[:, 1])
    first, last = pd.Series(graph.ends[:, 0]), pd.Series(graph.ends[:, 1])
    network = pandana.Network(x, y, first, last, pd.DataFrame({"metres": graph.edge_m}))
    return {"pandana": lambda: network.nodes_in_range(sources, LIMIT_M)}


@contextmanager
def _pgrouting(admin_url: str, graph: Graph, sources: Nodes) -> Iterator[dict[str, Side]]:
    """Put the edges into a table, and give the one call with all sources; all is undone after."""
    admin = create_engine(admin_url)
    with admin.connect() as conn:
        extensions = table("pg_available_extensions", column("name"))
        here = select(extensions).where(extensions.c.name == "pgrouting")
        if conn.execute(here).first() is None:
            print(f"  pgRouting is not installed, its side is left out ({PGROUTING})")
            yield {}
        else:
            streets = _fill_streets(conn, graph)
            starts = cast(sources.tolist(), ARRAY(BigInteger))
            # Only counted and added up, so that no time goes into carrying rows to us.
            found = func.pgr_drivingDistance(str(select(streets)), starts, LIMIT_M, False)
            reached: Executable = select(func.count(), func.sum(column("agg_cost"))).select_from(
                found
            )
            yield {"pgRouting": lambda: conn.execute(reached).one()}
        conn.rollback()
    admin.dispose()


def _fill_streets(conn: Connection, graph: Graph) -> Table:
    conn.exec_driver_sql("CREATE EXTENSION pgrouting")
    streets = Table(
        "streets_to_drive",
        MetaData(),
        Column("id", BigInteger, primary_key=True),
        Column("source", BigInteger),
        Column("target", BigInteger),
        Column("cost", Float),
    )
    streets.create(conn)
    rows = zip(graph.ends.tolist(), graph.edge_m.tolist(), strict=True)
    conn.execute(
        insert(streets),
        [
            {"id": number, "source": first, "target": last, "cost": metres}
            for number, ((first, last), metres) in enumerate(rows)
        ],
    )
    conn.exec_driver_sql("ANALYZE streets_to_drive")
    return streets


def _alternate(sides: dict[str, Side], rounds: int) -> dict[str, list[float]]:
    """Run the sides in turn, a round of all after the other."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            seconds[name].append(_time(side))
    return seconds


def _time(work: Side) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _print_table(seconds: dict[str, list[float]], reached: Reached) -> None:
    print(
        f"reach in Wuhan: {SOURCES} sources, {LIMIT_M:g} m, {len(reached.nodes)} nodes reached,"
        f" median of {len(seconds[ONE])} alternating rounds"
    )
    ours = [name for name in seconds if name.startswith("ours")]
    print(f"  {'':16}{'seconds':>9}" + "".join(f"{'/ ' + name:>20}" for name in ours))
    for name, each in seconds.items():
        middle = statistics.median(each)
        ratios = (middle / statistics.median(seconds[other]) for other in ours)
        print(f"  {name:16}{middle:9.4f}" + "".join(f"{ratio:20.1f}" for ratio in ratios))
    for name, least in PROMISED.items():
        if name in seconds:
            print(f"  promised: at least {least} times as fast as {name}")


def _compare_with_scipy(graph: Graph, reached: Reached, sources: Nodes) -> float:
    """Check our answer against scipy's Dijkstra; return the seconds that took scipy.

    Raises
    ------
    RuntimeError
        If a distance differs by more than 1 cm, or a node is reached by one side only.
    """
    rows = _rows_of_scipy(graph)
    seconds, worst = 0.0, 0.0
    for first in range(0, len(sources), AT_ONCE):
        some = sources[first : first + AT_ONCE]
        begun = time.perf_counter()
        truth = dijkstra(rows, indices=some, limit=LIMIT_M)
        seconds += time.perf_counter() - begun
        mine = np.full_like(truth, np.inf)
        begin, ends = reached.indptr[first], reached.indptr[first : first + len(some) + 1]
        owner = np.repeat(np.arange(len(some)), np.diff(ends))
        mine[owner, reached.nodes[begin : ends[-1]]] = reached.metres[begin : ends[-1]]
        both = np.isfinite(truth) & np.isfinite(mine)
        # At the limit itself the last digit decides who is in; there, and only there, it may.
        alone = np.where(np.isfinite(truth), truth, mine)[np.isfinite(truth) != np.isfinite(mine)]
        if (np.abs(alone - LIMIT_M) > TOLERANCE_M).any():
            raise RuntimeError("our walk and scipy's do not reach the same nodes")
        worst = max(worst, float(np.abs(truth[both] - mine[both]).max(initial=0.0)))
    if worst > TOLERANCE_M:
        raise RuntimeError(f"our distances differ from scipy's by {worst} m")
    print(f"  equal to scipy's Dijkstra: the largest difference is {worst:.1e} m")
    return seconds


def _rows_of_scipy(graph: Graph) -> Any:
    """Return the edges as scipy has them, of parallel ones the shortest."""
    first, last = graph.ends.min(axis=1), graph.ends.max(axis=1)
    order = np.lexsort((graph.edge_m, last, first))
    first, last, metres = first[order], last[order], graph.edge_m[order]
    kept = np.append([True], (np.diff(first) != 0) | (np.diff(last) != 0)) & (first != last)
    one = csr_array((metres[kept], (first[kept], last[kept])), shape=(graph.nodes, graph.nodes))
    return one + one.T


def _cold_starts(rounds: int) -> list[float]:
    """Measure the first walk of new processes, after one that leaves what is compiled."""
    return [_first_walk() for _ in range(rounds + 1)][1:]


def _first_walk() -> float:
    # What an installation has compiled to byte code is used and kept, as it is outside of tests.
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(  # noqa: S603 - our own lines
        [sys.executable, "-c", FIRST_WALK],
        env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return float(done.stdout)
