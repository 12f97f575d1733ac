from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from tests.api.register import ATTACK, Register, build_register, field_of, logged_in
from tests.conftest import Database
from tests.geo.files.papers import PDF

TODAY = str(china_day())


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.marker
    with logged_in(client, database, "a") as page:
        yield page


def _propose(page: TestClient, register: Register, **typed: str) -> str:
    """Propose to scrap the marker; return the address to which voices are sent."""
    form = {"kind": "marker_scrap", "note": f"道路改建{ATTACK}", **typed, **field_of(page)}
    answer = page.post(f"/markers/{register.marker}/proposals", data=form)
    assert answer.status_code == 200, answer.text
    found = re.search(r"/proposals/[0-9a-f-]{36}/voices", answer.text)
    assert found
    return found[0]


def _speak(page: TestClient, address: str, said: str, **typed: str) -> int:
    form = {"said": said, "signer": "签字人", "on_day": TODAY, **typed, **field_of(page)}
    return page.post(address, data=form).status_code


def test_a_scrapping_takes_every_sides_consent_and_approval_from_above(
    a: TestClient, database: Database, register: Register
) -> None:
    address = _propose(a, register)
    assert ATTACK not in a.get("/proposals").text
    assert _speak(a, address, "consent", side="370921") == 200
    assert _speak(a, address, "approval") == 403
    with logged_in(a, database, "b") as b:
        assert "待各方表态" in b.get("/proposals").text
        assert _speak(b, address, "consent", side="370923") == 200
    with logged_in(a, database, "city") as above:
        assert 'value="approval"' in above.get("/proposals").text
        assert _speak(above, address, "approval") == 200
        done = above.get("/proposals?state=all").text
        assert "已批准并生效" in done
        assert above.get(f"/markers/{register.marker}").status_code == 404


def test_nobody_consents_for_the_neighbour(a: TestClient, register: Register) -> None:
    address = _propose(a, register)
    assert _speak(a, address, "consent", side="370923", back=f"/markers/{register.marker}") == 403
    assert 'value="consent"' in a.get(f"/markers/{register.marker}").text


def test_who_proposed_may_withdraw(a: TestClient, register: Register) -> None:
    address = _propose(a, register)
    assert _speak(a, address, "withdrawal") == 200
    assert "没有等待表态的事" in a.get("/proposals").text
    assert _speak(a, address, "consent", side="370921") == 409


def test_others_see_and_say_nothing(a: TestClient, database: Database, register: Register) -> None:
    address = _propose(a, register)
    with logged_in(a, database, "c") as c:
        assert "道路改建" not in c.get("/proposals?state=all").text
        assert _speak(c, address, "return") == 403


def test_a_move_that_cannot_be_read_is_refused_at_once(a: TestClient, register: Register) -> None:
    form = {"kind": "marker_move", "lon": "东边一点", "lat": "36", "note": "修路", **field_of(a)}
    answer = a.post(f"/markers/{register.marker}/proposals", data=form)
    assert answer.status_code == 422
    assert 'value="东边一点"' in answer.text
    assert "没有等待表态的事" in a.get("/proposals").text


def _enter(page: TestClient, address: str, side: str, **typed: str) -> tuple[int, str]:
    """Enter what a paper says by a plain form, as a browser without scripts does."""
    form = {
        **field_of(page),
        "side": side,
        "signer": "西川县人民政府",
        "on_day": TODAY,
        "number": "西政函〔2026〕8号",
        "dated": TODAY,
        "back": "/proposals",
        **typed,
    }
    file = {"file": ("函.pdf", PDF, "application/pdf")}
    answer = page.post(address.replace("/voices", "/papers"), data=form, files=file)
    return answer.status_code, answer.text


def test_the_consent_of_a_side_without_an_account_is_entered_from_its_paper(
    a: TestClient, database: Database, register: Register
) -> None:
    address = _propose(a, register)
    status, html = _enter(a, address, "370923")
    assert status == 200
    for part in ("凭文件 西政函〔2026〕8号", "a 代录", "西川县人民政府"):
        assert part in html, part
    paper = re.search(r"/proposals/[0-9a-f-]{36}/files/[0-9a-f-]{36}", html)
    assert paper
    assert a.get(paper[0]).content == PDF
    assert a.get(paper[0].replace(paper[0][-36:], str(register.marker))).status_code == 404
    with logged_in(a, database, "c") as c:
        assert c.get(paper[0]).status_code == 403


def test_an_approval_entered_from_a_paper_counts_once_another_account_has_consented(
    a: TestClient, database: Database, register: Register
) -> None:
    address = _propose(a, register)
    assert _speak(a, address, "consent", side="370921") == 200
    assert _enter(a, address, "above", number="省政函〔2026〕3号")[0] == 200
    with logged_in(a, database, "b") as b:
        assert _speak(b, address, "consent", side="370923") == 200
        assert "已批准并生效" in b.get("/proposals?state=all").text


def test_a_paper_that_is_none_is_refused_and_nothing_is_said(
    a: TestClient, register: Register
) -> None:
    address = _propose(a, register)
    form = {**field_of(a), "side": "370923", "signer": "某", "on_day": TODAY, "number": "1"}
    form |= {"dated": TODAY, "issuer": "", "note": "", "back": "/proposals"}
    file = {"file": ("函.pdf", b"MZ no paper", "application/pdf")}
    refused = a.post(address.replace("/voices", "/papers"), data=form, files=file)
    assert refused.status_code in (415, 422)
    for part in ("文件要重新选择", 'value="某"'):
        assert part in refused.text, part
    assert "代录）" not in a.get("/proposals").text


def test_a_paper_without_a_number_or_of_another_side_is_refused_as_typed(
    a: TestClient, database: Database, register: Register
) -> None:
    address = _propose(a, register)
    for wrong in ({"number": " "}, {"dated": "昨天"}):
        status, html = _enter(a, address, "370923", **wrong)
        assert status == 422, wrong
        assert 'value="西川县人民政府"' in html
    assert _enter(a, address, "371321")[0] == 422
    with logged_in(a, database, "c") as c:
        assert _enter(c, address, "370923")[0] == 403


def test_what_no_longer_fits_is_told_when_a_change_is_carried_out(
    a: TestClient, database: Database, register: Register
) -> None:
    address = _propose(a, register, kind="marker_move", lon="117°12′36″", lat="36°09′00″")
    assert _speak(a, address, "consent", side="370921") == 200
    with logged_in(a, database, "b") as b:
        assert _speak(b, address, "consent", side="370923") == 200
    with logged_in(a, database, "city") as above:
        form = {"said": "approval", "signer": "局长", "on_day": TODAY, **field_of(above)}
        answer = above.post(address, data=form)
        assert answer.status_code == 200
        for part in ("已记下意见", "已经生效", "37092301", "已批准并生效"):
            assert part in answer.text, part
        assert re.search(r"class=\"warning\".{0,200}37092301.{0,80}米", answer.text, re.DOTALL)
