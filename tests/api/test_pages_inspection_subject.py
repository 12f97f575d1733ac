from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.api.inspected import open_inspected
from tests.api.inspection_pages import Pages
from tests.api.offices import take_photo
from tests.conftest import Database


@pytest.fixture
def pages(client: TestClient, database: Database) -> Pages:
    return Pages(open_inspected(client, database))


def _typed(**more: Any) -> dict[str, Any]:
    blank = {"side": "370921", "record_id": str(uuid4()), "version": "0", "at": "2026-05-06"}
    return blank | {"state": "in_place"} | more


def test_a_record_is_entered_by_a_plain_form_with_goals_objects_contents_and_position(
    pages: Pages,
) -> None:
    typed = _typed(
        state="damaged", note="东北角缺损\r\n待修", check_position="yes", check_visible="no",
        object_1="仍在", words="桩体缺角", text_line="按协议线管理", lon="117°12′00″", lat="36.28",
        method="gnss_rtk", accuracy_m="0.05",
    )  # fmt: skip
    answer = pages.post(f"{pages.marker}/records", **typed)
    assert answer.status_code == 200, answer.text
    for part in ("记录已保存", "损坏", "东北角缺损", "仍在", "按协议线管理", "与登记位置相比"):
        assert part in answer.text, part
    sent = pages.inspected.call("GET", "/records").json()["items"][0]
    assert sent["note"] == "东北角缺损\n待修"
    assert sent["contents"]["markers"]["checks"] == {"position": True, "visible": False}
    assert sent["contents"]["markers"]["objects"] == [{"ordinal": 1, "words": "仍在"}]
    assert sent["position"]["lon"] == "117.2"


def test_the_form_of_a_known_record_holds_it_and_saves_a_new_version(pages: Pages) -> None:
    record = pages.inspected.record("A", note="旧的说明")
    html = pages.get(pages.marker).text
    assert f'name="record_id" value="{record}"' in html
    assert "旧的说明" in html
    typed = _typed(record_id=str(record), version="1", note="新的说明")
    answer = pages.post(f"{pages.marker}/records", **typed)
    assert answer.status_code == 200
    assert "第 2 版" in answer.text
    assert "旧的说明" in answer.text


def test_a_record_somebody_replaced_meanwhile_comes_again_with_theirs_and_what_was_typed(
    pages: Pages,
) -> None:
    record = str(pages.inspected.record("A"))
    first = _typed(record_id=record, version="1", state="worn", note="同事写的")
    assert pages.post(f"{pages.marker}/records", **first).is_success
    late = _typed(record_id=record, version="1", state="damaged", note="我写的")
    answer = pages.post(f"{pages.marker}/records", **late)
    assert answer.status_code == 412
    for part in ("east", "字迹不清", "我写的"):
        assert part in answer.text, part
    assert 'name="version" value="2"' in answer.text


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"at": "2099-01-01"}, "2099-01-01"),
        ({"state": "unreachable"}, "无法到达"),
        ({"lon": "200", "lat": "36"}, "200"),
        ({"accuracy_m": "约", "lon": "117.2", "lat": "36.2"}, "约"),
        ({"record_id": "no"}, "no"),
    ],
)
def test_what_cannot_be_recorded_comes_again_as_typed_with_what_is_allowed(
    pages: Pages, more: dict[str, str], told: str
) -> None:
    answer = pages.post(f"{pages.marker}/records", **_typed(words="仍在", **more))
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="仍在"' in answer.text
    assert 'href="#record-370921"' in answer.text


def test_nobody_records_for_the_other_side(pages: Pages) -> None:
    assert 'id="record-370923"' not in pages.get(pages.marker).text
    assert pages.post(f"{pages.marker}/records", **_typed(side="370923")).status_code == 403


def test_a_section_is_recorded_with_the_five_contents(pages: Pages) -> None:
    typed = _typed(state="changed", note="河道北移", text_features="新修拦河坝", words="无")
    answer = pages.post(f"{pages.section}/records", **typed)
    for part in ("有变化", "河道北移", "新修拦河坝"):
        assert part in answer.text, part


def test_a_photo_is_given_seen_small_and_taken_off_with_a_reason(pages: Pages) -> None:
    record = pages.inspected.record("A")
    folder = f"{pages.marker}/records/{record}/photos"
    file = {"file": ("近景.jpg", take_photo(), "image/jpeg")}
    answer = pages.post(folder, files=file, shows="near", note="南面")
    assert answer.status_code == 200, answer.text
    address = re.search(rf"{folder}/[0-9a-f]{{64}}", answer.text)
    assert address
    assert "南面" in answer.text
    assert pages.get(f"{address[0]}?small=true").headers["Content-Type"] == "image/jpeg"
    assert pages.get(address[0], by="c").status_code == 403
    assert pages.post(f"{address[0]}/withdrawal", reason=" ").status_code == 422
    gone = pages.post(f"{address[0]}/withdrawal", reason="拍错了")
    assert "照片已撤下" in gone.text
    assert address[0] not in gone.text


def test_what_is_no_photo_is_refused_on_the_page(pages: Pages) -> None:
    record = pages.inspected.record("A")
    file = {"file": ("近景.jpg", b"no photo", "image/jpeg")}
    folder = f"{pages.marker}/records/{record}/photos"
    answer = pages.post(folder, files=file, shows="near", note="南面")
    assert answer.status_code == 422
    assert 'value="南面"' in answer.text
    other = pages.post(folder, by="b", files={"file": ("a.jpg", take_photo(), "image/jpeg")})
    assert other.status_code == 403


def test_a_record_is_withdrawn_with_its_reason_and_stays_on_the_page(pages: Pages) -> None:
    record = pages.inspected.record("A")
    path = f"{pages.marker}/records/{record}/withdrawal"
    assert pages.post(path, by="b", reason="不对").status_code == 403
    assert "已撤回：写错了桩" in pages.post(path, reason="写错了桩").text


def test_a_subject_is_confirmed_and_concluded_on_its_own_page(pages: Pages) -> None:
    pages.inspected.record("A")
    assert "确认对方记录为西川县的记录" in pages.get(pages.marker, by="b").text
    done = pages.post(f"{pages.marker}/confirmations", by="b", side="370923")
    assert "一致：完好" in done.text
    pages.inspected.record("B", state="damaged")
    typed = {
        "subject_kind": "marker", "subject": str(pages.inspected.markers[0]), "said": "disagreed",
    }  # fmt: skip
    differ = pages.post(f"{pages.marker}/findings", side="370921", words="不同意", **typed)
    assert "分歧已记录" in differ.text


def test_a_subject_of_no_such_inspection_is_not_there(pages: Pages) -> None:
    path = f"{pages.path}/subjects/marker/{uuid4()}"
    assert pages.get(path).status_code == 404
    assert pages.get(pages.marker.replace("marker", "thing")).status_code == 422


def test_records_are_closed_once_the_report_is_handed_in(pages: Pages) -> None:
    pages.inspected.record("A")
    pages.inspected.set_state("submitted")
    html = pages.get(pages.marker).text
    assert "不再录入记录" in html
    assert 'id="record-370921"' not in html
    assert pages.post(f"{pages.marker}/records", **_typed()).status_code == 409


def test_a_work_order_is_opened_as_proposed_and_ends_with_people_of_both_sides(
    pages: Pages,
) -> None:
    for side in ("A", "B"):
        pages.inspected.record(side, state="damaged")
    html = pages.get(pages.marker).text
    assert "按建议开任务" in html
    order = str(uuid4())
    typed = {"order_id": order, "task": "repair", "responsible": "370921", "found": "damaged"}
    opened = pages.post(f"{pages.marker}/orders", **typed)
    assert opened.status_code == 200, opened.text
    assert "修复" in opened.text
    assert pages.post(f"{pages.marker}/orders", **typed).is_success
    assert opened.text.count(f'id="order-{order}"') == 1
    path = f"{pages.marker}/orders/{order}/end"
    alone = pages.post(path, on=pages.today.isoformat(), names_370921="王守界", note="已修")
    assert alone.status_code in (403, 409, 422)
    assert 'value="王守界"' in alone.text
    done = pages.post(
        path, on=pages.today.isoformat(), names_370921="王守界", names_370923="李巡边", note="已修"
    )
    assert done.status_code == 200, done.text
    for part in ("已完成", "李巡边", "已修"):
        assert part in done.text, part


def test_a_work_order_is_dropped_with_a_reason(pages: Pages) -> None:
    pages.inspected.record("A", state="damaged")
    order = str(uuid4())
    typed = {"order_id": order, "task": "clean", "responsible": "370921"}
    assert "清理" in pages.post(f"{pages.marker}/orders", **typed).text
    path = f"{pages.marker}/orders/{order}/drop"
    assert pages.post(path, reason=" ").status_code == 422
    assert "已取消" in pages.post(path, reason="已自行清理").text


def test_desk_work_is_kept_with_what_to_look_at_in_the_field(pages: Pages) -> None:
    assert "还没有做内业" in pages.get(pages.section).text
    answer = pages.post(f"{pages.section}/desk", side="370921", note="看北岸新堤")
    assert answer.status_code == 200, answer.text
    assert "看北岸新堤" in answer.text
    assert "没有测线可比" in answer.text
