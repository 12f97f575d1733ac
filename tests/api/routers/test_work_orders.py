from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from tests.api.inspected import Inspected, open_inspected
from tests.api.offices import OURS, THEIRS, take_photo
from tests.api.routers.test_inspection_guests import enter, invite
from tests.conftest import Database

TODAY = china_day(datetime.now(UTC))
DAY = "2026-05-20"
BOTH = [OURS, THEIRS]


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def send(work: Inspected, method: str, path: str = "", by: str = "a", **more: Any) -> Any:
    headers = work.register.accounts[by]
    return work.client.request(method, f"/api/v1/work-orders{path}", headers=headers, **more)


def order(
    work: Inspected, task: str, by: str = "a", *, order_id: UUID | None = None, **said: Any
) -> Any:
    body = {
        "subject": {"marker_id": str(work.markers[1])},
        "inspection": str(work.id),
        "task": task,
        **said,
    }
    return send(work, "PUT", f"/{order_id or uuid4()}", by, json=body)


def end(work: Inspected, made: Any, by: str = "a", **said: Any) -> Any:
    return send(work, "POST", f"/{made['id']}/end", by, json={"on": DAY, **said})


def state_of(work: Inspected) -> str:
    marker = work.client.get(
        f"/api/v1/markers/{work.markers[1]}", headers=work.register.accounts["a"]
    )
    return str(marker.json()["state"])


def test_a_leaning_marker_is_straightened_with_the_neighbour_there(work: Inspected) -> None:
    due = (TODAY + timedelta(days=30)).isoformat()
    made = order(work, "straighten", found="leaning", found_on="2026-05-06", due_on=due)
    assert made.status_code == 201, made.text
    said = made.json()
    assert (said["responsible"], said["state"], said["overdue"]) == ("370921", "open", False)
    assert state_of(work) == "leaning"
    alone = end(work, said, present=[OURS])
    assert (alone.status_code, alone.json()["code"]) == (409, "neighbour_absent")
    assert state_of(work) == "leaning"
    photo = work.client.post(
        f"/api/v1/markers/{work.markers[1]}/files",
        files={"file": ("扶正后.jpg", take_photo(), "image/jpeg")},
        headers=work.register.accounts["a"],
    ).json()
    facts = {"present": BOTH, "files": [photo["id"]], "note": "双方扶正"}
    done = end(work, said, **facts)
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "done"
    assert done.json()["files"] == [photo["id"]]
    assert [one["side"] for one in done.json()["present"]] == ["东岭县", "西川县"]
    assert state_of(work) == "repaired"
    events = work.client.get(
        f"/api/v1/markers/{work.markers[1]}/events", headers=work.register.accounts["a"]
    ).json()["items"]
    assert events[0]["id"] == done.json()["event"]
    # Told twice it is done once; otherwise than it was it is refused.
    assert end(work, said, **facts).json() == done.json()
    other = end(work, said, present=BOTH, note="另一说法")
    assert (other.status_code, other.json()["code"]) == (409, "order_ended")
    told = [one["kind"] for one in work.call("GET", "/events").json()["items"]]
    assert (told.count("order_opened"), told.count("order_done")) == (1, 1)


def test_an_order_is_opened_once_however_often_it_is_sent(work: Inspected) -> None:
    id_ = uuid4()
    assert order(work, "clean", order_id=id_).status_code == 201
    assert order(work, "clean", order_id=id_).status_code == 200
    other = order(work, "repair", order_id=id_)
    assert (other.status_code, other.json()["code"]) == (409, "order_taken")
    listed = send(work, "GET", params={"inspection": str(work.id)}).json()["items"]
    assert [one["task"] for one in listed] == ["clean"]


def test_cleaning_and_painting_need_nobody_else(work: Inspected) -> None:
    for task in ("clean", "repaint", "new_object", "other"):
        done = end(work, order(work, task).json(), present=[OURS])
        assert done.status_code == 200, (task, done.text)
        assert (done.json()["event"] is None) == (task == "other")


def test_worn_characters_painted_by_all_sides_can_be_read_again(work: Inspected) -> None:
    made = order(work, "repaint", found="worn", found_on="2026-05-06").json()
    assert state_of(work) == "worn"
    assert end(work, made, present=BOTH).json()["state"] == "done"
    assert state_of(work) == "repaired"


def test_an_order_that_is_not_needed_is_dropped_with_a_reason(work: Inspected) -> None:
    made = order(work, "clean").json()
    path = f"/{made['id']}/drop"
    assert send(work, "POST", path, json={"reason": " "}).status_code == 422
    done = send(work, "POST", path, json={"reason": "已由养护员清理"})
    assert (done.json()["state"], done.json()["end_note"]) == ("dropped", "已由养护员清理")
    assert send(work, "POST", path, json={"reason": "已由养护员清理"}).status_code == 200
    assert end(work, made).json()["code"] == "order_ended"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"task": "dance"}, 422),
        ({"responsible": "371321"}, 422),
        ({"due_on": "2020-01-01"}, 422),
        ({"subject": {"marker_id": str(uuid4())}}, 422),
        ({"subject": {"marker_id": str(uuid4())}, "inspection": None}, 404),
        ({"inspection": str(uuid4())}, 404),
        ({"subject": {}}, 422),
    ],
)
def test_an_order_that_does_not_hold_together_is_refused(
    work: Inspected, said: dict[str, Any], status: int
) -> None:
    refused = order(work, **{"task": "clean", **said})
    assert refused.status_code == status, refused.text


def test_an_order_ends_on_a_day_with_people_and_files_of_its_sides(work: Inspected) -> None:
    made = order(work, "clean").json()
    for wrong in (
        {"on": (TODAY + timedelta(days=1)).isoformat()},
        {"present": [{"name": "王", "side": "371321"}]},
        {"present": [{"name": " ", "side": "370921"}]},
        {"files": [str(uuid4())]},
    ):
        assert end(work, made, **wrong).status_code == 422, wrong
    assert send(work, "GET", f"/{made['id']}").json()["state"] == "open"


def test_orders_are_for_editors_of_the_sides_and_seen_by_those_above(work: Inspected) -> None:
    made = order(work, "clean").json()
    enter(work, invite(work).json(), "guest")
    for by, status in (("c", 403), ("guest", 403), ("public", 401)):
        assert order(work, "clean", by).status_code == status
        assert send(work, "GET", f"/{made['id']}", by).status_code == status
        assert end(work, made, by).status_code == status
    assert send(work, "GET", f"/{made['id']}", "city").status_code == 200
    assert send(work, "GET", f"/{uuid4()}").json()["code"] == "order_unknown"
    assert send(work, "GET").json()["code"] == "option_invalid"
    mine = send(work, "GET", params={"responsible": "370921", "state": "open"}).json()["items"]
    assert [one["id"] for one in mine] == [made["id"]]
    assert send(work, "GET", by="b", params={"responsible": "370921"}).status_code == 403


def test_a_section_has_orders_of_its_inspection(work: Inspected) -> None:
    subject = {"subject": {"section_id": str(work.sections[0])}}
    assert order(work, "other", inspection=None, **subject).status_code == 422
    made = order(work, "other", note="清理通视道", **subject).json()
    assert (made["kind"], made["responsible"]) == ("section", "370921")
    done = end(work, made, "b", present=BOTH)
    assert (done.json()["state"], done.json()["event"]) == ("done", None)


def test_what_was_found_asks_for_orders_and_people_open_them(work: Inspected) -> None:
    for side in "AB":
        work.record(side, place=1, state="lost")
    proposed = work.call("GET", "/proposed-orders").json()["items"]
    asked = {(one["label"], one["task"], one["agreed"]) for one in proposed}
    assert ("37092302", "reset", True) in asked
    reset = next(one for one in proposed if one["task"] == "reset")
    assert (reset["why"], reset["responsible"]) == ("检查结果：丢失", "370921")
    assert order(work, "reset", found="lost", found_on="2026-05-06").status_code == 201
    left = work.call("GET", "/proposed-orders").json()["items"]
    assert "reset" not in {one["task"] for one in left}
    for by, status in (("c", 403), ("public", 401)):
        assert work.call("GET", "/proposed-orders", by).status_code == status
