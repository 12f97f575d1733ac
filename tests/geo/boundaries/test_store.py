from __future__ import annotations

from datetime import date

import pytest
import shapely
from geoalchemy2 import WKBElement
from shapely import MultiLineString, MultiPolygon
from sqlalchemy import Connection, func, select, update

from geo.access.jurisdiction import Viewer, public_viewer, system_viewer
from geo.boundaries.check import check_topology
from geo.boundaries.find import LineFilter, LinesFound, find_lines
from geo.boundaries.read import read_line
from geo.boundaries.store import Stored, store_lines
from geo.boundaries.tables import boundary_line_version
from geo.divisions.read import find_division, units_below
from geo.errors import LineUnknownError, NotPublishedError
from geo.office import set_office
from tests.geo.boundaries.drawn import lines_on
from tests.geo.divisions.given import FROM, TODAY, put
from tests.grid import draw

VIEWER = system_viewer("test")
LATER = date(2022, 6, 1)
NAMES = {"A": "370902", "B": "370911", "C": "371302", "D": "420102"}


def _put(conn: Connection, text: str, valid_from: date = FROM) -> Stored:
    drawn = draw(text)
    given: list[tuple[str, str, MultiPolygon | None]] = [
        (NAMES[letter], letter, shape) for letter, shape in sorted(drawn.items())
    ]
    put(conn, *given, valid_from=valid_from)
    return store_lines(conn, "county", valid_from)


def _sides(conn: Connection, at: date = TODAY) -> list[tuple[str, str, int, str]]:
    return [(one.left_name, one.right_name, one.version, one.level) for one in lines_on(conn, at)]


def test_lines_are_stored_once_for_each_pair_with_the_level_they_are_of(conn: Connection) -> None:
    stored = _put(
        conn,
        """
        ABCD
    """,
    )
    assert (stored.pairs, stored.lines, stored.added) == (3, 3, 3)
    assert _sides(conn) == [
        ("A", "B", 1, "county"),
        ("B", "C", 1, "prefecture"),
        ("C", "D", 1, "province"),
    ]


def test_deriving_again_changes_nothing(conn: Connection) -> None:
    _put(conn, "AB")
    again = store_lines(conn, "county", FROM)
    assert (again.unchanged, again.added, again.changed, again.ended) == (1, 0, 0, 0)


def test_a_moved_edge_gives_the_line_a_new_version_from_that_day(conn: Connection) -> None:
    _put(conn, "AAB")
    (before,) = lines_on(conn)
    stored = _put(conn, "ABB", LATER)
    assert (stored.changed, stored.added) == (1, 0)
    (after,) = lines_on(conn)
    assert (after.id, after.version, after.valid_from) == (before.id, 2, LATER)
    (past,) = lines_on(conn, FROM)
    assert (past.version, past.valid_to) == (1, LATER)


def test_a_correction_of_the_same_day_amends_the_line(conn: Connection) -> None:
    _put(conn, "AAB")
    _put(conn, "ABB")
    (line,) = lines_on(conn)
    assert (line.version, line.valid_from) == (1, FROM)
    assert line.bbox[0] == pytest.approx(117.1)


def test_a_line_whose_edge_is_gone_ends(conn: Connection) -> None:
    _put(conn, "AB")
    stored = _put(conn, "A.B", LATER)
    assert stored.ended == 1
    assert _sides(conn) == []
    assert len(_sides(conn, FROM)) == 1


def test_polygons_put_in_for_an_earlier_day_give_lines_until_the_known_ones(
    conn: Connection,
) -> None:
    _put(conn, "ABB", LATER)
    _put(conn, "AAB", FROM)
    (past,) = lines_on(conn, FROM)
    (now,) = lines_on(conn)
    assert (past.valid_from, past.valid_to) == (FROM, LATER)
    assert past.bbox[0] == pytest.approx(117.2)
    assert now.bbox[0] == pytest.approx(117.1)


def _make_master(conn: Connection, shape: MultiLineString) -> None:
    conn.execute(
        update(boundary_line_version).values(
            origin="agreed", geom=WKBElement(shapely.to_wkb(shape), srid=4490)
        )
    )


def test_an_agreed_line_is_never_replaced_by_a_derived_one(conn: Connection) -> None:
    _put(conn, "AAB")
    agreed = MultiLineString([[(117.15, 36), (117.15, 36.1)]])
    _make_master(conn, agreed)
    stored = _put(conn, "ABB", LATER)
    assert len(stored.mastered) == 1
    (line,) = lines_on(conn)
    assert (line.origin, line.version) == ("agreed", 1)
    kept = conn.execute(select(func.ST_AsBinary(boundary_line_version.c.geom))).scalar_one()
    assert shapely.from_wkb(bytes(kept)).equals(agreed)


def test_polygons_that_leave_an_agreed_line_are_a_finding_with_distance_and_place(
    conn: Connection,
) -> None:
    _put(conn, "AAB")
    _make_master(conn, MultiLineString([[(117.19, 36), (117.2, 36.1)]]))
    (differs,) = check_topology(conn, "county", TODAY).differs
    assert differs.worst_m == pytest.approx(901, rel=0.01), "0.01 degrees of longitude at 36° N"
    assert differs.place == pytest.approx((117.19, 36.0), abs=0.01)


def test_polygons_that_follow_an_agreed_line_are_no_finding(conn: Connection) -> None:
    _put(conn, "AAB")
    _make_master(conn, MultiLineString([[(117.2, 36), (117.2, 36.05), (117.2, 36.1)]]))
    assert check_topology(conn, "county", TODAY).differs == []


def test_districts_of_one_city_merge_when_the_office_says_so(conn: Connection) -> None:
    _put(conn, "ABC")
    before = check_topology(conn, "county", TODAY)
    set_office(conn, VIEWER, "boundary_lines.districts_of_one_city", "merged")
    merged = check_topology(conn, "county", TODAY)
    assert (before.pairs, merged.pairs) == (2, 1)
    assert merged.settings["boundary_lines.districts_of_one_city"] == "merged"
    stored = store_lines(conn, "county", LATER)
    assert (stored.pairs, stored.ended) == (1, 2)
    (line,) = lines_on(conn)
    assert {line.left_code, line.right_code} == {"370900", "371300"}


def _names(found: LinesFound) -> list[tuple[str, str]]:
    return [(one.line.left_name, one.line.right_name) for one in found.items]


def test_within_wants_both_sides_and_touching_one(conn: Connection) -> None:
    _put(conn, "ABCD")
    shandong = find_division(conn, "37")
    within = find_lines(conn, VIEWER, TODAY, LineFilter(within=shandong))
    touching = find_lines(conn, VIEWER, TODAY, LineFilter(touching=shandong))
    assert _names(within) == [("A", "B"), ("B", "C")]
    assert _names(touching) == [("C", "D")]
    assert within.length_km == pytest.approx(sum(one.line.length_km for one in within.items))


def test_a_check_within_a_division_counts_only_what_lies_inside(conn: Connection) -> None:
    _put(conn, "ABCD")
    among = units_below(conn, find_division(conn, "3709"), TODAY)
    report = check_topology(conn, "county", TODAY, among=among)
    assert (report.units, report.pairs) == (2, 1)


def test_pages_of_lines_follow_each_other(conn: Connection) -> None:
    _put(conn, "ABCD")
    first = find_lines(conn, VIEWER, TODAY, limit=2)
    assert first.next is not None
    second = find_lines(conn, VIEWER, TODAY, limit=2, after=first.next)
    assert [len(first.items), len(second.items)] == [2, 1]
    assert (second.next, second.total) == (None, 3)
    beyond = find_lines(conn, VIEWER, TODAY, after="~")
    assert (beyond.items, beyond.total) == ([], 3)


@pytest.fixture
def public() -> Viewer:
    return public_viewer(demo_open=False)


def test_the_public_sees_no_line_that_is_not_published(conn: Connection, public: Viewer) -> None:
    _put(conn, "AB")
    (line,) = lines_on(conn)
    assert find_lines(conn, public, TODAY).total == 0
    with pytest.raises(NotPublishedError):
        read_line(conn, line.id, TODAY, public)


def test_a_line_before_its_first_version_is_unknown(conn: Connection) -> None:
    _put(conn, "AB")
    (line,) = lines_on(conn)
    with pytest.raises(LineUnknownError):
        read_line(conn, line.id, date(1985, 1, 1), VIEWER)
