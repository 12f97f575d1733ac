from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from maps.papers import PAPERS, make_paper
from tests.maps.papers.given import MARKER, make_line, make_marker


def sheet_of(name: str, facts: Any) -> Any:
    made = make_paper(PAPERS[name], facts, "xlsx", Path("/nowhere"))
    return load_workbook(BytesIO(made.content)).active


def rows_of(page: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in page.iter_rows()]


def test_coordinates_are_numbers_and_unknown_ones_say_so() -> None:
    markers = [MARKER, make_marker(lon=None, lat=None, height_m=None)]
    rows = rows_of(sheet_of("marker_results", make_line(markers=markers)))
    known, unknown = (next(row for row in rows if row[0] == number) for number in (1, 2))
    assert known[3:6] == [pytest.approx(3974812.76), pytest.approx(437000.45), 41.23]
    assert unknown[3:8] == ["待查"] * 5


def test_a_list_is_landscape_with_a_head_on_every_page_and_a_line_to_sign() -> None:
    page = sheet_of("marker_results", make_line())
    rows = rows_of(page)
    head = next(number for number, row in enumerate(rows, 1) if row[0] == "序号")
    assert page.print_title_rows == f"${head}:${head}"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert any(str(row[0]).startswith("填报单位（盖章）：") for row in rows)
    assert any("示例数据" in str(row[0]) for row in rows)
    assert rows[-2][:2] == ["合计", "30颗（30个桩号）：单立26颗、同号双立4颗"]
    assert page["C8"].border.left.style == "thin"


def test_a_text_is_never_a_formula() -> None:
    evil = make_marker(number="=1+1", note='=HYPERLINK("x")')
    page = sheet_of("line_summary", make_line(markers=[evil]))
    cells = {cell.value: cell.data_type for row in page.iter_rows() for cell in row}
    assert (cells["=1+1"], cells['=HYPERLINK("x")']) == ("s", "s")


def test_a_list_of_a_summary_has_the_official_length_and_no_coordinates() -> None:
    rows = rows_of(sheet_of("line_summary", make_line()))
    text = "\n".join(str(value) for row in rows for value in row)
    assert "法定长度：62.100公里    依据文件：界线协议书，1998年5月6日" in text
    assert "116°" not in text
