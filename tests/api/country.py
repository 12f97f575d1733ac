"""A small country, imported as an office would: two provinces, five counties, townships by name.

::

    A A B B     A 泰山区 370902, B 岱岳区 370911, C 宁阳县 370921: 泰安市 370900
    A C C D     D 历下区 370102: 济南市 370100
    E E E D     E 仙桃市 429004, directly under 湖北省 420000
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely
from shapely import MultiPolygon
from sqlalchemy import Engine, text, update
from sqlalchemy.dialects.postgresql import Range

from api.jobs import Pace, run_job
from api.tasks import TASKS
from geo.access.grants import give_grant
from geo.access.jurisdiction import Role, system_viewer
from geo.access.users import add_user
from geo.db.engine import make_engine, transaction
from geo.divisions.lineage import record_succession
from geo.divisions.register import known_codes
from geo.divisions.tables import division_version
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from tests.conftest import Database
from tests.grid import draw

TODAY = date(2026, 11, 21)
FIRST = date(2020, 1, 1)
RENAMED = date(2024, 1, 1)
ENDED = date(2023, 1, 1)
PASSWORD = "long-enough-1"
PICTURE = "AABB\nACCD\nEEED"
SYSTEM = system_viewer("test")

COUNTIES = {
    "A": ("370902", "泰山区"),
    "B": ("370911", "岱岳区"),
    "C": ("370921", "宁阳县"),
    "D": ("370102", "历下区"),
    "E": ("429004", "仙桃市"),
}
PREFECTURES = {"9": ("370900", "泰安市"), "1": ("370100", "济南市")}
PROVINCES = {"S": ("370000", "山东省"), "H": ("420000", "湖北省")}
NAMES = (
    ("370902001", "岱庙街道"),
    ("370902002", "财源街道"),
    ("650000", "新疆维吾尔自治区"),
    ("659012", "白杨市"),
    ("370991", "旧区"),
)


def load_country(engine: Engine, folder: Path) -> None:
    """Import the country; 宁阳县 gets another name in 2024, 旧区 ended in 2023 for 岱岳区."""
    pictures = (
        (PROVINCES, str.maketrans("ABCDE", "SSSSH")),
        (PREFECTURES, str.maketrans("ABCDE", "9991.")),
        (COUNTIES, {}),
    )
    for named, letters in pictures:
        shapes = draw(PICTURE.translate(letters))
        rows = [(*named[letter], shape) for letter, shape in shapes.items()]
        take(engine, folder, write_geojson(folder / "units.geojson", rows))
    take(engine, folder, write_csv(folder / "names.csv", NAMES))
    _end(engine, "370991", "370911")
    renamed = write_csv(folder / "renamed.csv", [("370921", "新宁阳县")])
    take(engine, folder, renamed, valid_from=RENAMED)


def write_geojson(path: Path, rows: list[tuple[str, str, MultiPolygon | None]]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"代码": code, "名称": name},
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for code, name, shape in rows
    ]
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Any) -> Path:
    lines = ["代码,名称", *(",".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def take(
    engine: Engine,
    folder: Path,
    path: Path,
    *,
    kind: str = "divisions",
    valid_from: date = FIRST,
    facts: Mapping[str, str] | None = None,
) -> ImportReport:
    """Import a file as the system does, and hold that it went in."""
    with transaction(engine, SYSTEM.actor) as conn:
        done = run_import(
            conn,
            kind,
            path,
            ImportOptions(valid_from=valid_from, facts=facts or {}),
            viewer=SYSTEM,
            today=TODAY,
            files=folder / "files",
        )
    assert done.state == "applied", done.findings
    return done


def add_account(database: Database, name: str, *grants: tuple[Role, str | None]) -> dict[str, str]:
    """Add an account with roles at divisions by code; return what it logs in with."""
    with transaction(database.engine, SYSTEM.actor) as conn:
        add_user(conn, SYSTEM, name, PASSWORD)
        for role, code in grants:
            give_grant(conn, SYSTEM, name, role, None if code is None else id_of(conn, code))
    return {"username": name, "password": PASSWORD}


def work_off(database: Database, job_id: str) -> None:
    """Run a job as the worker does, in this process."""
    unpooled = make_engine(database.app_url, pool_size=0)
    run_job(
        database.engine,
        unpooled,
        UUID(job_id),
        tasks=TASKS,
        stopping=lambda: False,
        pace=Pace(),
    )


def id_of(conn: Any, code: str) -> UUID:
    return known_codes(conn, [code])[code]


def _end(engine: Engine, code: str, successor: str) -> None:
    """End a division; there is no import that does so, only an act of change."""
    with transaction(engine, SYSTEM.actor) as conn:
        gone = id_of(conn, code)
        conn.execute(text("SELECT set_config('yutu.reason', 'test', true)"))
        conn.execute(
            update(division_version)
            .where(division_version.c.division_id == gone)
            .values(valid=Range(FIRST, ENDED))
        )
        record_succession(conn, gone, id_of(conn, successor), ENDED)
