from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from api.pages_inspection import show_inspection
from api.register import Visit
from geo.db.engine import reading, transaction
from geo.inspections.field.taking_part import PartyFacts, set_party
from geo.inspections.parties import find_party
from geo.inspections.read import read_inspection
from maps.page import Frame
from tests.api.inspected import SYSTEM, open_inspected
from tests.api.inspection_pages import Pages
from tests.api.offices import take_photo
from tests.conftest import Database


@pytest.fixture
def pages(client: TestClient, database: Database) -> Pages:
    return Pages(open_inspected(client, database))


def _settle(pages: Pages) -> None:
    """Let A record everything and B confirm it."""
    for place in (0, 1):
        pages.inspected.record("A", place)
    for section in pages.inspected.sections:
        pages.inspected.record("A", kind="section", subject_id=section, state="unchanged")
    assert pages.post("confirmations", by="b", side="370923").status_code == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_state_parties_what_lacks_and_what_comes_next(
    pages: Pages, lang: str
) -> None:
    html = pages.get(f"{pages.path}?lang={lang}").text
    zh = ("外业", "东岭县", "还没有记录", "结束外业、处置问题", "第 5 轮", "没有不一致的记录")
    en = ("field work", "东岭县", "no record of", "end field work", "Round 5", "No conflicting")
    for part in zh if lang == "zh" else en:
        assert part in html, part
    assert "aria-current=step" in html
    assert f'href="{pages.marker}"' in html
    assert 'action="/inspections' in html


def test_who_is_of_no_side_gets_no_page_and_the_public_comes_to_the_login(pages: Pages) -> None:
    assert pages.get(by="c").status_code == 403
    answer = pages.inspected.client.get(pages.path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next_address=%2Finspections%2F")
    assert pages.get("/inspections/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_step_that_a_guard_holds_back_comes_again_with_what_lacks_and_what_was_typed(
    pages: Pages,
) -> None:
    answer = pages.post("steps", action="start_disposal", note="五月完成外业")
    assert answer.status_code == 409
    assert 'value="五月完成外业"' in answer.text
    assert "西川县还没有记录" in answer.text
    assert 'href="#step-start_disposal"' in answer.text


def test_a_step_is_taken_once_everything_is_there_and_stands_in_the_history(pages: Pages) -> None:
    _settle(pages)
    answer = pages.post("steps", action="start_disposal", side="370921", note="外业结束")
    assert answer.status_code == 200
    for part in ("已办理", "问题处置", "外业结束", 'role="status"'):
        assert part in answer.text, part


def test_a_step_of_who_has_not_seen_the_newest_state_tells_who_changed_what(pages: Pages) -> None:
    _settle(pages)
    seen = re.search(r'name="seen" value="(\d+)"', pages.get(by="b").text)
    assert seen
    assert pages.post("parties", side="370921", takes_part="account", contact="0538-1").is_success
    answer = pages.post("steps", by="b", action="start_disposal", side="370923", seen=seen[1])
    assert answer.status_code == 412
    assert "东岭县如何参加" in answer.text
    assert "east" in answer.text


def test_a_withdrawal_wants_a_reason_and_is_for_the_lead_only(pages: Pages) -> None:
    assert 'id="step-withdraw"' in pages.get().text
    assert 'id="step-withdraw"' not in pages.get(by="b").text
    assert pages.post("steps", action="withdraw", side="370921").status_code == 422
    assert pages.post("steps", by="b", action="withdraw", note="不检了").status_code == 403


def test_both_sides_views_stand_beside_each_other_with_the_forms_to_conclude(pages: Pages) -> None:
    pages.inspected.record("A")
    pages.inspected.record("B", state="damaged", note="东北角缺损")
    html = pages.get().text
    conflicts = html[html.index('id="conflicts"') : html.index('id="subjects"')]
    for part in ("不一致", "完好", "损坏", "东北角缺损", "采用一致结论", "记录分歧", "compare"):
        assert part in conflicts, part
    typed = {
        "subject_kind": "marker", "subject": str(pages.inspected.markers[0]), "said": "agreed",
        "state": "damaged",
    }  # fmt: skip
    assert "提出一致结论：损坏" in pages.post("findings", side="370921", **typed).text
    assert "一致：损坏" in pages.post("findings", by="b", side="370923", **typed).text


def test_a_disagreement_wants_words_and_then_stands_on_record(pages: Pages) -> None:
    pages.inspected.record("A")
    pages.inspected.record("B", state="damaged")
    typed = {
        "subject_kind": "marker", "subject": str(pages.inspected.markers[0]), "said": "disagreed",
        "side": "370921",
    }  # fmt: skip
    assert pages.post("findings", words=" ", **typed).status_code == 409
    answer = pages.post("findings", words="我方认为桩体完好", **typed)
    assert answer.status_code == 200
    for part in ("分歧已记录", "我方认为桩体完好", "已记录不同意见"):
        assert part in answer.text, part


def test_one_click_confirms_all_that_the_other_side_recorded(pages: Pages) -> None:
    pages.inspected.record("A", 0)
    pages.inspected.record("A", 1)
    assert "全部确认为本方记录（2 处）" in pages.get(by="b").text
    answer = pages.post("confirmations", by="b", side="370923")
    assert "确认对方记录" in answer.text
    assert "全部确认为本方记录" not in answer.text
    refused = pages.post("confirmations", by="c", side="370923")
    assert refused.status_code == 403


def test_a_side_says_how_it_takes_part_and_a_wrong_clerk_comes_again_as_typed(
    pages: Pages,
) -> None:
    answer = pages.post(
        "parties", side="370921", takes_part="account", clerk="nobody", contact="电话"
    )
    assert answer.status_code == 404
    assert 'value="nobody"' in answer.text
    assert 'value="电话"' in answer.text
    assert pages.post("parties", side="370921", takes_part="account", clerk="east").is_success
    assert "经办人账号 east" in pages.get().text


def test_a_paper_is_given_found_in_the_list_opened_and_taken_off(pages: Pages) -> None:
    fields = {"kind": "minutes", "side": "370921", "title": "联席会议纪要"}
    file = {"file": ("纪要.jpg", take_photo(), "image/jpeg")}
    answer = pages.post("files", files=file, **fields)
    assert answer.status_code == 200
    address = re.search(rf"{pages.path}/files/[0-9a-f-]{{36}}", answer.text)
    assert address
    assert pages.get(address[0]).headers["Content-Type"] == "image/jpeg"
    assert pages.get(address[0], by="c").status_code == 403
    assert pages.post(f"{address[0]}/withdrawal", reason=" ").status_code == 422
    assert pages.post(f"{address[0]}/withdrawal", by="b", reason="不是我方的").status_code == 403
    assert "已撤下" in pages.post(f"{address[0]}/withdrawal", reason="重复").text


def test_the_map_has_each_subject_with_what_was_found(pages: Pages) -> None:
    pages.inspected.record("A")
    pages.inspected.record("B", state="damaged")
    drawn = pages.get(f"{pages.path}/map.json").json()
    groups = {one["properties"]["id"]: one["properties"] for one in drawn["features"]}
    mark = groups[str(pages.inspected.markers[0])]
    assert (mark["group"], mark["word"]) == ("conflict", "不一致")
    assert {one["geometry"]["type"] for one in drawn["features"]} >= {"Point", "LineString"}
    assert set(drawn["marks"]) == {"open", "good", "found", "conflict", "disagreed"}
    picture = pages.get(f"{pages.path}/map.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "东岭县" in picture.text
    assert pages.get(f"{pages.path}/map.json", by="c").status_code == 403


def test_the_city_sees_the_page_and_gets_forms_of_the_authority_only(pages: Pages) -> None:
    pages.inspected.set_state("submitted")
    html = pages.get(by="city").text
    assert 'id="step-accept"' in html
    assert 'id="step-return"' in html
    assert 'id="sign"' not in html
    refused = pages.post("steps", by="city", action="return")
    assert refused.status_code == 422
    assert "已退回" in pages.post("steps", by="city", action="return", note="缺照片").text


def test_the_lead_enters_the_decision_of_an_authority_and_the_other_side_confirms(
    pages: Pages,
) -> None:
    pages.inspected.set_state("submitted")
    file = {"file": ("批复.jpg", take_photo(), "image/jpeg")}
    answer = pages.post("files", files=file, kind="approval", side="370921", title="批复")
    paper = re.search(rf"{pages.path}/files/([0-9a-f-]{{36}})", answer.text)
    assert paper
    typed = {"action": "accept", "document_number": "民函〔2026〕1号", "document_file": paper[1]}
    assert pages.post("steps", **typed, document_dated="昨天").status_code == 422
    entered = pages.post("steps", **typed, document_dated="2026-07-01")
    assert entered.status_code == 200
    assert "民函〔2026〕1号" in pages.get(by="b").text
    done = pages.post("steps", by="b", action="confirm_acceptance", side="370923")
    assert "已批复" in done.text
    assert "2026-07-01" in done.text


def test_a_side_by_paper_gets_its_word_entered_by_the_other(
    pages: Pages, database: Database
) -> None:
    pages.inspected.set_state("planned")
    with transaction(database.engine, SYSTEM.actor) as conn:
        viewer = pages.inspected.register.border.viewer("B")
        found = read_inspection(conn, pages.inspected.id, viewer, pages.today)
        code = find_party(found, "370923").code
        set_party(conn, viewer, found, code, PartyFacts(takes_part="paper"), today=pages.today)
    html = pages.get().text
    assert "没有账号，用回传文件或签字纸件参加" in html
    assert "西川县 · 据纸件" in html
    assert pages.post("steps", action="agree_scheme", side="370923").status_code == 422


def test_a_form_without_the_pages_token_does_nothing(pages: Pages) -> None:
    with pages.browser("a") as client:
        answer = client.post(f"{pages.path}/steps", data={"action": "withdraw", "note": "x"})
    assert answer.status_code == 403
    assert "外业" in pages.get().text


def test_the_page_asks_the_database_as_often_for_few_records_as_for_many(
    pages: Pages, database: Database
) -> None:
    pages.inspected.record("A")
    first = _count_queries(pages, database)
    for place in (0, 1):
        pages.inspected.record("B", place, state="damaged")
    for section in pages.inspected.sections:
        pages.inspected.record("A", kind="section", subject_id=section, state="changed")
    assert _count_queries(pages, database) == first


def _count_queries(pages: Pages, database: Database) -> int:
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    visit = SimpleNamespace(
        asker=pages.inspected.register.border.viewer("A"),
        today=pages.today,
        frame=Frame(lang="zh", viewer="a", csrf="-", other_lang="/"),
    )
    with reading(database.engine) as conn:
        event.listen(conn, "before_cursor_execute", note)
        show_inspection(conn, cast("Visit", visit), pages.inspected.id)
    return len(asked)
