from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import Grant, Viewer, public_viewer
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError, OutsideJurisdictionError
from geo.facilities.counts import list_counts
from geo.imports import ImportReport
from tests.geo.divisions.given import FROM, TODAY
from tests.geo.facilities.given import LATER, SYSTEM, put_divisions, rules, take, write_list

HEAD = ("区划代码", "数量")


@pytest.fixture
def given(conn: Connection) -> Connection:
    put_divisions(conn)
    return conn


def count(
    conn: Connection, folder: Path, rows: Sequence[Sequence[object]], **options: object
) -> ImportReport:
    path = write_list(folder / "counts.csv", rows, HEAD)
    said = {"kind": "hope_cabin", "crs": None, **options}
    return take(conn, path, what="counts", **said)  # type: ignore[arg-type]


def numbers(conn: Connection) -> dict[str, int]:
    return {one.division_code: one.number for one in list_counts(conn, SYSTEM, TODAY)}


def test_numbers_go_in_by_division(given: Connection, tmp_path: Path) -> None:
    done = count(given, tmp_path, [("370902", "９６间"), ("370911", 4)], kind="希望小屋")
    assert (done.state, done.counts["added"]) == ("applied", 2)
    found = list_counts(given, SYSTEM, TODAY)
    assert [(one.kind, one.division_name, one.number, one.as_of) for one in found] == [
        ("hope_cabin", "泰山区", 96, FROM),
        ("hope_cabin", "岱岳区", 4, FROM),
    ]


def test_a_later_day_counts_anew_and_the_same_day_is_corrected(
    given: Connection, tmp_path: Path
) -> None:
    count(given, tmp_path, [("370902", 96)])
    assert count(given, tmp_path, [("370902", 96)]).counts["unchanged"] == 1
    assert count(given, tmp_path, [("370902", 97)]).counts["corrected"] == 1
    assert count(given, tmp_path, [("370902", 120)], valid_from=LATER).counts["added"] == 1
    assert numbers(given) == {"370902": 120}
    assert [one.number for one in list_counts(given, SYSTEM, FROM)] == [97]


def test_what_cannot_be_counted_is_an_error(given: Connection, tmp_path: Path) -> None:
    rows = [
        ("370902", -1),
        ("370911", "-"),
        ("371321", 5),
        ("泰山区", 5),
        ("370902001", 5),
        ("370902001", 6),
    ]
    done = count(given, tmp_path, rows)
    assert done.state == "refused"
    assert sorted(rules(done, "error")) == [
        "cell_missing",
        "code_invalid",
        "count_division_unknown",
        "count_twice",
        "number_out_of_range",
    ]


def test_a_kind_that_stands_on_the_map_is_not_counted(given: Connection, tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        count(given, tmp_path, [("370902", 1)], kind="hospital")
    assert "hope_cabin" in str(caught.value.facts["allowed"])
    done = count(given, tmp_path, [("370902", 1)], kind=None)
    assert rules(done) == ["count_kind"]


def test_numbers_are_an_editors_and_unpublished(given: Connection, tmp_path: Path) -> None:
    own = find_division(given, "370902")
    viewer = Viewer(None, "县", (Grant("editor", own, "泰山区"),), False, "system:test")
    assert count(given, tmp_path, [("370902001", 3)], viewer=viewer).state == "applied"
    with pytest.raises(OutsideJurisdictionError):
        count(given, tmp_path, [("370911", 3)], viewer=viewer)
    assert list_counts(given, public_viewer(demo_open=True), TODAY) == []
    assert len(list_counts(given, viewer, TODAY)) == 1
    other = [find_division(given, "370911")]
    assert list_counts(given, SYSTEM, TODAY, within=other) == []
