from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.clock import china_day
from tests.api.inspected import Inspected, open_inspected
from tests.api.offices import take_photo
from tests.api.routers.test_inspection_guests import FIRM, enter, invite
from tests.conftest import Database

LATER = (china_day(datetime.now(UTC)) + timedelta(days=30)).isoformat()


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def give(work: Inspected, by: str = "a", content: bytes | None = None, **fields: str) -> Any:
    file = {"file": ("会议纪要.jpg", content or take_photo(), "application/octet-stream")}
    return work.call("POST", "/documents", by, files=file, data=fields)


def test_a_side_gives_a_paper_and_takes_its_own_off_again(work: Inspected) -> None:
    given = give(work, kind="minutes", title="联席会议纪要", number="〔2026〕1号")
    assert given.status_code == 201, given.text
    paper = given.json()
    assert give(work, kind="minutes").json()["id"] == paper["id"]
    assert [one["title"] for one in work.call("GET", "/documents", "b").json()["items"]] == [
        "联席会议纪要"
    ]
    got = work.call("GET", f"/documents/{paper['id']}", "city")
    assert got.headers["content-type"] == "image/jpeg"
    reason = {"reason": "扫描不清"}
    gone = work.call("POST", f"/documents/{paper['id']}/withdrawal", "b", json=reason)
    assert (gone.status_code, gone.json()["code"]) == (403, "not_party")
    assert work.call("POST", f"/documents/{paper['id']}/withdrawal", json=reason).is_success
    assert work.call("GET", "/documents").json()["items"] == []
    kept = work.call("GET", "/documents", params={"withdrawn": True}).json()["items"]
    assert len(kept) == 1
    told = [one["kind"] for one in work.call("GET", "/events").json()["items"]]
    assert (told.count("document_given"), told.count("document_withdrawn")) == (1, 1)


def test_papers_are_for_the_sides_and_those_above(work: Inspected) -> None:
    paper = give(work, kind="minutes").json()["id"]
    for by, status in (("c", 403), ("public", 401)):
        assert give(work, by).status_code == status
        assert work.call("GET", "/documents", by).status_code == status
        assert work.call("GET", f"/documents/{paper}", by).status_code == status
    assert give(work, "city").json()["code"] == "not_party"
    assert give(work, kind="poem").status_code == 422
    assert give(work, content=b"no document").json()["code"] == "file_refused"
    other = work.client.get(
        f"/api/v1/inspections/{work.id}/documents/{work.id}",
        headers=work.register.accounts["a"],
    )
    assert (other.status_code, other.json()["code"]) == (404, "file_unknown")


def test_a_contractor_has_no_part_in_the_papers(work: Inspected) -> None:
    paper = give(work, kind="minutes").json()["id"]
    enter(work, invite(work, **FIRM, subjects=[str(work.markers[0])]).json(), "firm")
    assert give(work, "firm").json()["code"] == "guest_refused"
    for path in ("/documents", f"/documents/{paper}"):
        assert work.call("GET", path, "firm").json()["code"] == "guest_refused"
    enter(work, invite(work).json(), "guest")
    assert work.call("GET", f"/documents/{paper}", "guest").status_code == 200
