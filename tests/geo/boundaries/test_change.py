from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely
from shapely import LineString
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import Viewer
from geo.boundaries.change import LineChange, apply_line_change, change_line, outranks
from geo.boundaries.course import Course, as_lines
from geo.boundaries.ends import list_tripoints
from geo.boundaries.read import read_line
from geo.boundaries.record import RecordPut, read_record
from geo.boundaries.store import store_lines
from geo.boundaries.surveys import compare_surveys, list_surveys, read_course
from geo.boundaries.tables import boundary_line_version
from geo.boundaries.versions import list_versions
from geo.divisions.apply import Source
from geo.errors import (
    ChangedMeanwhileError,
    LineInvalidError,
    LineUnknownError,
    OutsideJurisdictionError,
)
from geo.exchange.findings import Finding
from geo.revisions.changes import list_changes
from geo.texts import say
from tests.geo.boundaries.drawn import VIEWER, account, draw_country, line_of, lines_on
from tests.geo.divisions.given import FROM, TODAY, put
from tests.grid import draw

LATER = date(2024, 5, 1)
NORTH_DEG = 0.001
"""111 m."""


@pytest.fixture(autouse=True)
def _country(conn: Connection) -> None:
    draw_country(conn)


def course_of(conn: Connection, line: UUID) -> shapely.Geometry:
    shape = read_course(conn, line, TODAY)
    assert shape is not None
    return shape


def bent(shape: shapely.Geometry, degrees: float = NORTH_DEG) -> shapely.Geometry:
    """Return a line with its inner points moved, its ends where they were."""
    dense = shapely.segmentize(shapely.line_merge(shape), 0.02)
    xy = shapely.get_coordinates(dense)
    xy[1:-1] += degrees
    return as_lines(LineString(xy))


def change(
    conn: Connection,
    line: UUID,
    shape: shapely.Geometry,
    origin: str = "agreed",
    *,
    seen: int = 0,
    day: date = LATER,
    viewer: Viewer = VIEWER,
) -> LineChange:
    return change_line(
        conn,
        viewer,
        line,
        Course(shape=shape, origin=origin, as_of=day),
        valid_from=day,
        source=Source(name="鲁民〔2024〕3号"),
        seen=seen,
    )


def rules(found: list[Finding]) -> set[str]:
    for one in found:
        assert one.message("zh")
        assert one.message("en")
    return {one.rule for one in found}


def test_an_agreed_line_is_a_new_version_and_its_polygons_are_checked_against_it(
    conn: Connection,
) -> None:
    line = line_of(conn, "A", "B")
    before = course_of(conn, line)
    done = change(conn, line, bent(before))
    assert (done.what, done.revision) == ("changed", 1)
    assert "line_differs" in rules(done.findings)
    now, _ = read_line(conn, line, TODAY, VIEWER)
    assert (now.origin, now.version, now.valid_from) == ("agreed", 2, LATER)
    then, _ = read_line(conn, line, date(2024, 4, 30), VIEWER)
    assert (then.origin, then.valid_to) == ("derived", LATER)
    assert (now.left_code, now.right_code) == (then.left_code, then.right_code)
    differs = next(one for one in done.findings if one.rule == "line_differs")
    assert differs.facts["worst_m"] != "∞"


def test_every_version_says_where_it_comes_from(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    change(conn, line, bent(course_of(conn, line)), "surveyed")
    change(conn, line, bent(course_of(conn, line)), seen=1, day=TODAY)
    versions = list_versions(conn, line)
    assert [(one.origin, one.source) for one in versions] == [
        ("derived", "区划面"),
        ("surveyed", "鲁民〔2024〕3号"),
        ("agreed", "鲁民〔2024〕3号"),
    ]
    (beside,) = compare_surveys(conn, line, TODAY)
    assert beside.survey.source == "鲁民〔2024〕3号"


def test_an_agreed_line_where_the_polygons_run_finds_nothing_wrong(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    assert change(conn, line, course_of(conn, line)).findings == []


def test_lines_that_met_an_end_that_moved_are_named(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    xy = shapely.get_coordinates(course_of(conn, line))
    xy[-1] += 0.002
    xy[0] -= 0.002
    done = change(conn, line, as_lines(LineString(xy)))
    opened = [one for one in done.findings if one.rule == "tripoint_open"]
    assert {frozenset(str(one.facts["neighbour"]).split("—")) for one in opened} == {
        frozenset(("泰山区", "宁阳县")),
        frozenset(("岱岳区", "宁阳县")),
    }
    assert len(opened) == 2
    assert all(float(str(one.facts["gap_m"])) > 200 for one in opened)


def test_what_is_derived_again_leaves_an_agreed_line_alone(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    shape = bent(course_of(conn, line))
    change(conn, line, shape)
    stored = store_lines(conn, "county", TODAY)
    assert len(stored.mastered) == 1
    assert shapely.equals_exact(course_of(conn, line), shape, tolerance=1e-12)


@pytest.mark.parametrize("origin", ["surveyed", "imported"])
def test_a_lower_course_stands_beside_the_agreed_line(conn: Connection, origin: str) -> None:
    line = line_of(conn, "A", "B")
    agreed = course_of(conn, line)
    change(conn, line, agreed)
    done = change(conn, line, bent(agreed), origin, seen=1)
    assert done.what == "beside"
    assert rules(done.findings) == {"line_beside", "line_survey_differs"}
    assert shapely.equals(course_of(conn, line), agreed)
    (compared,) = compare_surveys(conn, line, TODAY)
    assert compared.survey.id == done.survey_id
    assert 80 < compared.comparison.worst_m < 145
    again = change(conn, line, bent(agreed), origin, seen=2)
    assert again.survey_id == done.survey_id
    assert len(list_surveys(conn, [line])[line]) == 1


def test_a_survey_stays_beside_the_line_that_is_agreed_later(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    derived = course_of(conn, line)
    assert change(conn, line, bent(derived), "surveyed", day=FROM).what == "corrected"
    done = change(conn, line, derived, "agreed", seen=1)
    assert done.what == "changed"
    assert "line_survey_differs" in rules(done.findings)
    (kept,) = list_surveys(conn, [line])[line]
    assert (kept.origin, kept.as_of, kept.source) == ("surveyed", FROM, "鲁民〔2024〕3号")


def test_the_ranks_of_courses() -> None:
    assert outranks("imported", "derived")
    assert outranks("agreed", "agreed")
    assert not outranks("surveyed", "agreed")
    assert not outranks("imported", "surveyed")


def test_a_course_drawn_the_other_way_keeps_left_and_right(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    shape = course_of(conn, line)
    (part,) = shapely.get_parts(shape)
    done = change(conn, line, as_lines(part.reverse()))
    assert done.what == "changed"
    assert shapely.equals_exact(course_of(conn, line), shape, tolerance=0)


def test_only_editors_of_both_sides_change_a_line(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    one = account(conn, "one", ("editor", "370902"))
    with pytest.raises(OutsideJurisdictionError):
        change(conn, line, course_of(conn, line), viewer=one)
    with pytest.raises(LineUnknownError):
        change(conn, uuid4(), course_of(conn, line))


def test_a_stale_writer_changes_nothing(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    shape = course_of(conn, line)
    change(conn, line, bent(shape))
    with pytest.raises(ChangedMeanwhileError):
        change(conn, line, shape, seen=0)
    (told,) = list_changes(conn, line)
    assert say(told.in_words()) == "按协议变更界线图形（鲁民〔2024〕3号），自 2024-05-01 起"


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        (LineString([(91.0, 30.0), (91.1, 30.1)]), "line_elsewhere"),
        (LineString([(36.1, 117.1), (36.2, 117.2)]), "line_outside_china"),
        (LineString([(-71.0, 42.0), (-71.1, 42.1)]), "line_outside_china"),
        (shapely.Point(117, 36), "line_no_line"),
        (LineString([(117, 36), (117, 36)]), "line_no_line"),
        (LineString(), "line_no_line"),
    ],
)
def test_what_is_no_line_or_lies_elsewhere_is_refused(
    conn: Connection, shape: shapely.Geometry, rule: str
) -> None:
    line = line_of(conn, "A", "B")
    with pytest.raises(LineInvalidError) as caught:
        change(conn, line, shape)
    assert rules(caught.value.facts["findings"]) == {rule}  # type: ignore[arg-type]
    count = select(func.count()).where(boundary_line_version.c.line_id == line)
    assert conn.execute(count).scalar() == 1


def test_tripoints_belong_to_three_sides(conn: Connection) -> None:
    ends = list_tripoints(conn, line_of(conn, "A", "C"), TODAY, tolerance_m=1.0)
    assert [len(end.sides) for end in ends] == [3, 3]
    assert {side.code for end in ends for side in end.sides} == {
        "370902", "370921", "370911", "429004",
    }  # fmt: skip


def test_the_line_round_an_enclave_is_changed_like_any_other(conn: Connection) -> None:
    shapes = draw("FFF\nFGF\nFFF", west=120.0)
    put(conn, ("371302", "外县", shapes["F"]), ("371311", "飞地", shapes["G"]))
    store_lines(conn, "county", FROM)
    line = next(one.id for one in lines_on(conn) if "飞地" in (one.left_name, one.right_name))
    assert list_tripoints(conn, line, TODAY, tolerance_m=1.0) == []
    (ring,) = shapely.get_parts(course_of(conn, line))
    done = change(conn, line, as_lines(ring.reverse()))
    assert (done.what, done.findings) == ("changed", [])
    assert shapely.equals_exact(course_of(conn, line), as_lines(ring), tolerance=0)


def agreed_body(conn: Connection, line: UUID, **changed: Any) -> dict[str, Any]:
    shape = bent(course_of(conn, line))
    body = {"geometry": json.loads(shapely.to_geojson(shape)), "valid_from": "2024-05-01"}
    return body | changed


def test_an_agreed_proposal_changes_the_course_or_the_record(conn: Connection) -> None:
    line = line_of(conn, "A", "B")
    one = account(conn, "one", ("editor", "370902"))
    done = apply_line_change(conn, one, line, agreed_body(conn, line), today=TODAY)
    assert isinstance(done, LineChange)
    assert done.what == "changed"
    written = apply_line_change(
        conn, one, line, {"name": "泰岱线", "settled_on": "2003-06-01"}, today=TODAY
    )
    assert isinstance(written, RecordPut)
    record = read_record(conn, line, TODAY)
    assert record is not None
    assert (record.name, record.settled_on) == ("泰岱线", date(2003, 6, 1))
    apply_line_change(conn, one, line, {"settled_on": None, "code": "0211"}, today=TODAY)
    record = read_record(conn, line, TODAY)
    assert record is not None
    assert (record.name, record.settled_on, record.code) == ("泰岱线", None, "0211")


@pytest.mark.parametrize(
    "body",
    [
        {"geometry": {"type": "Polygon", "coordinates": []}},
        {"geometry": "LINESTRING(1 2, 3 4)"},
        {"geometry": {"type": "LineString"}},
        {"name": 7},
        {"colour": "red"},
        {"settled_on": "yesterday"},
        {"official_length_km": "long"},
        {"valid_from": "31.12.2020"},
    ],
)
def test_a_proposal_that_says_nothing_usable_is_refused_in_words(
    conn: Connection, body: dict[str, Any]
) -> None:
    with pytest.raises(LineInvalidError) as caught:
        apply_line_change(conn, VIEWER, line_of(conn, "A", "B"), body, today=TODAY)
    assert rules(caught.value.facts["findings"])  # type: ignore[arg-type]
