from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from api.session import HEADER
from tests.api.register import ATTACK, Register, build_register, field_of, logged_in
from tests.conftest import Database
from tests.geo.files.papers import PDF

TODAY = str(china_day())
CARD = {
    "number": "37092399",
    "set_up": "single",
    "faces": "2",
    "material": "花岗岩",
    "managing": "370921",
    "crs": "EPSG:4490",
    "x": "117°12′00″",
    "y": "36°10′12.5″",
    "method": "gnss_rtk",
    "accuracy_m": "0.05",
    "paper_kind": "approval",
    "paper_number": "鲁民〔2003〕21号",
    "paper_dated": "2003-05-06",
    "at": TODAY,
}
OBJECTS = {
    f"o{place}_{name}": value
    for place, row in enumerate(
        (("石桥", "40", "52.3"), ("老井", "121°30′", "18"), ("庙", "300", "77")), 1
    )
    for name, value in zip(("name", "grid", "distance"), row, strict=True)
}


@pytest.fixture
def register(database: Database) -> Register:
    return build_register(database)


@pytest.fixture
def city(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "city") as page:
        yield page


def _add(
    page: TestClient, register: Register, content: bytes = b"", **typed: str
) -> tuple[int, str]:
    """Send the form as a browser without scripts does; without a file its part is empty."""
    form = {**field_of(page), **CARD, **OBJECTS, "how": "register", **typed}
    file = {"file": ("批复.pdf" if content else "", content, "application/pdf")}
    answer = page.post(f"/lines/{register.line}/markers", data=form, files=file)
    return answer.status_code, answer.text


def test_a_standing_marker_is_registered_with_its_paper_by_who_edits_all_sides(
    city: TestClient, register: Register
) -> None:
    status, html = _add(city, register, PDF)
    assert status == 200
    for part in (
        "已登记",
        "37092399",
        "花岗岩",
        "117°12′00″",
        "老井",
        "鲁民〔2003〕21号",
        "完好在位",
    ):
        assert part in html, part
    assert "121°30′00″" in html
    assert "37092399" in city.get(f"/lines/{register.line}").text


def test_what_was_given_stays_as_it_was_written_in_its_own_zone(
    city: TestClient, register: Register
) -> None:
    plane = {"crs": "EPSG:4548", "x": "518023.25", "y": "4002600.5"}
    status, html = _add(city, register, **plane)
    assert status == 200
    for part in ("518023.25", "4002600.5", "EPSG:4548"):
        assert part in html, part


def test_a_side_proposes_a_new_marker_and_it_begins_set_when_all_agree(
    city: TestClient, database: Database, register: Register
) -> None:
    with logged_in(city, database, "a") as a:
        page = a.get(f"/lines/{register.line}/markers/new").text
        assert 'value="register"' not in page
        assert _add(a, register)[0] == 403
        status, html = _add(a, register, PDF, how="propose", reason="路口看不清界线")
        assert status == 200
        for part in ("增设界桩", "37092399 · 东岭县—西川县", "路口看不清界线", "石桥", "批复"):
            assert part in html, part
        assert str(register.line) not in html.partition("<dl")[2].partition("</dl>")[0]
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
        assert "37092399" in page.get("/markers?number=37092399&state=set").text


def test_a_tripoint_marker_names_the_other_lines_and_needs_their_editors(
    city: TestClient, register: Register
) -> None:
    others = "、".join(str(register.border.lines[pair]) for pair in ("AC", "BC"))
    status, html = _add(city, register, more_lines=others, faces="3")
    assert status == 403
    assert "南河县" in html or "职权" in html or "权限" in html
    assert 'value="37092399"' in html
    status, html = _add(city, register, more_lines=others, faces="3", how="propose")
    assert status == 200
    assert "南河县" in html


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"paper_number": ""}, "文号和日期"),
        ({"paper_dated": "2099-01-01"}, "不晚于今天"),
        ({"o3_distance": ""}, "只有 2 个"),
        ({"o1_grid": "400"}, "不足 360°"),
        ({"x": ""}, "度分秒"),
        ({"x": "36°10′12.5″", "y": "117°12′00″"}, "117°12′00″"),
        ({"x": "117.120001", "y": "36.101201"}, "dms_packed"),
        ({"number": ""}, "碑上的编号"),
        ({"faces": "4"}, "2, 3"),
        ({"set_up": "double"}, "分号与设立形式不符"),
        ({"more_lines": "没有的线"}, "没有的线"),
        ({"crs": "EPSG:4610"}, "西安"),
    ],
)
def test_what_cannot_be_is_refused_as_it_was_typed_and_nothing_is_written(
    city: TestClient, register: Register, typed: dict[str, str], told: str
) -> None:
    status, html = _add(city, register, **typed)
    assert status in (409, 422), html
    alert = html.partition('role="alert"')[2].partition("csrf_token")[0]
    assert told in alert
    for name, value in ({"o2_name": "老井", "material": "花岗岩"} | typed).items():
        if value and name not in ("set_up", "faces", "crs"):
            assert re.search(rf'name="{name}"[^>]*value="{value}"', html), name
    assert "37092399" not in city.get("/markers").text


def test_a_number_that_is_taken_is_refused(city: TestClient, register: Register) -> None:
    status, html = _add(city, register, number="37092301")
    assert status == 409
    assert 'role="alert"' in html


def test_a_marker_far_off_its_line_is_registered_and_that_is_told(
    city: TestClient, register: Register
) -> None:
    status, html = _add(city, register, x="117°12′36″")
    assert status == 200
    assert "不再相符" in html
    assert re.search(r"class=\"warning\".{0,200}37092399", html, re.DOTALL)


def test_a_file_that_is_none_refuses_the_whole_marker(city: TestClient, register: Register) -> None:
    status, html = _add(city, register, b"MZ no paper")
    assert status == 422
    assert "文件要重新选择" in html
    assert "37092399" not in city.get("/markers").text


def test_what_is_typed_is_text_wherever_it_comes_back(city: TestClient, register: Register) -> None:
    status, html = _add(city, register, o1_name=ATTACK, number="")
    assert status == 422
    assert ATTACK not in html


def test_a_script_sends_the_form_with_its_header(city: TestClient, register: Register) -> None:
    headers = {HEADER: field_of(city)["csrf_token"], "HX-Request": "true"}
    file = {"file": ("", b"", "application/octet-stream")}
    form = {**CARD, **OBJECTS, "how": "register"}
    answer = city.post(f"/lines/{register.line}/markers", data=form, files=file, headers=headers)
    assert answer.status_code == 200
    assert "已登记" in answer.text


def test_who_edits_neither_side_adds_nothing(
    city: TestClient, database: Database, register: Register
) -> None:
    with logged_in(city, database, "c") as c:
        assert c.get(f"/lines/{register.line}/markers/new").status_code == 403
        assert _add(c, register)[0] == 403
        assert _add(c, register, how="propose")[0] == 403


def test_the_form_offers_the_zones_of_the_line(city: TestClient, register: Register) -> None:
    html = city.get(f"/lines/{register.line}/markers/new").text
    for part in ("EPSG:4548", "EPSG:4527", "EPSG:2363", "EPSG:2384", "EPSG:2415", "EPSG:2436"):
        assert f'value="{part}"' in html, part
    assert "Add a marker" in city.get(f"/lines/{register.line}/markers/new?lang=en").text


def test_the_page_of_a_line_leads_its_editors_to_the_form_and_nobody_else(
    city: TestClient, database: Database, register: Register
) -> None:
    address = f"/lines/{register.line}/markers/new"
    assert address in city.get(f"/lines/{register.line}").text
    assert address not in city.get(f"/lines/{register.line}?at=2024-01-01").text
    with logged_in(city, database, "c") as c:
        assert address not in c.get(f"/lines/{register.line}").text
