"""A small country for tests of pages, drawn as text and brought in by the ordinary way."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import shapely
from sqlalchemy import Engine

from geo.access.jurisdiction import system_viewer
from geo.db.engine import transaction
from geo.exchange.stage import Options
from geo.imports import run_import
from geo.incoming import ImportOptions
from tests.grid import draw

SINCE = date(2023, 1, 1)
TODAY = date(2026, 11, 21)
ATTACK = "<script>alert(1)</script>"

DRAWING = """
    LLLTT
    LLTTT
    DDDTT
    DDDDD
"""
UNITS = (
    # code, name, letters of the drawing
    ("370000", "山东省", "LTD"),
    ("370100", "济南市", "L"),
    ("370900", "泰安市", "TD"),
    ("370112", "历城区", "L"),
    ("370902", "泰山区", "T"),
    ("370911", "岱岳区", "D"),
)
NAMED_ONLY = (
    ("370902001", "岱庙街道"),
    ("370902002", ATTACK),
)


def import_country(engine: Engine, folder: Path, *, publication: str = "demo") -> None:
    """Import three counties with polygons, what lies above them, and townships by name."""
    polygons = draw(DRAWING)
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": shapely.geometry.mapping(
                shapely.union_all([polygons[letter] for letter in letters])
            ),
        }
        for code, name, letters in UNITS
    ]
    shapes = folder / "units.geojson"
    shapes.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    names = folder / "townships.csv"
    with names.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("代码", "名称"), *NAMED_ONLY])
    for path in (shapes, names):
        _import(engine, path, folder / "files", publication)


def _import(engine: Engine, path: Path, files: Path, publication: str) -> None:
    viewer = system_viewer("test")
    options = ImportOptions(valid_from=SINCE, reading=Options(mapping={}), publication=publication)
    with transaction(engine, viewer.actor) as conn:
        done = run_import(conn, "divisions", path, options, viewer=viewer, today=TODAY, files=files)
    assert done.state == "applied", done.findings
