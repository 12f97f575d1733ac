from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from api.session import HEADER
from tests.api.register import ATTACK, Register, build_register, field_of, logged_in
from tests.conftest import Database

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
ADDRESSES = ("/markers", "/markers/{}", "/?marker={}", "/panel?marker={}", "/map.svg?marker={}")


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.marker
    with logged_in(client, database, "a") as page:
        yield page


def test_the_list_counts_and_leads_to_the_marker(a: TestClient, register: Register) -> None:
    html = a.get("/markers").text
    assert f"/markers/{register.marker}" in html
    assert "合计 2 颗" in html
    assert "完好在位" in html


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("number=2123", ["212321I"]),
        ("number=212321i", []),
        ("line=南河", ["212321I"]),
        ("within=370923", ["212321I", "37092301"]),
        ("within=东岭", ["212321I", "37092301"]),
        ("within=371321", ["212321I"]),
        ("state=lost", []),
        ("number=3709&state=in_place", ["37092301"]),
    ],
)
def test_markers_are_found_by_number_line_division_and_state(
    a: TestClient, asked: str, found: list[str]
) -> None:
    html = a.get(f"/markers?{asked}").text
    for number in ("212321I", "37092301"):
        assert (f">{number}</a>" in html) == (number in found), number


def test_a_division_nobody_knows_is_told_in_the_list(a: TestClient) -> None:
    answer = a.get("/markers?within=999999")
    assert answer.status_code == 404
    assert 'role="alert"' in answer.text
    assert 'value="999999"' in answer.text


def test_the_page_of_a_marker_holds_its_card_its_life_and_what_is_missing(
    a: TestClient, register: Register
) -> None:
    html = a.get(f"/markers/{register.marker}").text
    assert "<title>37092301 · 界桩 · 舆图</title>" in html
    for part in ("117°12′00.00″", "36°09′00.00″", "老槐树", "王小明", "只有 2 个", "界桩登记表"):
        assert part in html, part
    assert f'data-chosen="marker:{register.marker}"' in html
    assert f"/api/v1/markers/{register.marker}/papers/marker_register.docx" in html


def test_what_somebody_called_script_is_text_wherever_it_stands(
    a: TestClient, register: Register
) -> None:
    for address in (f"/markers/{register.marker}", f"/?marker={register.marker}", "/markers"):
        assert ATTACK not in a.get(address).text, address


def test_the_public_is_led_to_the_login_page_and_back(
    client: TestClient, register: Register
) -> None:
    for address in ("/markers?number=1", f"/markers/{register.marker}", "/lines", "/proposals"):
        answer = client.get(address, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login?next_address=%2F")
        assert "117" not in answer.text


def test_nobody_but_the_sides_and_those_above_gets_anything_of_a_position(
    client: TestClient, database: Database, register: Register
) -> None:
    with logged_in(client, database, "c") as page:
        assert "37092301" not in page.get("/markers").text
        for address in ADDRESSES[1:]:
            answer = page.get(address.format(register.marker))
            assert answer.status_code == 403, address
            assert "36.15" not in answer.text
    for address in ADDRESSES[2:]:
        answer = client.get(address.format(register.marker))
        assert answer.status_code in (401, 403)
        assert "36.15" not in answer.text


def test_the_tiles_of_markers_are_empty_for_all_but_the_sides(
    client: TestClient, database: Database, register: Register
) -> None:
    address = "/tiles/markers/10/845/401.mvt"
    assert client.get(address).status_code == 204
    with logged_in(client, database, "b") as page:
        assert str(register.marker).encode() in page.get(address).content
        assert b"37092301" in page.get(address).content
    with logged_in(client, database, "c") as page:
        assert str(register.marker).encode() not in page.get(address).content


def test_the_style_names_the_markers_only_to_who_is_logged_in(a: TestClient) -> None:
    assert "markers" in a.get("/style.json").json()["sources"]
    a.cookies.clear()
    assert "markers" not in a.get("/style.json").json()["sources"]


def test_an_event_is_recorded_and_the_page_comes_back_with_it(
    a: TestClient, register: Register
) -> None:
    form = {"kind": "damaged", "at": str(china_day()), "note": "桩帽缺角", **field_of(a)}
    answer = a.post(f"/markers/{register.marker}/events", data=form)
    assert answer.status_code == 200
    assert answer.url.path == f"/markers/{register.marker}"
    for part in ("已记录", "桩帽缺角", "损坏", "还缺：照片"):
        assert part in answer.text, part


def test_a_repair_without_the_neighbour_is_refused_and_nothing_typed_is_lost(
    a: TestClient, register: Register
) -> None:
    address, today = f"/markers/{register.marker}/events", str(china_day())
    a.post(address, data={"kind": "damaged", "at": today, **field_of(a)})
    form = {
        "kind": "repaired",
        "at": today,
        "note": "换了新桩帽",
        "side": ["370921", "370923"],
        "names": ["李四", ""],
        **field_of(a),
    }
    refused = a.post(address, data=form)
    assert refused.status_code == 409
    for part in ("西川县", "换了新桩帽", 'value="李四"'):
        assert part in refused.text
    done = a.post(address, data={**form, "names": ["李四", "王五、赵六"]})
    assert done.status_code == 200
    assert "王五（西川县）" in done.text
    assert "赵六（西川县）" in done.text


def test_a_form_without_the_pages_token_is_refused(a: TestClient, register: Register) -> None:
    form = {"kind": "damaged", "at": str(china_day())}
    assert a.post(f"/markers/{register.marker}/events", data=form).status_code == 403


def test_a_side_writes_its_own_part_and_not_the_neighbours(
    a: TestClient, register: Register
) -> None:
    address = f"/markers/{register.marker}/own"
    form = {"side": "370921", "seen": "0", "site": "石桥村", **field_of(a)}
    assert "石桥村" in a.post(address, data=form).text
    theirs = a.post(address, data={**form, "side": "370923", "seen": "1"})
    assert theirs.status_code == 403


def test_who_has_not_seen_the_newest_state_is_told_what_was_changed_and_by_whom(
    a: TestClient, register: Register
) -> None:
    address = f"/markers/{register.marker}/own"
    form = {"side": "370921", "seen": "0", "site": "石桥村", **field_of(a)}
    a.post(address, data=form)
    late = a.post(address, data={**form, "site": "另一个村"})
    assert late.status_code == 412
    assert "东岭县更新本方登记" in late.text
    assert 'value="另一个村"' in late.text


def test_a_photo_is_given_by_a_side_and_shown_to_the_sides_only(
    a: TestClient, database: Database, register: Register
) -> None:
    address = f"/markers/{register.marker}/files"
    field = {"kind": "photo", "side": "370921", "title": "北面"}
    token = {HEADER: next(iter(field_of(a).values()))}
    given = a.post(address, data=field, files={"file": ("a.png", PNG, "image/png")}, headers=token)
    assert given.status_code == 200
    assert "北面" in given.text
    photo = given.text.partition(f'src="{address}/')[2].partition("?")[0]
    small = a.get(f"{address}/{photo}?small=true")
    assert small.headers["Content-Type"] == "image/jpeg"
    assert a.get(f"/markers/{register.tripoint}/files/{photo}").status_code == 404
    with logged_in(a, database, "c") as page:
        assert page.get(f"{address}/{photo}").status_code == 403


def test_what_is_no_photo_is_refused_on_the_page(a: TestClient, register: Register) -> None:
    token = {HEADER: next(iter(field_of(a).values()))}
    field = {"kind": "photo", "side": "370921", "title": "假的"}
    file = {"file": ("a.jpg", b"MZ no photo", "image/jpeg")}
    answer = a.post(f"/markers/{register.marker}/files", data=field, files=file, headers=token)
    assert answer.status_code in (415, 422)
    assert 'value="假的"' in answer.text


def test_a_position_is_judged_and_nothing_is_kept(a: TestClient, register: Register) -> None:
    form = {"x": "117°12′00.01″", "y": "36°09′00.00″", "method": "gnss_rtk", **field_of(a)}
    answer = a.post(f"/markers/{register.marker}/deviation", data=form)
    assert answer.status_code == 200
    assert "在限差内" in answer.text
    assert "相差 0.25 米" in answer.text
    assert "还没有变更" in a.get(f"/markers/{register.marker}").text or "修订号 0" in answer.text


def test_a_number_that_may_be_packed_degrees_is_asked_about(
    a: TestClient, register: Register
) -> None:
    form = {"x": "117.120001", "y": "36.090000", "method": "gnss_rtk", **field_of(a)}
    answer = a.post(f"/markers/{register.marker}/deviation", data=form)
    assert answer.status_code == 422
    assert "dms_packed" in answer.text
    assert 'value="117.120001"' in answer.text


def test_the_description_is_kept_as_written_by_who_edits_all_sides(
    a: TestClient, database: Database, register: Register
) -> None:
    address = f"/markers/{register.marker}/description"
    form = {"written": "桩在桥头。", "seen": "0"}
    assert a.post(address, data={**form, **field_of(a)}).status_code == 403
    with logged_in(a, database, "city") as page:
        answer = page.post(address, data={**form, **field_of(page)})
        assert answer.status_code == 200
        assert "桩在桥头。" in answer.text
        assert "手写" in answer.text


def test_a_marker_nobody_knows_is_told_as_a_page(a: TestClient) -> None:
    answer = a.get(f"/markers/{uuid4()}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_day_before_the_first_version_is_told_in_words(a: TestClient, register: Register) -> None:
    answer = a.get(f"/markers/{register.marker}?at=2001-01-01")
    assert answer.status_code == 404
    assert "2020-01-01" in answer.text


def test_a_script_whose_session_ended_is_led_to_the_login_page(
    client: TestClient, register: Register
) -> None:
    headers = {"HX-Request": "true"}
    answer = client.get(f"/markers/{register.marker}", headers=headers, follow_redirects=False)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login?next_address=")
