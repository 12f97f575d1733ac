"""The months of a year of a place, and the same as a calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from geo.db.engine import transaction
from geo.inspections.planning.past import store_past_rounds
from geo.inspections.planning.plan import PlanLine, make_plan
from geo.inspections.planning.round_faults import PastRoundFacts
from tests.api.register import SYSTEM, Register, build_register, logged_in
from tests.conftest import Database

TODAY = china_day()
YEAR = TODAY.year


@pytest.fixture
def register(database: Database) -> Register:
    """A and B walk from May into July; the line of A and C is due on 1 August."""
    made = build_register(database)
    border = made.border
    line = PlanLine(
        line_id=made.line,
        round=5,
        lead_id=border.sides["A"],
        cooperating_id=border.sides["B"],
        field_from=date(YEAR, 5, 20),
        field_to=date(YEAR, 7, 3),
    )
    done = date(YEAR - 5, 8, 1)
    facts = PastRoundFacts(line_id=border.lines["AC"], round=3, finished_on=done, source="卷宗")
    with transaction(database.engine, SYSTEM.actor) as conn:
        make_plan(conn, SYSTEM, YEAR, [line], today=TODAY)
        store_past_rounds(conn, SYSTEM, [facts])
    return made


@pytest.fixture
def city(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "city") as page:
        yield page


def months_of(html: str) -> list[str]:
    return html.split('<section class="month')[1:]


def test_field_work_stands_in_each_of_its_months_and_a_due_day_in_its_own(
    city: TestClient, register: Register
) -> None:
    months = months_of(city.get("/inspections/calendar").text)
    assert len(months) == 12
    walked = [place for place, one in enumerate(months, 1) if "05-20–07-03" in one]
    assert walked == [5, 6, 7]
    assert "08-01" in months[7]
    assert f"/inspections/rounds/{register.border.lines['AC']}" in months[7]
    assert "计划报送期限" in months[4]


def test_the_calendar_is_of_a_place_and_a_year(city: TestClient) -> None:
    html = city.get("/inspections/calendar?within=370923").text
    assert "西川县" in html.partition("<h1>")[2].partition("</h1>")[0]
    assert "05-20–07-03" in html
    assert "08-01" not in html
    assert "05-20" not in city.get(f"/inspections/calendar?year={YEAR + 1}").text
    assert city.get("/inspections/calendar?within=月球").status_code == 404
    assert city.get("/inspections/calendar?year=3").status_code == 422


def test_the_same_comes_as_a_calendar_file(city: TestClient) -> None:
    answer = city.get("/inspections/calendar.ics?within=370923")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert f"DTSTART;VALUE=DATE:{YEAR}0520" in answer.text
    assert f"{YEAR}0801" not in answer.text
