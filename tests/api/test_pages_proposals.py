from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from tests.api.register import ATTACK, Register, build_register, field_of, logged_in
from tests.conftest import Database

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
