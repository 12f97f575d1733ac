from __future__ import annotations

from typing import Any
from uuid import uuid4

import icalendar
import pytest
from fastapi.testclient import TestClient

from tests.api.offices import Register, open_register
from tests.conftest import Database
from tests.geo.files.papers import PDF


@pytest.fixture
def register(client: TestClient, database: Database) -> Register:
    return open_register(client, database)


def get(register: Register, path: str, by: str = "a", **query: Any) -> Any:
    return register.client.get(f"/api/v1{path}", params=query, headers=register.accounts[by])


def enter(register: Register, by: str = "a", **more: Any) -> Any:
    body = {
        "line": str(register.border.lines["AB"]),
        "round": 4,
        "started_on": "2021-03-01",
        "finished_on": "2021-06-30",
        "lead": "370921",
        "states": {"lost": 1},
        "source": "联检报告",
        **more,
    }
    return register.send("POST", "/inspection-rounds", by, body)


def plan(register: Register, by: str = "a", *lines: dict[str, Any], year: int = 2026) -> Any:
    return register.send("POST", f"/inspection-plans/{year}", by, {"lines": list(lines)})


def line(register: Register, letters: str = "AB", **more: Any) -> dict[str, Any]:
    codes = {"A": "370921", "B": "370923", "C": "371321"}
    return {
        "line_id": str(register.border.lines[letters]),
        "round": 5,
        "lead": codes[letters[0]],
        "cooperating": codes[letters[1]],
        **more,
    }


def test_a_completed_round_is_entered_corrected_withdrawn_and_told(register: Register) -> None:
    made = enter(register)
    assert made.status_code == 201, made.text
    assert enter(register, by="b").json()["id"] == made.json()["id"]
    assert made.json()["states_named"] == {"丢失": 1}
    path = f"/inspection-rounds/{made.json()['id']}"
    body = {
        "line": str(register.border.lines["AB"]), "round": 4, "finished_on": "2021-07-01",
        "source": "联检报告", "reason": "完成日期看错",
    }  # fmt: skip
    assert register.send("PUT", path, "a", body).json()["finished_on"] == "2021-07-01"
    (listed,) = get(register, "/inspection-rounds", line=register.border.lines["AB"]).json()[
        "items"
    ]
    assert listed["lead"] is None
    gone = register.send("POST", f"{path}/withdrawal", "b", {"reason": "并无此轮"})
    assert gone.json()["withdrawn_reason"] == "并无此轮"
    assert get(register, "/inspection-rounds").json()["total"] == 0
    assert get(register, "/inspection-rounds", withdrawn=True).json()["total"] == 1


def test_a_scanned_report_is_kept_with_its_round(register: Register) -> None:
    path = f"/inspection-rounds/{enter(register).json()['id']}"
    given = register.client.post(
        f"/api/v1{path}/files",
        files={"file": ("联检报告.pdf", PDF, "application/pdf")},
        data={"number": "3号"},
        headers=register.accounts["a"],
    )
    assert given.status_code == 201, given.text
    (listed,) = get(register, path).json()["files"]
    assert (listed["number"], listed["kind"]) == ("3号", "summary")
    read = get(register, f"{path}/files/{listed['id']}", by="b")
    assert read.content == PDF
    assert get(register, f"{path}/files/{uuid4()}").status_code == 404
    assert get(register, f"{path}/files/{listed['id']}", by="c").status_code == 404


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"finished_on": "2099-01-01"}, 422, "past_round_invalid"),
        ({"lead": "371321"}, 422, "past_round_invalid"),
        ({"states": {"gone": 1}}, 422, "past_round_invalid"),
        ({"line": "没有这条线"}, 404, "line_unknown"),
        ({"finished_on": "2021-02-30"}, 422, "request_invalid"),
        ({"source": " "}, 422, "request_invalid"),
        ({"round": 0}, 422, "request_invalid"),
        ({"more": 1}, 422, "request_invalid"),
    ],
)
def test_a_round_that_cannot_stand_is_refused(
    register: Register, more: dict[str, Any], status: int, code: str
) -> None:
    answer = enter(register, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"] or status == 404


def test_who_is_of_no_side_enters_no_round_and_the_public_reads_none(register: Register) -> None:
    assert enter(register, by="c").status_code == 403
    assert get(register, "/inspection-rounds", by="public").status_code == 401
    for path in ("/inspection-clock", "/inspection-plans/2026", "/todo", "/todo.ics"):
        assert get(register, path, by="public").status_code == 401, path


def test_the_clock_tells_when_a_line_is_due(register: Register) -> None:
    enter(register)
    found = get(register, "/inspection-clock", at="2026-01-15").json()["items"]
    assert {one["line"]["name"]: (one["status"], one["due_on"]) for one in found} == {
        "东岭县—西川县": ("due_soon", "2026-06-30"),
        "东岭县—南河县": ("unknown", None),
    }
    one = get(register, "/inspection-clock", line=register.border.lines["AB"]).json()["items"][0]
    assert (one["next_round"], one["suggested_lead"]["code"]) == (5, "370923")
    english = register.client.get(
        "/api/v1/inspection-clock",
        params={"at": "2026-01-15"},
        headers={**register.accounts["a"], "Accept-Language": "en"},
    ).json()
    assert {one["status_name"] for one in english["items"]} == {
        "due soon", "last inspection unknown",
    }  # fmt: skip


def test_a_plan_is_proposed_made_consented_to_and_read(register: Register) -> None:
    enter(register)
    proposed = get(register, "/inspection-plans/2026/proposal", within="370921").json()["lines"]
    assert {one["why"] for one in proposed} == {"overdue", "unknown"}
    made = plan(
        register, "city", line(register, field_from="2026-04-01", field_to="2026-05-01"),
        line(register, "BC"),
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert made.json()["total"] == 2
    consent = {"inspections": made.json()["inspections"]}
    done = register.send("POST", "/inspection-plans/2026/consents", "b", consent)
    assert done.json() == {"year": 2026, "consented": 2, "known": 0}
    assert register.send("POST", "/inspection-plans/2026/consents", "a", consent).status_code == 403
    found = get(register, "/inspection-plans/2026", by="b").json()
    assert (found["totals"]["lines"], found["totals"]["by_state"]) == (2, {"planned": 2})
    assert [one["party"]["code"] for one in found["waits_for"]] == ["370921", "371321"]
    assert len(get(register, "/inspection-plans/2026", by="a").json()["items"]) == 1
    progress = get(register, "/inspection-plans/2026/progress", by="b").json()
    assert progress["by_state"] == {"planned": 2}
    assert {one["side"]["code"] for one in progress["sides"]} == {"370921", "370923", "371321"}


def test_the_faults_of_a_plan_are_told_by_row_and_nothing_is_opened(register: Register) -> None:
    answer = plan(register, "a", line(register), line(register, round=None))
    assert (answer.status_code, answer.json()["code"]) == (422, "plan_invalid")
    assert [(one["row"], one["rule"]) for one in answer.json()["errors"]] == [
        (2, "plan_line_twice"),
        (2, "plan_round_missing"),
    ]
    assert get(register, "/inspection-plans/2026").json()["items"] == []
    assert plan(register, "c", line(register)).status_code == 403
    assert plan(register, "a", line(register, lead="999999")).status_code == 404
    assert plan(register, "a", year=1900).status_code == 422


def test_a_special_inspection_is_opened_for_a_reason(register: Register) -> None:
    body = {
        "line_id": str(register.border.lines["AB"]), "reason": "flood", "lead": "370921",
        "cooperating": "370923", "subjects": [str(register.marker)], "note": "洪水",
    }  # fmt: skip
    made = register.send("POST", "/inspection-plans/2026/special", "a", body)
    assert made.status_code == 201, made.text
    found = get(register, f"/inspections/{made.json()['id']}").json()
    assert (found["kind"], found["reason"], len(found["subjects"])) == ("special", "flood", 1)
    for wrong in ({"reason": "rain"}, {"subjects": [str(uuid4())]}):
        answer = register.send("POST", "/inspection-plans/2026/special", "a", body | wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "inspection_invalid")


def test_the_calendar_is_told_by_month_and_as_a_file(register: Register) -> None:
    plan(register, "a", line(register, field_from="2026-04-01", field_to="2026-05-01"))
    days = {"begin": "2026-01-01", "end": "2027-01-01"}
    months = get(register, "/inspection-calendar", **days).json()["months"]
    assert [one["kind"] for one in months[3]["entries"]] == ["field"]
    assert [one["kind"] for one in months[4]["entries"]] == ["field", "plan_deadline"]
    answer = get(register, "/inspection-calendar.ics", **days)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert len(icalendar.Calendar.from_ical(answer.content).walk("VEVENT")) == 3
    backwards = get(register, "/inspection-calendar", begin="2026-01-01", end="2025-01-01")
    assert (backwards.status_code, backwards.json()["code"]) == (422, "option_invalid")
    assert get(register, "/inspection-calendar", begin="9999-06-01").status_code < 500


def test_what_waits_is_listed_written_down_and_sent_as_a_calendar(register: Register) -> None:
    plan(register, "a", line(register, field_to="2026-05-01"))
    (mine,) = get(register, "/todo").json()["items"]
    assert (mine["kind"], mine["mine"], mine["action"]) == ("consent", True, "consent_plan")
    both = get(register, "/todo", everybody=True).json()["items"]
    assert [one["party"]["code"] for one in both] == ["370921", "370923"]
    assert get(register, "/todo", by="c").json()["total"] == 0
    letter = get(register, "/todo/reminder").text
    assert letter.startswith("西川县民政部门：")
    assert "东岭县民政部门" not in letter
    assert get(register, "/todo/reminder", side="370921").text.startswith("东岭县民政部门：")
    assert get(register, "/todo/reminder", kind="nothing").status_code == 422
    events = icalendar.Calendar.from_ical(get(register, "/todo.ics").content).walk("VEVENT")
    assert len(events) == 1


def test_open_items_are_handed_over_to_a_colleague_only(register: Register) -> None:
    plan(register, "a", line(register))
    body = {"clerk": "east", "successor": "west"}
    assert register.send("POST", "/handover", "a", body).json() == {"done": [], "left": []}
    unknown = register.send("POST", "/handover", "a", {"clerk": "east", "successor": "nobody"})
    assert unknown.status_code == 404
    same = register.send("POST", "/handover", "a", {"clerk": "east", "successor": "east"})
    assert (same.status_code, same.json()["code"]) == (422, "option_invalid")


def test_an_inspection_is_divided_by_pairs_and_its_parts_add_up(register: Register) -> None:
    (made,) = plan(register, "a", line(register)).json()["inspections"]
    path = f"/inspections/{made}"
    # Two counties have no pairs of counties below them but themselves.
    assert get(register, f"{path}/pairs").json()["total"] == 1
    parts = [
        {"lead": "370921", "cooperating": "370923", "subjects": [str(register.marker)]},
    ]
    assert register.send("POST", f"{path}/parts", "c", {"parts": parts}).status_code == 403
    nothing = register.send("POST", f"{path}/parts", "a", {"parts": [{**parts[0], "subjects": []}]})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "inspection_invalid")
    done = register.send("POST", f"{path}/parts", "a", {"parts": parts})
    assert done.status_code == 201, done.text
    total = get(register, f"{path}/roll-up", by="b").json()
    assert (len(total["parts"]), total["markers"], total["open"]) == (1, 1, 1)
    assert total["unsigned"] == done.json()["parts"]
