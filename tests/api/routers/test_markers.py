from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.offices import DAY, OURS, THEIRS, Register, open_register, take_photo
from tests.conftest import Database
from tests.geo.files.papers import PDF


@pytest.fixture
def register(client: TestClient, database: Database) -> Register:
    return open_register(client, database)


def test_a_list_of_markers_is_found_by_number_line_and_division(register: Register) -> None:
    line = str(register.border.lines["AB"])
    for query in ({"number": "8184"}, {"line": line}, {"within": "370921"}, {"line": "东岭县"}):
        found = register.get(**query).json()
        assert (found["total"], found["items"][0]["number"]) == (1, "238184I"), query
    assert register.get(number="999").json()["total"] == 0
    assert register.get(within="371321").json()["total"] == 0


def test_a_marker_is_given_whole_with_its_place_and_revision(register: Register) -> None:
    answer = register.get(f"/{register.marker}")
    found = answer.json()
    assert (found["lon"], found["lat"], found["state"]) == (117.2, 36.15, "in_place")
    assert answer.headers["etag"] == '"0"'
    assert [goal["key"] for goal in found["goals"]][-1] == "file_complete"
    assert found["goals"][-1]["met"] is False
    assert "方位物只有 0 个完整" in " ".join(found["goals"][-1]["why"])
    assert "damaged" in [step["kind"] for step in found["next_steps"]]
    as_geojson = register.client.get(
        f"/api/v1/markers/{register.marker}",
        headers={**register.accounts["a"], "Accept": "application/geo+json"},
    )
    assert as_geojson.json()["geometry"] == {"type": "Point", "coordinates": [117.2, 36.15]}


def test_the_public_and_others_get_nothing_of_a_marker(register: Register) -> None:
    for path in ("", f"/{register.marker}", f"/{register.marker}/versions",
                 f"/{register.marker}/events", f"/{register.marker}/changes"):  # fmt: skip
        answer = register.get(path, by="public")
        assert answer.status_code == 401, path
        assert "117.2" not in answer.text
    refused = register.get(f"/{register.marker}", by="c")
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_jurisdiction")
    assert register.get(by="c").json()["total"] == 0
    assert register.get(f"/{register.border.city}").json()["code"] == "marker_unknown"


def test_a_repair_without_the_neighbour_answers_neighbour_absent(register: Register) -> None:
    assert register.event("damaged").status_code == 201
    for present in ((), (OURS,)):
        refused = register.event("repaired", *present)
        assert (refused.status_code, refused.json()["code"]) == (409, "neighbour_absent")
        assert "西川县" in refused.json()["detail"]
    done = register.event("repaired", OURS, THEIRS)
    assert (done.status_code, done.json()["state"]) == (201, "repaired")
    assert (
        done.json()["missing_papers"] == ["检查、修测记录", "照片"] or done.json()["missing_papers"]
    )
    assert [one["kind"] for one in register.get(f"/{register.marker}/events").json()["items"]] == [
        "repaired", "damaged", "registered",
    ]  # fmt: skip


def test_a_photo_is_given_to_a_marker_and_named_by_an_event(register: Register) -> None:
    photo = take_photo()
    given = register.give("a", photo, kind="photo", side="370921")
    assert given.status_code == 201, given.text
    done = register.event("damaged", files=[given.json()["sha256"]])
    assert (done.json()["files"], done.json()["missing_papers"]) == ([given.json()["id"]], [])
    file = f"/{register.marker}/files/{given.json()['id']}"
    assert register.get(file, by="b").content == photo
    assert register.get(file, by="public").status_code == 401
    assert register.get(file, by="c").status_code == 403
    assert register.give("a", photo, kind="photo", side="370923").status_code == 403


def test_a_file_that_is_no_photo_is_refused(register: Register) -> None:
    refused = register.give("a", b"<html>hello</html>", "照片.jpg")
    assert (refused.status_code, refused.json()["code"]) == (422, "file_refused")


def test_each_side_writes_its_own_part_and_not_the_neighbours(register: Register) -> None:
    path = f"/markers/{register.marker}/sides"
    body = {"site": "岭下村", "custodian": "王守界"}
    missing = register.send("PUT", f"{path}/370921", "a", body)
    assert (missing.status_code, missing.json()["code"]) == (428, "revision_missing")
    done = register.send("PUT", f"{path}/370921", "a", body, **{"If-Match": '"0"'})
    assert done.json()["own"]["370921"]["site"] == "岭下村"
    assert done.headers["etag"] == '"1"'
    theirs = register.send("PUT", f"{path}/370923", "a", body, **{"If-Match": '"1"'})
    assert theirs.status_code == 403


def test_a_stale_writer_is_told_what_changed_and_by_whom(register: Register) -> None:
    register.event("leaning", by="b")
    body = {"site": "岭下村"}
    path = f"/markers/{register.marker}/sides/370921"
    refused = register.send("PUT", path, "a", body, **{"If-Match": '"0"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    assert "发现倾斜" in refused.json()["detail"]
    assert "west" in refused.json()["detail"]
    assert refused.json()["changes"][0]["actor"] == "west"


def test_the_shared_card_is_not_changed_by_one_side(register: Register) -> None:
    path = f"/markers/{register.marker}"
    refused = register.send("PUT", path, "a", {"material": "石质"}, **{"If-Match": '"0"'})
    assert refused.status_code == 403
    done = register.send("PUT", path, "city", {"material": "石质"}, **{"If-Match": '"0"'})
    assert (done.status_code, done.json()["material"], done.json()["version"]) == (200, "石质", 2)
    moved = {"position": {"lon": 117.201, "lat": 36.151}}
    refused = register.send("PUT", path, "city", moved, **{"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "proposal_needed")
    typo = {**moved, "correction": True, "reason": "抄录错误"}
    done = register.send("PUT", path, "city", typo, **{"If-Match": '"1"'})
    assert (done.json()["lon"], done.json()["version"], done.json()["given_x"]) == (
        117.201, 2, "117.201",
    )  # fmt: skip


def test_a_bearing_of_400_degrees_is_refused_with_its_row(register: Register) -> None:
    objects = [{"name": "石桥", "grid_bearing_deg": 400.0, "distance_m": 12.0}]
    refused = register.send(
        "PUT", f"/markers/{register.marker}", "city", {"objects": objects}, **{"If-Match": '"0"'}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "marker_invalid")
    assert refused.json()["errors"][0]["column"] == "grid_bearing_deg"
    assert register.get(f"/{register.marker}").json()["objects"] == []


def test_a_move_takes_effect_when_both_consent_and_the_city_approves(register: Register) -> None:
    body = {"position": {"x": 518_023.0, "y": 4_002_600.0, "crs": "EPSG:4548"}, "at": DAY}
    asked = {"kind": "marker_move", "object_id": str(register.marker), "body": body}
    opened = register.send("POST", "/proposals", "a", asked)
    assert opened.status_code == 201, opened.text
    proposal = opened.json()["id"]
    assert register.get(f"/{register.marker}").json()["lon"] == 117.2
    register.voice(proposal, "a", "consent", side="370921")
    assert register.voice(proposal, "a", "consent", side="370923").status_code == 403
    register.voice(proposal, "b", "consent", side="370923")
    done = register.voice(proposal, "city", "approval").json()
    assert (done["state"], done["is_agreed"]) == ("approved", True)
    moved = register.get(f"/{register.marker}").json()
    assert (moved["given_x"], moved["source_crs"], moved["version"]) == ("518023.0", "EPSG:4548", 2)
    assert abs(moved["lon"] - 117.2) < 0.001
    assert (moved["state"], moved["revision"]) == ("reset", 1)
    late = register.voice(proposal, "b", "return")
    assert (late.status_code, late.json()["code"]) == (409, "proposal_ended")


def test_a_proposal_that_could_not_be_carried_out_is_refused_at_once(register: Register) -> None:
    taken = {"number": "238184I", "lines": [str(register.border.lines["AB"])]}
    refused = register.send("POST", "/proposals", "a", {"kind": "marker_add", "body": taken})
    assert (refused.status_code, refused.json()["code"]) == (409, "number_taken")
    assert register.send("POST", "/proposals", "a", {"kind": "marker_eat"}).status_code == 422
    assert (
        register.client.get("/api/v1/proposals", headers=register.accounts["a"]).json()["items"]
        == []
    )


def test_an_added_marker_begins_set_and_a_scrapped_one_ends(register: Register) -> None:
    fresh = {
        "number": "37092302",
        "lines": [str(register.border.lines["AB"])],
        "position": {"lon": "117°12′00″", "lat": "36°10′12.5″"},
        "at": DAY,
    }
    _agree(register, {"kind": "marker_add", "body": fresh})
    added = register.get(number="37092302").json()["items"][0]
    assert (added["state"], added["given_x"]) == ("set", "117°12′00″")
    gone = {"kind": "marker_scrap", "object_id": added["id"], "body": {"at": "2026-06-01"}}
    _agree(register, gone)
    assert register.get(number="37092302").json()["total"] == 0
    assert register.get(number="37092302", at=DAY).json()["total"] == 1
    ended = register.get(f"/{added['id']}")
    assert (ended.status_code, ended.json()["code"]) == (404, "marker_not_then")
    events = register.get(f"/{added['id']}/events").json()["items"]
    assert [one["kind"] for one in events] == ["scrapped", "added", "registered"]


def _agree(register: Register, asked: dict[str, Any]) -> None:
    opened = register.send("POST", "/proposals", "a", asked)
    assert opened.status_code == 201, opened.text
    proposal = opened.json()["id"]
    register.voice(proposal, "a", "consent", side="东岭县")
    register.voice(proposal, "b", "consent", side="西川县")
    assert register.voice(proposal, "city", "approval").json()["state"] == "approved"


def test_a_change_of_a_line_is_proposed_agreed_and_carried_out(register: Register) -> None:
    line = str(register.border.lines["AB"])
    record = {
        "code": "2123",
        "name": "东西线",
        "official_length_km": 22.5,
        "length_basis": "agreement",
        "length_document": "东岭西川联合勘界协议书",
    }
    _agree(register, {"kind": "line_record", "object_id": line, "body": record})
    found = register.get(line="2123").json()
    assert found["items"][0]["lines"] == [{"id": line, "code": "2123", "name": "东西线"}]


def test_a_file_is_taken_off_by_the_side_that_gave_it_with_a_reason(register: Register) -> None:
    given = register.give("a", take_photo(), kind="photo").json()["id"]
    path = f"/markers/{register.marker}/files/{given}/withdrawal"
    assert register.send("POST", path, "a", {"reason": ""}).status_code == 422
    assert register.send("POST", path, "b", {"reason": "不是我们的"}).status_code == 403
    done = register.send("POST", path, "a", {"reason": "拍错了"})
    assert done.status_code == 200
    assert done.json()["withdrawn_at"]
    assert register.get(f"/{register.marker}").json()["files"] == []
    assert register.send("POST", path, "a", {"reason": "拍错了"}).status_code == 404


def test_a_standing_marker_is_registered_by_an_editor_of_all_sides_with_its_paper(
    register: Register,
) -> None:
    card = {
        "number": "37092303",
        "lines": [str(register.border.lines["AB"])],
        "position": {"lon": "117°12′36″", "lat": "36°10′12.5″"},
        "paper": {"number": "鲁民〔2003〕21号", "dated": "2003-05-06"},
    }
    assert register.send("POST", "/markers", "a", card).status_code == 403
    unnamed = {**card, "paper": {"number": "", "dated": "2003-05-06"}}
    assert register.send("POST", "/markers", "city", unnamed).status_code == 422
    done = register.send("POST", "/markers", "city", card)
    assert done.status_code == 201, done.text
    made = done.json()
    assert (made["state"], made["given_x"], made["version"]) == ("in_place", "117°12′36″", 1)
    assert "鲁民〔2003〕21号" in made["source"]
    assert [one["rule"] for one in made["findings"]] == ["marker_off_line"]
    again = register.send("POST", "/markers", "city", card)
    assert (again.status_code, again.json()["code"]) == (409, "number_taken")


def test_a_paper_is_given_to_a_proposal_for_a_voice_by_document(register: Register) -> None:
    asked = {"kind": "marker_scrap", "object_id": str(register.marker), "body": {}}
    proposal = register.send("POST", "/proposals", "a", asked).json()["id"]
    path = f"/api/v1/proposals/{proposal}/files"
    file = {"file": ("函.pdf", PDF, "application/pdf")}
    fields = {"kind": "consent", "number": "西政函〔2026〕8号", "dated": DAY}
    client, by = register.client, register.accounts
    assert client.post(path, files=file, data=fields, headers=by["c"]).status_code == 403
    given = client.post(path, files=file, data=fields, headers=by["a"])
    assert given.status_code == 201, given.text
    paper = {"number": fields["number"], "dated": DAY, "file": given.json()["id"]}
    said = register.voice(proposal, "a", "consent", side="西川县", document=paper)
    assert said.json()["waits_for"][0]["name"] == "东岭县"
    assert client.get(f"{path}/{paper['file']}", headers=by["b"]).content == PDF
    assert client.get(f"{path}/{paper['file']}", headers=by["c"]).status_code == 403
    assert register.voice(proposal, "a", "withdrawal").status_code == 201
    late = client.post(path, files=file, data=fields, headers=by["a"])
    assert (late.status_code, late.json()["code"]) == (409, "proposal_ended")
