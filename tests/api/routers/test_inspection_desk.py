from __future__ import annotations

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from geo.db.engine import reading
from geo.inspections.tables import inspection_signature
from tests.api.inspected import Inspected, open_inspected
from tests.api.routers.test_inspection_guests import FIRM, enter, invite
from tests.api.routers.test_inspection_photos import sign
from tests.conftest import Database


@pytest.fixture
def work(client: TestClient, database: Database) -> Inspected:
    return open_inspected(client, database)


def test_sections_are_compared_kept_and_told_in_words(work: Inspected) -> None:
    before = work.call("GET", "/desk").json()
    assert {one["at"] for one in before["items"]} == {None}
    one = work.sections[0]
    now = work.call("GET", f"/desk/{one}", "b").json()
    told = {lack["what"]: lack["words"] for lack in now["no_data"]}
    assert told["roads"] == "没有覆盖此处的道路数据"
    said = {"sections": [str(one) for one in work.sections], "note": "先看北段"}
    said["places"] = [{"lon": 117.2, "lat": 36.2, "words": "问村民"}]  # type: ignore[assignment]
    done = work.call("PUT", "/desk", json=said)
    assert done.status_code == 200, done.text
    kept = done.json()["items"]
    assert len(kept) == len(work.sections)
    assert kept[0]["items"][-1]["words"] == "问村民"
    assert work.call("GET", "/desk", "city").json()["items"] == kept


def test_desk_work_after_signing_voids_the_signatures(work: Inspected) -> None:
    work.set_state("signed")
    sign(work)
    work.call("PUT", "/desk", json={"sections": [str(work.sections[0])]})
    with reading(work.database.engine) as conn:
        void = conn.execute(select(inspection_signature.c.void_reason)).scalar_one()
    assert void["text"] == "void.desk"


def test_desk_work_is_not_for_others_and_not_for_contractors(work: Inspected) -> None:
    body = {"sections": [str(work.sections[0])]}
    enter(work, invite(work, **FIRM, subjects=[str(work.sections[0])]).json(), "firm")
    for by, status in (("c", 403), ("city", 403), ("firm", 403), ("public", 401)):
        assert work.call("PUT", "/desk", by, json=body).status_code == status, by
    for by, status in (("c", 403), ("public", 401)):
        assert work.call("GET", "/desk", by).status_code == status
    assert work.call("PUT", "/desk", json={"sections": []}).status_code == 422
    assert work.call("PUT", "/desk", json={"sections": [str(uuid4())]}).status_code == 422
    place = {"lon": 36.2, "lat": 117.2, "words": "颠倒"}
    assert work.call("PUT", "/desk", json=body | {"places": [place]}).status_code == 422
    work.set_state("accepted")
    assert work.call("PUT", "/desk", json=body).json()["code"] == "records_closed"
