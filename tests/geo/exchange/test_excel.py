from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from geo.errors import FileRefusedError, FileUnreadableError, OptionInvalidError
from geo.exchange import excel_file
from tests.geo.exchange.making import EVERYTHING, PLACES, concluded, reason, rules, sheet, staged

HEAD = ["代码", "名称", "日期"]


def rewrite(path: Path, pattern: bytes, new: bytes) -> Path:
    """Change the XML of the sheets, as other programs write it."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name.startswith("xl/worksheets/"):
                assert re.search(pattern, content)
                content = re.sub(pattern, new, content)  # noqa: PLW2901
            archive.writestr(name, content)
    return path


def test_numbers_dates_and_text_come_as_each_column_wants_them(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "区划.xlsx",
        [
            ["代码", "名称", "日期", "人口", "面积", "有效"],
            [370900, "泰安市", datetime(2020, 1, 2), 5_535_000, 7762.5, "是"],  # noqa: DTZ001
            ["010203", "济南市", "2020.1.2", 12.0, None, True],
            [370100.0, "莱芜", 43832, None, 1, 0],
        ],
    )
    found = staged(path, EVERYTHING)
    assert found.findings == []
    assert found.rows["code"].tolist() == ["370900", "010203", "370100"]
    assert found.rows["since"].tolist() == [date(2020, 1, 2)] * 3
    assert found.rows["people"].tolist() == [5_535_000, 12, None]
    assert found.rows["active"].tolist() == [True, True, False]
    assert found.rows["row"].tolist() == [2, 3, 4]
    assert {found.rows[name].dtype.name for name in ("code", "people", "area_km2")} == {"object"}


def test_titles_merged_group_heads_and_notes_are_understood(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["泰安市行政区划一览表", None, None, None])
    page.merge_cells("A1:D1")
    page.append(["所属", "行政区划", None, "备注"])
    page.merge_cells("A2:A3")
    page.merge_cells("B2:C2")
    page.merge_cells("D2:D3")
    page.append([None, "代码", "名称", None])
    page.append(["泰安市", "370902", "泰山区", None])
    page.append([None, "370911", "岱岳区", None])
    page.merge_cells("A4:A5")
    page.append([None, None, None, None])
    page.append(["合计", 2, None, None])
    page.append(["注：截至2020年底。", None, None, None])
    page.merge_cells("A8:D8")
    path = tmp_path / "表.xlsx"
    book.save(path)
    found = staged(path, mapping={"since": "所属"})
    assert found.rows["code"].tolist() == ["370902", "370911"]
    assert found.rows["row"].tolist() == [4, 5]
    assert [(one.rule, one.row, one.value) for one in found.findings] == [
        ("date_invalid", 4, "泰安市"),
        ("date_invalid", 5, "泰安市"),  # the merged value stands in both rows
    ]
    assert concluded(found)["head_row"]["row"] == 3
    assert concluded(found)["merged_filled"]["ranges"] == 6
    assert concluded(found)["notes_left_aside"]["rows"] == [7, 8]


def test_merged_cells_over_whole_sheets_are_not_filled_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [HEAD, ["1", "甲", None], ["2", None, None]]
    path = sheet(tmp_path / "x.xlsx", rows)
    merged = b'</sheetData><mergeCells><mergeCell ref="B2:XFD1048576"/></mergeCells>'
    rewrite(path, b"</sheetData>", merged)
    assert staged(path).rows["name"].tolist() == ["甲", "甲"]
    monkeypatch.setattr(excel_file, "MAX_MERGED", 100)
    found = staged(path)
    assert rules(found) == ["merged_not_read", "cell_missing"]


def test_a_formula_whose_result_was_never_stored_is_an_error_in_its_cell(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, ["=1+1", "甲", None], ["2", "乙", None]])
    found = staged(path)
    assert [(one.rule, one.row, one.column) for one in found.findings] == [
        ("formula_without_value", 2, "代码")
    ]
    assert found.bad_rows == {2}


def test_a_formula_with_its_result_is_that_result(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, ["=370000+900", "甲", None]])
    rewrite(path, rb"<f>370000\+900</f><v\s*/?>(</v>)?", rb"<f>370000+900</f><v>370900</v>")
    found = staged(path)
    assert found.rows["code"].tolist() == ["370900"]
    assert found.findings == []


def test_excels_own_errors_are_named(tmp_path: Path) -> None:
    found = staged(sheet(tmp_path / "x.xlsx", [HEAD, ["1", "#N/A", "#REF!"]]))
    assert {(one.rule, one.facts["error"]) for one in found.findings} == {
        ("excel_error", "#N/A"),
        ("excel_error", "#REF!"),
    }


def test_a_claimed_size_of_a_million_rows_is_not_believed(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, ["1", "甲", None]])
    rewrite(path, rb'<dimension ref="[^"]+"', b'<dimension ref="A1:XFD1048576"')
    found = staged(path)
    assert len(found.rows) == 1


def test_a_cell_far_to_the_right_widens_nothing(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, ["1", "甲", None]])
    book = load_workbook(path)
    page = book.active
    assert page is not None
    page.cell(2, 16_000, "远")
    book.save(path)
    assert staged(path).findings == []


def test_the_sheet_whose_heads_fit_best_is_read_and_the_others_named(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "x.xlsx",
        [["说明"], ["本表由民政局提供"]],
        数据=[HEAD, ["1", "甲", None]],
        旧=[["代码"], ["9"]],
    )
    found = staged(path)
    assert found.rows["name"].tolist() == ["甲"]
    assert concluded(found)["sheet_chosen"]["sheet"] == "数据"
    assert concluded(found)["sheet_chosen"]["others"] == ["Sheet", "旧"]
    with pytest.raises(OptionInvalidError) as caught:
        staged(path, layer="没有")
    assert "数据" in reason(caught.value)[0]


def test_points_come_from_a_sheet_too(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "x.xlsx", [["代码", "名称", "东经", "北纬"], ["1", "甲", 117.1, "36.2"]]
    )
    assert staged(path, PLACES).rows.geometry[0].wkt == "POINT (117.1 36.2)"


def test_an_old_xls_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "区划.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    with pytest.raises(FileRefusedError) as caught:
        staged(path)
    assert "另存为 .xlsx" in reason(caught.value)[0]
    renamed = path.rename(tmp_path / "区划.xlsx")
    with pytest.raises(FileRefusedError) as caught:
        staged(renamed)
    zh, en = reason(caught.value)
    assert "密码" in zh
    assert "password" in en


def test_a_cut_workbook_is_said_to_be_cut(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, *[[str(n), "甲", None] for n in range(500)]])
    whole = path.read_bytes()
    for length in (40, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        with pytest.raises(FileUnreadableError) as caught:
            staged(path)
        reason(caught.value)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]
)
def test_a_workbook_with_a_broken_part_is_refused(tmp_path: Path, part: str) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, ["1", "甲", None]])
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    for content in (b"", b"<worksheet", b"\x00" * 50):
        with zipfile.ZipFile(path, "w") as archive:
            for name, old in parts.items():
                archive.writestr(name, content if name == part else old)
        with pytest.raises(FileUnreadableError) as caught:
            staged(path)
        reason(caught.value)


def test_a_zip_that_is_no_workbook_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "甲")
    with pytest.raises(FileUnreadableError):
        staged(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, *[["1", "甲" * 50, None] for _ in range(2000)]])
    with pytest.raises(FileRefusedError) as caught:
        staged(path, max_unpacked_bytes=path.stat().st_size + 10)
    assert "解压后" in reason(caught.value)[0]


def test_a_billion_laughs_in_a_sheet_are_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, ["1", "甲", None]])
    entities = b'<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
    )
    rewrite(path, rb"<worksheet ", b"<!DOCTYPE x [" + entities + b"]><worksheet ")
    rewrite(path, "<t>(甲|&#30002;)</t>".encode(), b"<t>&a11;</t>")
    with pytest.raises(FileUnreadableError):
        staged(path)


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "x.xlsx", [HEAD, *[[str(n), "甲", None] for n in range(60)]])
    with pytest.raises(FileUnreadableError):
        staged(path, max_rows=20)


def test_an_empty_sheet_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        staged(sheet(tmp_path / "x.xlsx", []))
