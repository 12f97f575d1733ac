from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, system_viewer
from geo.errors import OutsideJurisdictionError
from geo.exchange.schema import CellError
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from geo.inspections.planning.past import list_past_rounds
from geo.inspections.planning.rounds import parse_count, parse_round
from tests.border import Border, draw_border
from tests.geo.divisions.given import TODAY

SYSTEM = system_viewer("test")
GOOD = {
    "界线名称": "东岭县—西川县",
    "轮次": "第四轮",
    "开始日期": "2021-03-01",
    "完成日期": "2021年9月30日",
    "牵头方": "东岭县",
    "完好": "12",
    "丢失": "1",
    "依据": "联检报告〔2021〕3号",
}


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def take(
    conn: Connection,
    folder: Path,
    *rows: Mapping[str, str],
    viewer: Viewer = SYSTEM,
    dry_run: bool = False,
    accept: bool = False,
) -> ImportReport:
    path = folder / "rounds.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(head for row in rows for head in row)))
        writer.writeheader()
        writer.writerows(rows)
    return run_import(
        conn,
        "rounds",
        path,
        ImportOptions(valid_from=TODAY, dry_run=dry_run, accept_findings=accept),
        viewer=viewer,
        today=TODAY,
        files=folder / "files",
    )


def rules(done: ImportReport) -> set[str]:
    for one in done.findings:
        assert one.message("zh")
        assert one.message("en")
    return {one.rule for one in done.findings}


def test_a_list_with_chinese_heads_goes_in(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    done = take(conn, tmp_path, GOOD, GOOD | {"界线名称": "东岭县—南河县", "牵头方": ""})
    assert (done.state, dict(done.counts)) == ("applied", {"added": 2, "unchanged": 0})
    (found,) = list_past_rounds(conn, border.viewer("A"), TODAY, line_id=border.lines["AB"])
    assert (found.round, found.finished_on) == (4, date(2021, 9, 30))
    assert found.lead is not None
    assert found.lead.name == "东岭县"
    assert found.states == {"in_place": 12, "lost": 1}
    assert found.source == "联检报告〔2021〕3号"


def test_the_same_list_again_changes_nothing(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    assert border.lines
    take(conn, tmp_path, GOOD)
    done = take(conn, tmp_path, GOOD)
    assert dict(done.counts) == {"added": 0, "unchanged": 1}


def test_a_dry_run_says_the_same_and_keeps_nothing(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    done = take(conn, tmp_path, GOOD, dry_run=True)
    assert (done.state, done.counts["added"]) == ("staged", 1)
    assert list_past_rounds(conn, border.viewer("A"), TODAY) == []


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"界线名称": "无此县—西川县"}, "round_line_unknown"),
        ({"界线名称": ""}, "round_line_missing"),
        ({"牵头方": "南河县"}, "round_lead_no_side"),
        ({"完成日期": "2021-02-01"}, "round_reversed"),
        ({"完成日期": "2099-01-01"}, "round_in_future"),
        ({"完成日期": "2021-02-30"}, "date_invalid"),
        ({"轮次": "某轮"}, "round_unread"),
        ({"轮次": "0"}, "round_unread"),
        ({"完好": "-3"}, "count_unread"),
        ({"完好": "两三个"}, "count_unread"),
    ],
)
def test_a_wrong_row_is_an_error_that_says_what_is_allowed(
    conn: Connection, border: Border, tmp_path: Path, cells: dict[str, str], rule: str
) -> None:
    assert border.lines
    done = take(conn, tmp_path, GOOD | cells)
    assert (done.state, rules(done)) == ("refused", {rule})


def test_rounds_out_of_order_in_one_list_are_an_error(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    fifth = GOOD | {"轮次": "5", "开始日期": "", "完成日期": "2020-01-01"}
    done = take(conn, tmp_path, GOOD, fifth, accept=True)
    assert rules(done) == {"round_out_of_order"}
    assert [one.round for one in list_past_rounds(conn, border.viewer("A"), TODAY)] == [4]


def test_the_same_round_twice_is_told_and_an_error_with_other_facts(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    assert border.lines
    done = take(conn, tmp_path, GOOD, GOOD)
    assert (done.state, rules(done)) == ("applied", {"round_repeated"})
    other = GOOD | {"轮次": "3", "开始日期": "", "完成日期": "2016-05-01"}
    done = take(conn, tmp_path, other, other | {"完成日期": "2016-06-01"})
    assert (done.state, rules(done)) == ("refused", {"round_twice"})
    done = take(conn, tmp_path, GOOD | {"完成日期": "2021-10-08"})
    assert rules(done) == {"round_known_otherwise"}


def test_a_county_brings_its_own_lines_only(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    assert take(conn, tmp_path, GOOD, viewer=border.viewer("A")).state == "applied"
    with pytest.raises(OutsideJurisdictionError):
        take(conn, tmp_path, GOOD, viewer=border.viewer("C"))


@pytest.mark.parametrize(
    ("said", "number"),
    [("5", 5), ("第五轮", 5), ("第 5 轮", 5), ("十", 10), ("十二", 12), ("二十一", 21), (5.0, 5)],
)
def test_a_round_is_read_as_people_write_it(said: object, number: int) -> None:
    assert parse_round(said) == number


@pytest.mark.parametrize("said", ["五十十", "一二", "", "轮", "-1", "100", "5.5"])
def test_what_is_no_round_is_refused(said: str) -> None:
    with pytest.raises(CellError):
        parse_round(said)


def test_a_count_is_a_whole_number_from_zero() -> None:
    assert parse_count("0") == 0
    with pytest.raises(CellError):
        parse_count("1.5")
