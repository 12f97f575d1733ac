from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import (
    ColumnMissingError,
    FileUnreadableError,
    OptionInvalidError,
    StoppedError,
)
from geo.exchange.stage import Options, read_mapping, stage
from tests.geo.exchange.making import (
    DIVISIONS,
    EVERYTHING,
    LISTS,
    PLACES,
    concluded,
    reason,
    rules,
    staged,
)

TEXT = "代码,名称,日期\n370900,泰安市,2020.1.2\n370100,济南市,\n"


def csv(folder: Path, text: str = TEXT, encoding: str = "utf-8", name: str = "区划.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_codes_and_names_alone_are_a_whole_file(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称\n370900,泰安市\n010203,济南市\n"))
    assert found.findings == []
    assert found.source_crs is None
    assert found.rows["code"].tolist() == ["370900", "010203"]
    assert found.rows["since"].tolist() == [None, None]
    assert found.rows["row"].tolist() == [2, 3]
    assert found.rows.geometry.tolist() == [None, None]
    assert found.rows.crs.to_epsg() == 4490
    assert found.heads == {"code": "代码", "name": "名称"}
    assert len(found.sha256) == 64


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_encoding_is_recognised_and_said(tmp_path: Path, encoding: str) -> None:
    found = staged(csv(tmp_path, encoding=encoding))
    assert found.rows["name"].tolist() == ["泰安市", "济南市"]
    assert found.heads["name"] == "名称"
    told = [one for one in found.conclusions if one.rule.startswith("encoding")]
    assert len(told) == 1


def test_gbk_is_concluded_because_utf_8_failed_at_a_byte(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, encoding="gbk"))
    facts = concluded(found)["encoding_gb18030"]
    assert facts["encoding"] == "GB18030"
    assert facts["byte"] == 1
    assert "代码" in str(facts["sample"])


def test_a_lying_encoding_is_refused_with_the_byte(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        staged(csv(tmp_path, encoding="gbk"), encoding="UTF-8")
    zh, en = reason(caught.value)
    assert "不是 UTF-8 编码" in zh
    assert "byte 1" in en


def test_an_encoding_nobody_uses_is_refused_with_those_allowed(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(csv(tmp_path), encoding="ebcdic")
    assert "GB18030" in reason(caught.value)[0]


def test_big5_is_read_where_it_is_declared(tmp_path: Path) -> None:
    path = csv(tmp_path, "代碼,名稱\n1,臺北市\n", "big5")
    found = staged(path, encoding="Big5", mapping={"code": "代碼", "name": "名稱"})
    assert found.rows["name"].tolist() == ["臺北市"]


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"code,name\n1,\xff\xff\xff\n")
    with pytest.raises(FileUnreadableError):
        staged(path)


def test_nul_bytes_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        staged(csv(tmp_path, "code,name\n1,a\x00b\n"))
    assert "NUL" in reason(caught.value)[1]


@pytest.mark.parametrize(("separator", "said"), [(",", ","), ("\t", "TAB"), (";", ";")])
def test_the_separator_is_recognised_also_beside_others(
    tmp_path: Path, separator: str, said: str
) -> None:
    text = separator.join(["代码", "名称"]) + "\n" + separator.join(["1", '"甲,乙;丙"']) + "\n"
    found = staged(csv(tmp_path, text))
    assert found.rows["name"].tolist() == ["甲,乙;丙"]
    assert concluded(found)["separator"]["char"] == said


def test_the_line_excel_writes_for_the_separator_is_skipped(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "sep=;\n代码;名称\n1;甲\n"))
    assert found.rows["row"].tolist() == [3]


def test_a_quote_that_never_closes_is_a_cut_file(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        staged(csv(tmp_path, '代码,名称\n1,甲\n2,"乙\n3,丙\n'))
    assert "引号" in reason(caught.value)[0]


def test_a_row_with_a_comma_too_many_is_an_error_in_that_row(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称\n1,甲,乙\n2,丙\n"))
    assert [(one.rule, one.row) for one in found.findings] == [("row_too_long", 2)]
    assert found.bad_rows == {2}


def test_a_cell_with_line_breaks_and_blank_lines_keep_the_rows_of_the_sheet(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, '代码,名称\n1,"泰安\n市"\n\n,\n2,乙\n'))
    assert found.rows["row"].tolist() == [2, 5]


def test_each_bad_cell_is_found_with_row_head_value_and_what_is_allowed(tmp_path: Path) -> None:
    text = (
        "区划 代码*,名称,日期,人口,面积,有效\n,甲,昨天,一千,inf,可能\n2,乙\x07,infinity,1.5,9,是\n"
    )
    found = staged(csv(tmp_path, text), EVERYTHING, mapping={"code": "区划代码"})
    told = {(one.row, one.column, one.rule) for one in found.findings}
    assert told == {
        (2, "区划 代码*", "cell_missing"),
        (2, "日期", "date_invalid"),
        (2, "人口", "number_invalid"),
        (2, "面积", "number_invalid"),
        (2, "有效", "bool_invalid"),
        (3, "名称", "character_control"),
        (3, "日期", "date_out_of_range"),
        (3, "人口", "integer_invalid"),
    }
    assert all(one.allowed for one in found.findings if "invalid" in one.rule)
    assert found.bad_rows == {2, 3}
    assert found.rows["area_km2"].tolist() == [None, 9.0]


def test_codes_that_excel_turned_into_powers_are_refused(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称\n3.70902E+11,甲\n"))
    assert rules(found) == ["code_digits_lost"]


def test_titles_above_and_notes_below_are_left_aside_and_told(tmp_path: Path) -> None:
    text = "泰安市区划表,\n2020年,\n代码,名称\n1,甲\n2,乙\n合计,2\n注：截至年底,\n"
    found = staged(csv(tmp_path, text))
    assert found.rows["row"].tolist() == [4, 5]
    assert concluded(found)["head_row"]["row"] == 3
    assert concluded(found)["notes_left_aside"]["rows"] == [6, 7]


def test_a_row_with_a_missing_name_at_the_end_is_no_note(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称\n1,甲\n2,\n"))
    assert found.bad_rows == {3}


def test_a_required_column_that_is_not_there_stops_with_the_heads_there_are(
    tmp_path: Path,
) -> None:
    with pytest.raises(ColumnMissingError) as caught:
        staged(csv(tmp_path, "编号,名称\n1,甲\n"))
    zh, _ = reason(caught.value)
    assert "行政区划代码" in zh
    assert "编号、名称" in zh


def test_a_mapping_names_heads_and_a_head_that_is_not_there_stops(tmp_path: Path) -> None:
    path = csv(tmp_path, "编号,名称,名字\n1,甲,乙\n")
    found = staged(path, mapping={"code": "编号", "name": "名字"})
    assert found.rows["name"].tolist() == ["乙"]
    assert concluded(found)["column_mapped"] == {"head": "名字", "column": "name"}
    with pytest.raises(ColumnMissingError) as caught:
        staged(path, mapping={"code": "号"})
    assert caught.value.facts["column"] == "号"
    with pytest.raises(OptionInvalidError):
        staged(path, mapping={"colour": "编号", "code": "编号"})


def test_a_mapped_head_with_a_question_mark_need_not_be_there(tmp_path: Path) -> None:
    path = csv(tmp_path, "编号,名称,名字\n1,甲,乙\n")
    found = staged(path, mapping={"code": "编号?", "name": "名字?"})
    assert found.rows["name"].tolist() == ["乙"]
    plain = csv(tmp_path, "行政区划代码,名称\n1,甲\n")
    found = staged(plain, mapping={"code": "号?", "name": "名称?"})
    # What is not there by the mapping is recognised as ever.
    assert found.rows["code"].tolist() == ["1"]


def test_northing_and_easting_columns_are_told_apart_by_their_chinese_heads(tmp_path: Path) -> None:
    for heads in ("ZZB,HZB", "纵坐标X,横坐标Y", "纵坐标,横坐标", "X（纵坐标）,Y（横坐标）"):
        text = f"代码,名称,{heads}\n1,甲,4007000.5,39509000.25\n"
        found = staged(csv(tmp_path, text), PLACES, crs="EPSG:4527")
        (point,) = found.rows["given"]
        assert (point.x, point.y) == (39509000.25, 4007000.5), heads


def test_a_mapping_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('name = "名称"\n', encoding="utf-8")
    assert read_mapping(path) == {"name": "名称"}
    for wrong in ("name = 名称", "name = 3", "[name]\na = 1"):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(FileUnreadableError) as caught:
            read_mapping(path)
        assert "TOML" in reason(caught.value)[0]
    with pytest.raises(FileUnreadableError):
        read_mapping(tmp_path / "none.toml")


def test_two_equal_heads_are_kept_apart(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称,名称\n1,甲,乙\n"))
    assert found.rows["name"].tolist() == ["甲"]
    assert concluded(found)["columns_unused"]["heads"] == ["名称 (2)"]


def test_longitude_and_latitude_make_points(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称,经度,纬度\n1,甲,117.1,36.2\n"), PLACES)
    assert found.rows.geometry[0].wkt == "POINT (117.1 36.2)"
    assert found.source_crs == "EPSG:4490"
    assert rules(found) == ["crs_guessed"]
    assert "crs_guessed" in concluded(found)


def test_bad_and_missing_coordinates_are_found_by_cell(tmp_path: Path) -> None:
    text = (
        "代码,名称,经度,纬度\n1,甲,117.1,36.2\n2,乙,117度多,36.2\n3,丙,117.1,\n4,丁,,\n"
        "5,戊,1e999,36\n6,己,0,0\n7,庚,117.2,36.1\n8,辛,117.2,36.1\n9,壬,36.1,117.2\n"
    )
    found = staged(csv(tmp_path, text), PLACES, crs="EPSG:4490")
    assert [(one.row, one.column, one.rule) for one in found.findings] == [
        (3, "经度", "coordinate_invalid"),
        (4, "纬度", "cell_missing"),
        (5, "geometry", "geometry_missing"),
        (6, "经度", "coordinates_not_finite"),
        (7, "geometry", "coordinates_outside"),
        (10, "geometry", "axes_swapped"),
    ]


def test_chinese_x_is_the_northing_and_that_is_concluded_from_its_size(tmp_path: Path) -> None:
    text = "代码,名称,X,Y\n1,甲,4000000.0,39500000.0\n2,乙,4000100,39500100\n"
    found = staged(csv(tmp_path, text), PLACES, crs="EPSG:4527")
    assert found.findings == []
    assert found.rows.geometry[0].x == pytest.approx(117.0)
    assert "xy_north_first" in concluded(found)
    plain = "代码,名称,X,Y\n1,甲,39500000,4000000\n"
    same = staged(csv(tmp_path, plain), PLACES, crs="EPSG:4527")
    assert same.rows.geometry[0].x == pytest.approx(117.0)


def test_wkt_makes_geometry_and_broken_wkt_a_finding(tmp_path: Path) -> None:
    text = (
        '代码,名称,WKT\n1,甲,"POLYGON ((117 36, 118 36, 118 37, 117 36))"\n'
        "2,乙,\n3,丙,POLYGON ((117 36\n"
    )
    found = staged(csv(tmp_path, text), crs="4490")
    assert found.rows.geometry[0].geom_type == "MultiPolygon"
    assert found.rows.geometry[1] is None
    assert [(one.row, one.rule, one.column) for one in found.findings] == [
        (4, "geometry_broken", "WKT")
    ]


def test_a_polygon_longer_than_the_csv_modules_own_limit_is_read(tmp_path: Path) -> None:
    ring = ", ".join(f"{117 + place / 20_000:.6f} {36 + place % 2}" for place in range(20_000))
    text = f'代码,名称,wkt\n1,甲,"LINESTRING ({ring})"\n'
    found = staged(csv(tmp_path, text), crs="4490")
    assert rules(found) == ["geometry_type"]


def test_coordinates_of_a_kind_without_geometry_are_no_matter(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称,经度,纬度\n1,甲,x,y\n"), LISTS)
    assert found.findings == []


def test_too_many_rows_are_refused_with_the_limit(tmp_path: Path) -> None:
    text = "代码,名称\n" + "".join(f"{n},n\n" for n in range(40))
    assert len(staged(csv(tmp_path, text), max_rows=40).rows) == 40
    with pytest.raises(FileUnreadableError) as caught:
        staged(csv(tmp_path, text), max_rows=39)
    assert "39" in reason(caught.value)[0]


def test_a_head_alone_stages_no_rows(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称\n"))
    assert len(found.rows) == 0
    assert found.rows.crs.to_epsg() == 4490


@pytest.mark.parametrize("text", ["\n\n", " \n,,,\n"])
def test_a_file_of_blank_lines_holds_nothing(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileUnreadableError):
        staged(csv(tmp_path, text))


def test_a_page_saved_as_csv_is_no_csv(tmp_path: Path) -> None:
    for text in ("<html><body>登录</body></html>", "<OGRVRTDataSource>", "PK\x03\x04xx"):
        with pytest.raises(FileUnreadableError) as caught:
            staged(csv(tmp_path, text))
        assert "扩展名" in reason(caught.value)[0]


def test_a_script_as_a_name_is_a_name(tmp_path: Path) -> None:
    found = staged(csv(tmp_path, "代码,名称\n1,<script>alert(1)</script>\n"))
    assert found.rows["name"].tolist() == ["<script>alert(1)</script>"]


def test_whoever_stops_gets_stopped(tmp_path: Path) -> None:
    told: list[str] = []

    def stop(share: float, doing: str) -> bool:
        told.append(doing)
        return share < 0.5

    with pytest.raises(StoppedError):
        stage(csv(tmp_path), DIVISIONS, Options(), stop)
    assert told[0] == "job.reading"


@pytest.mark.parametrize(
    "note",
    [
        "填表说明：取自高德",
        "填报单位：民政局",
        "制表人：张三",
        "审核：李四",
        "数据来源: 年报",
        "共 2 条",
        "※ 试行",
    ],
)
def test_notes_below_the_rows_are_left_aside(tmp_path: Path, note: str) -> None:
    found = staged(csv(tmp_path, f"代码,名称\n1,甲\n2,乙\n{note},\n"))
    assert found.rows["row"].tolist() == [2, 3]
