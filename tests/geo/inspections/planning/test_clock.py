from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from geo.errors import UnauthenticatedError
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.inspections.planning.clock import Clock, due_after, list_clocks
from geo.inspections.planning.past import enter_past_round
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.tables import inspection
from tests.border import PUBLIC, Border, draw_border, set_marker
from tests.geo.divisions.given import TODAY


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def finish(conn: Connection, border: Border, number: int, on: date, lead: str = "A") -> None:
    facts = PastRoundFacts(
        line_id=border.lines["AB"],
        round=number,
        finished_on=on,
        lead_id=border.sides[lead],
        source="联检报告",
    )
    enter_past_round(conn, border.viewer("A"), facts, today=TODAY)


def clock(conn: Connection, border: Border, at: date = TODAY, **options: Any) -> Clock:
    found = list_clocks(conn, border.viewer("A"), at, **options)
    return next(one for one in found if one.line.id == border.lines["AB"])


def open_round(conn: Connection, border: Border, number: int, year: int = 2026) -> Any:
    facts = InspectionFacts(
        line_id=border.lines["AB"],
        kind="regular",
        round=number,
        year=year,
        lead_id=border.sides["B"],
        cooperating_id=border.sides["A"],
    )
    return open_inspection(conn, border.viewer("A"), facts, today=TODAY)


def test_five_years_after_a_29_february_is_the_28() -> None:
    assert due_after(date(2020, 2, 29)) == date(2025, 2, 28)
    assert due_after(date(2019, 2, 28)) == date(2024, 2, 28)
    assert due_after(date(2021, 12, 31)) == date(2026, 12, 31)


@given(st.dates(min_value=date(1996, 1, 1), max_value=date(2190, 1, 1)))
def test_a_due_day_is_five_years_on_and_never_in_another_month(last: date) -> None:
    due = due_after(last)
    assert (due.year, due.month) == (last.year + 5, last.month)
    assert last.day - due.day in (0, 1)


def test_a_line_without_any_round_is_unknown_and_not_overdue(
    conn: Connection, border: Border
) -> None:
    found = clock(conn, border)
    assert (found.status, found.is_overdue, found.due_on) == ("unknown", False, None)
    assert (found.next_round, found.suggested_lead.code) == (None, "370921")


def test_a_round_entered_from_paper_winds_the_clock_and_the_lead_alternates(
    conn: Connection, border: Border
) -> None:
    finish(conn, border, 3, date(2017, 9, 30), "B")
    finish(conn, border, 4, date(2022, 10, 1), "A")
    found = clock(conn, border)
    assert (found.last_round, found.last_on) == (4, date(2022, 10, 1))
    assert (found.due_on, found.next_round) == (date(2027, 10, 1), 5)
    assert found.suggested_lead.code == "370923"
    assert found.other_side.code == "370921"


@pytest.mark.parametrize(
    ("days", "status"),
    [(1, "overdue"), (0, "due_soon"), (-180, "due_soon"), (-181, "ok")],
)
def test_the_status_follows_the_due_day(
    conn: Connection, border: Border, days: int, status: str
) -> None:
    finish(conn, border, 4, date(2020, 5, 6))
    at = date(2025, 5, 6) + timedelta(days=days)
    found = clock(conn, border, at)
    assert (found.status, found.is_overdue) == (status, status == "overdue")


def test_an_inspection_under_way_is_told_and_still_overdue(
    conn: Connection, border: Border
) -> None:
    finish(conn, border, 4, date(2020, 5, 6))
    made = open_round(conn, border, 5)
    found = clock(conn, border)
    assert (found.status, found.is_overdue, found.next_round) == ("under_way", True, 5)
    assert found.under_way is not None
    assert found.under_way.id == made


def test_an_accepted_inspection_winds_the_clock_and_a_withdrawn_one_does_not(
    conn: Connection, border: Border
) -> None:
    finish(conn, border, 4, date(2020, 5, 6))
    made = open_round(conn, border, 5)
    row = inspection.c
    accepted = {"state": "accepted", "accepted_on": date(2026, 9, 1)}
    conn.execute(update(inspection).where(row.id == made).values(**accepted))
    found = clock(conn, border)
    assert (found.last_round, found.due_on, found.status) == (5, date(2031, 9, 1), "ok")
    # The side that led is B.
    assert found.suggested_lead.code == "370921"
    conn.execute(update(inspection).where(row.id == made).values(state="withdrawn"))
    assert clock(conn, border).last_round == 4


def test_a_day_past_sees_the_clock_as_it_was_then(conn: Connection, border: Border) -> None:
    finish(conn, border, 3, date(2021, 5, 6))
    finish(conn, border, 4, date(2026, 5, 6))
    found = clock(conn, border, date(2025, 1, 1))
    assert (found.last_round, found.due_on) == (3, date(2026, 5, 6))


def test_a_county_hears_of_its_own_lines_the_city_of_all_its_counties(
    conn: Connection, border: Border
) -> None:
    set_marker(conn, border)
    mine = list_clocks(conn, border.viewer("A"), TODAY)
    assert {one.line.id for one in mine} == {border.lines["AB"], border.lines["AC"]}
    assert {one.line.id for one in list_clocks(conn, border.viewer("province"), TODAY)} == {
        *border.lines.values()
    }
    city = list_clocks(conn, border.viewer("province"), TODAY, within=border.sides["B"])
    assert {one.line.id for one in city} == {border.lines["AB"], border.lines["BC"]}
    assert next(one for one in mine if one.line.id == border.lines["AB"]).markers == 1
    with pytest.raises(UnauthenticatedError):
        list_clocks(conn, PUBLIC, TODAY)


def test_only_lines_of_a_level_can_be_asked(conn: Connection, border: Border) -> None:
    viewer = border.viewer("A")
    assert list_clocks(conn, viewer, TODAY, level="province") == []
    assert len(list_clocks(conn, viewer, TODAY, level="county")) == 2
    only = list_clocks(conn, viewer, TODAY, lines=[border.lines["AC"]])
    assert [one.line.id for one in only] == [border.lines["AC"]]
