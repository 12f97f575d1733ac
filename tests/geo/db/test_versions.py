from __future__ import annotations

from datetime import date
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from geo.db.versions import Put, end_versions, put_versions
from geo.markers.tables import marker_side
from tests.border import Border, draw_border, set_marker

KEY = ("marker_id", "division_id")
DAYS = [date(2020 + step, 1, 1) for step in range(6)]


@pytest.fixture
def place(conn: Connection) -> tuple[UUID, UUID]:
    border: Border = draw_border(conn)
    return set_marker(conn, border), border.sides["A"]


def _put(conn: Connection, place: tuple[UUID, UUID], site: str, day: date) -> Put:
    row = {"marker_id": place[0], "division_id": place[1], "site": site, "custodian": None}
    return put_versions(conn, marker_side, KEY, [row], valid_from=day)


def _versions(conn: Connection) -> list[tuple[str, date, date | None]]:
    side = marker_side.c
    lower, upper = func.lower(side.valid), func.upper(side.valid)
    return [tuple(row) for row in conn.execute(select(side.site, lower, upper).order_by(lower))]


def test_a_later_day_closes_the_version_before(conn: Connection, place: tuple[UUID, UUID]) -> None:
    assert _put(conn, place, "甲", DAYS[0]).counts["added"] == 1
    assert _put(conn, place, "乙", DAYS[2]).counts["changed"] == 1
    assert _versions(conn) == [("甲", DAYS[0], DAYS[2]), ("乙", DAYS[2], None)]


def test_the_same_day_amends_and_the_same_words_change_nothing(
    conn: Connection, place: tuple[UUID, UUID]
) -> None:
    _put(conn, place, "甲", DAYS[0])
    assert _put(conn, place, "甲", DAYS[3]).counts["unchanged"] == 1
    assert _put(conn, place, "乙", DAYS[0]).counts["corrected"] == 1
    assert _versions(conn) == [("乙", DAYS[0], None)]


def test_an_earlier_day_ends_where_the_known_one_begins(
    conn: Connection, place: tuple[UUID, UUID]
) -> None:
    _put(conn, place, "乙", DAYS[3])
    _put(conn, place, "甲", DAYS[1])
    assert _versions(conn) == [("甲", DAYS[1], DAYS[3]), ("乙", DAYS[3], None)]


def test_what_ends_the_day_it_began_never_was(conn: Connection, place: tuple[UUID, UUID]) -> None:
    _put(conn, place, "甲", DAYS[1])
    end_versions(conn, marker_side, KEY, [place], day=DAYS[3])
    assert _versions(conn) == [("甲", DAYS[1], DAYS[3])]
    _put(conn, place, "乙", DAYS[4])
    end_versions(conn, marker_side, KEY, [place], day=DAYS[4])
    assert _versions(conn) == [("甲", DAYS[1], DAYS[3])]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from("甲乙丙")), max_size=8))
def test_however_rows_come_the_last_word_for_a_day_is_what_stands_that_day(
    conn: Connection, place: tuple[UUID, UUID], rows: list[tuple[date, str]]
) -> None:
    point = conn.begin_nested()
    for day, site in rows:
        _put(conn, place, site, day)
        side = marker_side.c
        stands = conn.execute(select(side.site).where(side.valid.contains(day))).scalar()
        assert stands == site
    found = _versions(conn)
    assert all(one[2] is None or one[1] < one[2] for one in found)
    assert all(one[2] is None or one[2] <= other[1] for one, other in pairwise(found))
    point.rollback()
