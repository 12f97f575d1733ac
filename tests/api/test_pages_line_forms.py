"""The forms on the page of a line, as a browser without scripts sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from geo.access.grants import give_grant
from geo.access.users import add_user
from geo.boundaries.record import LineRecord, list_records
from geo.db.engine import reading, transaction
from geo.files.attach import Attachment, list_attachments
from geo.proposals.proposals import Proposal, list_proposals
from tests.api.register import (
    ATTACK,
    PASSWORD,
    SYSTEM,
    Register,
    build_register,
    field_of,
    logged_in,
)
from tests.conftest import Database
from tests.geo.files.papers import PDF

RECORD = {
    "code": "2123",
    "name": "东西线",
    "official_length_km": "22.5",
    "length_basis": "agreement",
    "length_document": "鲁界〔1997〕3号",
    "length_dated": "1997-05-06",
    "valid_from": "2020-01-01",
    "source": "协议书",
}


@pytest.fixture
def register(database: Database) -> Register:
    made = build_register(database)
    with transaction(database.engine, SYSTEM.actor) as conn:
        add_user(conn, SYSTEM, "both", PASSWORD)
        for letter in "AB":
            give_grant(conn, SYSTEM, "both", "editor", made.border.sides[letter])
        add_user(conn, SYSTEM, "reader", PASSWORD)
        give_grant(conn, SYSTEM, "reader", "viewer", made.border.city)
    return made


@pytest.fixture
def both(client: TestClient, database: Database, register: Register) -> Iterator[TestClient]:
    assert register.line
    with logged_in(client, database, "both") as page:
        yield page


def page_of(client: TestClient, register: Register, **headers: str) -> str:
    return client.get(f"/lines/{register.line}", headers=headers).text


def seen_in(html: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', html)
    assert found, "the page has no form"
    return found[1]


def write(client: TestClient, register: Register, **typed: str) -> str:
    """Send the form of the record, and return the page that comes."""
    html = page_of(client, register)
    seen = typed.pop("seen", None) or seen_in(html)
    form = RECORD | {"seen": seen} | typed | field_of(client)
    return client.post(f"/lines/{register.line}/record", data=form).text


def records_of(database: Database, register: Register) -> list[LineRecord]:
    with reading(database.engine) as conn:
        return list_records(conn, register.line)


def proposals_of(database: Database, register: Register) -> list[Proposal]:
    with reading(database.engine) as conn:
        return list_proposals(conn, SYSTEM, object_id=register.line)


def papers_of(database: Database, register: Register) -> list[Attachment]:
    with reading(database.engine) as conn:
        return list_attachments(conn, [register.line])[register.line]


def test_an_editor_of_both_sides_writes_the_record_of_a_line(
    both: TestClient, database: Database, register: Register
) -> None:
    html = write(both, register)
    assert "已登记" in html
    (record,) = records_of(database, register)
    assert (record.code, record.official_length_km, record.source) == ("2123", 22.5, "协议书")
    assert 'value="鲁界〔1997〕3号"' in html
    assert (str(record.valid_from), str(record.length_dated)) == ("2020-01-01", "1997-05-06")


def test_a_later_day_makes_a_version_and_a_reason_corrects_one(
    both: TestClient, database: Database, register: Register
) -> None:
    write(both, register)
    write(both, register, valid_from="2024-01-01", disputed="yes", note="一行\r\n二行")
    write(both, register, valid_from="2024-02-01", code="2124", disputed="yes", corrects="录入错误")
    old, new = records_of(database, register)
    assert (old.code, old.disputed) == ("2123", False)
    assert (new.code, new.disputed, str(new.valid_from)) == ("2124", True, "2024-01-01")
    assert new.note is None


def test_an_editor_of_one_side_opens_a_proposal(
    both: TestClient, database: Database, register: Register
) -> None:
    write(both, register)
    with logged_in(both, database, "a") as page:
        assert "提议修改法定内容" in page_of(page, register)
        html = write(page, register, name="东川线", reason="更名", valid_from="2025-01-01")
    assert "已提出" in html
    (made,) = proposals_of(database, register)
    assert (made.kind, made.note) == ("line_record", "更名")
    assert made.body == {"name": "东川线", "valid_from": "2025-01-01", "source": "协议书"}
    assert f'id="proposal-{made.id}"' in html
    assert "<dt>界线名称</dt><dd>东川线</dd>" in html
    assert len(records_of(database, register)) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"official_length_km": "twenty"}, "法定长度”的值“twenty”无效"),
        ({"length_dated": "1997年"}, "文件日期”的值“1997年”无效"),
        ({"length_document": " "}, "没有说明依据"),
        ({"length_basis": "hearsay"}, "hearsay"),
        ({"official_length_km": "-3"}, "-3"),
        ({"valid_from": "soon"}, "自何日起”的值“soon”无效"),
    ],
)
def test_a_record_that_cannot_stand_is_refused_with_what_was_typed(
    both: TestClient, database: Database, register: Register, typed: dict[str, str], told: str
) -> None:
    html = write(both, register, begins_at=ATTACK, **typed)
    assert told in unescape(html)
    assert ATTACK not in html
    assert ATTACK in unescape(html)
    assert 'value="东西线"' in html
    assert records_of(database, register) == []


def test_a_refusal_is_told_in_english_too(both: TestClient, register: Register) -> None:
    form = RECORD | {"official_length_km": "far", "seen": "0"} | field_of(both)
    answer = both.post(f"/lines/{register.line}/record?lang=en", data=form)
    assert answer.status_code == 422
    assert "Official length" in answer.text
    assert "cannot" in answer.text or "not" in answer.text


def test_a_conflict_says_what_was_changed_and_by_whom(
    both: TestClient, database: Database, register: Register
) -> None:
    before = seen_in(page_of(both, register))
    write(both, register)
    form = RECORD | {"name": "我的名称", "seen": before} | field_of(both)
    answer = both.post(f"/lines/{register.line}/record", data=form)
    assert answer.status_code == 412
    assert "both" in answer.text
    assert "现在登记的是：东西线" in answer.text
    assert 'value="我的名称"' in answer.text
    assert [one.name for one in records_of(database, register)] == ["东西线"]
    assert "已登记" in write(both, register, name="我的名称", seen=seen_in(answer.text))


def test_what_is_on_record_already_is_not_written_again(
    both: TestClient, database: Database, register: Register
) -> None:
    write(both, register)
    assert "与现在登记的一样" in write(both, register)
    assert len(records_of(database, register)) == 1


@pytest.mark.parametrize("name", ["c", "reader"])
def test_who_edits_neither_side_has_no_form_and_is_refused(
    client: TestClient, database: Database, register: Register, name: str
) -> None:
    with logged_in(client, database, name) as page:
        assert 'name="seen"' not in page_of(page, register)
        answer = page.post(
            f"/lines/{register.line}/record", data=RECORD | {"seen": "0"} | field_of(page)
        )
    assert answer.status_code == 403
    assert "编辑" in answer.text
    assert records_of(database, register) == []


def test_the_past_has_no_form(both: TestClient, register: Register) -> None:
    assert 'name="seen"' not in both.get(f"/lines/{register.line}?at=2024-01-01").text


def test_a_form_without_the_token_of_its_page_is_refused(
    both: TestClient, database: Database, register: Register
) -> None:
    answer = both.post(f"/lines/{register.line}/record", data=RECORD | {"seen": "0"})
    assert answer.status_code == 403
    assert records_of(database, register) == []


def give(client: TestClient, register: Register, **typed: str) -> tuple[int, str]:
    """Give a paper as a browser without a script does: the token stands among the fields."""
    form = field_of(client) | {"kind": "agreement", "title": "协议书"} | typed
    file = {"file": ("协议.pdf", PDF, "application/pdf")}
    answer = client.post(f"/lines/{register.line}/files", data=form, files=file)
    return answer.status_code, answer.text


def test_a_paper_is_given_without_a_script(
    both: TestClient, database: Database, register: Register
) -> None:
    assert give(both, register, side="370921")[0] == 200
    status, html = give(both, register, side="", kind="map")
    assert status == 200
    assert "已上传" in html
    sides = register.border.sides
    assert [one.division_id for one in papers_of(database, register)] == [sides["A"], None]


def test_an_unknown_side_is_refused_on_the_page_as_over_http(
    both: TestClient, database: Database, register: Register
) -> None:
    status, html = give(both, register, side="110000")
    assert status == 422
    assert "370921 东岭县" in html
    assert 'value="协议书"' in html
    over_http = both.post(
        f"/api/v1/boundary-lines/{register.line}/documents",
        data={"side": "110000"},
        files={"file": ("协议.pdf", PDF)},
        headers={"X-CSRF-Token": next(iter(field_of(both).values()))},
    )
    assert (over_http.status_code, over_http.json()["code"]) == (422, "option_invalid")
    assert papers_of(database, register) == []


def take_off(client: TestClient, register: Register, paper: Attachment, reason: str) -> str:
    form = field_of(client) | {"reason": reason}
    address = f"/lines/{register.line}/files/{paper.id}/withdrawal"
    return client.post(address, data=form).text


def test_a_paper_is_taken_off_with_a_reason_by_the_side_that_gave_it(
    both: TestClient, database: Database, register: Register
) -> None:
    give(both, register, side="370921")
    (paper,) = papers_of(database, register)
    with logged_in(both, database, "b") as page:
        assert f"{paper.id}/withdrawal" not in page_of(page, register)
        assert "编辑" in take_off(page, register, paper, "不对")
    with logged_in(both, database, "a") as page:
        assert f"{paper.id}/withdrawal" in page_of(page, register)
        assert "撤下的理由" in take_off(page, register, paper, "  ")
        assert len(papers_of(database, register)) == 1
        assert "已撤下" in take_off(page, register, paper, "扫描件不全")
        assert papers_of(database, register) == []
        assert page.get(f"/lines/{register.line}/files/{paper.id}").content == PDF
