"""The list of inspections with the chart of a year, and the form that opens another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from geo.access.users import add_user, find_user
from geo.db.engine import reading, transaction
from geo.inspections.planning.plan import PlanLine, make_plan
from geo.inspections.read import read_inspection
from geo.inspections.tables import inspection_guest
from tests.api.register import PASSWORD, SYSTEM, Register, build_register, field_of, logged_in
from tests.conftest import Database

TODAY = china_day()


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def opened(database: Database, register: Register) -> UUID:
    border = register.border
    line = PlanLine(
        line_id=register.line,
        round=5,
        lead_id=border.sides["A"],
        cooperating_id=border.sides["B"],
        field_from=date(TODAY.year, 4, 1),
    )
    with transaction(database.engine, SYSTEM.actor) as conn:
        return make_plan(conn, SYSTEM, TODAY.year, [line], today=TODAY)[0]


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "a") as page:
        yield page


def test_the_list_shows_the_year_with_a_chart_that_says_its_numbers_in_words(
    a: TestClient, opened: UUID
) -> None:
    html = a.get("/inspections").text
    assert f'href="/inspections/{opened}"' in html
    assert "第 5 轮" in html
    chart = html.partition('<svg class="chart" role="img"')[2].partition("</figure>")[0]
    assert "0/2 有结论 · 已列计划" in chart
    assert "记录 0/2 · 签字 0/1" in html


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("state=planned", True),
        ("state=archived", False),
        ("within=370923", True),
        ("within=东岭", True),
        ("year=1999", False),
        ("year=", True),
        ("year=soon", True),
        ("state=nonsense", True),
    ],
)
def test_inspections_are_found_by_year_state_and_place(
    a: TestClient, opened: UUID, asked: str, *, there: bool
) -> None:
    answer = a.get(f"/inspections?{asked}")
    assert answer.status_code == 200
    assert (f"/inspections/{opened}" in answer.text) is there


def test_a_place_there_is_none_is_told_where_the_list_would_be(a: TestClient) -> None:
    answer = a.get("/inspections?within=月球")
    assert answer.status_code == 404
    assert "月球" in answer.text


def test_a_guest_without_a_role_sees_the_one_inspection_and_others_nothing(
    client: TestClient, database: Database, register: Register, opened: UUID
) -> None:
    with transaction(database.engine, SYSTEM.actor) as conn:
        for name in ("guest", "nobody"):
            add_user(conn, SYSTEM, name, PASSWORD)
        conn.execute(
            inspection_guest.insert().values(
                id=UUID(int=7),
                inspection_id=opened,
                user_id=find_user(conn, "guest").id,
                division_id=register.border.sides["B"],
                role="invited",
                valid_from=TODAY,
                valid_to=TODAY + timedelta(days=9),
                actor=SYSTEM.actor,
            )
        )
    with logged_in(client, database, "guest") as page:
        assert f"/inspections/{opened}" in page.get("/inspections").text
    with logged_in(client, database, "nobody") as page:
        answer = page.get("/inspections")
        assert answer.status_code == 403
        assert str(opened) not in answer.text


def test_a_regular_inspection_is_opened_from_its_line(
    a: TestClient, database: Database, register: Register
) -> None:
    form = a.get(f"/inspections/new?line={register.line}").text
    assert "没有往次联检的登记，请照档案填写轮次" in form
    typed = {"line": str(register.line), "kind": "regular", "lead": "370923", "round": "4"}
    typed |= {"year": str(TODAY.year), "field_from": "2026-04-01", "field_to": "2026-09-30"}
    answer = a.post("/inspections", data=typed | field_of(a), follow_redirects=False)
    made = re.fullmatch(r"/inspections/([0-9a-f-]+)\?said=inspection_opened",
                        answer.headers["location"])  # fmt: skip
    assert made
    with reading(database.engine) as conn:
        found = read_inspection(conn, UUID(made[1]), SYSTEM, TODAY)
    assert (found.round, found.lead.code, str(found.field_to)) == (4, "370923", "2026-09-30")


def test_a_refused_form_comes_back_as_it_was_typed_with_what_is_allowed(
    a: TestClient, register: Register
) -> None:
    typed = {"line": str(register.line), "kind": "regular", "lead": "370923", "round": "0"}
    typed |= {"year": str(TODAY.year), "field_from": "2026-09-30", "field_to": "2026-04-01"}
    answer = a.post("/inspections", data=typed | field_of(a))
    assert answer.status_code == 422
    assert "1 到 99" in answer.text
    assert 'value="2026-04-01"' in answer.text
    assert '<option value="370923" selected>' in answer.text
    reversed_days = a.post("/inspections", data=typed | {"round": "4"} | field_of(a))
    assert 'class="how-bad"' in reversed_days.text
    year = a.post("/inspections", data=typed | {"year": "后年"} | field_of(a))
    assert "1996–2200" in year.text


def test_a_special_inspection_names_its_reason_and_its_markers(
    a: TestClient, database: Database, register: Register
) -> None:
    typed = {"line": str(register.line), "kind": "special", "lead": "370921", "reason": "flood"}
    typed |= {"year": str(TODAY.year), "note": "八月洪水"}
    refused = a.post("/inspections", data=typed | field_of(a))
    assert refused.status_code == 422
    assert "八月洪水" in refused.text
    chosen = typed | {"subjects": str(register.marker)}
    answer = a.post("/inspections", data=chosen | field_of(a), follow_redirects=False)
    made = UUID(answer.headers["location"].partition("?")[0].removeprefix("/inspections/"))
    with reading(database.engine) as conn:
        found = read_inspection(conn, made, SYSTEM, TODAY)
    assert [one.id for one in found.subjects] == [register.marker]
    assert (found.reason, found.note) == ("flood", "八月洪水")


def test_a_line_is_chosen_by_name_and_the_line_of_others_is_not_there(
    a: TestClient, database: Database, register: Register
) -> None:
    assert a.get("/inspections/new?line=县").text.count("/inspections/new?line=") > 1
    assert "没有符合条件的界线" in a.get("/inspections/new?line=月球").text
    with logged_in(a, database, "c") as page:
        assert "专项检查" not in page.get(f"/inspections/new?line={register.line}").text


def test_a_line_under_way_is_not_offered_a_second_regular_inspection(
    a: TestClient, register: Register, opened: UUID
) -> None:
    html = a.get(f"/inspections/new?line={register.line}").text
    assert f'href="/inspections/{opened}"' in html
    assert 'name="kind" value="regular"' not in html
    assert 'name="kind" value="special"' in html
