"""A marker between two counties is lost; they set it again together, and only together."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from fastapi.testclient import TestClient

from geo.markers.facts import ObjectFacts
from tests.api.offices import OURS, THEIRS, Register, open_register, take_photo
from tests.conftest import Database

FOUND, SET = "2026-03-02", "2026-04-18"
OBJECTS = tuple(
    ObjectFacts(ordinal=place, name=name, grid_bearing_deg=bearing, distance_m=distance)
    for place, (name, bearing, distance) in enumerate(
        [("石桥东北角", 43.5, 21.3), ("水塔中心", 143.0, 88.0), ("独立柏树", 310.25, 12.75)], 1
    )
)


@pytest.fixture
def register(client: TestClient, database: Database) -> Register:
    return open_register(client, database, objects=OBJECTS, material="花岗岩")


def test_a_marker_is_lost_and_reset_by_both_sides(register: Register) -> None:
    # The patrol of 东岭县 stands where the marker was: its photo, and nothing else to do alone.
    empty = register.give("a", take_photo(), "空坑.jpg", kind="photo").json()
    lost = register.event("lost", OURS, at=FOUND, files=[empty["id"]], note="取土时挖走")
    assert (lost.status_code, lost.json()["state"]) == (201, "lost")
    alone = register.event("reset", OURS, at=SET)
    assert (alone.status_code, alone.json()["code"]) == (409, "neighbour_absent")
    assert register.event("repaired", OURS, THEIRS, at=SET).json()["code"] == "step_refused"

    # The neighbour sees it in its own list, as lost, with the goals that are not met.
    theirs = register.get(by="b", state="lost").json()
    assert [one["number"] for one in theirs["items"]] == ["238184I"]
    whole = register.get(f"/{register.marker}", by="b").json()
    assert [goal["met"] for goal in whole["goals"]][:4] == [False, False, False, False]
    assert {step["kind"] for step in whole["next_steps"]} == {"checked", "moved", "found", "reset"}

    # Both teams set the new stone by the registered objects, and measure what they have set.
    survey = {"lon": 117.2000002, "lat": 36.1500001, "method": "gnss_rtk", "accuracy_m": 0.05}
    judged = register.send("POST", f"/markers/{register.marker}/deviation", "b", survey).json()
    assert (judged["verdict"], judged["distance_m"] < judged["limit_m"]) == ("within", True)
    photo = register.give("b", take_photo() + b"\0", "重埋.jpg", kind="photo").json()
    done = register.event("reset", OURS, THEIRS, at=SET, files=[photo["id"]], by="b")
    assert done.status_code == 201, done.text
    assert [one["name"] for one in done.json()["present"]] == ["王守界", "李巡边"]
    assert done.json()["missing_papers"] == ["记录", "界桩登记表"]

    # The record of both stands in the history; the card prints, with the number as it is.
    after = register.get(f"/{register.marker}").json()
    assert (after["state"], after["lon"], after["version"]) == ("reset", 117.2, 1)
    history = register.get(f"/{register.marker}/events").json()["items"]
    assert [(one["kind"], one["at"]) for one in history[:2]] == [("reset", SET), ("lost", FOUND)]
    paper = register.get(f"/{register.marker}/papers/marker_register.docx")
    assert paper.status_code == 200
    written = ZipFile(BytesIO(paper.content)).read("word/document.xml").decode()
    assert "238184I" in written
    assert "石桥东北角" in written

    # Of all this the public and the third county know nothing.
    for by, status in (("public", 401), ("c", 403)):
        for path in ("", "/events", "/papers/marker_register.docx", f"/files/{photo['id']}"):
            assert register.get(f"/{register.marker}{path}", by=by).status_code == status
