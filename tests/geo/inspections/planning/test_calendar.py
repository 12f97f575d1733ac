from __future__ import annotations

from datetime import UTC, date, datetime

import icalendar
import pytest
from sqlalchemy import Connection, update

from geo.access.jurisdiction import system_viewer
from geo.errors import UnauthenticatedError
from geo.inspections.planning.calendar import Entry, by_month, deadline, read_calendar
from geo.inspections.planning.ics import Dated, as_dated, write_ics
from geo.inspections.planning.past import enter_past_round
from geo.inspections.planning.plan import PlanLine, make_plan
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.tables import inspection
from geo.office import office, set_office
from tests.border import PUBLIC, Border, draw_border
from tests.geo.divisions.given import TODAY

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture
def border(conn: Connection) -> Border:
    drawn = draw_border(conn)
    facts = PastRoundFacts(
        line_id=drawn.lines["AC"], round=3, finished_on=date(2021, 6, 30), source="联检报告"
    )
    enter_past_round(conn, drawn.viewer("A"), facts, today=TODAY)
    row = PlanLine(
        line_id=drawn.lines["AB"],
        round=5,
        lead_id=drawn.sides["A"],
        cooperating_id=drawn.sides["B"],
        field_from=date(2026, 4, 20),
        field_to=date(2026, 6, 5),
    )
    make_plan(conn, drawn.viewer("A"), 2026, [row], today=TODAY)
    return drawn


def year(conn: Connection, border: Border, by: str = "A", within: str | None = None) -> list[Entry]:
    place = border.sides[within] if within else None
    return read_calendar(conn, border.viewer(by), *YEAR, TODAY, within=place)


def test_field_work_due_days_and_deadlines_stand_in_their_order(
    conn: Connection, border: Border
) -> None:
    assert [(one.kind, one.begins) for one in year(conn, border)] == [
        ("field", date(2026, 4, 20)),
        ("plan_deadline", date(2026, 5, 15)),
        ("due", date(2026, 6, 30)),
        ("summary_deadline", date(2026, 12, 1)),
    ]


def test_what_lasts_longer_stands_in_each_of_its_months(conn: Connection, border: Border) -> None:
    months = by_month(year(conn, border), *YEAR)
    assert [month.month for month in months] == list(range(1, 13))
    field = [month.month for month in months if any(one.kind == "field" for one in month.entries)]
    assert field == [4, 5, 6]


def test_each_sees_its_own_lines_and_the_public_none(conn: Connection, border: Border) -> None:
    assert {one.kind for one in year(conn, border, "B")} == {
        "field", "plan_deadline", "summary_deadline",
    }  # fmt: skip
    assert "field" not in {one.kind for one in year(conn, border, "province", "C")}
    with pytest.raises(UnauthenticatedError):
        read_calendar(conn, PUBLIC, *YEAR, TODAY)


def test_field_work_over_new_year_stands_in_both_years_and_withdrawn_in_none(
    conn: Connection, border: Border
) -> None:
    days = {"field_from": date(2026, 12, 20), "field_to": date(2027, 1, 10)}
    conn.execute(update(inspection).values(**days))
    next_year = (date(2027, 1, 1), date(2028, 1, 1))
    found = read_calendar(conn, border.viewer("A"), *next_year, TODAY)
    assert [one.begins for one in found if one.kind == "field"] == [date(2026, 12, 20)]
    conn.execute(update(inspection).values(state="withdrawn"))
    assert "field" not in {one.kind for one in year(conn, border)}


def test_an_office_sets_its_own_deadlines(conn: Connection) -> None:
    set_office(conn, system_viewer("test"), "inspections.plan_deadline", "02-29")
    settings = office(conn)
    assert deadline(settings, "plan_deadline", 2026) == date(2026, 2, 28)
    assert deadline(settings, "plan_deadline", 2028) == date(2028, 2, 29)


def test_a_calendar_file_is_read_back_with_whole_days_and_stable_names(
    conn: Connection, border: Border
) -> None:
    written = write_ics(as_dated(year(conn, border), "zh"), name="联检", now=NOW)
    read = icalendar.Calendar.from_ical(written)
    assert str(read["x-wr-calname"]) == "联检"
    events = list(read.walk("VEVENT"))
    assert len(events) == 4
    field = events[0]
    assert field.decoded("dtstart") == date(2026, 4, 20)
    assert field.decoded("dtend") == date(2026, 6, 6)
    assert field.decoded("dtstamp") == NOW
    assert "东岭县—西川县" in str(field["summary"])
    assert b"VALUE=DATE" in written
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    conn.execute(update(inspection).values(field_from=date(2026, 5, 1)))
    again = as_dated(year(conn, border), "en")
    assert {str(one["uid"]) for one in events} == {f"{one.uid}@yutu" for one in again}


def test_words_with_commas_and_lines_survive() -> None:
    day = date(2026, 5, 1)
    given = Dated(uid="x", begins=day, ends=day, summary="甲，乙; 丙,\\丁", description="一\n二")
    (event,) = icalendar.Calendar.from_ical(write_ics([given], name="n", now=NOW)).walk("VEVENT")
    assert str(event["summary"]) == given.summary
    assert str(event["description"]) == given.description
