from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import Grant, Viewer, public_viewer
from geo.divisions.read import find_division
from geo.errors import OutsideJurisdictionError
from geo.population.read import TotalSet, find_cells, find_totals, list_sets, read_totals
from tests.geo.divisions.given import put
from tests.geo.exchange.making import sheet
from tests.geo.population.making import SYSTEM, raster, rules, table, take

TOWNS = (("371322", "郯城县"), ("371322101", "马头镇"), ("371322102", "重坊镇"))


@pytest.fixture
def towns(conn: Connection) -> Connection:
    put(conn, *TOWNS)
    return conn


def _people(conn: Connection) -> dict[tuple[str, str], float]:
    found = find_totals(conn, None, demo=None)
    assert found is not None
    names = {find_division(conn, code): code for code, _ in TOWNS}
    return {(names[one.division_id], one.age): one.people for one in read_totals(conn, found.id)}


def test_a_census_sheet_with_a_column_for_each_age_goes_in(
    towns: Connection, home: Path, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path / "七普.xlsx",
        [
            ["郯城县第七次人口普查主要数据"],
            ["区划代码", "名称", "常住人口", "60岁及以上", "备注"],
            ["371322101", "马头镇", 90123, 20111, ""],
            ["371322102000", "重坊镇", 60000, 14000, "含农场"],
            ["合 计", None, 150123, 34111],
            ["注：数据来自统计局"],
        ],
    )
    done = take(towns, path, home, valid_from=date(2020, 11, 1))
    assert (done.state, done.findings, done.counts) == ("applied", [], {"added": 4})
    assert {"total_agrees", "head_row"} <= {told.rule for told in done.conclusions}
    assert _people(towns) == {
        ("371322101", "total"): 90123,
        ("371322101", "60+"): 20111,
        ("371322102", "total"): 60000,
        ("371322102", "60+"): 14000,
    }
    found = find_totals(towns, "七普", demo=False)
    assert isinstance(found, TotalSet)
    assert (found.as_of, found.people) == (date(2020, 11, 1), {"total": 150123, "60+": 34111})


def test_a_row_for_each_age_is_taken_too(towns: Connection, home: Path, tmp_path: Path) -> None:
    path = table(
        tmp_path / "police.csv",
        ("code", "age", "people"),
        ("371322101", "60岁及以上", 5),
        ("371322101", "total", 9),
        ("371322102", "60+", 4),
    )
    take(towns, path, home)
    assert _people(towns) == {
        ("371322101", "60+"): 5,
        ("371322101", "total"): 9,
        ("371322102", "60+"): 4,
    }


def test_what_is_wrong_with_a_row_is_told_by_row(
    towns: Connection, home: Path, tmp_path: Path
) -> None:
    path = table(
        tmp_path / "x.csv",
        ("代码", "名称", "总人口", "60+"),
        ("371322101", "马头镇", 10, 2),
        ("371322999", "没有的镇", 10, 2),
        ("371322101000", "又是马头镇", 11, 2),
        ("371322102", "重坊镇", -3, 2),
        ("", "哪里", 3, 2),
        ("合计", "", 99, 6),
    )
    done = take(towns, path, home)
    assert done.state == "refused"
    told = {(finding.row, finding.rule) for finding in done.findings}
    assert {(3, "division_unknown"), (4, "people_twice"), (5, "people_negative")} <= told
    assert {(6, "cell_missing"), (None, "total_differs")} <= told
    assert find_totals(towns, None, demo=None) is None
    take(towns, path, home, accept_findings=True)
    assert _people(towns) == {("371322101", "total"): 10, ("371322101", "60+"): 2}


def test_an_age_that_is_none_is_an_error_of_its_row(
    towns: Connection, home: Path, tmp_path: Path
) -> None:
    path = table(
        tmp_path / "x.csv",
        ("code", "年龄", "人口"),
        ("371322101", "70-60", 5),
        ("371322101", "", 5),
    )
    done = take(towns, path, home)
    assert {(finding.row, finding.rule) for finding in done.findings} >= {
        (2, "age_invalid"),
        (3, "cell_missing"),
    }


def test_a_total_row_may_be_that_of_one_level(
    towns: Connection, home: Path, tmp_path: Path
) -> None:
    lines = (("371322", 30), ("371322101", 20), ("371322102", 10))
    for said, agrees in ((30, True), (60, True), (31, False)):
        path = table(tmp_path / "x.csv", ("代码", "人口"), *lines, ("总计", said))
        done = take(towns, path, home)
        assert ("total_differs" not in rules(done)) == agrees
        assert done.state == "applied"
    assert find_totals(towns, None, demo=None).people == {"total": 30}  # type: ignore[union-attr]


def test_an_editor_elsewhere_may_not_bring_totals_in(
    towns: Connection, home: Path, tmp_path: Path
) -> None:
    path = table(tmp_path / "x.csv", ("代码", "人口"), ("371322101", 20))
    at = {code: find_division(towns, code) for code, _ in TOWNS}
    own = Viewer(None, "x", (Grant("editor", at["371322"], "郯城"),), demo_open=False, actor="x")
    assert take(towns, path, home, viewer=own).state == "applied"
    grants = (Grant("editor", at["371322102"], "重坊镇"),)
    other = Viewer(None, "x", grants, demo_open=False, actor="x")
    with pytest.raises(OutsideJurisdictionError):
        take(towns, path, home, viewer=other)


def test_the_newest_real_set_goes_before_any_demo(
    towns: Connection, home: Path, tmp_path: Path
) -> None:
    assert find_cells(towns, None, demo=None) is None
    path = raster(tmp_path / "p.tif", [[[1, 2]]])
    take(towns, path, home, bands="60+", name="甲")
    take(towns, path, home, bands="70+", name="甲")
    take(towns, path, home, bands="80+", name="示例", publication="demo")

    def ages(name: str | None, *, demo: bool | None) -> tuple[str, ...] | None:
        found = find_cells(towns, name, demo=demo)
        return None if found is None else found.ages

    assert ages(None, demo=None) == ages("甲", demo=False) == ("70+",)
    assert ages(None, demo=True) == ages("示例", demo=None) == ("80+",)
    assert ages("甲", demo=True) is None
    seen = list_sets(towns, SYSTEM)
    assert sorted(one.name for one in seen) == ["甲", "甲", "示例"]
    assert [one.name for one in list_sets(towns, public_viewer(demo_open=True))] == ["示例"]
    assert list_sets(towns, public_viewer(demo_open=False)) == []
