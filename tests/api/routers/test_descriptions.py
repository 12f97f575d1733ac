"""Descriptions over HTTP: a text by hand stays, and what a new generation says is shown beside."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from geo.db.engine import transaction
from geo.markers.facts import Position
from geo.sections.propose import generate_sections
from geo.sections.register import list_sections, store_sections
from tests.api.routers.conftest import LogIn
from tests.border import Border, card, draw_border, set_marker
from tests.conftest import Database
from tests.geo.divisions.given import FROM, TODAY


@pytest.fixture
def urls(database: Database) -> dict[str, str]:
    with transaction(database.engine, "system:test") as conn:
        drawn: Border = draw_border(conn)
        north = card(drawn, "001", position=Position(lon=117.2, lat=36.28))
        marker_id = set_marker(conn, drawn, north, card(drawn, "002"))
        line_id = drawn.lines["AB"]
        made = generate_sections(conn, line_id, TODAY)
        store_sections(conn, line_id, made, valid_from=FROM, source="协议书")
        section = list_sections(conn, line_id, TODAY)[1]
    lines = "/api/v1/boundary-lines"
    return {
        "marker": f"/api/v1/markers/{marker_id}/description",
        "section": f"{lines}/{line_id}/sections/{section.section_id}/description",
    }


@pytest.mark.parametrize("which", ["marker", "section"])
def test_a_text_by_hand_stays_beside_a_new_generation(
    client: TestClient, log_in: LogIn, urls: dict[str, str], which: str
) -> None:
    url, city = urls[which], log_in("city", ("editor", "370900"))
    got = client.get(url, headers=city)
    assert got.status_code == 200, got.text
    now = got.json()["generated_now"]
    assert got.json()["text"] == now
    assert [one["layer"] for one in got.json()["no_data"]] == ["water", "roads", "railways"]
    put = client.put(url, json={"written": "手写。"}, headers=city | {"If-Match": '"0"'})
    assert put.status_code == 200, put.text
    assert put.headers["etag"] == '"1"'
    late = client.post(f"{url}/generate", headers=city | {"If-Match": '"0"'})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    again = client.post(f"{url}/generate", headers=city | {"If-Match": '"1"'}).json()
    assert (again["text"], again["written"], again["generated"]) == ("手写。", "手写。", now)
    assert again["difference"] == [
        {"change": "removed", "text": "手写。"},
        {"change": "added", "text": now},
    ]
    taken = client.put(url, json={"written": None}, headers=city | {"If-Match": '"2"'}).json()
    assert (taken["text"], taken["difference"]) == (now, [{"change": "same", "text": now}])
    assert [one["text"] for one in taken["history"]] == [now, "手写。", "手写。"]


@pytest.mark.parametrize("which", ["marker", "section"])
def test_one_side_reads_and_the_public_and_others_do_not(
    client: TestClient, log_in: LogIn, urls: dict[str, str], which: str
) -> None:
    url, east = urls[which], log_in("east", ("editor", "370921"))
    assert client.get(url).status_code == 401
    assert client.get(url, headers=log_in("south", ("editor", "371321"))).status_code == 403
    assert client.get(url, headers=east).status_code == 200
    refused = client.put(url, json={"written": "我方。"}, headers=east | {"If-Match": '"0"'})
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_jurisdiction")
