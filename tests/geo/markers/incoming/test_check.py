"""Tables of markers on their way in: what is taken, what is told, what is kept out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Viewer, system_viewer
from geo.crs.systems import read_crs
from geo.crs.transform import transform_points
from geo.errors import OutsideJurisdictionError, RoleMissingError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.stage import Options, read_mapping
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from geo.markers.incoming.schema import MAPPING
from geo.markers.objects import read_objects
from geo.markers.own import read_own
from geo.markers.read import Marker, list_markers, list_versions
from geo.markers.tables import description, marker, marker_event
from geo.texts import LANGS
from tests.border import Border, draw_border
from tests.geo.divisions.given import FROM, TODAY

pytestmark = pytest.mark.usefixtures("border")

SYSTEM = system_viewer("test")
LATER = date(2024, 6, 1)
AB = "370921-370923"
ON_AB = (117.2, 36.15)
TRIPOINT = (117.2, 36.1)
METRE_E = 1 / 90_000
"""One metre east in degrees at 36 N, nearly."""


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def take(
    conn: Connection,
    folder: Path,
    rows: Iterable[Mapping[str, object]],
    *,
    viewer: Viewer = SYSTEM,
    valid_from: date = FROM,
    crs: str = "EPSG:4490",
    mapping: Mapping[str, str] | None = None,
    **options: Any,
) -> ImportReport:
    """Import rows of a table; every text of what comes of it must exist in both languages."""
    given = list(rows)
    heads = list(dict.fromkeys(head for row in given for head in row))
    path = folder / "界桩.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads, restval="")
        writer.writeheader()
        writer.writerows(given)
    done = run_import(
        conn,
        "markers",
        path,
        ImportOptions(
            valid_from=valid_from,
            reading=Options(crs=crs, mapping=mapping or {}),
            # 117.2003 could be 117°20′03″ as well.
            facts={"degrees": "decimal"},
            **options,
        ),
        viewer=viewer,
        today=TODAY,
        files=folder / "files",
    )
    said: list[Finding | Conclusion] = [*done.findings, *done.conclusions]
    for told in said:
        for lang in LANGS:
            json.dumps(told.as_dict(lang), allow_nan=False)
            assert "None" not in told.message(lang), told
    return done


def row(
    number: str = "0001001Q", at: tuple[float, float] = ON_AB, **more: object
) -> dict[str, object]:
    """Return a whole row: nothing in it is doubtful."""
    objects = {
        f"方位物{place}{what}": value
        for place, name in enumerate(("老槐树", "水塔", "桥头"), 1)
        for what, value in (("名称", name), ("方位角", 40 * place), ("距离", 20.5 * place))
    }
    return {
        "界桩编号": number, "界线": AB, "类型": "单立", "面数": "双面", "材质": "花岗岩",
        "管理方": "东岭县", "经度": at[0], "纬度": at[1], "高程": 88.1, "测量方法": "RTK",
        "点位精度": "0.05m", "埋设日期": "1998-06-01", "所在地1": "东岭县示例村",
        "所在地2": "西川县示例村", "位置说明": "示例路北侧", **objects, **more,
    }  # fmt: skip


def rules(done: ImportReport, severity: str | None = None) -> list[str]:
    return [one.rule for one in done.findings if severity in (None, one.severity)]


def told(done: ImportReport, rule: str) -> Finding:
    return next(one for one in done.findings if one.rule == rule)


def markers(conn: Connection, at: date = TODAY, **filters: Any) -> list[Marker]:
    return list_markers(conn, SYSTEM, at, **filters).items


def test_a_whole_row_becomes_a_marker_with_all_its_parts(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    done = take(conn, tmp_path, [row()])
    assert (done.state, done.findings) == ("applied", [])
    assert done.counts == {"added": 1, "changed": 0, "corrected": 0, "unchanged": 0}
    (one,) = markers(conn)
    assert (one.number, one.member, one.set_up, one.faces) == ("0001001Q", "", "single", 2)
    assert (one.lon, one.lat, one.height_m, one.accuracy_m) == (*ON_AB, 88.1, 0.05)
    assert (one.given_x, one.given_y, one.source_crs) == ("117.2", "36.15", "EPSG:4490")
    assert (one.method, one.material, one.set_on) == ("gnss_rtk", "花岗岩", date(1998, 6, 1))
    assert one.managing is not None
    assert (one.managing.name, one.state) == ("东岭县", "in_place")
    assert [line.id for line in one.lines] == [border.lines["AB"]]
    assert {side.name for side in one.sides} == {"东岭县", "西川县"}
    objects = read_objects(conn, [one.id], TODAY)[one.id]
    assert [(o.name, o.grid_bearing_deg, o.distance_m) for o in objects] == [
        ("老槐树", 40.0, 20.5), ("水塔", 80.0, 41.0), ("桥头", 120.0, 61.5),
    ]  # fmt: skip
    own = read_own(conn, [one.id], TODAY)[one.id]
    assert {own[border.sides[side]].site for side in "AB"} == {"东岭县示例村", "西川县示例村"}
    assert conn.execute(select(description.c.written)).scalar_one() == "示例路北侧"


def test_the_number_of_a_tripoint_with_a_dead_code_goes_in_and_is_found(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    tripoint = row(
        "238184I", TRIPOINT, 界线="东岭县—西川县、西川县—南河县线、南河县东岭县", 面数="三面",
        所在地3="南河县示例村",
    )  # fmt: skip
    done = take(conn, tmp_path, [tripoint])
    assert (done.state, done.findings) == ("applied", [])
    for part in ("238184I", "8184", "184I"):
        (found,) = markers(conn, number=part)
        assert found.number == "238184I"
    assert {line.id for line in found.lines} == set(border.lines.values())
    assert (len(found.sides), found.faces) == (3, 3)
    assert len(read_own(conn, [found.id], TODAY)[found.id]) == 3


def test_sides_alone_say_on_which_lines_a_marker_stands(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    one = row(界线="", 相邻单位="370923、371321") | {"经度": 117.25, "纬度": 36.1, "所在地1": ""}
    three = row("238184I", TRIPOINT, 界线="", 甲方="南河县", 乙方="东岭县", 丙方="西川县", 面数=3)
    done = take(conn, tmp_path, [one, three])
    assert (done.state, rules(done, "error")) == ("applied", [])
    first, second = markers(conn)
    assert [line.id for line in first.lines] == [border.lines["BC"]]
    assert [side.name for side in second.sides] == ["南河县", "东岭县", "西川县"]
    assert len(second.lines) == 3


@pytest.mark.parametrize(
    ("said", "set_up", "faces"),
    [
        ("单立双面", "single", 2),
        ("单立", "single", 2),
        ("双面型", "single", 2),
        ("single", "single", 2),
    ],
)
def test_one_cell_that_says_set_up_and_faces_is_kept_as_two_things(
    conn: Connection, tmp_path: Path, said: str, set_up: str, faces: int
) -> None:
    given = row(类型=said)
    del given["面数"]
    done = take(conn, tmp_path, [given])
    (one,) = markers(conn)
    assert (one.set_up, one.faces) == (set_up, faces)
    split = [one for one in done.conclusions if one.rule == "set_up_split"]
    assert len(split) == (said == "单立双面")


def test_cells_that_contradict_each_other_or_say_nothing_are_errors(
    conn: Connection, tmp_path: Path
) -> None:
    rows = [
        row("0001001Q", 类型="单立三面"),
        row("0001002Q", 类型="石质"),
        row("0001003Q", 方位物1方位角=400),
        row("0001004Q", 方位物1方位角="123°75′00″"),
        row("0001005Q", 方位物2距离=-3),
        row("0001006Q", 方位物2名称=""),
        row("0001007Q", 点位精度=0),
        row("0001008Q", 测量方法="目测"),
        row("", 面数="双面"),
    ]
    done = take(conn, tmp_path, rows)
    assert done.state == "refused"
    found = {(one.rule, one.row, one.column) for one in done.findings if one.severity == "error"}
    assert found == {
        ("faces_differ", 2, "面数"),
        ("set_up_unknown", 3, "类型"),
        ("bearing_out_of_range", 4, "方位物1方位角"),
        ("bearing_out_of_range", 5, "方位物1方位角"),
        ("number_out_of_range", 6, "方位物2距离"),
        ("object_without_name", 7, "方位物2方位角"),
        ("number_out_of_range", 8, "点位精度"),
        ("method_unknown", 9, "测量方法"),
        ("cell_missing", 10, "界桩编号"),
    }
    assert conn.execute(select(func.count()).select_from(marker)).scalar_one() == 0


def test_with_accepted_findings_the_good_rows_go_in_and_the_bad_stay_out(
    conn: Connection, tmp_path: Path
) -> None:
    rows = [row("0001001Q"), row("0001002Q", 方位物1方位角=400)]
    done = take(conn, tmp_path, rows, accept_findings=True)
    assert (done.state, done.counts["added"]) == ("applied", 1)
    assert [one.number for one in markers(conn)] == ["0001001Q"]


def test_a_number_twice_on_one_line_is_told_and_on_two_lines_is_fine(
    conn: Connection, tmp_path: Path
) -> None:
    other = row(界线="370923-371321", 所在地1="", 管理方="西川县") | {"经度": 117.25, "纬度": 36.1}
    done = take(conn, tmp_path, [row(), row(), other], accept_findings=True)
    found = told(done, "marker_twice")
    assert (found.severity, found.row, found.facts["first"]) == ("error", 3, 2)
    assert done.counts["added"] == 2


def test_a_known_number_is_that_marker_and_one_elsewhere_is_not_moved_by_a_table(
    conn: Connection, tmp_path: Path
) -> None:
    take(conn, tmp_path, [row()])
    again = take(conn, tmp_path, [row()], valid_from=LATER)
    assert again.counts["unchanged"] == 1
    short = {"界桩编号": "0001001Q", "界线": AB, "材质": "混凝土"}
    done = take(conn, tmp_path, [short], valid_from=LATER)
    assert (done.counts["changed"], done.findings) == (1, [])
    (one,) = markers(conn)
    # What the row leaves open stays as it was known.
    assert (one.material, one.height_m, one.method, one.lon) == ("混凝土", 88.1, "gnss_rtk", 117.2)
    assert len(read_objects(conn, [one.id], TODAY)[one.id]) == 3
    assert len(list_versions(conn, one.id, SYSTEM, TODAY)) == 2
    away = take(conn, tmp_path, [row(at=(117.2, 36.17))], valid_from=LATER)
    found = told(away, "marker_elsewhere")
    assert (away.state, found.severity) == ("refused", "error")
    assert found.facts["distance_m"] == pytest.approx(2219, abs=5)


def test_a_state_of_a_new_marker_is_taken_and_of_a_known_one_left_aside(
    conn: Connection, tmp_path: Path
) -> None:
    take(conn, tmp_path, [row(现状="破损")])
    assert markers(conn)[0].state == "damaged"
    done = take(conn, tmp_path, [row(现状="完好")], valid_from=LATER)
    assert markers(conn)[0].state == "damaged"
    assert "states_left_aside" in [one.rule for one in done.conclusions]
    assert conn.execute(select(func.count()).select_from(marker_event)).scalar_one() == 1


def test_stones_of_one_number_are_two_markers_and_half_a_set_is_told(
    conn: Connection, tmp_path: Path
) -> None:
    pair = [row("0001002A", 类型="双立"), row("0001002B", (117.2003, 36.15), 类型="同号双立")]
    half = row("0001003", (117.2, 36.12), 类型="双立", 分号="A")
    done = take(conn, tmp_path, [*pair, half])
    assert (done.state, rules(done)) == ("applied", ["set_incomplete"])
    assert told(done, "set_incomplete").facts["stones"] == 1
    found = [(one.number, one.member, one.set_up) for one in markers(conn)]
    assert found == [
        ("0001002", "A", "double"), ("0001002", "B", "double"), ("0001003", "A", "double"),
    ]  # fmt: skip
    other = row("0001003", (117.2001, 36.12), 类型="双立", 分号="B")
    assert rules(take(conn, tmp_path, [other])) == []
    assert rules(take(conn, tmp_path, [row("0001003", (117.2, 36.12))])) == [
        "member_unlike_register"
    ]


def test_a_set_whose_stones_are_not_told_apart_gets_letters_and_says_so(
    conn: Connection, tmp_path: Path
) -> None:
    rows = [row("0001", (117.2, 36.13 + step), 类型="三立") for step in (0, 0.0001, 0.0002)]
    done = take(conn, tmp_path, rows)
    assert rules(done, "error") == []
    assert [one.facts["member"] for one in done.findings if one.rule == "member_given"] == [*"ABC"]
    assert {one.rule for one in done.findings} == {
        "member_given", "triple_two_sides", "number_of_no_form",
    }  # fmt: skip
    mixed = [row("0002", 类型="双立", 分号="A"), row("0002", 类型="单立")]
    assert set(rules(take(conn, tmp_path, mixed), "error")) == {"set_up_differs"}


def test_faces_and_sides_of_a_tripoint_must_agree(conn: Connection, tmp_path: Path) -> None:
    done = take(conn, tmp_path, [row("238184I", TRIPOINT, 面数="三面")])
    assert (done.state, rules(done, "error")) == ("refused", ["tripoint_two_sides"])
    done = take(conn, tmp_path, [row("238184I", TRIPOINT)])
    assert rules(done) == ["number_says_faces"]
    lines = "东岭县—西川县、西川县—南河县、南河县—东岭县"
    done = take(conn, tmp_path, [row("238185I", TRIPOINT, 界线=lines, 所在地3="南河县")])
    assert rules(done, "error") == []
    assert {"tripoint_two_faces", "number_says_faces"} <= set(rules(done))


def test_a_place_off_the_line_is_told_with_where_it_lies(conn: Connection, tmp_path: Path) -> None:
    done = take(conn, tmp_path, [row(at=(117.2 - 300 * METRE_E, 36.15))])
    found = told(done, "marker_beside_line")
    assert (done.state, found.severity, found.row) == ("applied", "warning", 2)
    assert found.facts["distance_m"] == pytest.approx(300, abs=3)
    assert "东岭县 370921" in found.message()


def test_a_place_in_another_county_or_nowhere_is_kept_out(conn: Connection, tmp_path: Path) -> None:
    rows = [row("0001001Q", (117.1, 36.05)), row("0001002Q", (118.5, 36.05))]
    done = take(conn, tmp_path, rows)
    assert (done.state, rules(done)) == ("refused", ["marker_far_from_line"] * 2)
    assert "南河县 371321" in done.findings[0].message()
    assert "没有区划面" in done.findings[1].message()


def metres(lon: float, lat: float, crs: str) -> tuple[float, float]:
    (found,) = transform_points(np.array([[lon, lat]]), read_crs("EPSG:4490"), read_crs(crs))
    return float(found[0]), float(found[1])


def test_swapped_axes_and_a_wrong_zone_of_a_row_are_named_and_not_corrected(
    conn: Connection, tmp_path: Path
) -> None:
    good = [row(f"00010{number:02d}Q", (117.2, 36.11 + number / 400)) for number in range(12)]
    table = [
        {**one, **dict(zip(("HZB", "ZZB"), metres(*at(one), "EPSG:4548"), strict=True))}
        for one in good
    ]
    wrong = metres(*at(good[3]), "EPSG:4549")
    table[3] |= {"HZB": wrong[0], "ZZB": wrong[1]}
    plain = [
        {key: cell for key, cell in one.items() if key not in ("经度", "纬度")} for one in table
    ]
    done = take(conn, tmp_path, plain, crs="EPSG:4548", accept_findings=True)
    (found,) = [one for one in done.findings if one.severity == "error"]
    assert (found.rule, found.row) == ("marker_far_from_line", 5)
    assert "EPSG:4549" in found.message("en")
    assert done.counts["added"] == 11
    one = markers(conn)[0]
    assert (one.source_crs, one.given_x) == ("EPSG:4548", written(plain[0]["HZB"]))


def at(one: Mapping[str, object]) -> tuple[float, float]:
    return float(str(one["经度"])), float(str(one["纬度"]))


def written(cell: object) -> str:
    return f"{cell:.10f}".rstrip("0").rstrip(".")


def test_half_a_table_in_another_datum_is_told_row_by_row(conn: Connection, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    for number in range(8):
        on_ab = (117.2, 36.11 + number / 100)
        on_bc = (117.21 + number / 100, 36.1)
        for place, line in ((on_ab, AB), (on_bc, "370923-371321")):
            moved = number % 2 * 1.0
            there = (place[0] + moved * 95 * METRE_E, place[1] + moved * 40 / 111_000)
            rows.append(row(f"000{len(rows):04d}Q", there, 界线=line, 管理方="西川县", 所在地1=""))
    done = take(conn, tmp_path, rows)
    found = [one for one in done.findings if one.rule == "datum_mixed"]
    assert (done.state, len(found), {one.severity for one in found}) == ("refused", 8, {"error"})
    assert found[0].facts["east_m"] == pytest.approx(95, abs=3)
    assert found[0].facts["north_m"] == pytest.approx(40, abs=3)
    assert {one.row for one in found} == {4, 5, 8, 9, 12, 13, 16, 17}


def test_a_whole_table_off_by_one_shift_is_a_warning(conn: Connection, tmp_path: Path) -> None:
    rows = [
        row(f"000{number:04d}Q", (117.2 + 80 * METRE_E, 36.11 + number / 100))
        for number in range(8)
    ]
    done = take(conn, tmp_path, rows)
    assert (done.state, "datum_differs" in rules(done)) == ("applied", True)
    assert told(done, "datum_differs").facts["shift_m"] == pytest.approx(80, abs=3)


def test_markers_each_off_in_their_own_way_speak_of_no_other_datum(
    conn: Connection, tmp_path: Path
) -> None:
    off = (45, -38, 21, -15, 33, -29, 18, -42)
    rows = [
        row(f"000{number:04d}Q", (117.2 + metres * METRE_E, 36.11 + number / 100))
        for number, metres in enumerate(off)
    ]
    assert rules(take(conn, tmp_path, rows)) == []


def test_too_few_objects_and_what_the_file_lacks_are_warnings(
    conn: Connection, tmp_path: Path
) -> None:
    bare = {"界桩编号": "0001001Q", "界线": AB, "方位物1": "老槐树", "方位物1方位角": 12}
    done = take(conn, tmp_path, [bare])
    assert (done.state, sorted(rules(done))) == ("applied", ["file_incomplete", "objects_too_few"])
    missing = told(done, "file_incomplete").message()
    assert all(word in missing for word in ("坐标", "高程", "埋设日期", "管理方"))


def test_lines_and_sides_nobody_knows_are_errors_with_what_is_allowed(
    conn: Connection, tmp_path: Path
) -> None:
    rows = [
        row("0001001Q", 界线="9999"),
        row("0001002Q", 界线="", 相邻单位="东岭县、北海县"),
        row("0001003Q", 界线=""),
        row("0001004Q", 界线="", 相邻单位="东岭县"),
        row("0001005Q", 相邻单位="东岭县、南河县"),
        row("0001006Q", 管理方="南河县", 所在地1="某村"),
    ]
    done = take(conn, tmp_path, rows)
    found = {one.row: one.rule for one in done.findings if one.severity == "error"}
    assert found == {
        2: "line_unknown", 3: "side_unknown", 4: "line_missing", 5: "sides_without_line",
        6: "sides_differ",
    }  # fmt: skip
    assert {"keeper_unknown", "site_of_no_side"} <= set(rules(done, "warning"))


def test_an_editor_of_one_side_alone_writes_nothing(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    for viewer in (border.viewer("A"), border.viewer("A", "C")):
        with pytest.raises(OutsideJurisdictionError):
            take(conn, tmp_path, [row()], viewer=viewer)
    with pytest.raises(RoleMissingError):
        take(conn, tmp_path, [row()], viewer=border.viewer("city", role="viewer"))
    assert take(conn, tmp_path, [row()], viewer=border.viewer("city")).counts["added"] == 1


def test_a_dry_run_finds_the_same_and_leaves_nothing(conn: Connection, tmp_path: Path) -> None:
    done = take(conn, tmp_path, [row()], dry_run=True)
    assert (done.state, done.counts["added"], markers(conn)) == ("staged", 1, [])


PINYIN: Sequence[tuple[str, object]] = (
    ("JZBH", "1253165Q"), ("KJSJBSM", "x-1"), ("JXDM", AB), ("ZZB", 0), ("HZB", 0),
    ("JD", 117.2), ("WD", 36.15), ("JZDJ", "县级"), ("JZLX", "单立双面"), ("JZCZ", "石质"),
    ("SZD1", "东岭县甲村"), ("SZD2", "西川县乙村"), ("SZD3", ""), ("GC", 101.5),
    ("YHFWWWZ", "老槐树"), ("YHFWWFWJ", "12°30′00″"), ("YHFWWJL", 20),
    ("EHFWWWZ", "水塔"), ("EHFWWFWJ", 100), ("EHFWWJL", "35.5米"),
    ("SHFWWWZ", "桥头"), ("SHFWWFWJ", 359.9), ("SHFWWJL", 42), ("WZMS", "路北"),
)  # fmt: skip


@pytest.mark.parametrize("mapped", [True, False])
def test_heads_in_pinyin_are_known_with_and_without_the_mapping_file(
    conn: Connection, tmp_path: Path, *, mapped: bool
) -> None:
    given = dict(PINYIN)
    if mapped:
        # With both pairs in the file the mapping takes the metres.
        given["HZB"], given["ZZB"] = metres(*ON_AB, "EPSG:4527")
        done = take(conn, tmp_path, [given], crs="EPSG:4527", mapping=read_mapping(MAPPING))
    else:
        done = take(conn, tmp_path, [given])
    assert rules(done, "error") == []
    (one,) = markers(conn)
    assert (one.number, one.grade, one.material, one.height_m) == (
        "1253165Q", "县级", "石质", 101.5,
    )  # fmt: skip
    assert (one.lon, one.lat) == pytest.approx(ON_AB, abs=1e-9)
    objects = read_objects(conn, [one.id], TODAY)[one.id]
    assert [(o.name, o.grid_bearing_deg, o.distance_m) for o in objects] == [
        ("老槐树", 12.5, 20.0), ("水塔", 100.0, 35.5), ("桥头", 359.9, 42.0),
    ]  # fmt: skip
    assert len(read_own(conn, [one.id], TODAY)[one.id]) == 2
