"""A town drawn in metres round one place, taken in by the ordinary imports.

::

    y 5000   o────────o                        a street of its own, no way to the rest
             0       1000
    y 0      o────────o────────o────────o      with a side street to the north at x = 1000
             0       1000     2000     3000
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.exchange.stage import Options
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions

TODAY = date(2026, 11, 22)
VIEWER = system_viewer("test")
LON, LAT = 118.35, 34.61
NORTH_M = 3_831_000.0
"""Somewhere near the latitude, in metres from the equator; the town's y counts from there."""

STREETS: tuple[Sequence[tuple[float, float]], ...] = (
    ((0, 0), (1000, 0)),
    ((1000, 0), (2000, 0)),
    ((2000, 0), (3000, 0)),
    ((1000, 0), (1000, 1000)),
    ((0, 5000), (1000, 5000)),
)
PEOPLE: tuple[tuple[float, float, float, float], ...] = (
    (200, 100, 30, 10),
    (2400, -80, 50, 20),
    (500, 5100, 7, 3),
    (500, 3000, 2, 1),
)
"""x, y, all people, people of 60 and over."""
HOSPITAL = ("示例医院", 2500.0, 50.0)


def to_lonlat(x: float, y: float) -> tuple[float, float]:
    """Return a place of the town in EPSG:4490."""
    point = np.array([[x, y + NORTH_M]])
    lon, lat = transform_points(point, local_metres(LON), CGCS2000)[0].tolist()
    return lon, lat


def take(conn: Connection, what: str, path: Path, files: Path, **facts: str) -> ImportReport:
    """Take a file in; it must go in whole."""
    options = ImportOptions(valid_from=TODAY, reading=Options(crs="EPSG:4490"), facts=facts)
    done = run_import(conn, what, path, options, viewer=VIEWER, today=TODAY, files=files)
    assert done.state == "applied", [finding.message("en") for finding in done.findings]
    return done


def write_streets(path: Path, streets: Sequence[Sequence[tuple[float, float]]] = STREETS) -> Path:
    """Write streets as GeoJSON lines."""
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"highway": "residential"},
            "geometry": {"type": "LineString", "coordinates": [to_lonlat(x, y) for x, y in line]},
        }
        for line in streets
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def write_people(path: Path, people: Sequence[tuple[float, float, float, float]] = PEOPLE) -> Path:
    """Write people as points with two age groups."""
    rows = [(*to_lonlat(x, y), everybody, old) for x, y, everybody, old in people]
    return write_rows(path, ["lon", "lat", "total", "60+"], rows)


def write_facilities(
    path: Path, facilities: Sequence[tuple[str, float, float]] = (HOSPITAL,)
) -> Path:
    """Write facilities as points."""
    rows = [(name, *to_lonlat(x, y)) for name, x, y in facilities]
    return write_rows(path, ["name", "lon", "lat"], rows)


def write_rows(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def build_town(conn: Connection, folder: Path) -> Path:
    """Take streets, people and a hospital in; return the folder of kept files."""
    files = folder / "files"
    take(conn, "roads", write_streets(folder / "town.geojson"), files)
    take(conn, "population", write_people(folder / "people.csv"), files, bands="total,60+")
    take(conn, "facilities", write_facilities(folder / "care.csv"), files, kind="hospital")
    return files
