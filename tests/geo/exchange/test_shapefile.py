from __future__ import annotations

import struct
from pathlib import Path

import pyogrio
import pytest
import shapely

from geo.errors import FileRefusedError, FileUnreadableError
from geo.exchange.raw import quiet
from geo.exchange.schema import Column, Schema, parse_text
from tests.geo.exchange.making import (
    CODE,
    JINAN,
    PLACES,
    TAIAN,
    concluded,
    frame,
    reason,
    rules,
    shapefile,
    staged,
)

CODES = Schema(kind="codes", columns=(CODE,), geometry=frozenset({"MultiPolygon"}))
LONG = Schema(
    kind="long",
    columns=(CODE, Column("name", ("名称",), lambda cell: parse_text(cell, max_len=300))),
    geometry=frozenset({"MultiPolygon"}),
)


def no_cpg(path: Path) -> Path:
    path.with_suffix(".cpg").unlink()
    return path


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_chinese_is_read_without_a_cpg(tmp_path: Path, encoding: str) -> None:
    found = staged(no_cpg(shapefile(tmp_path / "区划.shp", encoding=encoding)))
    assert found.rows["name"].tolist() == ["泰安市", "济南市"]
    assert found.heads == {"code": "代码", "name": "名称"}
    assert found.rows["row"].tolist() == [1, 2]
    assert found.findings == []


def test_gbk_is_concluded_with_a_sample(tmp_path: Path) -> None:
    found = staged(no_cpg(shapefile(tmp_path / "区划.shp")))
    assert concluded(found)["encoding_gb18030_cells"] == {"encoding": "GB18030", "sample": "代码"}


@pytest.mark.parametrize("said", ["UTF-8", "65001", "ANSI 936", "OEM", "ISO-8859-1", "胡说", ""])
def test_a_lying_cpg_is_not_believed_and_told(tmp_path: Path, said: str) -> None:
    path = shapefile(tmp_path / "区划.shp")
    path.with_suffix(".cpg").write_text(said, encoding="utf-8")
    found = staged(path)
    assert found.rows["name"].tolist() == ["泰安市", "济南市"]
    assert concluded(found)["cpg_not_followed"]["encoding"] == "GB18030"


@pytest.mark.parametrize("language", [0x00, 0x57, 0x4D, 0x03])
def test_the_language_byte_changes_nothing(tmp_path: Path, language: int) -> None:
    path = no_cpg(shapefile(tmp_path / "区划.shp"))
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = language
    path.with_suffix(".dbf").write_bytes(dbf)
    assert staged(path).rows["name"].tolist() == ["泰安市", "济南市"]


def test_a_declared_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "区划.shp")
    assert staged(path, encoding="GBK").rows["name"].tolist() == ["泰安市", "济南市"]
    with pytest.raises(FileUnreadableError) as caught:
        staged(path, encoding="UTF-8")
    assert "UTF-8" in reason(caught.value)[0]


@pytest.mark.parametrize(("encoding", "width"), [("GBK", 2), ("UTF-8", 3)])
def test_text_cut_inside_a_character_keeps_its_whole_ones(
    tmp_path: Path, encoding: str, width: int
) -> None:
    start = "a" * (254 % width)
    path = shapefile(
        tmp_path / "x.shp", names=[start + "泰" * (254 // width), "济南市"], encoding=encoding
    )
    dbf = path.with_suffix(".dbf").read_bytes()
    whole = (start + "泰" * 20).encode(encoding)
    at = dbf.index(whole)
    cut = (start + "a" + "泰" * 200).encode(encoding)[:254]
    path.with_suffix(".dbf").write_bytes(dbf[:at] + cut + dbf[at + 254 :])
    found = staged(path, LONG)
    assert found.findings == []
    assert found.rows["name"][0] == start + "a" + "泰" * ((254 - len(start) - 1) // width)


@pytest.mark.parametrize(("encoding", "cut"), [("GBK", "行政区划代"), ("UTF-8", "行政区")])
def test_a_head_cut_at_ten_bytes_is_still_known(tmp_path: Path, encoding: str, cut: str) -> None:
    path = tmp_path / "x.shp"
    with quiet():
        pyogrio.write_dataframe(
            frame().rename(columns={"代码": "行政区划代码"}).drop(columns="名称"),
            path,
            encoding=encoding,
        )
    assert staged(path, CODES).heads == {"code": cut}


def test_parts_in_capitals_and_without_index_are_read(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "x.shp")
    path.with_suffix(".shx").unlink()
    for suffix in (".shp", ".dbf", ".prj"):
        path.with_suffix(suffix).rename(tmp_path / f"X{suffix.upper()}")
    before = sorted(tmp_path.iterdir())
    found = staged(tmp_path / "X.SHP")
    assert found.rows["code"].tolist() == ["370900", "370100"]
    assert sorted(tmp_path.iterdir()) == before  # nothing of ours is left beside the clerk's files


def test_a_lonely_shp_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "x.shp")
    path.with_suffix(".dbf").unlink()
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    assert ".zip" in reason(caught.value)[0]
    other = path.with_suffix(".shx")
    with pytest.raises(FileRefusedError) as refused:
        staged(other)
    assert ".shp" in reason(refused.value)[0]


@pytest.mark.parametrize(
    ("suffix", "left"),
    [(".shp", 0.5), (".shp", 0.05), (".dbf", 0.6), (".dbf", 0.1), (".shp", 0.001)],
)
def test_a_cut_part_is_named(tmp_path: Path, suffix: str, left: float) -> None:
    path = shapefile(tmp_path / "x.shp", [TAIAN, JINAN])
    part = path.with_suffix(suffix)
    whole = part.read_bytes()
    part.write_bytes(whole[: int(len(whole) * left)])
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    reason(caught.value)


def test_parts_of_two_different_sets_are_told_apart(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "a.shp")
    other = tmp_path / "b.shp"
    pyogrio.write_dataframe(frame().iloc[:1], other, encoding="GBK")
    path.with_suffix(".dbf").write_bytes(other.with_suffix(".dbf").read_bytes())
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    assert "不是同一套文件" in reason(caught.value)[0]


def test_null_shapes_and_nan_coordinates_come_out_by_feature(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "x.shp", [shapely.Point(117, 36), None])
    shp = bytearray(path.read_bytes())
    shp[112:120] = struct.pack("<d", float("nan"))
    path.write_bytes(shp)
    found = staged(path, PLACES)
    assert {(one.rule, one.row) for one in found.findings} == {
        ("coordinates_not_finite", 1),
        ("geometry_missing", 2),
    }


def test_the_hash_is_of_all_parts(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "x.shp")
    before = staged(path).sha256
    path.with_suffix(".prj").unlink()
    assert staged(path).sha256 != before


def test_numbers_with_gaps_stay_whole(tmp_path: Path) -> None:
    gdf = frame().assign(代码=[370900, None])
    path = tmp_path / "x.shp"
    pyogrio.write_dataframe(gdf, path, encoding="GBK")
    found = staged(path)
    assert found.rows["code"].tolist() == ["370900", None]
    assert rules(found) == ["cell_missing"]


def test_a_wrong_content_is_refused_before_gdal_sees_it(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "x.shp")
    path.write_text('<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>')
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    assert "扩展名" in reason(caught.value)[0]
