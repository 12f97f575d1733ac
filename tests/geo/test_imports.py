from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Grant, Viewer, system_viewer
from geo.boundaries.find import find_lines
from geo.divisions.read import find_division, list_divisions
from geo.divisions.tables import division_version
from geo.errors import (
    ColumnMissingError,
    FileUnreadableError,
    ImportUnknownError,
    OutsideJurisdictionError,
    StoppedError,
)
from geo.exchange.runs import read_run
from geo.exchange.stage import Options
from geo.files.store import find_file
from geo.imports import ImportReport, run_import
from geo.incoming import ImportOptions
from tests.geo.divisions.given import FROM, TODAY, put
from tests.grid import draw

SYSTEM = system_viewer("test")


def _write(path: Path, *given: tuple[str, str, shapely.Geometry | None]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"代码": code, "名称": name},
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for code, name, shape in given
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def two(tmp_path: Path) -> Path:
    drawn = draw("AB")
    return _write(
        tmp_path / "两区.geojson",
        ("370902", "泰山区", drawn["A"]),
        ("370911", "岱岳区", drawn["B"]),
    )


def _import(conn: Connection, path: Path, home: Path, **options: Any) -> ImportReport:
    viewer = options.pop("viewer", SYSTEM)
    valid_from = options.pop("valid_from", FROM)
    return run_import(
        conn,
        "divisions",
        path,
        ImportOptions(valid_from=valid_from, **options),
        viewer=viewer,
        today=TODAY,
        files=home / "files",
    )


def _count(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).select_from(division_version)).scalar_one())


def test_a_good_file_goes_in_with_its_lines(conn: Connection, home: Path, two: Path) -> None:
    done = _import(conn, two, home)
    assert (done.state, done.errors) == ("applied", 0)
    assert list_divisions(conn, SYSTEM, TODAY, level="county").total == 2
    (found,) = find_lines(conn, SYSTEM, TODAY).items
    assert {found.line.left_name, found.line.right_name} == {"泰山区", "岱岳区"}


def test_the_file_itself_is_kept_as_it_came(conn: Connection, home: Path, two: Path) -> None:
    done = _import(conn, two, home)
    kept = find_file(conn, done.sha256, home / "files")
    assert kept.path.read_bytes() == two.read_bytes()


def test_one_error_keeps_everything_out(conn: Connection, home: Path, tmp_path: Path) -> None:
    drawn = draw("AB")
    path = _write(
        tmp_path / "a.geojson", ("370902", "泰山区", drawn["A"]), ("999999", "某区", drawn["B"])
    )
    done = _import(conn, path, home)
    assert (done.state, done.errors, done.counts) == ("refused", 1, {})
    assert _count(conn) == 0
    recorded = read_run(conn, done.id)
    assert recorded.state == "refused"
    assert recorded.findings[0]["message"] != recorded.findings[0]["message_en"]


def test_accepting_findings_applies_the_good_rows_and_lists_the_others(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    drawn = draw("AB")
    path = _write(
        tmp_path / "a.geojson", ("370902", "泰山区", drawn["A"]), ("999999", "某区", drawn["B"])
    )
    done = _import(conn, path, home, accept_findings=True)
    assert (done.state, done.errors) == ("applied", 1)
    assert [one.code for one in list_divisions(conn, SYSTEM, TODAY, level="county").items] == [
        "370902"
    ]


def test_a_dry_run_finds_the_same_and_changes_nothing(
    conn: Connection, home: Path, two: Path
) -> None:
    tried = _import(conn, two, home, dry_run=True)
    assert (tried.state, tried.counts["added"], _count(conn)) == ("staged", 4, 0)
    done = _import(conn, two, home)
    assert done.counts == tried.counts
    assert [one.rule for one in done.findings] == [one.rule for one in tried.findings]


def test_a_gap_and_an_overlap_between_neighbours_are_warnings_with_their_place(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    ring = draw("""
        AAA
        A.A
        AAA
    """)["A"]
    wide = shapely.box(117.25, 36.0, 117.5, 36.3)
    path = _write(tmp_path / "a.geojson", ("370902", "泰山区", ring), ("370911", "岱岳区", wide))
    done = _import(conn, path, home)
    assert done.state == "applied"
    rules = {finding.rule: finding for finding in done.findings}
    assert {"gap", "overlap"} <= rules.keys()
    assert rules["gap"].place == pytest.approx((117.15, 36.15))
    assert all(finding.severity == "warning" for finding in done.findings)


def test_importing_the_same_file_again_changes_nothing(
    conn: Connection, home: Path, two: Path
) -> None:
    _import(conn, two, home)
    before = _count(conn)
    again = _import(conn, two, home)
    assert (again.counts["unchanged"], _count(conn)) == (2, before)


def test_a_polygon_that_crosses_itself_goes_in_and_is_reported(
    conn: Connection, home: Path, tmp_path: Path
) -> None:
    bow = shapely.Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])
    done = _import(conn, _write(tmp_path / "a.geojson", ("370902", "泰山区", bow)), home)
    assert done.state == "applied"
    (finding,) = [one for one in done.findings if one.rule == "geometry_invalid"]
    assert finding.place == pytest.approx((117.5, 36.5))


def test_an_editor_of_a_county_cannot_import_its_neighbour(
    conn: Connection, home: Path, two: Path
) -> None:
    put(conn, ("370902", "泰山区"), ("370911", "岱岳区"))
    own = find_division(conn, "370902")
    viewer = Viewer(None, "县", (Grant("editor", own, "泰山区 370902"),), False, "system:test")
    with pytest.raises(OutsideJurisdictionError):
        _import(conn, two, home, viewer=viewer)
    alone = _write(two.parent / "own.geojson", ("370902", "泰山区", draw("A")["A"]))
    assert _import(conn, alone, home, viewer=viewer).state == "applied"


def test_a_named_column_that_is_not_there_is_refused_with_those_there_are(
    conn: Connection, home: Path, two: Path
) -> None:
    with pytest.raises(ColumnMissingError) as refusal:
        _import(conn, two, home, reading=Options(mapping={"code": "区划码"}))
    assert "代码" in str(refusal.value.facts["columns"])


def test_a_file_that_is_cut_is_refused_and_nothing_is_recorded(
    conn: Connection, home: Path, two: Path
) -> None:
    content = two.read_bytes()
    two.write_bytes(content[: len(content) // 2])
    with pytest.raises(FileUnreadableError):
        _import(conn, two, home)
    assert _count(conn) == 0


def test_an_unknown_kind_is_refused(conn: Connection, home: Path, two: Path) -> None:
    with pytest.raises(ImportUnknownError):
        run_import(
            conn,
            "castles",
            two,
            ImportOptions(valid_from=date(2020, 1, 1)),
            viewer=SYSTEM,
            today=TODAY,
            files=home / "files",
        )


def test_an_import_stops_when_it_is_told_to(conn: Connection, home: Path, two: Path) -> None:
    with pytest.raises(StoppedError):
        run_import(
            conn,
            "divisions",
            two,
            ImportOptions(valid_from=FROM),
            viewer=SYSTEM,
            today=TODAY,
            files=home / "files",
            progress=lambda share, _doing: share < 0.5,
        )
