from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from api.session import HEADER
from tests.api.register import Register, build_register, field_of, logged_in
from tests.conftest import Database

TODAY = str(china_day())


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def city(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.marker
    with logged_in(client, database, "city") as page:
        yield page


def read_fields(html: str) -> dict[str, str]:
    """Return what stands in the form of the card, as a browser would send it."""
    form = html.partition('id="edit-card"')[2].partition("<form")[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and ('type="radio"' not in tag or "checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ""
    for name, inside in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', form):
        found[name] = unescape(inside)
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(
            r'value="([^"]*)"', options
        )
        assert chosen
        found[name] = chosen[1]
    return found


def _open(page: TestClient, register: Register) -> dict[str, str]:
    return read_fields(page.get(f"/markers/{register.marker}").text)


def _send(page: TestClient, register: Register, form: dict[str, str]) -> tuple[int, str]:
    answer = page.post(f"/markers/{register.marker}/card", data=form)
    return answer.status_code, answer.text


def test_the_form_holds_the_card_and_sent_as_it_is_changes_nothing(
    city: TestClient, register: Register
) -> None:
    form = _open(city, register)
    assert (form["number"], form["faces"], form["managing"]) == ("37092301", "2", "370921")
    assert (form["o1_name"], form["o1_grid"], form["o2_distance"]) == ("老槐树", "40.0", "50.0")
    status, html = _send(city, register, form)
    assert status == 422
    assert "至少改动一项" in html


def test_who_edits_all_sides_changes_the_card_from_a_day_on(
    city: TestClient, register: Register
) -> None:
    form = _open(city, register) | {"material": "花岗岩", "o1_grid": "41°30′00″", "how": "change"}
    status, html = _send(city, register, form)
    assert status == 200
    for part in ("已保存", "花岗岩", "41°30′00″", "修改登记内容：材质、方位物", "第 2 版"):
        assert part in html, part
    assert _open(city, register)["o1_grid"] == "41.5"


def test_a_correction_needs_its_reason_and_mends_the_present_version(
    city: TestClient, register: Register
) -> None:
    form = _open(city, register) | {"material": "石质", "how": "correction"}
    status, html = _send(city, register, form)
    assert status == 422
    assert "更正的原因" in html
    assert 'value="石质"' in html
    status, html = _send(
        city, register, form | {"reason": "抄录错误", "x": "117.2001", "y": "36.15"}
    )
    assert status == 422
    assert "dms_packed" in html
    place = {"x": "117°12′00.36″", "y": "36°09′00″", "method": "gnss_rtk", "accuracy_m": "0.03"}
    status, html = _send(city, register, form | {"reason": "抄录错误", **place})
    assert status == 200
    for part in ("石质", "117°12′00.36″", "抄录错误"):
        assert part in html, part
    assert "第 2 版" not in html


def test_another_place_is_no_change_of_the_card(city: TestClient, register: Register) -> None:
    place = {"x": "117°12′00.36″", "y": "36°09′00″", "how": "change"}
    status, html = _send(city, register, _open(city, register) | place)
    assert status == 409
    assert "先提出提议" in html


def test_a_correction_far_off_the_line_is_told_at_once(
    city: TestClient, register: Register
) -> None:
    place = {"x": "117°12′36″", "y": "36°09′00″", "how": "correction", "reason": "重新测量"}
    status, html = _send(city, register, _open(city, register) | place)
    assert status == 200
    assert "不再相符" in html
    assert re.search(r"class=\"warning\".{0,200}37092301", html, re.DOTALL)


def test_a_bearing_of_400_degrees_and_a_nameless_object_are_refused_as_typed(
    city: TestClient, register: Register
) -> None:
    form = _open(city, register)
    status, html = _send(city, register, form | {"o1_grid": "400"})
    assert status == 422
    for part in ("方位物 1 的坐标方位角", "不足 360°", 'value="400"'):
        assert part in html
    status, html = _send(city, register, form | {"o3_distance": "12.5"})
    assert status == 422
    assert "方位物 3 有数值“12.5”而没有名称" in html


def test_who_was_second_sees_what_the_first_changed_and_keeps_what_was_typed(
    city: TestClient, register: Register
) -> None:
    late = _open(city, register) | {"material": "石质", "grade": "一等"}
    first = _open(city, register) | {"material": "花岗岩", "how": "change"}
    assert _send(city, register, first)[0] == 200
    status, html = _send(city, register, late | {"how": "change"})
    assert status == 412
    for part in ("您填写期间别人改过", "修改登记内容：材质", "city", "登记现为：花岗岩"):
        assert part in html, part
    again = read_fields(html)
    assert (again["material"], again["grade"], again["seen"]) == ("石质", "一等", "1")
    assert _send(city, register, again)[0] == 200


def test_a_side_proposes_a_change_that_both_agree_on(
    city: TestClient, database: Database, register: Register
) -> None:
    with logged_in(city, database, "a") as a:
        form = _open(a, register) | {"material": "花岗岩", "reason": "换桩后补登"}
        assert form["how"] == "propose"
        assert _send(a, register, form | {"how": "change"})[0] == 403
        status, html = _send(a, register, form)
        assert status == 200
        for part in ("已提出", "修改界桩登记", "换桩后补登", "花岗岩"):
            assert part in html, part
        address = re.search(r"/proposals/[0-9a-f-]{36}/voices", html)
        assert address
        voice = {"signer": "局长", "on_day": TODAY}
        consent = {**voice, "said": "consent", "side": "370921", **field_of(a)}
        assert a.post(address[0], data=consent).status_code == 200
    with logged_in(city, database, "b") as b:
        consent = {**voice, "said": "consent", "side": "370923", **field_of(b)}
        assert b.post(address[0], data=consent).status_code == 200
    with logged_in(city, database, "city") as page:
        approval = {**voice, "said": "approval", **field_of(page)}
        assert page.post(address[0], data=approval).status_code == 200
        assert "花岗岩" in page.get(f"/markers/{register.marker}").text


def test_a_proposal_that_was_typed_before_a_change_is_told_of_it(
    city: TestClient, database: Database, register: Register
) -> None:
    first = _open(city, register) | {"material": "花岗岩", "how": "change"}
    assert _send(city, register, first)[0] == 200
    with logged_in(city, database, "a") as a:
        form = _open(a, register) | {"material": "石质", "seen": "0"}
        status, html = _send(a, register, form)
        assert status == 412
        assert "登记现为：花岗岩" in html
        assert "没有等待表态的事" in a.get("/proposals").text


def test_a_script_sends_the_same_form_and_one_without_the_pages_token_is_refused(
    city: TestClient, register: Register
) -> None:
    form = _open(city, register) | {"material": "花岗岩"}
    token = form.pop("csrf_token")
    address = f"/markers/{register.marker}/card"
    assert city.post(address, data=form).status_code == 403
    headers = {HEADER: token, "HX-Request": "true"}
    assert "花岗岩" in city.post(address, data=form, headers=headers).text


def test_the_card_of_a_day_past_has_no_form(city: TestClient, register: Register) -> None:
    assert 'id="edit-card"' not in city.get(f"/markers/{register.marker}?at=2024-01-01").text
