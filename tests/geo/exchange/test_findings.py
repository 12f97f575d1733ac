from __future__ import annotations

import json

from geo.exchange.findings import LISTED, Collector, Conclusion, Finding, show
from geo.texts import Text


def test_a_value_is_shown_in_80_characters_with_nothing_invisible_in_it() -> None:
    assert show("长" * 100) == "长" * 79 + "…"
    assert show("a\x07b\u202ec\ud800\ue000") == "a\\u0007b\\u202ec\\ud800\\ue000"
    assert show("长" * 80) == "长" * 80


def test_a_finding_speaks_both_languages_and_is_ready_for_json() -> None:
    finding = Finding(
        rule="date_invalid",
        severity="error",
        row=3,
        column="日期",
        value="昨\x00天",
        allowed=Text("allowed.date"),
        place=(117.0, 36.0),
    )
    there = finding.as_dict("en")
    assert there["message"] == there["message_en"] == '"昨\\u0000天" is not a date.'
    assert "years 1 to 9999" in str(there["allowed"])
    assert "公元" in str(finding.as_dict("zh")["allowed"])
    assert there["place"] == [117.0, 36.0]
    assert list(there) == [
        "rule",
        "severity",
        "row",
        "column",
        "value",
        "allowed",
        "place",
        "message",
        "message_en",
    ]
    json.dumps(there)


def test_a_conclusion_speaks_both_languages() -> None:
    conclusion = Conclusion(rule="columns_unused", facts={"heads": ["甲", "乙"]})
    assert conclusion.message() == "未使用的列：甲、乙"
    assert conclusion.as_dict("zh")["message_en"] == "Columns not used: 甲, 乙"


def test_a_million_bad_rows_are_all_known_but_not_all_listed() -> None:
    collected = Collector()
    for row in range(2, LISTED + 500):
        collected.add(Finding(rule="cell_missing", severity="error", row=row, column="代码"))
    listed = collected.listed()
    assert len(listed) == LISTED + 1
    assert listed[-1].rule == "more"
    assert "498" in listed[-1].message()
    assert collected.bad_rows == set(range(2, LISTED + 500))


def test_findings_of_the_whole_file_come_first_then_row_by_row() -> None:
    collected = Collector()
    for row in (9, None, 2):
        collected.add(Finding(rule="cell_missing", severity="warning", row=row, column="x"))
    assert [finding.row for finding in collected.listed()] == [None, 2, 9]
    assert collected.bad_rows == set()
