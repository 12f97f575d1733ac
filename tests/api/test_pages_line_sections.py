"""The pages of a line's sections, as a browser without scripts uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

import pytest
from fastapi.testclient import TestClient

from api.session import FIELD
from geo.access.grants import give_grant
from geo.access.users import add_user
from geo.db.engine import reading, transaction
from geo.proposals.proposals import Proposal, list_proposals
from geo.sections.descriptions import list_descriptions
from geo.sections.register import Section, list_sections
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
from tests.geo.divisions.given import TODAY

COLUMNS = ("section_id", "begin", "end", "basis", "basis_name", "length_km", "note")
Rows = Sequence[Mapping[str, str]]
TWO: Rows = (
    {"begin": "212321I", "end": "37092301", "basis": "river", "basis_name": "柳河"},
    {"begin": "37092301", "end": "双山之巅", "length_km": "17.5"},
)


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


def address(register: Register) -> str:
    return f"/lines/{register.line}/sections"


def send(
    client: TestClient, register: Register, rows: Rows, *, status: int = 200, **typed: str
) -> str:
    """Send the form of the sections, and return the page that comes."""
    form: dict[str, object] = {
        "seen": seen_in(client.get(address(register)).text) if "seen" not in typed else "",
        "do": "save",
        "valid_from": "2024-05-01",
        "source": "补充协议",
        **typed,
        **field_of(client),
    }
    plain = {"basis": "marker_to_marker"}
    for name in COLUMNS:
        form[name] = [(plain | dict(one)).get(name, "") for one in rows]
    answer = client.post(address(register), data=form)
    assert answer.status_code == status, answer.text
    return answer.text


def seen_in(html: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', html)
    assert found, "the page has no form"
    return found[1]


def rows_in(html: str) -> list[dict[str, str]]:
    """Return the rows of the form in a page, without those that are chosen from a list."""
    found: list[dict[str, str]] = []
    for part in html.split('id="row-')[1:]:
        values = re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', part)
        found.append({name: unescape(value) for name, value in values if name in COLUMNS})
    return found


def sections_of(database: Database, register: Register) -> list[Section]:
    with reading(database.engine) as conn:
        return list_sections(conn, register.line, TODAY)


def proposals_of(database: Database, register: Register) -> list[Proposal]:
    with reading(database.engine) as conn:
        return list_proposals(conn, SYSTEM, object_id=register.line)


def test_an_editor_of_both_sides_writes_the_sections_row_by_row(
    both: TestClient, database: Database, register: Register
) -> None:
    html = send(both, register, TWO)
    assert "已登记分段" in html
    first, second = sections_of(database, register)
    assert (first.begin, first.end, first.basis, first.basis_name) == (
        "212321I",
        "37092301",
        "river",
        "柳河",
    )
    assert (second.to_text, second.length_km, second.source) == ("双山之巅", 17.5, "补充协议")
    shown = both.get(address(register)).text
    assert [one["section_id"] for one in rows_in(shown)] == [
        str(first.section_id),
        str(second.section_id),
    ]
    assert '<option value="37092301"></option>' in shown


def test_a_section_keeps_its_id_when_the_form_comes_back(
    both: TestClient, database: Database, register: Register
) -> None:
    send(both, register, TWO)
    before = sections_of(database, register)
    rows = rows_in(both.get(address(register)).text)
    send(both, register, [rows[0] | {"note": "改"}, rows[1]])
    after = sections_of(database, register)
    assert [one.section_id for one in after] == [one.section_id for one in before]
    assert after[0].note == "改"


def test_buttons_beside_the_rows_change_the_form_and_write_nothing(
    both: TestClient, database: Database, register: Register
) -> None:
    html = send(both, register, TWO, do="add-1")
    assert [one["begin"] for one in rows_in(html)] == ["212321I", "37092301", "37092301"]
    assert [one["begin"] for one in rows_in(send(both, register, TWO, do="down-1"))] == [
        "37092301",
        "212321I",
    ]
    assert len(rows_in(send(both, register, TWO, do="remove-2"))) == 1
    assert 'value="补充协议"' in html
    assert sections_of(database, register) == []


def test_the_sections_are_filled_in_from_the_markers(
    both: TestClient, database: Database, register: Register
) -> None:
    html = send(both, register, [], do="fill", source="")
    rows = rows_in(html)
    assert [(one["begin"], one["end"]) for one in rows] == [
        ("212321I", "37092301"),
        ("37092301", "界线止点"),
    ]
    send(both, register, rows)
    assert len(sections_of(database, register)) == 2


def test_an_editor_of_one_side_proposes_sections(
    client: TestClient, database: Database, register: Register
) -> None:
    with logged_in(client, database, "a") as page:
        html = send(page, register, TWO, reason="联检发现")
    assert "已提出" in html
    (made,) = proposals_of(database, register)
    assert (made.kind, made.note, len(made.body["sections"])) == ("line_sections", "联检发现", 2)
    assert made.body["at"] == "2024-05-01"
    assert "212321I → 37092301 · " in html
    assert "柳河" in html
    assert "协议长度 17.5 km" in html
    assert sections_of(database, register) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"begin": "99999999"}, "没有编号为“99999999”的界桩"),
        ({"end": ""}, "起点或止点没有写明"),
        ({"end": "212321I"}, "起点和止点是同一界桩"),
        ({"basis": "wind"}, "wind"),
        ({"length_km": "far"}, "长度“far”不是数"),
        ({"length_km": "-1"}, "不可能"),
    ],
)
def test_a_section_that_cannot_stand_is_named_and_the_form_comes_back(
    both: TestClient, database: Database, register: Register, row: dict[str, str], told: str
) -> None:
    html = send(both, register, [{**TWO[0], "note": ATTACK, **row}, TWO[1]], status=422)
    assert "第1段" in unescape(html)
    assert told in unescape(html)
    assert ATTACK not in html
    assert rows_in(html)[0]["note"] == ATTACK
    assert rows_in(html)[1]["end"] == "双山之巅"
    assert sections_of(database, register) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"source": " "}, "依据文件的名称"), ({"valid_from": "soon"}, "soon")],
)
def test_the_paper_and_the_day_are_asked_for(
    both: TestClient, register: Register, typed: dict[str, str], told: str
) -> None:
    html = send(both, register, TWO, status=422, **typed)
    assert told in html
    assert len(rows_in(html)) == 2


def test_torn_columns_are_refused(both: TestClient, register: Register) -> None:
    form = {"seen": "0", "begin": ["甲", "乙"], "end": ["乙"], **field_of(both)}
    assert both.post(address(register), data=form).status_code == 422


def test_a_conflict_says_what_was_changed_and_keeps_the_rows(
    both: TestClient, database: Database, register: Register
) -> None:
    before = seen_in(both.get(address(register)).text)
    send(both, register, TWO)
    mine = [{"begin": "212321I", "end": "我的止点"}]
    form = {"seen": before, "valid_from": "2024-05-01", "source": "协议", **field_of(both)}
    columns = {name: [one.get(name, "") for one in mine] for name in COLUMNS}
    answer = both.post(address(register), data={**form, **columns, "basis": ["other"]})
    assert answer.status_code == 412
    assert "both" in answer.text
    assert rows_in(answer.text)[0]["end"] == "我的止点"
    assert len(sections_of(database, register)) == 2
    # The form now speaks of what is there: who has read what others did may go on.
    again = {**form, **columns, "basis": ["other"], "seen": seen_in(answer.text)}
    assert "已登记分段" in both.post(address(register), data=again).text
    assert len(sections_of(database, register)) == 1


def test_sections_that_are_so_already_are_not_written_again(
    both: TestClient, register: Register
) -> None:
    send(both, register, TWO)
    rows = rows_in(both.get(address(register)).text)
    chosen = [one | {"basis": basis} for one, basis in zip(rows, ("river", ""), strict=True)]
    chosen[1]["basis"] = "marker_to_marker"
    assert "与现在登记的一样" in send(both, register, chosen, status=422)


@pytest.mark.parametrize("name", ["c", "reader"])
def test_who_edits_neither_side_gets_no_form_of_sections(
    client: TestClient, database: Database, register: Register, name: str
) -> None:
    with logged_in(client, database, name) as page:
        assert page.get(address(register)).status_code == 403
        form = {"seen": "0", "do": "save", **field_of(page)}
        assert page.post(address(register), data=form).status_code == 403
        assert page.post(address(register), data=form | {"do": "fill"}).status_code == 403


def test_a_form_of_sections_without_its_token_is_refused(
    both: TestClient, register: Register
) -> None:
    form = {"seen": "0", FIELD: "guessed"}
    assert both.post(address(register), data=form).status_code == 403


def text_page(client: TestClient, register: Register, section: Section) -> str:
    return client.get(f"{address(register)}/{section.section_id}").text


def describe(client: TestClient, register: Register, section: Section, **typed: str) -> str:
    html = text_page(client, register, section)
    form = {"seen": seen_in(html)} | typed | field_of(client)
    return client.post(f"{address(register)}/{section.section_id}/description", data=form).text


def test_the_course_of_a_section_is_generated_written_and_compared(
    both: TestClient, database: Database, register: Register
) -> None:
    send(both, register, TWO)
    section = sections_of(database, register)[0]
    html = text_page(both, register, section)
    assert "还没有人采用" in html
    assert "212321I" in html
    assert "沿线没有这些数据" in html
    assert "已保存" in describe(both, register, section, generated="true")
    html = describe(both, register, section, written=f"沿柳河中心线。\r\n{ATTACK}")
    assert ATTACK not in html
    with reading(database.engine) as conn:
        newest, first = list_descriptions(conn, "section", section.section_id)
    assert newest.written == f"沿柳河中心线。\n{ATTACK}"
    assert first.written is None
    assert "手写" in html
    line = both.get(f"/lines/{register.line}").text
    assert "沿柳河中心线。" in line
    assert f"{address(register)}/{section.section_id}" in line


def test_a_text_that_was_changed_meanwhile_is_not_overwritten(
    both: TestClient, database: Database, register: Register
) -> None:
    send(both, register, TWO)
    section = sections_of(database, register)[0]
    form = {"seen": "0", "written": "我的说明", **field_of(both)}
    answer = both.post(f"{address(register)}/{section.section_id}/description", data=form)
    assert answer.status_code == 412
    assert "我的说明" in answer.text
    assert "both" in answer.text


def test_one_side_reads_the_course_and_does_not_write_it(
    both: TestClient, database: Database, register: Register
) -> None:
    send(both, register, TWO)
    section = sections_of(database, register)[0]
    to = f"{address(register)}/{section.section_id}"
    with logged_in(both, database, "a") as page:
        assert 'name="seen"' not in text_page(page, register, section)
        form = {"seen": "1", "written": "我方说明", **field_of(page)}
        answer = page.post(f"{to}/description", data=form)
    assert answer.status_code == 403
    assert "编辑" in answer.text
    with logged_in(both, database, "c") as page:
        assert page.get(to).status_code == 403


def test_a_section_of_another_line_is_unknown(both: TestClient, register: Register) -> None:
    assert both.get(f"{address(register)}/{register.line}").status_code == 404
