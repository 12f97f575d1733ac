"""The clock of each line, and its completed rounds entered from the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from api.session import HEADER
from geo.db.engine import reading
from geo.inspections.planning.past import PastRound, list_past_rounds
from tests.api.register import ATTACK, SYSTEM, Register, build_register, field_of, logged_in
from tests.conftest import Database
from tests.geo.files.papers import PDF

TODAY = china_day()
DONE = date(TODAY.year - 2, 6, 1)
ROUND = {
    "round": "4",
    "lead": "370921",
    "started_on": f"{DONE.year}-03-01",
    "finished_on": DONE.isoformat(),
    "source": "鲁民〔2024〕8号",
    "count_in_place": "20",
    "count_lost": "1",
}


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "a") as page:
        yield page


def path_of(register: Register) -> str:
    return f"/inspections/rounds/{register.line}"


def rounds_of(database: Database, register: Register) -> list[PastRound]:
    with reading(database.engine) as conn:
        return list_past_rounds(conn, SYSTEM, TODAY, line_id=register.line, withdrawn=True)


def enter(page: TestClient, register: Register, **typed: str) -> str:
    return page.post(path_of(register), data=ROUND | typed | field_of(page)).text


def test_a_line_without_rounds_is_unknown_until_one_is_entered(
    a: TestClient, database: Database, register: Register
) -> None:
    assert "上次联检情况不明" in a.get("/inspections/rounds").text
    html = enter(a, register)
    assert "已录入" in html
    assert f"应于 {DONE.year + 5}-06-01 前完成下一轮" in html
    (one,) = rounds_of(database, register)
    assert (one.round, one.lead and one.lead.code) == (4, "370921")
    assert one.states == {"in_place": 20, "lost": 1}
    assert str(register.line) in a.get("/inspections/rounds?status=ok").text
    assert str(register.line) not in a.get("/inspections/rounds?status=overdue").text
    assert str(register.line) not in a.get("/inspections/rounds?within=371321").text
    assert a.get("/inspections/rounds?within=月球").status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"round": "0"}, "1 到 99"),
        ({"finished_on": "去年"}, "完成日期"),
        ({"count_lost": "许多"}, "0–100000"),
        ({"source": " "}, "依据"),
        ({"started_on": TODAY.isoformat()}, "没有写入"),
    ],
)
def test_what_cannot_be_is_refused_and_comes_back_as_typed(
    a: TestClient, database: Database, register: Register, typed: dict[str, str], said: str
) -> None:
    answer = a.post(path_of(register), data=ROUND | {"note": ATTACK} | typed | field_of(a))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="20"' in answer.text
    assert ATTACK not in answer.text
    assert not rounds_of(database, register)


def test_a_round_is_corrected_and_withdrawn_with_a_reason_and_stays_on_record(
    a: TestClient, database: Database, register: Register
) -> None:
    enter(a, register)
    path = f"{path_of(register)}/{rounds_of(database, register)[0].id}"
    assert a.post(path, data=ROUND | {"round": "3"} | field_of(a)).status_code == 422
    html = a.post(path, data=ROUND | {"round": "3", "reason": "看错"} | field_of(a)).text
    assert "已更正" in html
    assert rounds_of(database, register)[0].round == 3
    gone = a.post(f"{path}/withdrawal", data={"reason": "没有这一轮"} | field_of(a)).text
    assert "没有这一轮" in gone
    assert rounds_of(database, register)[0].withdrawn_at
    assert "没有往次联检的登记" in gone


def test_the_scanned_report_is_given_and_kept_from_others(
    a: TestClient, database: Database, register: Register
) -> None:
    enter(a, register)
    path = f"{path_of(register)}/{rounds_of(database, register)[0].id}/files"
    token = {HEADER: next(iter(field_of(a).values()))}
    file = {"file": ("报告.pdf", PDF, "application/pdf")}
    form = {"kind": "summary", "number": "鲁民〔2024〕8号"}
    html = a.post(path, data=form, files=file, headers=token).text
    assert "扫描件已附上" in html
    kept = re.search(rf'href="({path}/[0-9a-f-]+)"', html)
    assert kept
    assert a.get(kept[1]).content == PDF
    wrong = a.post(path, data=form, files={"file": ("a.pdf", b"x", "application/pdf")},
                   headers=token)  # fmt: skip
    assert wrong.status_code == 422
    assert 'value="鲁民〔2024〕8号"' in wrong.text
    with logged_in(a, database, "c") as page:
        assert page.get(kept[1]).status_code == 403
        assert page.get(path_of(register)).status_code == 403
        assert page.post(path_of(register), data=ROUND | field_of(page)).status_code == 403


def test_english_is_spoken_and_a_line_there_is_not_is_not_found(
    a: TestClient, register: Register
) -> None:
    assert "No completed round is on record" in a.get(f"{path_of(register)}?lang=en").text
    missing = "/inspections/rounds/01a2023f-0000-7075-94ed-ac5885da936f"
    assert a.get(missing).status_code == 404
