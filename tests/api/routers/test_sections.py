"""Sections of a line over HTTP: who reads them, who writes them, and what a late writer is told."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from geo.db.engine import transaction
from geo.markers.facts import Position
from tests.api.routers.conftest import LogIn
from tests.border import Border, card, draw_border, set_marker
from tests.conftest import Database

GEOJSON = {"Accept": "application/geo+json"}


@pytest.fixture
def border(database: Database) -> Border:
    with transaction(database.engine, "system:test") as conn:
        drawn = draw_border(conn)
        markers = (
            card(drawn, number, position=Position(lon=117.2, lat=lat))
            for number, lat in (("001", 36.28), ("002", 36.2))
        )
        set_marker(conn, drawn, *markers)
    return drawn


@pytest.fixture
def url(border: Border) -> str:
    return f"/api/v1/boundary-lines/{border.lines['AB']}/sections"


@pytest.fixture
def city(log_in: LogIn, border: Border) -> dict[str, str]:  # noqa: ARG001 - it must be there
    return log_in("city", ("editor", "370900"))


def propose(client: TestClient, url: str, who: dict[str, str]) -> dict[str, Any]:
    answer = client.get(f"{url}/proposed", headers=who, params={"begins_at": "界碑"})
    assert answer.status_code == 200, answer.text
    return {"valid_from": "2024-05-01", "source": "协议书", **answer.json()}


def test_an_editor_of_both_sides_takes_the_proposal_over(
    client: TestClient, url: str, city: dict[str, str]
) -> None:
    body = propose(client, url, city)
    body["sections"][1] |= {"basis": "river", "basis_name": "柳河"}
    put = client.put(url, json=body, headers=city | {"If-Match": '"0"'})
    assert put.status_code == 200, put.text
    assert put.headers["etag"] == '"1"'
    got = client.get(url, headers=city)
    assert got.headers["etag"] == '"1"'
    rows = got.json()["items"]
    assert [(one["begin"], one["end"]) for one in rows] == [
        ("界碑", "001"),
        ("001", "002"),
        ("002", "界线止点"),
    ]
    assert (rows[1]["basis_word"], rows[1]["basis_name"]) == ("河流", "柳河")
    assert rows[1]["measured_km"] == pytest.approx(8.876, abs=0.01)


def test_as_geojson_each_section_is_its_part_of_the_line(
    client: TestClient, url: str, city: dict[str, str]
) -> None:
    body = propose(client, url, city)
    client.put(url, json=body, headers=city | {"If-Match": '"0"'})
    found = client.get(url, headers=city | GEOJSON).json()
    shape = shapely.geometry.shape(found["features"][1]["geometry"])
    assert shapely.get_coordinates(shape)[[0, -1]].tolist() == [
        pytest.approx([117.2, 36.28]),
        pytest.approx([117.2, 36.2]),
    ]


def test_the_public_and_another_county_learn_nothing_and_one_side_reads_but_does_not_write(
    client: TestClient, url: str, log_in: LogIn, city: dict[str, str]
) -> None:
    body = propose(client, url, city)
    assert client.get(url).status_code == 401
    assert client.get(url, headers=log_in("south", ("editor", "371321"))).status_code == 403
    east = log_in("east", ("administrator", "370921"))
    assert client.get(url, headers=east).status_code == 200
    refused = client.put(url, json=body, headers=east | {"If-Match": '"0"'})
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_jurisdiction")


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({}, 428, "revision_missing"),
        ({"If-Match": '"7"'}, 412, "changed_meanwhile"),
        ({"If-Match": "*"}, 422, "option_invalid"),
    ],
)
def test_a_writer_says_which_revision_was_seen(
    client: TestClient,
    url: str,
    city: dict[str, str],
    header: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = client.put(url, json=propose(client, url, city), headers=city | header)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get(url, headers=city).json()["total"] == 0


def test_a_section_that_cannot_stand_is_told_in_both_languages(
    client: TestClient, url: str, city: dict[str, str]
) -> None:
    body = propose(client, url, city)
    body["sections"][2]["basis"] = "coast"
    header = city | {"If-Match": '"0"'}
    zh = client.put(url, json=body, headers=header).json()
    en = client.put(url, json=body, headers=header | {"Accept-Language": "en"}).json()
    assert zh["code"] == en["code"] == "section_invalid"
    assert "第3段" in zh["detail"]
    assert "coast" in en["detail"]
