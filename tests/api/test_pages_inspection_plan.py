"""The page of a yearly plan: propose, change, open at once, consent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from geo.db.engine import reading, transaction
from geo.inspections.planning.past import store_past_rounds
from geo.inspections.planning.planned import Plan, read_plan
from geo.inspections.planning.round_faults import PastRoundFacts
from tests.api.register import SYSTEM, Register, build_register, field_of, logged_in
from tests.conftest import Database

TODAY = china_day()
YEAR = TODAY.year
PATH = f"/inspections/plan/{YEAR}"


@pytest.fixture
def register(database: Database) -> Register:
    """The line of A and B is overdue, that of A and C has no round on record."""
    made = build_register(database)
    done = date(YEAR - 6, 5, 1)
    facts = PastRoundFacts(
        line_id=made.line,
        round=3,
        finished_on=done,
        lead_id=made.border.sides["A"],
        source="卷宗",
    )
    with transaction(database.engine, SYSTEM.actor) as conn:
        store_past_rounds(conn, SYSTEM, [facts])
    return made


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "a") as page:
        yield page


def plan_of(database: Database) -> Plan:
    with reading(database.engine) as conn:
        return read_plan(conn, SYSTEM, YEAR, TODAY)


def rows(register: Register, **typed: list[str]) -> dict[str, Any]:
    """Return the rows of both lines of A as the form sends them, the first one ticked."""
    lines = [str(register.line), str(register.border.lines["AC"])]
    form: dict[str, Any] = {"line": lines, "take": [lines[0]], "round": ["4", ""]}
    form |= {"lead": ["370923", "370921"], "field_from": ["", ""], "field_to": ["", ""]}
    return form | typed


def test_what_is_due_is_ticked_and_what_nobody_knows_is_not(
    a: TestClient, register: Register
) -> None:
    html = a.get(PATH).text
    due = html.partition(f'name="take" value="{register.line}"')[2].partition("</tr>")[0]
    unknown = html.partition(f'name="take" value="{register.border.lines["AC"]}"')[2]
    assert due.startswith(" checked")
    assert 'name="round" min="1" max="99" value="4"' in due
    assert '<option value="370923" selected>' in due
    assert not unknown.startswith(" checked")
    assert "逾期未列入 <span" in html
    assert "上次联检情况不明 <span" in html


def test_one_button_opens_the_plan_with_what_was_changed_in_its_rows(
    a: TestClient, database: Database, register: Register
) -> None:
    form = rows(register, field_from=["2026-04-01", ""], field_to=["2026-09-30", ""])
    html = a.post(PATH, data=form | field_of(a)).text
    assert "计划已立项" in html
    (item,) = plan_of(database).items
    assert (item.listed.round, item.listed.lead.code) == (4, "370923")
    assert str(item.listed.field_from) == "2026-04-01"
    assert f'name="take" value="{register.line}"' not in html


def test_a_wrong_row_is_named_by_its_line_and_nothing_is_written(
    a: TestClient, database: Database, register: Register
) -> None:
    lines = [str(register.line), str(register.border.lines["AC"])]
    form = rows(register, take=[lines[1]], field_from=["", "2026-07-01"])
    answer = a.post(PATH, data=form | field_of(a))
    assert answer.status_code == 422
    assert "“东岭县—南河县”没有写明轮次" in answer.text
    assert 'value="2026-07-01"' in answer.text
    assert not plan_of(database).items
    none = a.post(PATH, data=rows(register, take=[]) | field_of(a))
    assert "至少勾选一条界线" in none.text


def test_a_form_whose_columns_do_not_fit_is_refused(a: TestClient, register: Register) -> None:
    answer = a.post(PATH, data=rows(register, round=["4"]) | field_of(a))
    assert answer.status_code == 422


def test_both_sides_consent_each_with_one_button(
    a: TestClient, database: Database, register: Register
) -> None:
    a.post(PATH, data=rows(register) | field_of(a))
    assert "东岭县同意全部 1 项" in a.get(PATH).text
    html = a.post(f"{PATH}/consents", data={"side": "370921"} | field_of(a)).text
    assert "已同意" in html
    assert "待西川县同意" in html
    (item,) = plan_of(database).items
    assert [one.code for one in item.waits_for] == ["370923"]
    with logged_in(a, database, "b") as page:
        one = {"side": "370923", "inspections": str(item.listed.id)}
        page.post(f"{PATH}/consents", data=one | field_of(page))
    assert not plan_of(database).items[0].waits_for


def test_nobody_consents_for_the_other_side(
    a: TestClient, database: Database, register: Register
) -> None:
    a.post(PATH, data=rows(register) | field_of(a))
    id_ = str(plan_of(database).items[0].listed.id)
    for form in ({"side": "370923"}, {"side": "370923", "inspections": id_}):
        assert a.post(f"{PATH}/consents", data=form | field_of(a)).status_code in (403, 422)
    assert len(plan_of(database).items[0].waits_for) == 2


def test_the_plan_of_a_place_and_a_past_year(a: TestClient, register: Register) -> None:
    assert str(register.line) in a.get(f"{PATH}?within=370923").text
    assert str(register.line) not in a.get(f"{PATH}?within=371321").text
    assert "建议列入" not in a.get(f"/inspections/plan/{YEAR - 1}").text
    assert a.get(f"{PATH}?within=月球").status_code == 404
    assert a.get("/inspections/plan", follow_redirects=False).headers["location"] == PATH
    assert "Plan of" in a.get(f"{PATH}?lang=en").text


def test_others_neither_see_nor_make_the_plan_of_a_line(
    a: TestClient, database: Database, register: Register
) -> None:
    with logged_in(a, database, "c") as page:
        assert str(register.line) not in page.get(PATH).text
        answer = page.post(PATH, data=rows(register) | field_of(page))
        assert answer.status_code == 403
    assert not plan_of(database).items
