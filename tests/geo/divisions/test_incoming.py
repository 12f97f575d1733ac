from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.geo.divisions.given import check, end, put

HEAD = ("代码", "名称")


def test_a_list_of_codes_and_names_is_ready_without_polygons(
    conn: Connection, tmp_path: Path
) -> None:
    found = check(conn, tmp_path, [HEAD, ("370000", "山东省"), ("370900", "泰安市")])
    assert [(row.code.text, row.parent) for row in found.rows] == [
        ("370000", None),
        ("370900", "370000"),
    ]
    assert found.findings == []


def test_what_is_no_code_is_an_error_at_its_row(conn: Connection, tmp_path: Path) -> None:
    found = check(conn, tmp_path, [HEAD, ("370000", "山东省"), ("999999", "某市")])
    (finding,) = found.findings
    assert (finding.rule, finding.severity, finding.row) == ("code_invalid", "error", 3)
    assert finding.column == "代码"
    assert finding.value == "999999"
    assert [row.code.text for row in found.rows] == ["370000"]


def test_the_second_row_of_a_code_is_an_error_that_names_the_first(
    conn: Connection, tmp_path: Path
) -> None:
    found = check(conn, tmp_path, [HEAD, ("370000", "山东省"), ("37", "山东")])
    (finding,) = found.findings
    assert (finding.rule, finding.row, finding.facts["first"]) == ("code_twice", 3, 2)


def test_a_named_parent_that_nobody_knows_is_an_error(conn: Connection, tmp_path: Path) -> None:
    found = check(
        conn,
        tmp_path,
        [(*HEAD, "上级代码"), ("370000", "山东省", ""), ("370902", "泰山区", "371900")],
    )
    (finding,) = found.findings
    assert (finding.rule, finding.row, finding.column) == ("parent_unknown", 3, "上级代码")


def test_a_row_whose_parent_was_left_out_is_an_error_too(conn: Connection, tmp_path: Path) -> None:
    found = check(
        conn,
        tmp_path,
        [
            (*HEAD, "上级代码"),
            ("370000", "山东省", ""),
            ("370900", "泰安市", "990000"),
            ("370902", "泰山区", "370900"),
        ],
    )
    assert {finding.row for finding in found.findings} == {3, 4}
    assert [row.code.text for row in found.rows] == ["370000"]


def test_a_parent_must_be_of_a_higher_level(conn: Connection, tmp_path: Path) -> None:
    found = check(
        conn,
        tmp_path,
        [(*HEAD, "上级代码"), ("370900", "泰安市", "371000"), ("371000", "威海市", "370900")],
    )
    assert {finding.rule for finding in found.findings} == {"parent_not_above"}


def test_a_parent_that_follows_from_the_code_is_made_from_the_national_list(
    conn: Connection, tmp_path: Path
) -> None:
    found = check(conn, tmp_path, [HEAD, ("370902", "泰山区")])
    assert [(row.code.text, row.name) for row in found.rows] == [
        ("370000", "山东省"),
        ("370900", "泰安市"),
        ("370902", "泰山区"),
    ]
    assert [finding.severity for finding in found.findings] == ["warning", "warning"]


def test_a_missing_prefecture_is_made_though_its_province_is_known(
    conn: Connection, tmp_path: Path
) -> None:
    put(conn, ("370000", "山东省"))
    found = check(conn, tmp_path, [HEAD, ("371302", "兰山区")])
    assert [(row.code.text, row.parent) for row in found.rows] == [
        ("371300", "370000"),
        ("371302", "371300"),
    ]


@pytest.mark.parametrize(("code", "parent"), [("429004", "420000"), ("659012", "650000")])
def test_a_county_that_its_province_administers_lies_under_the_province(
    conn: Connection, tmp_path: Path, code: str, parent: str
) -> None:
    found = check(conn, tmp_path, [HEAD, (code, "某市")])
    assert found.rows[-1].parent == parent


def test_a_named_parent_goes_before_what_the_code_says(conn: Connection, tmp_path: Path) -> None:
    """莱芜 moved from 3712 to 3701; a list may say so before its codes do."""
    found = check(
        conn,
        tmp_path,
        [
            (*HEAD, "上级代码"),
            ("370000", "山东省", ""),
            ("370100", "济南市", ""),
            ("371202", "莱城区", "370100"),
        ],
    )
    assert found.findings == []
    assert found.rows[-1].parent == "370100"


def test_a_dead_code_is_never_used_again(conn: Connection, tmp_path: Path) -> None:
    put(conn, ("370000", "山东省"), ("371200", "莱芜市"))
    end(conn, "371200", date(2021, 1, 1))
    found = check(conn, tmp_path, [HEAD, ("371200", "新市")], valid_from=date(2022, 1, 1))
    (finding,) = found.findings
    assert (finding.rule, finding.facts["ended"]) == ("code_dead", "2021-01-01")


def test_the_countrys_number_before_all_codes_is_taken_away_and_said(
    conn: Connection, tmp_path: Path
) -> None:
    found = check(conn, tmp_path, [HEAD, ("156370000", "山东省"), ("156370900", "泰安市")])
    assert [row.code.text for row in found.rows] == ["370000", "370900"]
    assert [conclusion.rule for conclusion in found.conclusions] == ["country_number"]


def test_a_predecessor_that_nobody_knows_is_an_error(conn: Connection, tmp_path: Path) -> None:
    found = check(
        conn,
        tmp_path,
        [(*HEAD, "原代码"), ("370000", "山东省", ""), ("370116", "莱芜区", "371202")],
    )
    assert [finding.rule for finding in found.findings if finding.severity == "error"] == [
        "predecessor_unknown"
    ]
