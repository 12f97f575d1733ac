"""Lists of lines through the ordinary way in, drawn and real."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely import LineString
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.boundaries.ends import list_tripoints
from geo.boundaries.find import LineFilter, find_lines
from geo.boundaries.record import read_record
from geo.boundaries.store import store_lines
from geo.boundaries.surveys import list_surveys, read_course
from geo.boundaries.versions import list_versions
from geo.errors import OptionInvalidError, OutsideJurisdictionError
from geo.exchange.stage import Options
from geo.files.store import hash_file
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from geo.revisions.changes import list_changes
from tests.geo.boundaries.drawn import VIEWER, account, draw_country, line_of, lines_on
from tests.geo.boundaries.test_change import bent, course_of
from tests.geo.divisions.given import FROM, TODAY, put

PINYIN = {
    "JXDM": "0211",
    "JXMC": "泰岱线",
    "JXDJ": "县",
    "甲方": "泰山区",
    "乙方": "岱岳区",
    "JXCD": "19.8",
    "长度依据": "协议书",
    "长度文件": "鲁民〔2003〕12号",
    "JXQD": "三交点",
    "JXZD": "汶河",
}


def take(
    conn: Connection, path: Path, *, viewer: Viewer = VIEWER, accept: bool = False, **facts: str
) -> ImportReport:
    options = ImportOptions(valid_from=FROM, reading=Options(), facts=facts, accept_findings=accept)
    assert hash_file(path)
    return run_import(
        conn, "lines", path, options, viewer=viewer, today=TODAY, files=path.parent / "files"
    )


def sheet(folder: Path, *rows: Mapping[str, object]) -> Path:
    path = folder / "lines.csv"
    heads = list(dict.fromkeys(head for row in rows for head in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads)
        writer.writeheader()
        writer.writerows(rows)
    return path


def drawing(folder: Path, *rows: tuple[Mapping[str, object], shapely.Geometry]) -> Path:
    path = folder / "lines.geojson"
    features = [
        {"type": "Feature", "properties": facts, "geometry": json.loads(shapely.to_geojson(shape))}
        for facts, shape in rows
    ]
    content: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def rules(done: ImportReport, severity: str | None = None) -> set[str]:
    for one in done.findings:
        assert one.message("zh")
        assert one.message("en")
    return {one.rule for one in done.findings if severity in (None, one.severity)}


@pytest.fixture
def country(conn: Connection) -> Connection:
    draw_country(conn)
    return conn


def test_a_list_with_pinyin_heads_writes_the_records(country: Connection, tmp_path: Path) -> None:
    done = take(country, sheet(tmp_path, PINYIN))
    assert (done.state, done.counts["changed"]) == ("applied", 1), done.findings
    line = line_of(country, "A", "B")
    record = read_record(country, line, TODAY)
    assert record is not None
    assert (record.code, record.name, record.official_length_km) == ("0211", "泰岱线", 19.8)
    assert (record.begins_at, record.ends_at, record.length_basis) == (
        "三交点", "汶河", "agreement",
    )  # fmt: skip
    assert record.source == "lines.csv"
    assert [one.what for one in list_changes(country, line)] == ["line_import"]
    again = take(country, sheet(tmp_path, PINYIN))
    assert (again.counts["changed"], again.counts["unchanged"]) == (0, 1)
    assert len(list_changes(country, line)) == 1


def test_what_a_row_leaves_open_stays_and_a_code_is_enough_to_find_a_line(
    country: Connection, tmp_path: Path
) -> None:
    take(country, sheet(tmp_path, PINYIN))
    take(country, sheet(tmp_path, {"JXDM": "0211", "备注": "补充"}))
    record = read_record(country, line_of(country, "A", "B"), TODAY)
    assert record is not None
    assert (record.name, record.note) == ("泰岱线", "补充")


def test_a_length_without_its_paper_is_no_official_one(country: Connection, tmp_path: Path) -> None:
    row = {key: value for key, value in PINYIN.items() if not key.startswith("长度")}
    done = take(country, sheet(tmp_path, row))
    assert "line_length_unofficial" in rules(done)
    record = read_record(country, line_of(country, "A", "B"), TODAY)
    assert record is not None
    assert record.official_length_km is None


def test_an_agreed_course_replaces_the_derived_one_and_is_checked_at_once(
    country: Connection, tmp_path: Path
) -> None:
    line = line_of(country, "A", "B")
    shape = bent(course_of(country, line))
    done = take(country, drawing(tmp_path, (PINYIN, shape)), origin="agreed")
    assert done.state == "applied", done.findings
    assert "line_differs" in rules(done)
    assert shapely.equals_exact(course_of(country, line), shape, tolerance=1e-9)
    (version,) = list_versions(country, line)
    assert (version.source, version.import_id) == ("lines.geojson", done.id)
    survey = bent(course_of(country, line), 0.002)
    (tmp_path / "lines.geojson").unlink()
    beside = take(country, drawing(tmp_path, (PINYIN, survey)), origin="surveyed")
    assert beside.counts["beside"] == 1
    assert rules(beside) >= {"line_beside", "line_survey_differs"}
    (kept,) = list_surveys(country, [line])[line]
    assert (kept.origin, kept.source_crs) == ("surveyed", "EPSG:4326") or kept.source_crs
    assert shapely.equals_exact(course_of(country, line), shape, tolerance=1e-9)


def test_imported_and_derived_lines_meet_in_one_register(
    country: Connection, tmp_path: Path
) -> None:
    before = find_lines(country, VIEWER, TODAY).total
    line = line_of(country, "A", "B")
    take(country, drawing(tmp_path, (PINYIN, bent(course_of(country, line)))))
    # A and D have no common edge in the drawing: the agreement knows better than the polygons.
    new = {"一方": "370902", "另一方": "370102", "名称": "泰历线"}
    shape = LineString([(117.2, 36.2), (117.3, 36.21)])
    done = take(country, drawing(tmp_path, (new, shape)))
    assert (done.state, done.counts["added"]) == ("applied", 1), done.findings
    assert "line_unknown_to_polygons" in rules(done)
    store_lines(country, "county", TODAY)
    found = find_lines(country, VIEWER, TODAY)
    assert found.total == before + 1
    assert {one.line.origin for one in found.items} == {"derived", "imported"}
    (ours,) = find_lines(country, VIEWER, TODAY, LineFilter(query="泰历线")).items
    assert (ours.line.level, ours.line.unit_level) == ("prefecture", "county")


BAD: dict[str, tuple[list[dict[str, str]], set[str]]] = {
    "unknown side": ([{**PINYIN, "甲方": "甲县"}], {"line_side_unknown"}),
    "one side only": ([{"甲方": "泰山区", "名称": "x"}], {"line_side_unknown"}),
    "the same side twice": ([{**PINYIN, "乙方": "370902"}], {"line_sides_same"}),
    "the same line twice": (
        [PINYIN, {**PINYIN, "甲方": "岱岳区", "乙方": "泰山区"}],
        {"line_twice"},
    ),
    "no line named": ([{"名称": "无名线"}], {"line_which"}),
    "a code nobody has": ([{"JXDM": "9999"}], {"line_which"}),
    "neighbours that are none, without a shape": (
        [{"甲方": "泰山区", "乙方": "历下区"}],
        {"line_without_shape"},
    ),
    "a length of minus three": ([{**PINYIN, "JXCD": "-3"}], {"line_length_invalid"}),
    "a length in words": ([{**PINYIN, "JXCD": "约二十"}], {"number_invalid"}),
    "a basis nobody knows": ([{**PINYIN, "长度依据": "听说"}], {"length_basis_unknown"}),
    "a day that is none": ([{**PINYIN, "批准日期": "2003-13-41"}], {"date_invalid"}),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_keeps_everything_out_and_says_why(
    country: Connection, tmp_path: Path, case: str
) -> None:
    rows, wanted = BAD[case]
    done = take(country, sheet(tmp_path, *rows))
    assert done.state == "refused"
    assert rules(done, "error") == wanted
    assert find_lines(country, VIEWER, TODAY, LineFilter(query="泰岱线")).total == 0


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        (LineString([(91.0, 30.0), (91.2, 30.1)]), "line_elsewhere"),
        (LineString([(117.1, 37.5), (117.2, 37.6)]), "line_elsewhere"),
    ],
)
def test_a_line_on_the_wrong_side_of_the_country_is_refused(
    country: Connection, tmp_path: Path, shape: shapely.Geometry, rule: str
) -> None:
    done = take(country, drawing(tmp_path, (PINYIN, shape)))
    assert (done.state, rules(done, "error")) == ("refused", {rule})
    new = {"一方": "370902", "另一方": "370102"}
    done = take(country, drawing(tmp_path, (new, shape)))
    assert (done.state, rules(done, "error")) == ("refused", {"line_elsewhere_side"})


def test_with_a_bad_row_left_out_the_good_one_goes_in(country: Connection, tmp_path: Path) -> None:
    path = sheet(tmp_path, {**PINYIN, "甲方": "甲县"}, PINYIN)
    done = take(country, path, accept=True)
    assert (done.state, done.counts["changed"]) == ("applied", 1)


def test_an_origin_no_file_has_is_refused(country: Connection, tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError):
        take(country, sheet(tmp_path, PINYIN), origin="derived")


def test_an_editor_of_one_side_imports_nothing_shared(country: Connection, tmp_path: Path) -> None:
    one = account(country, "one", ("editor", "370902"))
    with pytest.raises(OutsideJurisdictionError):
        take(country, sheet(tmp_path, PINYIN), viewer=one)


def test_names_of_a_level_and_pieces_are_told_apart_by_the_nearest_shape(
    conn: Connection, tmp_path: Path
) -> None:
    boxes = {
        "370902": shapely.union_all([shapely.box(117.0, 36.0, 117.1, 36.3)]),
        "370911": shapely.union_all(
            [shapely.box(117.1, 36.0, 117.2, 36.1), shapely.box(117.1, 36.2, 117.2, 36.3)]
        ),
    }
    shapes = {
        code: shapely.MultiPolygon(shapely.get_parts(box).tolist()) for code, box in boxes.items()
    }
    put(conn, *[(code, code, shape) for code, shape in shapes.items()])
    store_lines(conn, "county", FROM)
    south, north = sorted(lines_on(conn), key=lambda line: line.bbox[1])
    row = {"一方": "370902", "另一方": "370911", "名称": "北段线"}
    done = take(conn, drawing(tmp_path, (row, LineString([(117.1, 36.2), (117.1005, 36.3)]))))
    assert done.state == "applied", done.findings
    record = read_record(conn, north.id, TODAY)
    assert record is not None
    assert read_record(conn, south.id, TODAY) is None
    without = take(conn, sheet(tmp_path, {**row, "名称": "某线"}))
    assert "line_pieces" in rules(without)


@pytest.fixture(scope="module")
def counties() -> dict[str, tuple[str, shapely.MultiPolygon]]:
    """Return the counties of 泰安, real polygons, by code."""
    from data.demo.sources import read_layer  # noqa: PLC0415 - it reads 20 MB

    found = {}
    for feature in read_layer("district")["features"]:
        code = feature["properties"]["gb"][3:]
        if code.startswith("3709"):
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            parts = shapely.get_parts(shape).tolist()
            found[code] = (feature["properties"]["name"], shapely.MultiPolygon(parts))
    return found


def test_the_real_lines_of_taian_come_back_as_agreed_ones_without_a_finding(
    conn: Connection, tmp_path: Path, counties: dict[str, tuple[str, shapely.MultiPolygon]]
) -> None:
    put(conn, *[(code, name, shape) for code, (name, shape) in sorted(counties.items())])
    store_lines(conn, "county", FROM)
    lines = lines_on(conn)
    assert (len(lines), round(sum(line.length_km for line in lines))) == (7, 302)
    rows: list[tuple[Mapping[str, object], shapely.Geometry]] = []
    for number, line in enumerate(lines):
        shape = read_course(conn, line.id, TODAY)
        assert shape is not None
        facts = {"代码": f"01{number:02}", "甲方": line.right_code, "乙方": line.left_name}
        rows.append((facts, shapely.reverse(shape)))
    done = take(conn, drawing(tmp_path, *rows), origin="agreed")
    assert (done.state, done.counts["corrected"]) == ("applied", 7), done.findings
    assert done.findings == []
    after = lines_on(conn)
    assert {line.origin for line in after} == {"agreed"}
    assert [line.left_code for line in after] == [line.left_code for line in lines]
    assert sum(line.length_km for line in after) == pytest.approx(302, abs=1)
    meeting = next(
        number
        for number, line in enumerate(lines)
        if any(end.lines for end in list_tripoints(conn, line.id, TODAY, tolerance_m=1.0))
    )
    said, shape = rows[meeting]
    moved = [(said, shapely.transform(shape, lambda xy: xy + 0.001))]
    done = take(conn, drawing(tmp_path, *moved), origin="agreed")
    assert rules(done) >= {"line_differs", "tripoint_open"}
    assert done.counts["corrected"] == 1
    assert lines_on(conn, date(2019, 1, 1)) == []
