from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.api.inspected import Inspected, open_inspected
from tests.conftest import Database

MAY = "2026-05-06"


@pytest.fixture
def inspected(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def _open(given: Inspected, by: str = "a", **more: Any) -> Any:
    body = {
        "line_id": str(given.register.border.lines["AC"]),
        "kind": "regular",
        "round": 5,
        "year": 2026,
        "lead_code": "370921",
        "cooperating_code": "371321",
        **more,
    }
    return given.register.send("POST", "/inspections", by, body)


def _put(given: Inspected, by: str, subject: dict[str, str], state: str, **more: Any) -> Any:
    side = {"a": "370921", "b": "370923"}[by]
    body = {"subject": subject, "at": MAY, "side": side, "state": state, **more}
    record = more.pop("id", None) or uuid4()
    body.pop("id", None)
    return given.call("PUT", f"/records/{record}", by, json=body)


def _subjects(given: Inspected) -> list[dict[str, str]]:
    markers = [{"marker_id": str(one)} for one in given.markers]
    return markers + [{"section_id": str(one)} for one in given.sections]


def _settle(given: Inspected) -> None:
    for subject in _subjects(given):
        for by in ("a", "b"):
            assert _put(given, by, subject, "intact").status_code == 201


def _step(given: Inspected, action: str, by: str = "a", **more: Any) -> Any:
    return given.call("POST", "/transitions", by, json={"action": action, **more})


def test_an_inspection_is_opened_with_the_sides_and_subjects_of_its_line(
    inspected: Inspected,
) -> None:
    answer = _open(inspected)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["state"] == "planned"
    assert [(one["code"], one["role"]) for one in made["parties"]] == [
        ("370921", "lead"),
        ("371321", "cooperating"),
    ]
    assert [one["action"] for one in made["actions"]] == ["agree_scheme", "withdraw"]


def test_a_line_has_one_inspection_of_each_round(inspected: Inspected) -> None:
    first = _open(inspected).json()
    again = _open(inspected)
    assert (again.status_code, again.json()["code"]) == (409, "inspection_exists")
    assert again.json()["inspection"] == first["id"]
    assert _open(inspected, round=6).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cooperating_code": "370923"}, "cooperating_code"),
        ({"lead_code": "371321"}, "cooperating_code"),
        ({"kind": "special"}, "round"),
        ({"kind": "special", "round": None}, "reason"),
        ({"field_from": "2026-05-02", "field_to": "2026-05-01"}, "field_to"),
    ],
)
def test_an_inspection_that_does_not_hold_together_is_refused(
    inspected: Inspected, wrong: dict[str, Any], field: str
) -> None:
    answer = _open(inspected, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "inspection_invalid")
    assert answer.json()["field"] == field


def test_whoever_is_of_no_side_gets_nothing(inspected: Inspected) -> None:
    assert inspected.call("GET", "", "c").status_code == 403
    assert inspected.call("GET", "", "public").status_code == 401
    assert inspected.call("GET", "/records", "c").status_code == 403
    assert _open(inspected, by="b").status_code == 403
    listed = inspected.register.client.get(
        "/api/v1/inspections", headers=inspected.register.accounts["c"]
    )
    assert listed.json()["total"] == 0


def test_a_scheme_is_agreed_when_both_sides_have_said_so(inspected: Inspected) -> None:
    id_ = _open(inspected).json()["id"]
    path = f"/inspections/{id_}/transitions"
    send = inspected.register.send
    first = send("POST", path, "a", {"action": "agree_scheme"}).json()
    assert first["state"] == "planned"
    assert first["actions"][0]["waits_for"] == ["371321"]
    twice = send("POST", path, "a", {"action": "agree_scheme"}).json()
    assert twice["state"] == "planned"
    other = send("POST", path, "c", {"action": "agree_scheme"}).json()
    assert other["state"] == "scheme_agreed"
    not_now = send("POST", path, "a", {"action": "submit"})
    assert (not_now.status_code, not_now.json()["code"]) == (409, "action_not_now")
    assert not_now.json()["missing"] == []


def test_the_city_above_both_sides_is_neither_of_them(inspected: Inspected) -> None:
    subject = {"marker_id": str(inspected.markers[0])}
    body = {"subject": subject, "at": MAY, "side": "370921", "state": "in_place"}
    answer = inspected.call("PUT", f"/records/{uuid4()}", "city", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_party")
    other = _put(inspected, "b", subject, "in_place", side="370921")
    assert (other.status_code, other.json()["code"]) == (403, "not_party")


def test_a_record_may_be_sent_again_and_again(inspected: Inspected) -> None:
    subject = {"marker_id": str(inspected.markers[0])}
    given = {"id": uuid4(), "position": {"lon": 117.2, "lat": 36.28, "accuracy_m": 0.5}}
    first = _put(inspected, "a", subject, "in_place", **given)
    again = _put(inspected, "a", subject, "in_place", **given)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["replayed"] is True
    assert again.json()["position"]["lat"] == "36.28"
    changed = _put(inspected, "a", subject, "worn", **given)
    late = _put(inspected, "a", subject, "in_place", **given)
    assert (changed.json()["version"], late.json()["version"]) == (2, 2)
    assert late.json()["state"] == "worn"
    assert inspected.call("GET", "/records").json()["total"] == 1


def test_of_two_versions_the_later_written_holds_in_whichever_order_they_come(
    inspected: Inspected,
) -> None:
    subject, id_ = {"marker_id": str(inspected.markers[0])}, uuid4()
    later = _put(
        inspected, "a", subject, "worn", id=id_, edited_at="2026-05-06T10:00:00+08:00"
    ).json()
    earlier = _put(
        inspected, "a", subject, "in_place", id=id_, edited_at="2026-05-06T09:00:00+08:00"
    ).json()
    assert later["superseded"] is False
    assert earlier["superseded"] is True
    assert earlier["state"] == "worn"
    versions = inspected.call("GET", f"/records/{id_}").json()["versions"]
    assert [one["body"]["state"] for one in versions] == ["worn", "in_place"]


def test_an_id_belongs_to_one_record(inspected: Inspected) -> None:
    one, other = ({"marker_id": str(id_)} for id_ in inspected.markers)
    id_ = uuid4()
    assert _put(inspected, "a", one, "in_place", id=id_).status_code == 201
    for answer in (
        _put(inspected, "a", other, "in_place", id=id_),
        _put(inspected, "b", one, "in_place", id=id_),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "record_taken")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": {"marker_id": str(uuid4())}}, "subject"),
        ({"at": "2099-01-01"}, "at"),
        ({"at": "1999-01-01"}, "at"),
        ({"state": "gone"}, "state"),
        ({"state": "unreachable"}, "note"),
        ({"contents": {"line": "a\0b"}}, "contents"),
        ({"contents": {"n": 2**60}}, "contents"),
        ({"position": {"lon": 117.2, "lat": 36.1, "method": "eye"}}, "position.method"),
    ],
)
def test_a_record_that_cannot_stand_is_refused_by_the_field(
    inspected: Inspected, wrong: dict[str, Any], field: str
) -> None:
    subject = {"marker_id": str(inspected.markers[0])}
    body = {"subject": subject, "at": MAY, "side": "370921", "state": "in_place", **wrong}
    answer = inspected.call("PUT", f"/records/{uuid4()}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "record_refused"), answer.text
    assert answer.json()["field"] == field
    assert inspected.call("GET", "/records").json()["total"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": "2026-02-30"},
        {"subject": {}},
        {"position": {"lon": 36.1, "lat": 117.2}},
        {"surprise": 1},
    ],
)
def test_what_is_no_record_at_all_is_refused(inspected: Inspected, wrong: dict[str, Any]) -> None:
    subject = {"marker_id": str(inspected.markers[0])}
    body = {"subject": subject, "at": MAY, "side": "370921", "state": "in_place", **wrong}
    answer = inspected.call("PUT", f"/records/{uuid4()}", json=body)
    assert answer.status_code == 422, answer.text
    cut = inspected.call(
        "PUT",
        f"/records/{uuid4()}",
        content=b'{"subject": {"mark',
        headers={"content-type": "application/json"},
    )
    assert cut.status_code == 422


def test_field_work_ends_when_every_side_has_recorded_everything(inspected: Inspected) -> None:
    blocked = _step(inspected, "start_disposal")
    assert (blocked.status_code, blocked.json()["code"]) == (409, "guard_blocked")
    subjects = len(_subjects(inspected))
    assert len(blocked.json()["missing"]) == 2 * subjects
    _settle(inspected)
    done = _step(inspected, "start_disposal")
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "disposal"


def test_sides_that_found_different_things_conclude_or_disagree(inspected: Inspected) -> None:
    _settle(inspected)
    subject = {"marker_id": str(inspected.markers[0])}
    assert _put(inspected, "b", subject, "leaning").status_code == 201
    lacks = _step(inspected, "start_disposal").json()["missing"]
    assert [one["what"] for one in lacks] == ["conclusion"]
    words = {"subject": subject, "said": "disagreed", "words": "乙方认为已倾斜"}
    disagreed = inspected.call("POST", "/findings", "b", json=words)
    assert disagreed.json()["status"] == "disagreed"
    assert _step(inspected, "start_disposal").json()["state"] == "disposal"
    agreed = {"subject": subject, "said": "agreed", "state": "leaning"}
    inspected.call("POST", "/findings", "a", json=agreed)
    both = inspected.call("POST", "/findings", "b", json=agreed)
    assert (both.json()["status"], both.json()["state"]) == ("agreed", "leaning")


def test_a_side_takes_over_the_other_sides_records(inspected: Inspected) -> None:
    for subject in _subjects(inspected):
        _put(inspected, "a", subject, "intact")
    done = inspected.call("POST", "/confirmations", "b", json={})
    assert done.json() == {"confirmed": len(_subjects(inspected))}
    found = inspected.call("GET", "/findings").json()["items"]
    assert {one["status"] for one in found} == {"agreed"}
    again = inspected.call("POST", "/confirmations", "b", json={})
    assert again.json() == {"confirmed": 0}


def test_a_record_taken_back_stays_on_file_and_counts_no_longer(inspected: Inspected) -> None:
    subject = {"marker_id": str(inspected.markers[0])}
    made = _put(inspected, "a", subject, "in_place").json()
    refused = inspected.call(
        "POST", f"/records/{made['id']}/withdrawal", "b", json={"reason": "弄错了"}
    )
    assert refused.status_code == 403
    done = inspected.call(
        "POST", f"/records/{made['id']}/withdrawal", "a", json={"reason": "弄错了"}
    )
    assert done.json()["counts"] is False
    lacks = _step(inspected, "start_disposal").json()["missing"]
    assert any(
        one["object_id"] == subject["marker_id"] and one["party"] == "东岭县" for one in lacks
    )


def test_both_sides_see_in_the_feed_what_happened(inspected: Inspected) -> None:
    subject = {"marker_id": str(inspected.markers[0])}
    _put(inspected, "a", subject, "leaning")
    events = inspected.call("GET", "/events", "b").json()["items"]
    assert [one["kind"] for one in events] == ["opened", "recorded"]
    assert events[-1]["words"] == "记录 238184I：倾斜"
    rest = inspected.call("GET", f"/events?after={events[0]['id']}", "b").json()["items"]
    assert [one["kind"] for one in rest] == ["recorded"]


def test_a_position_is_held_against_the_register_in_the_answer(inspected: Inspected) -> None:
    subject = {"marker_id": str(inspected.markers[1])}
    surveyed = {"method": "gnss_rtk", "accuracy_m": 0.05}
    own = {"lon": 117.2, "lat": 36.12, **surveyed}
    there = _put(inspected, "a", subject, "in_place", position=own)
    assert there.json()["deviation"]["verdict"] == "within"
    # 117.2 E in zone 39 of three degrees, said to be in zone 40.
    zone = {"x": 518_010.6, "y": 3_998_938.6, "crs": "EPSG:4549", **surveyed}
    wrong = _put(inspected, "a", subject, "in_place", position=zone)
    assert wrong.status_code == 201
    assert wrong.json()["deviation"]["verdict"] == "undecidable"
    assert "read_otherwise" in {one["rule"] for one in wrong.json()["deviation"]["findings"]}
    without = _put(inspected, "a", subject, "in_place")
    section = _put(inspected, "a", {"section_id": str(inspected.sections[0])}, "unchanged")
    assert (without.json()["deviation"], section.json()["deviation"]) == (None, None)
