from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook
from sqlalchemy import Connection, select

from geo.access.jurisdiction import Grant, Viewer
from geo.db.tables import audit_log
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError, OutsideJurisdictionError, PrivateHomeError
from geo.facilities.read import list_facilities, list_versions
from geo.texts import LANGS, text
from tests.geo.divisions.given import FROM, TODAY, end, put
from tests.geo.facilities.given import (
    HEAD,
    IN_A,
    IN_B,
    LATER,
    OUTSIDE,
    SYSTEM,
    only,
    put_divisions,
    put_network,
    rules,
    take,
    write_list,
)

ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def given(conn: Connection) -> Connection:
    put_divisions(conn)
    return conn


def names(conn: Connection, **filters: Any) -> list[str]:
    return [one.name for one in list_facilities(conn, SYSTEM, TODAY, **filters).items]


def test_a_row_without_coordinates_goes_in_with_its_division(
    given: Connection, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "a.csv", [("甲敬老院", "敬老院", "370902", "", "80", "", "")])
    done = take(given, path)
    assert (done.state, done.counts["added"], done.findings) == ("applied", 1, [])
    (told,) = [one for one in done.conclusions if one.rule == "unplaced"]
    assert told.facts == {"unplaced": 1, "facilities": 1}
    found = only(given, placed=False)
    assert (found.name, found.kind, found.beds) == ("甲敬老院", "rural_care_home", 80)
    assert found.division is not None
    assert (found.division.code, found.position_quality, found.lon) == ("370902", "none", None)


def test_a_row_with_neither_place_nor_division_says_what_is_needed(
    given: Connection, tmp_path: Path
) -> None:
    done = take(given, write_list(tmp_path / "a.csv", [("甲", "医院", "", "", "", "", "")]))
    (finding,) = done.findings
    assert (done.state, finding.rule, finding.row) == ("refused", "place_missing", 2)
    assert "区划代码" in finding.message()


def test_a_place_gets_the_deepest_division_that_holds_it(given: Connection, tmp_path: Path) -> None:
    township = shapely.MultiPolygon([shapely.box(117.0, 36.0, 117.06, 36.1)])
    put(given, ("370902003", "某镇", township))
    rows = [("甲", "医院", "", "", "", *IN_A), ("乙", "医院", "", "", "", *IN_B)]
    assert take(given, write_list(tmp_path / "a.csv", rows)).findings == []
    found = list_facilities(given, SYSTEM, TODAY).items
    assert {one.name: one.division and one.division.code for one in found} == {
        "甲": "370902003",
        "乙": "370911",
    }


def test_a_place_in_no_division_goes_in_with_a_warning(given: Connection, tmp_path: Path) -> None:
    rows = [("甲", "医院", "", "", "", *OUTSIDE)]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    assert (done.state, rules(done, "warning")) == ("applied", ["no_division_here"])
    assert only(given).division is None


def test_an_empty_register_stops_nobody(conn: Connection, tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (f"院{number}", "医院", "", "", "", 117.0 + number / 100, 36.05) for number in range(8)
    ]
    rows.append(("九", "医院", "420106001", "", "", "", ""))
    done = take(conn, write_list(tmp_path / "a.csv", rows))
    assert (done.state, done.counts["added"]) == ("applied", 9)
    assert sorted(rules(done)) == ["division_not_in_register", "no_division_here_many"]
    found = only(conn, placed=False)
    assert (found.division, found.division_code) == (None, "420106001")


def test_the_same_list_again_settles_the_divisions_that_have_come_since(
    conn: Connection, tmp_path: Path
) -> None:
    rows = [("甲", "医院", "", "", "", *IN_A), ("乙", "医院", "370911", "", "", "", "")]
    path = write_list(tmp_path / "a.csv", rows)
    take(conn, path)
    put_divisions(conn)
    done = take(conn, path)
    assert (done.counts["corrected"], done.counts["added"]) == (2, 0)
    found = {one.name: one.division for one in list_facilities(conn, SYSTEM, TODAY).items}
    assert [division and division.code for division in found.values()] == ["370911", "370902"]


def test_an_unknown_code_beside_known_ones_of_its_level_is_an_error(
    given: Connection, tmp_path: Path
) -> None:
    rows = [("甲", "医院", "370902009", "", "", "", ""), ("乙", "医院", "370903", "", "", "", "")]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    assert [(one.rule, one.severity, one.row) for one in done.findings] == [
        ("division_unknown", "error", 2),
        ("division_unknown", "error", 3),
    ]


def test_where_the_register_ends_the_division_above_is_taken(
    given: Connection, tmp_path: Path
) -> None:
    rows = [("甲", "医院", "370902001005", "", "", "", "")]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    (finding,) = done.findings
    assert (finding.rule, finding.severity) == ("division_above_taken", "warning")
    found = only(given)
    assert found.division is not None
    assert (found.division.code, found.division_code) == ("370902001", "370902001005")


def test_a_code_that_ended_and_one_that_is_none_are_errors(
    given: Connection, tmp_path: Path
) -> None:
    end(given, "370902002", LATER)
    rows = [
        ("甲", "医院", "370902002", "", "", "", ""),
        ("乙", "医院", "泰山区", "", "", "", ""),
    ]
    done = take(given, write_list(tmp_path / "a.csv", rows), valid_from=TODAY)
    assert sorted(rules(done, "error")) == ["code_invalid", "facility_code_dead"]


def test_a_place_outside_its_division_is_a_warning_with_the_distance(
    given: Connection, tmp_path: Path
) -> None:
    rows = [("甲", "医院", "370902", "", "", *IN_B), ("乙", "医院", "370902001", "", "", *IN_B)]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    assert rules(done) == ["place_outside_division", "place_outside_division"]
    # 0.05° of longitude at 36° N; the township by name is judged by its county.
    for finding in done.findings:
        assert finding.facts["distance_m"] == pytest.approx(4506, abs=5)
        assert finding.facts["division"] == "泰山区 370902"


def test_private_homes_are_refused_with_the_reason_and_what_to_do(
    given: Connection, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "a.csv", [("甲", "", "370902", "", "", "", "")])
    with pytest.raises(PrivateHomeError) as caught:
        take(given, path, kind="希望小屋")
    for lang in LANGS:
        told = text(f"error.{caught.value.code}", lang, **caught.value.facts)
        assert "import counts" in told
        assert "hope_cabin" in told
    rows = [("甲", "适老化改造户", "370902", "", "", "", "")]
    done = take(given, write_list(tmp_path / "b.csv", rows))
    assert rules(done, "error") == ["kind_private"]
    assert "个人信息" in done.findings[0].message()


def test_a_rows_own_kind_goes_before_the_one_said(given: Connection, tmp_path: Path) -> None:
    rows = [("甲", "诊所", "370902", "", "", "", ""), ("乙", "", "370902", "", "", "", "")]
    take(given, write_list(tmp_path / "a.csv", rows), kind="医院")
    assert names(given, kinds=["clinic"]) == ["甲"]
    assert names(given, kinds=["hospital"]) == ["乙"]


def test_an_unknown_or_missing_kind_is_told_with_those_there_are(
    given: Connection, tmp_path: Path
) -> None:
    rows = [("甲", "敬老完", "370902", "", "", "", ""), ("乙", "", "370902", "", "", "", "")]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    assert rules(done) == ["kind_unknown", "kind_missing"]
    assert "敬老院（rural_care_home）" in done.findings[0].message()
    with pytest.raises(OptionInvalidError):
        take(given, tmp_path / "a.csv", kind="castle")


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"床位数": "-5"}, "number_out_of_range"),
        ({"床位数": "999999"}, "number_out_of_range"),
        ({"床位数": "10", "护理型床位": "11"}, "nursing_beds_exceed"),
        ({"容量": "-1"}, "number_out_of_range"),
        ({"经度": "117.05", "纬度": "36.05", "位置精度": "没有坐标"}, "quality_none"),
        ({"经度": "117.05"}, "cell_missing"),
        ({"经度": "36.05", "纬度": "117.05"}, "axes_swapped"),
        ({"名称": ""}, "cell_missing"),
    ],
)
def test_what_cannot_be_keeps_its_row_out(
    given: Connection, tmp_path: Path, cells: dict[str, str], rule: str
) -> None:
    good = {"名称": "甲", "类型": "医院", "区划代码": "370902"}
    head = ("名称", "类型", "区划代码", "床位数", "护理型床位", "容量", "经度", "纬度", "位置精度")
    placed = {"名称": "乙", "类型": "医院", "经度": "117.05", "纬度": "36.05"}
    more = {"名称": "丙", "类型": "医院", "经度": "117.06", "纬度": "36.05"}
    rows = [[row.get(name, "") for name in head] for row in (good | cells, placed, more)]
    done = take(given, write_list(tmp_path / "a.csv", rows, head))
    assert (done.state, rules(done, "error")) == ("refused", [rule])
    assert done.findings[0].row == 2
    accepted = take(given, tmp_path / "a.csv", accept_findings=True)
    assert (accepted.state, accepted.counts["added"]) == ("applied", 2)


def test_a_quality_without_a_place_is_not_taken(given: Connection, tmp_path: Path) -> None:
    head = (*HEAD[:3], "位置精度")
    done = take(given, write_list(tmp_path / "a.csv", [("甲", "医院", "370902", "村级")], head))
    assert rules(done) == ["quality_without_place"]
    assert only(given).position_quality == "none"


def test_a_name_is_text_whatever_it_says(given: Connection, tmp_path: Path) -> None:
    take(given, write_list(tmp_path / "a.csv", [(ATTACK, "医院", "370902", "", "", *IN_A)]))
    assert only(given).name == ATTACK


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("甲", "医院", "370902", "", "", "", ""), ("甲", "医院", "370902", "", "", "", "")),
        (("甲", "医院", "", "K1", "", *IN_A), ("乙", "医院", "", "K1", "", *IN_B)),
        (("甲", "医院", "", "", "", *OUTSIDE), ("甲", "医院", "", "", "", 117.8505, 36.05)),
    ],
    ids=["by division", "by code", "by place"],
)
def test_the_same_facility_twice_in_a_file_names_the_first(
    given: Connection, tmp_path: Path, one: tuple[object, ...], other: tuple[object, ...]
) -> None:
    done = take(given, write_list(tmp_path / "a.csv", [one, other]))
    (finding,) = [found for found in done.findings if found.severity == "error"]
    assert (finding.rule, finding.row, finding.facts["first"]) == ("facility_twice", 3, 2)


def test_the_same_name_elsewhere_or_with_another_code_is_another_facility(
    given: Connection, tmp_path: Path
) -> None:
    rows = [
        ("卫生室", "诊所", "370902001", "", "", "", ""),
        ("卫生室", "诊所", "370902002", "", "", "", ""),
        ("卫生室", "诊所", "370911", "K1", "", "", ""),
        ("卫生室", "诊所", "370911", "K2", "", "", ""),
        ("卫生室", "医院", "370902001", "", "", "", ""),
        ("卫生室", "诊所", "", "", "", *OUTSIDE),
        ("卫生室", "诊所", "", "", "", 117.8520, 36.05),
    ]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    assert (rules(done, "error"), done.counts["added"]) == ([], 7)


def test_the_same_list_again_changes_nothing(given: Connection, tmp_path: Path) -> None:
    rows = [("甲", "医院", "370902", "K1", "80", *IN_A), ("乙", "诊所", "", "", "", *IN_B)]
    path = write_list(tmp_path / "a.csv", rows)
    take(given, path)
    for day in (FROM, LATER):
        assert take(given, path, valid_from=day).counts == {
            "added": 0,
            "changed": 0,
            "corrected": 0,
            "unchanged": 2,
        }


def test_a_change_is_a_new_version_and_the_old_one_ends(given: Connection, tmp_path: Path) -> None:
    row = ("甲", "敬老院", "370902", "K1", "80", *IN_A)
    take(given, write_list(tmp_path / "a.csv", [row]))
    renamed = ("甲中心敬老院", "敬老院", "370902", "K1", "120", "", "")
    done = take(given, write_list(tmp_path / "b.csv", [renamed]), valid_from=LATER)
    assert done.counts["changed"] == 1
    before, after = list_versions(given, only(given).id, SYSTEM)
    assert (before.name, before.beds, before.valid_to) == ("甲", 80, LATER)
    assert (after.name, after.beds, after.valid_from, after.valid_to) == (
        "甲中心敬老院",
        120,
        LATER,
        None,
    )
    # What a row leaves open stays as it is known, its place too.
    assert (after.lon, after.lat) == pytest.approx(IN_A)
    assert after.position_quality == "mapped"
    assert only(given, at=FROM).name == "甲"


def test_a_correction_of_the_same_day_amends_and_keeps_the_old_in_the_log(
    given: Connection, tmp_path: Path
) -> None:
    take(given, write_list(tmp_path / "a.csv", [("甲", "医院", "370902", "K1", "8", *IN_A)]))
    corrected = ("甲", "医院", "370902", "K1", "80", *IN_A)
    done = take(given, write_list(tmp_path / "b.csv", [corrected]))
    assert done.counts["corrected"] == 1
    assert (only(given).beds, len(list_versions(given, only(given).id, SYSTEM))) == (80, 1)
    logged = given.execute(
        select(audit_log.c.old, audit_log.c.reason).where(
            audit_log.c.table_name == "facility_version", audit_log.c.action == "update"
        )
    ).one()
    assert (logged.old["beds"], logged.reason) == (8, "import b.csv")


def test_an_earlier_day_makes_a_version_that_ends_where_the_known_one_begins(
    given: Connection, tmp_path: Path
) -> None:
    take(
        given,
        write_list(tmp_path / "a.csv", [("甲", "医院", "370902", "", "9", "", "")]),
        valid_from=LATER,
    )
    take(given, write_list(tmp_path / "b.csv", [("甲", "医院", "370902", "", "5", "", "")]))
    found = list_versions(given, only(given).id, SYSTEM)
    assert [(one.beds, one.valid_from, one.valid_to) for one in found] == [
        (5, FROM, LATER),
        (9, LATER, None),
    ]


def test_a_code_may_come_later_and_a_moved_facility_stays_the_same(
    given: Connection, tmp_path: Path
) -> None:
    take(given, write_list(tmp_path / "a.csv", [("甲", "医院", "370902", "", "", *IN_A)]))
    first = only(given).id
    take(given, write_list(tmp_path / "b.csv", [("甲", "医院", "370902", "K1", "", *IN_A)]))
    moved = ("甲", "医院", "370911", "K1", "", *IN_B)
    take(given, write_list(tmp_path / "c.csv", [moved]), valid_from=LATER)
    found = only(given)
    assert (found.id, found.code) == (first, "K1")
    assert found.division is not None
    assert found.division.code == "370911"


def test_demo_facilities_are_never_taken_for_real_ones(given: Connection, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", [("甲", "医院", "370902", "", "", "", "")])
    take(given, path, publication="demo")
    assert take(given, path).counts["added"] == 1


def test_coordinates_are_kept_as_they_came(given: Connection, tmp_path: Path) -> None:
    take(
        given,
        write_list(tmp_path / "a.csv", [("甲", "医院", "", "", "", *IN_A)]),
        crs="火星坐标",
    )
    found = only(given)
    assert (found.given, found.source_crs) == (IN_A, "GCJ-02")
    assert found.lon is not None
    assert 0.004 < IN_A[0] - found.lon < 0.008


def test_an_editor_of_one_county_cannot_touch_another(given: Connection, tmp_path: Path) -> None:
    own = find_division(given, "370902")
    viewer = Viewer(None, "县", (Grant("editor", own, "泰山区 370902"),), False, "system:test")
    fine = write_list(tmp_path / "a.csv", [("甲", "医院", "370902001", "K1", "", "", "")])
    assert take(given, fine, viewer=viewer).state == "applied"
    for name, row in {
        "b.csv": ("乙", "医院", "370911", "", "", "", ""),
        "c.csv": ("丙", "医院", "", "", "", *OUTSIDE),
    }.items():
        with pytest.raises(OutsideJurisdictionError):
            take(given, write_list(tmp_path / name, [row]), viewer=viewer)
    # Nor take a facility over that is another county's.
    take(given, write_list(tmp_path / "d.csv", [("丁", "医院", "370911", "K9", "", "", "")]))
    theirs = write_list(tmp_path / "e.csv", [("丁", "医院", "370902", "K9", "", "", "")])
    with pytest.raises(OutsideJurisdictionError):
        take(given, theirs, viewer=viewer)


def test_a_dry_run_counts_the_same_and_stores_nothing(given: Connection, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.csv", [("甲", "医院", "370902", "", "", "", "")])
    tried = take(given, path, dry_run=True)
    assert (tried.state, names(given)) == ("staged", [])
    assert take(given, path).counts == tried.counts


def test_a_list_as_offices_have_it_in_excel_goes_in(given: Connection, tmp_path: Path) -> None:
    """Title and unit merged above, the township merged over its rows, notes and a total below."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[tuple[object, ...]] = [
        ("泰山区养老机构基本情况表",),
        ("填报单位：泰山区民政局", None, None, None, None, "2026年6月"),
        (
            "序号",
            "所属区划代码",
            "机构名称",
            "机构类型",
            "床位数（张）",
            "其中：护理型床位",
            "经度",
            "纬度",
        ),
        (1, 370902001, " 岱庙中心敬老院 ", "敬老院", "１２０", "60张", 117.05, 36.05),
        (2, None, "岱庙幸福院", "农村幸福院", "-", "/", "无", "—"),
        (3, "370902002", "财源\n日间照料中心", "日间照料中心", 30, None, None, None),
        (None,),
        ("合计", None, None, None, 150, 60),
        ("注：床位数以备案为准。",),
    ]
    for row in rows:
        sheet.append(list(row))
    for area in ("A1:H1", "B4:B5", "F2:H2"):
        sheet.merge_cells(area)
    path = tmp_path / "养老机构.xlsx"
    book.save(path)
    done = take(given, path)
    assert (done.state, rules(done, "error"), done.counts["added"]) == ("applied", [], 3)
    found = {one.name: one for one in list_facilities(given, SYSTEM, TODAY).items}
    home = found["岱庙中心敬老院"]
    assert (home.beds, home.nursing_beds, home.division_code) == (120, 60, "370902001")
    assert found["岱庙幸福院"].division_code == "370902001"
    assert (found["岱庙幸福院"].beds, found["岱庙幸福院"].lon) == (None, None)
    assert found["财源 日间照料中心"].kind == "day_care"


def test_two_rows_of_heads_are_told_clearly(given: Connection, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("机构名称", "类型", "区划代码", "床位", None),
        (None, None, None, "合计", "护理型床位"),
        ("甲", "敬老院", "370902", 80, 40),
    ):
        sheet.append(list(row))
    for area in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
        sheet.merge_cells(area)
    path = tmp_path / "a.xlsx"
    book.save(path)
    done = take(given, path, accept_findings=True)
    assert done.counts["added"] == 1
    assert {finding.row for finding in done.findings if finding.severity == "error"} == {2}
    assert only(given).beds == 80


def test_a_facility_far_from_any_street_is_a_warning_with_the_distance(
    given: Connection, tmp_path: Path
) -> None:
    parallel = shapely.LineString([(117.0, 36.0), (117.2, 36.0)])
    put_network(given, [shapely.segmentize(parallel, 0.01)])
    north = 36.0 + 600 / 110_950
    rows = [
        ("近", "医院", "", "", "", 117.05, 36.004),
        ("河中", "医院", "", "", "", 117.05, round(north, 6)),
        ("远", "医院", "", "", "", 117.15, 36.09),
        ("他乡", "医院", "", "", "", 114.3, 30.6),
    ]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    far = [one for one in done.findings if one.rule == "far_from_street"]
    assert [one.row for one in far] == [3, 4]
    assert far[0].facts["distance_m"] == pytest.approx(600, abs=2)
    assert far[1].facts["distance_m"] == pytest.approx(9986, abs=5)
    (elsewhere,) = [one for one in done.conclusions if one.rule == "streets_elsewhere"]
    assert elsewhere.facts["places"] == 1


def test_demo_streets_say_nothing_of_real_facilities(given: Connection, tmp_path: Path) -> None:
    street = shapely.LineString([(117.0, 36.0), (117.2, 36.0)])
    put_network(given, [street], publication="demo")
    rows = [("远", "医院", "", "", "", 117.15, 36.09)]
    assert rules(take(given, write_list(tmp_path / "a.csv", rows))) == []


def test_places_are_compared_with_the_streets_among_them(given: Connection, tmp_path: Path) -> None:
    put_network(given, [shapely.LineString([(117.0, 36.0), (117.2, 36.0)])])
    put_network(given, [shapely.LineString([(-8.6, 41.1), (-8.5, 41.1)])])
    rows = [
        ("近", "医院", "", "", "", 117.05, 35.9999),
        ("远", "医院", "", "", "", 117.15, 36.09),
    ]
    done = take(given, write_list(tmp_path / "a.csv", rows))
    assert [one.row for one in done.findings if one.rule == "far_from_street"] == [3]
