from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.session import HEADER
from geo.access.jurisdiction import system_viewer
from geo.boundaries.record import RecordFacts, put_record
from geo.db.engine import transaction
from geo.divisions.apply import Source
from tests.api.register import ATTACK, Register, build_register, field_of, logged_in
from tests.conftest import Database
from tests.geo.divisions.given import FROM
from tests.geo.files.papers import PDF


@pytest.fixture
def register(database: Database) -> Register:
    made = build_register(database)
    facts = RecordFacts(
        code="2123",
        name=f"东西线{ATTACK}",
        official_length_km=25.0,
        length_basis="agreement",
        length_document="鲁界〔1997〕3号",
    )
    viewer = system_viewer("test")
    with transaction(database.engine, viewer.actor) as conn:
        source = Source(name="协议书")
        put_record(conn, viewer, made.line, facts, valid_from=FROM, source=source, seen=0)
    return made


@pytest.fixture
def a(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "a") as page:
        yield page


def test_the_register_sums_official_and_computed_lengths(a: TestClient, register: Register) -> None:
    html = a.get("/lines").text
    assert f"/lines/{register.line}" in html
    assert "合计 2 条" in html
    assert "其中 1 条有法定长度" in html
    assert '<td class="number">43.01</td><td class="number">40.20</td>' in html


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ("q=2123", 1),
        ("q=南河", 1),
        ("within=371321", 1),
        ("level=prefecture", 1),
        ("unit=county", 2),
    ],
)
def test_lines_are_found_by_code_name_division_and_level(
    a: TestClient, asked: str, total: int
) -> None:
    assert f"合计 {total} 条" in a.get(f"/lines?{asked}").text


def test_nothing_found_says_what_to_do_next(a: TestClient) -> None:
    assert "去掉一个条件" in a.get("/lines?q=月球").text


def test_the_page_of_a_line_sets_the_official_length_beside_the_computed(
    a: TestClient, register: Register
) -> None:
    html = a.get(f"/lines/{register.line}").text
    for part in ("25.000", "22.193", "鲁界〔1997〕3号", "东岭县", "西川县", "37092301", "提示"):
        assert part in html, part
    # The marker of all three stands at the beginning, before the one five kilometres on.
    assert html.index(">212321I<") < html.index(">37092301<")
    assert f"/api/v1/boundary-lines/{register.line}/papers/marker_results.xlsx" in html


def test_a_version_of_the_course_says_where_it_comes_from(
    a: TestClient, register: Register
) -> None:
    assert "来源 区划面" in a.get(f"/lines/{register.line}").text


def test_a_line_called_script_is_text(a: TestClient, register: Register) -> None:
    for address in ("/lines", f"/lines/{register.line}", "/markers"):
        assert ATTACK not in a.get(address).text, address


def test_the_line_of_others_is_refused_with_a_reason(
    client: TestClient, database: Database, register: Register
) -> None:
    with logged_in(client, database, "c") as page:
        assert "37092301" not in page.get("/lines").text
        answer = page.get(f"/lines/{register.line}")
        assert answer.status_code == 403
        assert "编辑" in answer.text


def test_a_document_is_given_by_a_side_and_kept_from_others(
    a: TestClient, database: Database, register: Register
) -> None:
    address = f"/lines/{register.line}/files"
    field = {"kind": "agreement", "side": "370921", "title": "协议书", "dated": "1997-05-06"}
    token = {HEADER: next(iter(field_of(a).values()))}
    file = {"file": ("协议.pdf", PDF, "application/pdf")}
    given = a.post(address, data=field, files=file, headers=token)
    assert given.status_code == 200
    assert "已上传" in given.text
    kept = given.text.partition(f'href="{address}/')[2].partition('"')[0]
    assert a.get(f"{address}/{kept}").content == PDF
    foreign = a.post(address, data={**field, "side": "370923"}, files=file, headers=token)
    assert foreign.status_code == 403
    with logged_in(a, database, "c") as page:
        assert page.get(f"{address}/{kept}").status_code == 403


def test_the_panel_of_the_map_leads_on_only_for_who_is_logged_in(
    a: TestClient, register: Register
) -> None:
    assert f"/lines/{register.line}?at=" in a.get(f"/panel?line={register.line}").text
