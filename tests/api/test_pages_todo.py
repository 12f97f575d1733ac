"""What waits, as a browser without scripts shows it: for each side, and what one click does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.clock import china_day
from geo.access.users import add_user
from geo.db.engine import reading, transaction
from geo.inspections.planning.past import store_past_rounds
from geo.inspections.planning.plan import PlanLine, consent_plan, make_plan
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.read import read_inspection
from geo.inspections.tables import inspection, inspection_party
from geo.upkeep.tables import work_order
from tests.api.register import PASSWORD, SYSTEM, Register, build_register, field_of, logged_in
from tests.conftest import Database

TODAY = china_day()


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def opened(database: Database, register: Register) -> UUID:
    """Open an inspection of A and B, led by A, that waits for the consents of both."""
    border = register.border
    line = PlanLine(
        line_id=register.line,
        round=5,
        lead_id=border.sides["A"],
        cooperating_id=border.sides["B"],
    )
    with transaction(database.engine, SYSTEM.actor) as conn:
        return make_plan(conn, SYSTEM, TODAY.year, [line], today=TODAY)[0]


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "a") as page:
        yield page


def state_of(database: Database, opened: UUID) -> str:
    with reading(database.engine) as conn:
        return read_inspection(conn, opened, SYSTEM, TODAY).state


def set_state(database: Database, opened: UUID, state: str) -> None:
    with transaction(database.engine, SYSTEM.actor) as conn:
        conn.execute(update(inspection).where(inspection.c.id == opened).values(state=state))


def click(page: TestClient, opened: UUID, action: str, side: str = "370921") -> str:
    form = {"inspection": str(opened), "action": action, "side": side}
    return page.post("/todo/steps", data=form | field_of(page)).text


def test_who_logs_in_on_the_way_nowhere_comes_to_what_waits(
    client: TestClient, database: Database, opened: UUID
) -> None:
    assert opened
    with transaction(database.engine, SYSTEM.actor) as conn:
        add_user(conn, SYSTEM, "nobody", PASSWORD)
    for name, to in (("a", "/todo"), ("nobody", "/")):
        form = {"username": name, "password": PASSWORD}
        answer = client.post("/login", data=form, follow_redirects=False)
        assert answer.headers["location"] == to, name
        client.cookies.clear()
    form = {"username": "a", "password": PASSWORD, "next_address": "/lines"}
    answer = client.post("/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/lines"


def test_the_list_stands_first_in_the_bar(a: TestClient) -> None:
    bar = re.findall(r'<a class="button quiet" href="(/[a-z]+)"', a.get("/lines").text)
    assert bar[:2] == ["/todo", "/inspections"]


def test_one_click_consents_and_the_next_thing_comes(
    a: TestClient, database: Database, opened: UUID
) -> None:
    assert "待本方同意" in a.get("/todo").text
    assert 'name="action" value="consent_plan"' in a.get("/todo").text
    html = click(a, opened, "consent_plan")
    assert "已办理" in html
    assert "待本方同意" not in html
    assert 'name="action" value="agree_scheme"' in html
    click(a, opened, "agree_scheme")
    assert state_of(database, opened) == "planned"
    with logged_in(a, database, "b") as page:
        click(page, opened, "consent_plan", "370923")
        click(page, opened, "agree_scheme", "370923")
    assert state_of(database, opened) == "scheme_agreed"


def test_what_a_guard_holds_back_is_named_and_leads_to_the_inspection(
    a: TestClient, database: Database, opened: UUID
) -> None:
    set_state(database, opened, "field")
    html = click(a, opened, "start_disposal")
    assert "37092301" in html
    assert f'href="/inspections/{opened}"' in html
    assert state_of(database, opened) == "field"


def test_a_click_for_the_other_side_is_refused_with_the_reason(
    a: TestClient, database: Database, opened: UUID
) -> None:
    form = {"inspection": str(opened), "action": "consent_plan", "side": "370923"}
    answer = a.post("/todo/steps", data=form | field_of(a))
    assert answer.status_code == 403
    assert "西川县" in answer.text
    assert state_of(database, opened) == "planned"
    assert a.post("/todo/steps", data=form).status_code == 403


def test_a_row_that_wants_words_leads_to_its_place(
    a: TestClient, database: Database, opened: UUID
) -> None:
    set_state(database, opened, "field")
    assert f'href="/inspections/{opened}#subjects"' in a.get("/todo").text


def test_what_waits_for_the_others_comes_with_a_text_to_send(a: TestClient, opened: UUID) -> None:
    click(a, opened, "consent_plan")
    mine, others = a.get("/todo").text, unescape(a.get("/todo?who=others").text)
    assert "催办文字" not in mine
    text = others.partition('<textarea id="reminder-text"')[2].partition("</textarea>")[0]
    assert "西川县民政部门" in text
    assert "已列入年度计划" in text
    assert "没有待办事项" in a.get("/todo?who=others&side=370921").text


def test_a_line_that_is_overdue_leads_to_the_form_that_opens_an_inspection(
    a: TestClient, database: Database, register: Register
) -> None:
    done = date(TODAY.year - 6, 3, 1)
    facts = PastRoundFacts(line_id=register.line, round=3, finished_on=done, source="卷宗")
    with transaction(database.engine, SYSTEM.actor) as conn:
        store_past_rounds(conn, SYSTEM, [facts])
    html = a.get("/todo").text
    assert "逾期未检" in html
    assert f"已超过 {(TODAY - done.replace(year=done.year + 5)).days} 天" in html
    assert f'href="/inspections/new?line={register.line}"' in html
    assert "没有待办事项" in a.get("/todo?kind=incident").text
    assert "没有待办事项" in a.get("/todo?within=371321").text
    assert a.get("/todo?within=月球").status_code == 404


def test_the_calendar_file_has_the_days(a: TestClient, opened: UUID) -> None:
    assert opened
    answer = a.get("/todo.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert f"DTSTART;VALUE=DATE:{TODAY.year}0515" in answer.text


def test_a_work_order_leads_to_where_it_ends(
    a: TestClient, database: Database, register: Register, opened: UUID
) -> None:
    orders = {cause: uuid4() for cause in (opened, None)}
    with transaction(database.engine, SYSTEM.actor) as conn:
        for cause, id_ in orders.items():
            conn.execute(
                work_order.insert().values(
                    id=id_,
                    object_kind="marker",
                    object_id=register.marker,
                    cause_id=cause,
                    task="repaint",
                    responsible_id=register.border.sides["A"],
                    actor=SYSTEM.actor,
                )
            )
    html = unescape(a.get("/todo").text)
    assert f'href="/work-orders/{orders[opened]}?line={register.line}"' in html
    places = {
        cause: a.get(f"/work-orders/{id_}", follow_redirects=False).headers["location"]
        for cause, id_ in orders.items()
    }
    assert places[opened] == f"/inspections/{opened}/subjects/marker/{register.marker}#orders"
    assert places[None] == f"/markers/{register.marker}"
    with logged_in(a, database, "c") as page:
        assert page.get(f"/work-orders/{orders[None]}").status_code == 403


def test_a_successor_takes_over_and_what_its_roles_do_not_reach_is_named(
    a: TestClient, database: Database, register: Register, opened: UUID
) -> None:
    with transaction(database.engine, SYSTEM.actor) as conn:
        add_user(conn, SYSTEM, "heir", PASSWORD)
        clerk = add_user(conn, SYSTEM, "clerk", PASSWORD)
        own = inspection_party.c
        conn.execute(
            update(inspection_party)
            .where(own.inspection_id == opened, own.division_id == register.border.sides["A"])
            .values(clerk_id=clerk.id)
        )
    form = {"clerk": "clerk", "successor": "heir"} | field_of(a)
    html = a.post("/todo/handover", data=form).text
    assert "已移交 0 项，未移交 1 项" in html
    assert "东岭县" in html.partition("没有权限，未移交")[2]
    done = a.post("/todo/handover", data=form | {"successor": "a"}).text
    assert "已移交 1 项，未移交 0 项" in done
    refused = a.post("/todo/handover", data=form | {"successor": "谁"})
    assert refused.status_code == 404
    assert 'value="谁"' in refused.text


def test_the_public_is_led_to_the_login_page_and_english_is_spoken(
    client: TestClient, database: Database, opened: UUID
) -> None:
    answer = client.get("/todo", follow_redirects=False)
    assert answer.headers["location"] == "/login?next_address=%2Ftodo"
    with logged_in(client, database, "a") as page:
        html = page.get("/todo?lang=en").text
    assert "What waits for you on" in html
    assert str(opened) in html


def test_what_is_consented_to_twice_stands_once(
    a: TestClient, database: Database, opened: UUID, register: Register
) -> None:
    click(a, opened, "consent_plan")
    assert "已办理" in click(a, opened, "consent_plan")
    with transaction(database.engine, SYSTEM.actor) as conn:
        again = consent_plan(conn, register.border.viewer("A"), [opened], today=TODAY)
    assert not again.done
