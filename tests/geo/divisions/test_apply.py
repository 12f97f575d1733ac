from __future__ import annotations

from datetime import date, timedelta

import pytest
from psycopg.types.range import DateRange
from pyproj import Geod
from shapely import MultiPolygon
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from geo.access.jurisdiction import system_viewer
from geo.access.tables import division_closure
from geo.db.tables import audit_log
from geo.divisions.apply import Source, apply_divisions, jurisdiction_of
from geo.divisions.read import find_division, list_versions, read_division
from geo.divisions.tables import division_version
from tests.geo.divisions.given import FROM, TODAY, put, rows
from tests.grid import draw

VIEWER = system_viewer("test")
LATER = date(2022, 6, 1)


@pytest.fixture
def square() -> MultiPolygon:
    return draw("A")["A"]


def _versions(conn: Connection, code: str) -> list[tuple[str, date | None, date | None]]:
    found = list_versions(conn, find_division(conn, code), VIEWER)
    return [(one.name, one.valid_from, one.valid_to) for one in found]


def test_a_new_code_makes_a_division_from_its_day_on(conn: Connection) -> None:
    applied = put(conn, ("370000", "山东省"))
    assert applied.added == 1
    assert _versions(conn, "370000") == [("山东省", FROM, None)]


def test_a_change_ends_the_old_version_and_begins_a_new_one(conn: Connection) -> None:
    put(conn, ("130000", "河北省"), ("130823", "平泉县"))
    applied = put(conn, ("130823", "平泉市"), valid_from=LATER)
    assert applied.changed == 1
    assert _versions(conn, "130823") == [("平泉县", FROM, LATER), ("平泉市", LATER, None)]


def test_the_same_again_changes_nothing(conn: Connection, square: MultiPolygon) -> None:
    put(conn, ("370000", "山东省", square))
    applied = put(conn, ("370000", "山东省", square), valid_from=LATER)
    assert (applied.unchanged, applied.reshaped_levels) == (1, set())
    assert len(_versions(conn, "370000")) == 1


def test_a_correction_of_the_same_day_amends_the_version_and_keeps_the_old_in_the_log(
    conn: Connection,
) -> None:
    put(conn, ("370000", "山东"))
    applied = put(conn, ("370000", "山东省"))
    assert applied.corrected == 1
    assert _versions(conn, "370000") == [("山东省", FROM, None)]
    logged = conn.execute(
        select(audit_log.c.old, audit_log.c.new, audit_log.c.reason).where(
            audit_log.c.table_name == "division_version", audit_log.c.action == "update"
        )
    ).one()
    assert (logged.old["name"], logged.new["name"]) == ("山东", "山东省")
    assert logged.reason == "import test"


def test_a_version_put_in_before_a_known_one_ends_where_that_begins(conn: Connection) -> None:
    put(conn, ("370000", "山东省"), valid_from=LATER)
    put(conn, ("370000", "山东"))
    assert _versions(conn, "370000") == [("山东", FROM, LATER), ("山东省", LATER, None)]


def test_a_version_put_in_the_middle_leaves_the_later_one(conn: Connection) -> None:
    put(conn, ("370000", "一"))
    put(conn, ("370000", "三"), valid_from=LATER)
    middle = FROM + timedelta(days=10)
    put(conn, ("370000", "二"), valid_from=middle)
    assert _versions(conn, "370000") == [
        ("一", FROM, middle),
        ("二", middle, LATER),
        ("三", LATER, None),
    ]


def test_a_list_without_polygons_leaves_the_polygon_that_is_there(
    conn: Connection, square: MultiPolygon
) -> None:
    put(conn, ("370000", "山东", square))
    put(conn, ("370000", "山东省"), valid_from=LATER)
    division = read_division(conn, "370000", TODAY, VIEWER)
    assert division.has_polygon
    assert division.name == "山东省"


def test_a_new_version_is_unpublished_again(conn: Connection, square: MultiPolygon) -> None:
    put(conn, ("370000", "山东省", square), publication="demo")
    put(conn, ("370000", "山东"), valid_from=LATER)
    assert read_division(conn, "370000", TODAY, VIEWER).publication == "unpublished"


def test_area_is_that_on_the_ellipsoid(conn: Connection, square: MultiPolygon) -> None:
    put(conn, ("370000", "山东省", square))
    expected = abs(Geod(ellps="GRS80").geometry_area_perimeter(square)[0]) / 1e6
    assert read_division(conn, "37", TODAY, VIEWER).area_km2 == pytest.approx(expected)


def test_the_closure_follows_the_parents_of_today(conn: Connection) -> None:
    put(
        conn, ("370000", "山东省"), ("370100", "济南市"), ("371200", "莱芜市"), ("371202", "莱城区")
    )
    moved = rows(("371202", "莱城区"))
    moved[0].parent = "370100"
    apply_divisions(conn, moved, valid_from=LATER, today=TODAY, source=Source(name="test"))
    district = find_division(conn, "371202")
    above = conn.execute(
        select(division_closure.c.ancestor_id).where(division_closure.c.descendant_id == district)
    ).scalars()
    assert set(above) == {district, find_division(conn, "370100"), find_division(conn, "370000")}


def test_a_version_that_begins_tomorrow_does_not_move_the_closure_today(conn: Connection) -> None:
    put(
        conn, ("370000", "山东省"), ("370100", "济南市"), ("371200", "莱芜市"), ("371202", "莱城区")
    )
    moved = rows(("371202", "莱城区"))
    moved[0].parent = "370100"
    tomorrow = TODAY + timedelta(days=1)
    apply_divisions(conn, moved, valid_from=tomorrow, today=TODAY, source=Source(name="test"))
    above = conn.execute(
        select(division_closure.c.ancestor_id).where(
            division_closure.c.descendant_id == find_division(conn, "371202")
        )
    ).scalars()
    assert find_division(conn, "371200") in set(above)


def test_two_divisions_never_bear_one_code_at_a_time(conn: Connection) -> None:
    put(conn, ("370000", "山东省"), ("410000", "河南省"))
    version = division_version.c
    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(update(division_version).where(version.code == "410000").values(code="370000"))


def test_a_version_of_no_length_is_refused_by_the_database(conn: Connection) -> None:
    put(conn, ("370000", "山东省"))
    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(update(division_version).values(valid=DateRange(FROM, FROM)))


def test_an_editor_is_asked_for_at_each_known_division_and_above_each_new_one(
    conn: Connection,
) -> None:
    put(conn, ("370000", "山东省"), ("370900", "泰安市"), ("370902", "泰山区"))
    incoming = rows(("370902", "泰山区"), ("370911", "岱岳区"), ("370911001", "某街道"))
    incoming[1].parent, incoming[2].parent = "370900", "370911"
    assert jurisdiction_of(conn, incoming) == {
        find_division(conn, "370902"),
        find_division(conn, "370900"),
    }


def test_a_new_province_needs_an_editor_of_the_whole_country(conn: Connection) -> None:
    assert jurisdiction_of(conn, rows(("370000", "山东省"))) == {None}
