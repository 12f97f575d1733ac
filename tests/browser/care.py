"""Streets, people and facilities round 泰山区 of the small country, and a run over them."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.coverage.question import Question
from geo.coverage.runs import ask
from geo.exchange.stage import Options
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.settings import settings
from tests.country import ATTACK

VIEWER = system_viewer("test")
TODAY = date(2026, 11, 21)
LON, LAT, STEP = 117.46, 36.32, 0.004
FACILITIES = (
    ("岱庙医院", "hospital", LON, LAT, 120),
    (f"{ATTACK}敬老院", "rural_care_home", LON + 2 * STEP, LAT, 30),
    ("没有坐标的敬老院", "rural_care_home", None, None, 20),
)


def build_care(conn: Connection, folder: Path) -> None:
    """Take in a grid of streets, people at its crossings, and facilities, all of the demo."""
    side = range(9)
    places = [[(LON + (x - 4) * STEP, LAT + (y - 4) * STEP) for x in side] for y in side]
    lines = [*places, *zip(*places, strict=True)]
    streets = folder / "streets.geojson"
    streets.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"highway": "residential"},
                        "geometry": {"type": "LineString", "coordinates": list(line)},
                    }
                    for line in lines
                ],
            }
        )
    )
    _take(conn, "roads", streets)
    people = [(lon + 0.0002, lat + 0.0002, 100, 25) for row in places for lon, lat in row]
    rows = _write(folder / "people.csv", ["lon", "lat", "total", "60+"], people)
    _take(conn, "population", rows, bands="total,60+")
    listed = [(name, kind, lon, lat, beds, "370902") for name, kind, lon, lat, beds in FACILITIES]
    head = ["name", "kind", "lon", "lat", "beds", "division_code"]
    _take(conn, "facilities", _write(folder / "care.csv", head, listed))


def make_run(conn: Connection) -> UUID:
    """Ask who lives within 15 minutes of a hospital or a care home."""
    question = Question(kinds=("hospital", "rural_care_home"), at=TODAY, minutes=15, ages=("60+",))
    return ask(conn, VIEWER, question, settings().files).id


def _take(conn: Connection, what: str, path: Path, **facts: str) -> None:
    options = ImportOptions(
        valid_from=date(2023, 1, 1),
        reading=Options(crs="EPSG:4490"),
        facts=facts,
        publication="demo",
    )
    done = run_import(conn, what, path, options, viewer=VIEWER, today=TODAY, files=settings().files)
    assert done.state == "applied", [finding.message("zh") for finding in done.findings]


def _write(path: Path, head: list[str], rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path
