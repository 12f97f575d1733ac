"""The pages of reports: what changed, a package made and fetched, the receipt entered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from tests.api.country import work_off
from tests.api.register import Register, build_register, field_of, logged_in
from tests.conftest import Database

TODAY = str(china_day())
NUMBER, TRIPOINT = "37092301", "212321I"


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.marker
    with logged_in(client, database, "a") as page:
        yield page


def ask(page: TestClient, act: str, within: str = "370921") -> str:
    """Press a button of the form; return the page of the job it opened."""
    form = {"platform": "shandong", "within": within, "act": act, **field_of(page)}
    answer = page.post("/reports", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def make(page: TestClient, database: Database) -> str:
    """Make a package; return its page."""
    job = ask(page, "package")
    work_off(database, job.rsplit("/", 1)[1])
    done = page.get(job, follow_redirects=False)
    assert done.status_code == 303, done.text
    return str(done.headers["location"])


def answer_it(page: TestClient, address: str, **typed: str) -> int:
    form = {"number": "回〔2026〕1号", "dated": TODAY, **typed, **field_of(page)}
    return page.post(f"{address}/receipt", data=form).status_code


def test_what_changed_is_seen_before_a_package_is_made(a: TestClient, database: Database) -> None:
    job = ask(a, "changes")
    waiting = a.get(job).text
    assert '<meta http-equiv="refresh"' in waiting
    assert f'action="{job}/cancel"' in waiting
    work_off(database, job.rsplit("/", 1)[1])
    html = a.get(job).text
    assert '<meta http-equiv="refresh"' not in html
    assert NUMBER in html
    assert TRIPOINT in html
    assert "还没有报送包" in a.get("/reports").text


def test_a_package_is_made_and_fetched_from_its_page(a: TestClient, database: Database) -> None:
    address = make(a, database)
    html = a.get(address).text
    assert "待回执" in html
    file = re.search(r'href="(/api/v1/reports/packages/[^"]+/file)"', html)
    assert file
    assert a.get(file[1]).content.startswith(b"PK")
    assert f'href="{address}"' in a.get("/reports").text


def test_a_receipt_by_hand_names_a_refused_marker_by_its_number(
    a: TestClient, database: Database
) -> None:
    address = make(a, database)
    assert answer_it(a, address, refused=f"{NUMBER} 缺近照\r\n") == 200
    html = a.get(address).text
    assert "部分接收" in html
    assert "缺近照" in html
    only = a.get(f"{address}?answer=refused").text
    assert NUMBER in only
    assert TRIPOINT not in only
    again = a.get(make(a, database)).text
    assert NUMBER in again
    assert TRIPOINT not in again


def test_a_package_can_be_refused_as_a_whole_with_a_reason(
    a: TestClient, database: Database
) -> None:
    address = make(a, database)
    assert answer_it(a, address, rest="refused") == 409
    assert answer_it(a, address, rest="refused", reason="坐标系不符") == 200
    html = a.get(address).text
    assert "已退回" in html
    assert html.count("坐标系不符") == 2


def test_what_was_typed_is_still_there_when_a_receipt_is_refused(
    a: TestClient, database: Database
) -> None:
    address = make(a, database)
    form = {"number": "回1", "dated": TODAY, "refused": "别的桩 缺照片", **field_of(a)}
    answer = a.post(f"{address}/receipt", data=form)
    assert answer.status_code == 409
    assert 'value="回1"' in answer.text
    assert "别的桩 缺照片</textarea>" in answer.text
    assert answer_it(a, address, dated="某日") == 422
    assert answer_it(a, address, number=" ") == 422
    assert answer_it(a, address, rest="perhaps") == 422


def test_a_second_receipt_must_say_why_the_first_was_wrong(
    a: TestClient, database: Database
) -> None:
    address = make(a, database)
    assert answer_it(a, address) == 200
    assert 'name="corrects"' in a.get(address).text
    assert answer_it(a, address) == 409
    assert answer_it(a, address, refused=f"{NUMBER},缺照片", corrects="看错") == 200
    assert "部分接收" in a.get(address).text


def test_a_receipt_comes_as_the_platforms_table(a: TestClient, database: Database) -> None:
    address = make(a, database)
    keys = re.findall(r'class="code">([0-9a-f-]{36})<', a.get(address).text)
    table = "\n".join(["KJSJBSM,结果,原因", f"{keys[0]},通过,", f"{keys[1]},退回,缺近照"])
    sent = {"file": ("回执.csv", table.encode("gb18030"))}
    head = {"number": "回2", "dated": TODAY}
    forged = a.post(f"{address}/receipt-file", files=sent, data=head)
    assert forged.status_code == 403
    broken = {"file": ("回执.csv", "KJSJBSM,结果\n1,也许".encode())}
    refused = a.post(f"{address}/receipt-file", files=broken, data=field_of(a) | head)
    assert refused.status_code == 409
    assert 'value="回2"' in refused.text
    done = a.post(f"{address}/receipt-file", files=sent, data=field_of(a) | head)
    assert done.status_code == 200
    assert "部分接收" in done.text
    assert "缺近照" in done.text


def test_a_report_that_waits_can_be_cancelled(a: TestClient) -> None:
    job = ask(a, "package")
    a.post(f"{job}/cancel", data=field_of(a))
    html = a.get(job).text
    assert "已取消" in html
    assert '<meta http-equiv="refresh"' not in html


def test_a_platform_or_place_there_is_not_shows_the_form_again(a: TestClient) -> None:
    form = {"platform": "atlantis", "within": "370921", "act": "package", **field_of(a)}
    unknown = a.post("/reports", data=form)
    assert unknown.status_code == 404
    assert 'value="370921"' in unknown.text
    nowhere = a.post("/reports", data=form | {"platform": "shandong", "within": "乌有县"})
    assert nowhere.status_code == 404
    assert 'value="乌有县"' in nowhere.text


def test_the_neighbour_neither_makes_nor_sees_a_package(
    a: TestClient, database: Database, register: Register
) -> None:
    address = make(a, database)
    assert register.marker
    with logged_in(a, database, "b") as b:
        assert b.get(address).status_code == 403
        assert address not in b.get("/reports").text
        assert answer_it(b, address) == 403
        form = {"platform": "shandong", "within": "370921", "act": "package", **field_of(b)}
        assert b.post("/reports", data=form).status_code == 403


def test_the_public_is_led_to_the_login_page(client: TestClient) -> None:
    answer = client.get("/reports", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/login?next_address=%2Freports",
    )


def test_the_form_offers_the_division_of_the_account_and_the_bar_leads_here(
    a: TestClient,
) -> None:
    html = a.get("/reports").text
    assert 'name="within" value="370921"' in html
    assert 'href="/reports"' in a.get("/lines").text
    assert "未经核实" in html
