"""What clerks send: broken files, wrong coordinates, wrong codes.

Each is a finding or a refusal in Chinese and English, and nothing is half-written. Everything goes
the way an office goes: the service and its command line as processes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx2 as httpx
import numpy as np
import pytest
import shapely

from tests.stories.office import (
    IMPORT,
    Office,
    import_file,
    is_bilingual,
    zipped,
)
from tests.stories.served import PASSWORD

pytestmark = pytest.mark.slow


def features(*shapes: Any, codes: Any = (), names: Any = ()) -> bytes:
    """Return a GeoJSON file with counties 370981, 370982 … of these shapes."""
    rows = [
        {
            "type": "Feature",
            "properties": {
                "代码": codes[place] if codes else str(370981 + place),
                "名称": names[place] if names else f"第{place + 1}县",
            },
            "geometry": shape if isinstance(shape, dict) else json.loads(shapely.to_geojson(shape)),
        }
        for place, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False).encode()


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def square(west: float, south: float) -> Any:
    return shapely.box(west, south, west + 0.1, south + 0.1)


def frame(*shapes: Any) -> gpd.GeoDataFrame:
    rows = range(len(shapes))
    columns = {"代码": [str(370981 + row) for row in rows], "名称": [f"第{row}县" for row in rows]}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4490)


def written(path: Path, data: gpd.GeoDataFrame) -> bytes:
    if path.suffix == ".parquet":
        data.to_parquet(path)
    elif path.suffix == ".xlsx":
        data.drop(columns="geometry").to_excel(path, index=False)
    else:
        data.to_file(path)
    return path.read_bytes()


def shapefile(folder: Path, *, encoding: str, without: set[str]) -> bytes:
    """Return a zipped Shapefile of 郓城县 with some of its files left away."""
    data = gpd.GeoDataFrame(
        {"代码": ["371725"], "名称": ["郓城县"]}, geometry=[square(115.9, 35.6)], crs=4490
    )
    data.to_file(folder / "县界.shp", encoding=encoding)
    parts = {path.name: path.read_bytes() for path in folder.glob("县界.*")}
    return zipped({name: part for name, part in parts.items() if Path(name).suffix not in without})


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".xlsx", ".parquet", ".zip"])
def test_a_truncated_file_is_refused_with_its_reason(
    unchanged: Office, tmp_path: Path, suffix: str
) -> None:
    if suffix == ".zip":
        whole = shapefile(tmp_path, encoding="utf-8", without=set())
    else:
        whole = written(tmp_path / f"县界{suffix}", frame(square(117, 36), square(117.1, 36)))
    told = unchanged.take(f"县界{suffix}", whole[: len(whole) * 2 // 3])
    assert (told["state"], told["error"]["code"]) == ("failed", "file_unreadable")
    assert f"县界{suffix}" in told["detail"]
    assert is_bilingual(told["detail"], told["detail_en"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("a.shp", b"PK\x03\x04" + bytes(200)),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("a.gpkg", b'{"type": "FeatureCollection", "features": []}'),
        ("a.csv", b"\x00\x01\x02\x03"),
        ("a.docx", b"PK\x03\x04"),
        ("a.geojson", b'{"type": "Topology", "objects": {}}'),
        ("a.csv", b""),
    ],
)
def test_a_file_of_another_format_is_refused_with_its_reason(
    unchanged: Office, name: str, content: bytes
) -> None:
    told = unchanged.take(name, content)
    assert told["state"] == "failed"
    assert told["error"]["code"] in {"file_unreadable", "file_refused"}
    assert name in told["detail"]
    assert is_bilingual(told["detail"], told["detail_en"])


def test_the_command_line_refuses_it_the_same_way(unchanged: Office, tmp_path: Path) -> None:
    path = tmp_path / "县界.geojson"
    path.write_bytes(b"%PDF-1.7\n")
    code, told, words = import_file(unchanged.home, path)
    assert (code, told["code"]) == (1, "file_unreadable")
    assert is_bilingual(told["detail"], told["detail_en"])
    assert "Traceback" not in words
    code, told, words = import_file(unchanged.home, tmp_path / "nowhere.csv")
    assert (code, told["code"]) == (2, "option_invalid"), words


def test_a_shapefile_without_prj_in_gbk_is_read_rightly_and_its_system_named_a_guess(
    office: Office, tmp_path: Path
) -> None:
    content = shapefile(tmp_path, encoding="gbk", without={".prj", ".cpg"})
    told = office.take("县界.zip", content)
    assert told["state"] == "applied"
    guessed = next(one for one in told["findings"] if one["rule"] == "crs_guessed")
    assert guessed["severity"] == "warning"
    assert is_bilingual(guessed["message"], guessed["message_en"])
    assert any(one["rule"].startswith("encoding_gb18030") for one in told["conclusions"])
    county = office.ask("/api/v1/divisions/371725")
    assert (county["name"], county["bbox"]) == ("郓城县", [115.9, 35.6, 116.0, 35.7])


def test_a_polygon_that_crosses_itself_goes_in_with_a_warning_at_its_place(
    unchanged: Office,
) -> None:
    bow = ring((118, 36), (118.1, 36.1), (118.1, 36), (118, 36.1))
    told = unchanged.take("界.geojson", features(bow, square(118.2, 36)), dry_run="true")
    assert told["state"] == "staged"
    found = next(one for one in told["findings"] if one["rule"] == "geometry_invalid")
    assert (found["severity"], found["row"]) == ("warning", 1)
    assert is_bilingual(found["message"], found["message_en"])
    assert found["place"] == pytest.approx([118.05, 36.05])


@pytest.mark.parametrize("bad", ["NaN", "1e999"])
def test_coordinates_that_are_no_numbers_are_errors_of_their_row(
    unchanged: Office, tmp_path: Path, bad: str
) -> None:
    text = features(square(118, 36), square(118.2, 36)).decode()
    path = tmp_path / "界.geojson"
    path.write_text(text.replace("118.2", bad, 1), encoding="utf-8")
    code, told, words = import_file(unchanged.home, path)
    assert code == 1, words
    if "findings" in told:
        (found,) = told["findings"]
        assert (found["rule"], found["severity"], found["row"]) == (
            "coordinates_not_finite", "error", 2,
        )  # fmt: skip
        assert is_bilingual(found["message"], found["message_en"])
        assert (told["state"], told["applied"]) == ("refused", False)
    else:
        assert told["code"] == "file_unreadable"


def test_coordinates_that_are_no_numbers_in_a_geopackage_are_errors_of_their_row(
    unchanged: Office, tmp_path: Path
) -> None:
    for bad in (np.nan, np.inf):
        with np.errstate(invalid="ignore"):
            shape = shapely.Polygon([(118, 36), (118.1, 36), (118.1, bad), (118, 36)])
        content = written(tmp_path / f"{bad}.gpkg", frame(square(117.9, 36), shape))
        told = unchanged.take("界.gpkg", content)
        assert told["state"] == "refused"
        errors = [one for one in told["findings"] if one["severity"] == "error"]
        assert [(one["rule"], one["row"]) for one in errors] == [("coordinates_not_finite", 2)]


def test_swapped_axes_are_refused_and_named(unchanged: Office, tmp_path: Path) -> None:
    swapped = [
        shapely.transform(square(117 + x / 10, 36), lambda xy: xy[:, ::-1]) for x in range(3)
    ]
    path = tmp_path / "界.geojson"
    path.write_bytes(features(*swapped))
    code, told, words = import_file(unchanged.home, path)
    assert (code, told["code"]) == (1, "file_refused"), words
    assert "颠倒" in told["detail"]
    assert is_bilingual(told["detail"], told["detail_en"])


def test_coordinates_outside_china_are_errors_of_their_row(unchanged: Office) -> None:
    content = features(square(118, 36), square(118.1, 36), square(-99, 19))
    told = unchanged.take("界.geojson", content)
    assert told["state"] == "refused"
    errors = [one for one in told["findings"] if one["severity"] == "error"]
    assert [(one["rule"], one["row"]) for one in errors] == [("coordinates_outside", 3)]
    assert is_bilingual(errors[0]["message"], errors[0]["message_en"])


def test_a_code_twice_and_a_parent_nobody_has_are_errors_of_their_row(
    unchanged: Office, tmp_path: Path
) -> None:
    path = tmp_path / "乡镇.csv"
    path.write_text(
        "代码,名称,上级代码\n370902003,甲镇,370902\n370902003,乙镇,370902\n370902004,丙镇,370999\n",
        encoding="utf-8",
    )
    code, told, words = import_file(unchanged.home, path)
    assert (code, told["state"], told["errors"]) == (1, "refused", 2), words
    found = [(one["rule"], one["row"], one["column"], one["value"]) for one in told["findings"]]
    assert found == [
        ("code_twice", 3, "代码", "370902003"),
        ("parent_unknown", 4, "上级代码", "370999"),
    ]
    assert all(is_bilingual(one["message"], one["message_en"]) for one in told["findings"])
    # As words for the clerk, both languages in one line.
    process = subprocess.run(
        [sys.executable, "-m", "scripts.cli", *IMPORT, path],
        env={**os.environ, "YUTU_HOME": str(unchanged.home)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert process.returncode == 1
    assert "[3]" in process.stderr
    assert is_bilingual(process.stderr, process.stderr)


def test_a_division_called_script_is_a_name_and_nothing_more(office: Office) -> None:
    name = '<script>alert("1")</script>'
    content = f'代码,名称\n370902009,"{name.replace(chr(34), chr(34) * 2)}"\n'.encode()
    assert office.take("乡镇.csv", content)["state"] == "applied"
    assert office.ask("/api/v1/divisions/370902009")["name"] == name
    form = {"username": "admin", "password": PASSWORD}
    with httpx.Client(base_url=office.served.url, timeout=30) as browser:
        opened = browser.get("/login").text
        token = re.search(r'name="csrf[^"]*" value="([^"]*)"', opened)
        if token:
            form["csrf_token"] = token[1]
        browser.post("/login", data=form)
        for path in ("/?division=370902009", "/panel?division=370902009", "/hits?q=script"):
            page = browser.get(path, headers=office.header).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page, path
