"""Divisions, lists and a small street grid for the tests of facilities."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Connection, insert

from geo.access.jurisdiction import Viewer, system_viewer
from geo.db.ids import new_id
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.stage import Options
from geo.facilities.read import Facility, list_facilities
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from geo.network.tables import network, network_edge
from geo.texts import LANGS
from tests.geo.divisions.given import FROM, TODAY, put
from tests.grid import draw

SYSTEM = system_viewer("test")
LATER = date(2024, 6, 1)
HEAD = ("名称", "类型", "区划代码", "编号", "床位数", "经度", "纬度")
IN_A, IN_B, OUTSIDE = (117.05, 36.05), (117.15, 36.05), (117.85, 36.05)
"""Places in 泰山区, in 岱岳区 and in neither."""


def put_divisions(conn: Connection) -> None:
    """Put in two counties side by side, 0.1° wide, and two townships by name under the first."""
    shapes = draw("AB")
    put(
        conn,
        ("370000", "山东省"),
        ("370900", "泰安市"),
        ("370902", "泰山区", shapes["A"]),
        ("370911", "岱岳区", shapes["B"]),
        ("370902001", "岱庙街道"),
        ("370902002", "财源街道"),
    )


def write_list(path: Path, rows: Iterable[Sequence[object]], head: Sequence[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def take(
    conn: Connection,
    path: Path,
    *,
    what: str = "facilities",
    valid_from: date = FROM,
    kind: str | None = None,
    crs: str | None = "EPSG:4490",
    viewer: Viewer = SYSTEM,
    **options: Any,
) -> ImportReport:
    """Import a list; every text of what comes of it must exist in both languages."""
    done = run_import(
        conn,
        what,
        path,
        ImportOptions(
            valid_from=valid_from,
            reading=Options(crs=crs),
            facts={} if kind is None else {"kind": kind},
            **options,
        ),
        viewer=viewer,
        today=TODAY,
        files=path.parent / "files",
    )
    all_told: list[Finding | Conclusion] = [*done.findings, *done.conclusions]
    for told in all_told:
        for lang in LANGS:
            json.dumps(told.as_dict(lang), allow_nan=False)
            assert "None" not in told.message(lang), told
    return done


def rules(done: ImportReport, severity: str | None = None) -> list[str]:
    return [one.rule for one in done.findings if severity in (None, one.severity)]


def only(conn: Connection, **filters: Any) -> Facility:
    (one,) = list_facilities(conn, SYSTEM, filters.pop("at", TODAY), **filters).items
    return one


def put_network(conn: Connection, lines: Iterable[shapely.LineString], **values: Any) -> None:
    """Put streets in as they stand."""
    shapes = list(lines)
    made = new_id()
    row = {
        "id": made,
        "name": "测试路网",
        "source": "test",
        "edges": len(shapes),
        "nodes": 2 * len(shapes),
        "length_km": 1.0,
        "content_sha256": "0" * 64,
    }
    conn.execute(insert(network), row | values)
    conn.execute(
        insert(network_edge),
        [
            {
                "network_id": made,
                "number": number,
                "from_node": 2 * number,
                "to_node": 2 * number + 1,
                "highway": "residential",
                "length_m": 1.0,
                "geom": f"SRID=4490;{shape.wkt}",
            }
            for number, shape in enumerate(shapes)
        ],
    )
