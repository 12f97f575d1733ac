from __future__ import annotations

import tempfile
import unicodedata
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from geo.errors import FileRefusedError, FileUnreadableError, OptionInvalidError
from geo.exchange.formats import FORMATS, write
from geo.exchange.raw import none_for_missing
from geo.exchange.shapefile_out import ascii_names
from tests.geo.exchange.making import EVERYTHING, JINAN, TAIAN, reason, same_cell, staged

NAMES = ("code", "name", "since", "people", "area_km2", "active")
ONE_PER_FORMAT = sorted({known.name: suffix for suffix, known in FORMATS.items()}.values())


def rows(shapes: list[Any] | None = None, **changed: Any) -> gpd.GeoDataFrame:
    columns: dict[str, Any] = {
        "code": ["370900", "010203", "3"],
        "name": ["泰安市", "=cmd|' /C calc'!A0", "<b>'=1"],
        "since": [date(2020, 1, 2), None, date(1949, 10, 1)],
        "people": [5_535_000, None, 0],
        "area_km2": [7762.25, None, -0.5],
        "active": [True, None, False],
        **changed,
    }
    geometry = [TAIAN, None, JINAN] if shapes is None else shapes
    content = {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}
    return gpd.GeoDataFrame(content, geometry=geometry, crs=4490)


def there_and_back(frame: gpd.GeoDataFrame, suffix: str, folder: Path) -> gpd.GeoDataFrame:
    path = folder / f"out{FORMATS[suffix].written_as}"
    write(frame, path, suffix)
    found = staged(path, EVERYTHING)
    assert found.bad_rows == set(), [one.message() for one in found.findings]
    return found.rows


@pytest.mark.parametrize("suffix", ONE_PER_FORMAT)
def test_what_goes_out_comes_in_again(tmp_path: Path, suffix: str) -> None:
    frame = rows()
    back = there_and_back(frame, suffix, tmp_path)
    for name in NAMES:
        for one, other in zip(frame[name], back[name], strict=True):
            assert same_cell(one, other), (name, one, other)
    if suffix != ".xlsx":
        for before, after in zip(frame.geometry, back.geometry, strict=True):
            assert (before is None) == (after is None)
            if before is not None:  # a Shapefile turns its rings the other way round
                assert shapely.MultiPolygon([before]).normalize() == after.normalize()
    assert [path.name for path in tmp_path.iterdir()] == [f"out{FORMATS[suffix].written_as}"]


@pytest.mark.parametrize("suffix", ONE_PER_FORMAT)
def test_points_come_in_again(tmp_path: Path, suffix: str) -> None:
    points = [shapely.Point(117.123456789012, 36.2), None, shapely.Point(0.1 + 117, 36.1)]
    back = there_and_back(rows(points), suffix, tmp_path)
    for before, after in zip(points, back.geometry, strict=True):
        assert before == after


@pytest.mark.parametrize("suffix", ONE_PER_FORMAT)
def test_no_rows_and_no_values_come_in_again(tmp_path: Path, suffix: str) -> None:
    assert len(there_and_back(rows().iloc[:0], suffix, tmp_path)) == 0
    bare = rows([None] * 3, since=[None] * 3, people=[None] * 3, active=[None] * 3)
    back = there_and_back(bare, suffix, tmp_path)
    assert back["since"].tolist() == [None] * 3


text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")),
    min_size=1,
    max_size=40,
).map(lambda cell: " ".join(cell.split()))
text = text.filter(lambda cell: bool(cell) and unicodedata.is_normalized("NFC", cell))
lon, lat = st.floats(73.5, 135.5), st.floats(3.5, 54.0)


@st.composite
def frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    size = draw(st.integers(1, 5))

    def column(cells: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(st.none() | cells, min_size=size, max_size=size))

    point = st.builds(shapely.Point, lon, lat)
    codes = st.from_regex(r"\A[0-9]{1,12}\Z")
    return rows(
        column(point),
        code=draw(st.lists(codes, min_size=size, max_size=size)),
        name=draw(st.lists(text, min_size=size, max_size=size)),
        since=column(st.dates(date(1000, 1, 1))),
        people=column(st.integers(-(2**31), 2**31 - 1)),
        area_km2=column(st.floats(-1e6, 1e6).map(lambda number: round(number, 3))),
        active=column(st.booleans()),
    )


@pytest.mark.parametrize("suffix", ONE_PER_FORMAT)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame=frames())
def test_any_rows_that_go_out_come_in_again(suffix: str, frame: gpd.GeoDataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        back = there_and_back(frame, suffix, Path(folder))
    for name in NAMES:
        for one, other in zip(frame[name], back[name], strict=True):
            assert same_cell(one, other), (name, one, other)
    for before, after in zip(frame.geometry, back.geometry, strict=True):
        assert (before is None) == (after is None)
        if before is not None:  # a workbook keeps 16 digits of 17
            assert before.equals_exact(after, tolerance=1e-13 if suffix == ".xlsx" else 0.0)


def test_missing_becomes_none_in_one_place() -> None:
    columns = [
        pd.Series(["a", None]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1.5, np.nan]),
        pd.Series([datetime(2020, 1, 2), pd.NaT]),  # noqa: DTZ001
        pd.Series([True, pd.NA], dtype="boolean"),
        pd.Series([date(2020, 1, 2), None], dtype=object),
        np.array(["2020-01-02", "NaT"], dtype="datetime64[D]"),
    ]
    for column in columns:
        first, missing = none_for_missing(column)
        assert missing is None
        assert first is not None
    assert none_for_missing(pd.Series([], dtype="float64")) == []
    assert type(none_for_missing(np.array([1]))[0]) is int


def test_pandas_own_missing_values_go_out_as_missing(tmp_path: Path) -> None:
    frame = rows(people=[1, np.nan, pd.NA], since=[pd.NaT, None, date(2020, 1, 2)])
    back = there_and_back(frame, ".geojson", tmp_path)
    assert back["people"].tolist() == [1, None, None]
    assert "NaN" not in (tmp_path / "out.geojson").read_text(encoding="utf-8")


def test_geojson_goes_out_without_a_crs_member(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    write(rows(), path)
    assert '"crs"' not in path.read_text(encoding="utf-8")
    assert gpd.read_file(path).crs.to_epsg() == 4326


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".zip"])
def test_geopandas_reads_what_we_write(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    write(rows(), path, ".shp" if suffix == ".zip" else None)
    read = gpd.read_parquet if suffix == ".parquet" else gpd.read_file
    foreign = read(path)
    assert foreign["name"].tolist()[0] == "泰安市"
    assert foreign.geometry[0].equals(TAIAN)


def test_a_formula_in_a_name_stays_text_in_workbook_and_csv(tmp_path: Path) -> None:
    write(rows(), tmp_path / "x.xlsx")
    cell = load_workbook(tmp_path / "x.xlsx").active["B3"]  # type: ignore[index]
    assert (cell.data_type, cell.value) == ("s", "=cmd|' /C calc'!A0")
    write(rows(), tmp_path / "x.csv")
    assert ",'=cmd|" in (tmp_path / "x.csv").read_text(encoding="utf-8-sig")


def test_a_workbook_says_that_it_leaves_polygons_out(tmp_path: Path) -> None:
    (finding,) = write(rows(), tmp_path / "x.xlsx")
    assert (finding.rule, finding.severity) == ("geometry_left_out", "warning")
    assert finding.facts["shapes"] == 2
    finding.message("en")


def test_a_shapefile_has_ascii_fields_a_key_table_and_tells_each_cut(tmp_path: Path) -> None:
    frame = rows().rename(columns={"name": "行政区划名称", "area_km2": "area_of_the_unit"})
    frame.loc[0, "行政区划名称"] = "泰" * 100
    findings = write(frame, tmp_path / "x.zip", ".shp")
    assert [(one.rule, one.row) for one in findings] == [("text_cut", 1)]
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert {Path(name).suffix for name in archive.namelist()} == {
            ".shp",
            ".shx",
            ".dbf",
            ".prj",
            ".cpg",
            ".csv",
        }
        keys = archive.read("x_fields.csv").decode("utf-8-sig")
    assert "f_2,行政区划名称" in keys
    found = staged(tmp_path / "x.zip", EVERYTHING)
    assert found.heads["name"] == "行政区划名称"
    assert found.rows["name"][0] == "泰" * 84


def test_short_field_names_are_ascii_and_each_is_used_once() -> None:
    names = ["code", "CODE", "行政区划代码", "a" * 12, "a" * 11, "_x", "1a", "f_3"]
    short = ascii_names(names)
    assert short[0] == "code"
    assert all(name.isascii() and len(name) <= 10 for name in short)
    assert len({name.casefold() for name in short}) == len(names)


def test_mixed_geometry_has_no_place_in_a_shapefile(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        write(rows([TAIAN, shapely.Point(117, 36), None]), tmp_path / "x.zip", ".shp")
    assert "GeoPackage" in reason(caught.value)[0]
    assert list(tmp_path.iterdir()) == []


def test_a_format_nobody_knows_is_refused_both_ways(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        write(rows(), tmp_path / "x.dwg")
    assert ".gpkg" in reason(caught.value)[0]
    path = tmp_path / "x.dwg"
    path.write_bytes(b"AC1032")
    with pytest.raises(FileRefusedError) as refused:
        staged(path)
    assert ".gpkg" in reason(refused.value)[0]


def test_a_failed_writing_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text("alt", encoding="utf-8")
    with pytest.raises(ValueError, match="Out of range"):
        write(rows(area_km2=[float("inf"), 1.0, 2.0]), path)
    assert path.read_text(encoding="utf-8") == "alt"
    assert list(tmp_path.iterdir()) == [path]


def test_instants_go_out_as_iso_text(tmp_path: Path) -> None:
    at = datetime(2020, 1, 2, 8, 30, tzinfo=UTC)
    path = tmp_path / "x.csv"
    write(rows(since=[at] * 3), path)
    assert "2020-01-02T08:30:00+00:00" in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("suffix", [*FORMATS, ".zip"])
def test_missing_and_empty_files_are_unreadable_in_every_format(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"x{suffix}"
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    assert "不存在" in reason(caught.value)[0]
    path.write_bytes(b"")
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    reason(caught.value)


@pytest.mark.parametrize("suffix", [*FORMATS, ".zip"])
def test_another_formats_content_under_a_suffix_is_unreadable(tmp_path: Path, suffix: str) -> None:
    for content in (b"\x89PNG\r\n\x1a\n\x00\x00", b"%PDF-1.7", b"<?xml version='1.0'?><a/>"):
        path = tmp_path / f"x{suffix}"
        path.write_bytes(content)
        with pytest.raises(FileUnreadableError) as caught:
            staged(path)
        reason(caught.value)


@pytest.mark.parametrize("suffix", [*FORMATS])
def test_a_file_larger_than_the_limit_is_not_opened(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    with path.open("wb") as file:
        file.truncate(3 * 2**20)
    with pytest.raises(FileRefusedError) as caught:
        staged(path, max_unpacked_bytes=2**20)
    assert "1 MB" in reason(caught.value)[0]


@pytest.mark.parametrize("name", ["x.rar", "x.7z", "x.tar", "x.XLS", "x.dbf", "x", "x.kml"])
def test_every_refused_suffix_has_its_words(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(FileRefusedError) as caught:
        staged(path)
    reason(caught.value)
