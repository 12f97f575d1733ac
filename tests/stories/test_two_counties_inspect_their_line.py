"""Two counties inspect their line under their city, from the plan of the year to the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from geo.db.cluster import Cluster
from tests.api.offices import OURS, THEIRS
from tests.conftest import Database, copy_database
from tests.geo.inspections.packed import change_record, recompute, repack, unpack
from tests.stories.inspecting import FIELD_DAY, PHONE, SIDE, Joint, begin, draw, open_joint
from tests.stories.office import yutu

A, B = SIDE["a"], SIDE["b"]


@pytest.fixture
def joint(client: TestClient, database: Database) -> Joint:
    return open_joint(client, database)


def test_the_whole_job_from_the_plan_to_the_archive(
    joint: Joint, tmp_path: Path, server: Cluster, template: str
) -> None:
    _plan_the_year(joint)
    _agree_and_prepare(joint)
    tilted = _walk_the_line(joint)
    _disagree(joint, tilted)
    _repair_together(joint)
    _sign_and_see_it_void(joint)
    _report(joint)
    _send_up_and_come_back(joint)
    _outsiders_see_nothing(joint)
    archive = _archive(joint, tmp_path)
    _keep_it_elsewhere(archive, tmp_path, server, template)


def _plan_the_year(joint: Joint) -> None:
    """The clock of the line says that it is due; the city plans it, both counties consent."""
    send, line = joint.register.send, str(joint.register.border.lines["AB"])
    past = {
        "line": line, "round": 4, "finished_on": "2021-09-20", "lead": B, "states": {"in_place": 2},
        "source": "第四轮联检报告",
    }  # fmt: skip
    assert send("POST", "/inspection-rounds", "a", past).status_code == 201
    proposed = send("GET", "/inspection-plans/2026/proposal", "city", None).json()["lines"]
    ours = next(one for one in proposed if one["clock"]["line"]["id"] == line)
    assert (ours["round"], ours["lead"]["code"], ours["cooperating"]["code"]) == (5, A, B)
    rows = [
        {"line_id": line, "round": 5, "lead": A, "cooperating": B, "field_from": "2026-05-10",
         "field_to": "2026-05-30"}
    ]  # fmt: skip
    early = send("POST", "/inspection-plans/2026", "city", {"lines": [{**rows[0], "round": 7}]})
    assert early.json()["code"] == "plan_invalid"
    made = send("POST", "/inspection-plans/2026", "city", {"lines": rows})
    assert made.status_code == 201, made.text
    [inspection] = made.json()["inspections"]
    for by in "ab":
        said = send(
            "POST", "/inspection-plans/2026/consents", by, {"inspections": [inspection]}
        ).json()
        assert said["consented"] == 1
    plan = send("GET", "/inspection-plans/2026", "city", None).json()
    assert [one["waits_for"] for one in plan["items"]] == [[]]
    begin(joint, inspection)


def _agree_and_prepare(joint: Joint) -> None:
    """Both agree to the scheme and who leads where; at the desk they note what to look at."""
    split = {"parts": [{"lead": B, "subjects": [{"marker_id": str(joint.markers[1])}]}]}
    assert joint.call("PUT", "/split", json=split).status_code == 200
    assert joint.steps("agree_scheme") == "planned"
    refused = joint.step("start_desk")
    assert (refused.status_code, refused.json()["code"]) == (409, "action_not_now")
    assert joint.steps("agree_scheme", by="b") == "scheme_agreed"
    assert joint.steps("start_desk") == "desk"
    noted = {"sections": [str(joint.sections[0])], "note": "河道近年改过，实地看中线"}
    assert joint.call("PUT", "/desk", "b", json=noted).status_code == 200
    assert joint.steps("start_field", by="b") == "field"


def _walk_the_line(joint: Joint) -> dict[str, str]:
    """Each side records every marker and section; the two differ at one of them."""
    first, second, *sections = joint.subjects()
    place = {"lon": 117.200001, "lat": 36.280001, **PHONE}
    mine = joint.put("a", first, "damaged", position=place).json()
    assert mine["deviation"]["verdict"] in ("within", "undecidable")
    theirs = joint.recorded("b", first, "damaged", position=place)
    blocked = joint.step("start_disposal").json()
    assert blocked["code"] == "guard_blocked"
    lacks = {(one["what"], one["party"]) for one in blocked["missing"] if one["blocks"]}
    assert lacks == {("record", "东岭县"), ("record", "西川县")}
    joint.recorded("a", second, "in_place")
    tilted = joint.recorded("b", second, "leaning", note="向东倾斜约五度")
    for section in sections:
        joint.recorded("a", section, "unchanged")
    # The other team walked along: it takes over what it saw as well.
    assert joint.call("POST", "/confirmations", "b", json={}).json() == {"confirmed": len(sections)}
    for shade, (by, record, shows) in enumerate(
        [("a", mine["id"], "near"), ("a", mine["id"], "together"), ("b", theirs, "far"),
         ("b", tilted, "near")], 100,
    ):  # fmt: skip
        given = joint.photo(by, record, draw(shade), shows=shows)
        assert given.status_code == 201, given.text
    # What was sent is sent again by a phone that heard no answer: nothing is there twice.
    assert joint.photo("a", mine["id"], draw(100), shows="near").status_code == 200
    assert joint.put("a", first, "damaged", position=place, id=mine["id"]).json()["replayed"]
    assert joint.photo("b", mine["id"], draw(110), shows="near").json()["code"] == "not_party"
    return second


def _disagree(joint: Joint, subject: dict[str, str]) -> None:
    """They cannot agree on one marker; both views stand, and the work goes on."""
    [lack] = [one for one in joint.step("start_disposal").json()["missing"] if one["blocks"]]
    assert (lack["what"], lack["label"]) == ("conclusion", "37092302")
    said = {
        "subject": subject,
        "said": "disagreed",
        "words": "甲方认为完好，乙方认为倾斜，留待测量",
    }
    assert joint.call("POST", "/findings", "b", json=said).json()["status"] == "disagreed"
    assert joint.steps("start_disposal", by="b") == "disposal"


def _repair_together(joint: Joint) -> None:
    """What both found damaged is repaired; alone nobody may, with the neighbour there it ends."""
    send = joint.register.send
    proposed = joint.get("/proposed-orders")["items"]
    ours = next(one for one in proposed if one["agreed"])
    assert (ours["task"], ours["subject"]) == ("repair", str(joint.markers[0]))
    order, subject = uuid4(), joint.subjects()[0]
    wanted = {
        "subject": subject, "inspection": str(joint.id), "task": "repair", "responsible": A,
        "found": "damaged", "found_on": FIELD_DAY,
    }  # fmt: skip
    assert send("PUT", f"/work-orders/{order}", "a", wanted).status_code == 201
    assert send("PUT", f"/work-orders/{order}", "a", wanted).status_code == 200
    ended = {"on": "2026-05-20", "present": [OURS], "note": "补桩体"}
    alone = send("POST", f"/work-orders/{order}/end", "a", ended)
    assert (alone.status_code, alone.json()["code"]) == (409, "neighbour_absent")
    done = send("POST", f"/work-orders/{order}/end", "a", {**ended, "present": [OURS, THEIRS]})
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "done"
    marker = joint.register.get(f"/{joint.markers[0]}", by="b").json()
    assert marker["state"] == "repaired"


def _sign_and_see_it_void(joint: Joint) -> None:
    """Both sign; one corrects a record, so neither holds; one signs anew, the other seals."""
    early = joint.step("sign_records").json()
    assert {one["party"] for one in early["missing"] if one["what"] == "signature"} == {
        "东岭县", "西川县",
    }  # fmt: skip
    before = joint.get("/signatures")["content_sha256"]
    assert joint.sign("a", content_sha256=before).status_code == 201
    assert joint.sign("b").status_code == 201
    assert joint.sign("a", party=B).json()["code"] == "not_party"
    assert joint.valid() == {A: True, B: True}
    second = joint.subjects()[1]
    [tilted] = [
        one
        for one in joint.get("/records")["items"]
        if one["state"] == "leaning" and one["side"] == B
    ]
    corrected = joint.put("b", second, "leaning", id=tilted["id"], note="向东倾斜约三度")
    assert corrected.json()["voided_signatures"] == 2
    void = joint.get("/signatures", "a")
    assert [one["valid"] for one in void["items"]] == [False, False]
    assert all("37092302" in one["why_void"] for one in void["items"])
    assert void["content_sha256"] != before
    # The disagreement was of what they had recorded then: it has to be said again.
    blocked = joint.step("sign_records").json()["missing"]
    assert "conclusion" in {one["what"] for one in blocked}
    said = {"subject": second, "said": "disagreed", "words": "甲方认为完好，乙方认为倾斜三度"}
    assert joint.call("POST", "/findings", "b", json=said).json()["status"] == "disagreed"
    assert joint.sign("a").status_code == 201
    _seal(joint, before)
    assert joint.steps("sign_records") == "signed"


def _seal(joint: Joint, outdated: str) -> None:
    """The page of the other side carries the hash of what it seals; one printed before does not."""
    present = joint.get("/signatures")["content_sha256"]
    assert present[:16] in joint.paper("seal_sheet", "b").replace(" ", "")
    old = joint.seal("b", draw(210), party=B, content_sha256=outdated, signer="李局长")
    assert (old.status_code, old.json()["code"]) == (409, "seal_differs")
    made = joint.seal("b", draw(200), party=B, content_sha256=present[:16], signer="李局长")
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["valid"]) == ("seal", True)


def _report(joint: Joint) -> None:
    """The report has both views, the counts add up, and it names the content that was signed."""
    assert joint.steps("draft_report") == "reported"
    text = joint.paper("inspection_report")
    assert "应检界桩2颗" in text
    assert "37092302" in text
    for view in ("完好", "倾斜"):
        assert view in text
    assert joint.get("/signatures")["content_sha256"] in text


def _send_up_and_come_back(joint: Joint) -> None:
    """The city returns the report with a reason; corrected and signed again it is accepted."""
    assert joint.step("submit", "b").json()["code"] == "not_party"
    assert joint.steps("submit") == "submitted"
    closed = joint.put("a", joint.subjects()[0], "in_place")
    assert (closed.status_code, closed.json()["code"]) == (409, "records_closed")
    assert joint.step("accept", "a").json()["code"] == "not_party"
    assert joint.step("return", "city").status_code == 422
    returned = joint.step("return", "city", note="界桩照片缺合影，请补拍")
    assert returned.json()["state"] == "returned"
    told = [one for one in joint.get("/events", "b")["items"] if one["kind"] == "step"]
    assert "请补拍" in told[-1]["words"]
    assert joint.steps("resume") == "disposal"
    record = next(
        one
        for one in joint.get("/records")["items"]
        if one["side"] == B and one["subject"].get("marker_id") == str(joint.markers[1])
    )
    assert joint.photo("b", record["id"], draw(120), shows="together").status_code == 201
    assert joint.valid() == {A: False, B: False}
    assert joint.step("sign_records").json()["code"] == "guard_blocked"
    for by in "ab":
        assert joint.sign(by).status_code == 201
    assert joint.steps("sign_records", "draft_report", "submit") == "submitted"
    assert joint.steps("accept", by="city") == "accepted"
    assert joint.steps("archive", by="b") == "archived"
    done = [one["action"] for one in joint.get("/transitions")["items"]]
    assert done.count("sign_records") == 2
    assert done[-2:] == ["accept", "archive"]


def _outsiders_see_nothing(joint: Joint) -> None:
    for by, status in (("c", 403), ("public", 401)):
        for path in ("", "/records", "/events", "/signatures", "/archive", "/content"):
            assert joint.call("GET", path, by).status_code == status, (by, path)


def _archive(joint: Joint, folder: Path) -> Path:
    """Whoever has the file alone can tell that it holds, and that a changed one does not."""
    answer = joint.call("GET", "/archive", "city")
    assert (answer.status_code, answer.headers["X-Archive"]) == (200, "final")
    printed = answer.headers["X-Fingerprint"]
    assert printed.replace(" ", "") in joint.paper("inspection_report").replace(" ", "")
    path = folder / "归档.zip"
    path.write_bytes(answer.content)
    code, told, _ = _verify(folder, path, "--fingerprint", printed)
    assert (code, told["ok"], told["problems"]) == (0, True, [])
    files = unpack(path)
    change_record(files)
    recompute(files)
    code, told, _ = _verify(folder, repack(path, files))
    assert (code, told["ok"]) == (1, False)
    assert told["problems"]
    return path


def _verify(folder: Path, path: Path, *options: str) -> tuple[int, Any, str]:
    code, told, words, _ = yutu(folder / "nothing", "inspections", "verify", str(path), *options)
    return code, told, words


def _keep_it_elsewhere(archive: Path, folder: Path, server: Cluster, template: str) -> None:
    """An office that knows neither the line nor the counties takes the archive in all the same."""
    home = folder / "elsewhere"
    home.mkdir()
    with copy_database(server, template) as empty:
        at = {
            "YUTU_DATABASE_URL": empty.app_url,
            "YUTU_DATABASE_OWNER_URL": empty.owner_url,
        }
        for was_there in (False, True):
            code, told, words, _ = yutu(home, "inspections", "restore", str(archive), **at)
            assert code == 0, words
            assert told["was_there"] is was_there
