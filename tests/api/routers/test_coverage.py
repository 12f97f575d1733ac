"""Coverage over HTTP: asked, worked off as a job, read, shown as a map and a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from geo.db.engine import transaction
from tests.api.country import work_off
from tests.api.routers.conftest import LogIn
from tests.conftest import Database
from tests.geo.coverage.town import build_town

URL = "/api/v1/coverage/runs"
BODY = {"kinds": ["hospital"], "limit_m": 1000, "ages": ["60+"]}


@pytest.fixture
def database(own_country: Database) -> Database:
    return own_country


@pytest.fixture
def town(database: Database, home: Path) -> Database:
    with transaction(database.engine, "system:test") as conn:
        build_town(conn, home)
    return database


def finish(client: TestClient, database: Database, body: dict[str, Any]) -> Any:
    answer = client.post(URL, json=body)
    assert answer.status_code == 202, answer.text
    work_off(database, answer.json()["job"])
    return client.get(answer.json()["url"]).json()


def test_a_question_becomes_a_job_and_the_job_a_run(admin: TestClient, town: Database) -> None:
    job = finish(admin, town, BODY)
    assert (job["state"], job["progress"]) == ("done", 1.0)
    run = admin.get(job["result"]["url"]).json()
    assert (run["people"], run["covered"], run["cells"]) == (34.0, 20.0, 4)
    assert run["run_id"] == job["result"]["run_id"]
    assert run["parameters"]["limit_m"] == 1000.0
    assert run["parameters"]["network"]["name"] == "town"
    listed = admin.get(URL).json()
    assert [one["run_id"] for one in listed["items"]] == [run["run_id"]]


def test_minutes_of_a_profile_are_a_limit_too(admin: TestClient, town: Database) -> None:
    body = {"kinds": ["hospital"], "minutes": 15, "profile": "elder", "ages": ["60+"]}
    run = admin.get(finish(admin, town, body)["result"]["url"]).json()
    assert run["parameters"]["limit_m"] == 720.0


def test_a_run_is_a_map_and_a_picture(admin: TestClient, town: Database) -> None:
    url = finish(admin, town, BODY)["result"]["url"]
    page = admin.get(f"{url}/map.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "sandbox" in page.headers["content-security-policy"]
    assert json.dumps("示例医院")[1:-1] in page.text
    picture = admin.get(f"{url}/picture.png")
    assert picture.content.startswith(b"\x89PNG")
    west, south, east, north = map(float, picture.headers["x-bounds"].split(","))
    assert west < 118.36 < east
    assert south < 34.62 < north


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"limit_m": 0}, 422, "option_invalid"),
        ({"limit_m": None, "minutes": 600}, 422, "option_invalid"),
        ({"minutes": 15}, 422, "option_invalid"),
        ({"kinds": []}, 422, "request_invalid"),
        ({"kinds": ["hope_cabin"]}, 422, "option_invalid"),
        ({"profile": "bird"}, 422, "option_invalid"),
        ({"within": "000000"}, 404, "division_unknown"),
        ({"colour": "red"}, 422, "request_invalid"),
    ],
)
def test_a_wrong_question_is_refused_at_once(
    admin: TestClient, change: dict[str, Any], status: int, code: str
) -> None:
    answer = admin.post(URL, json={**BODY, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_without_streets_the_job_says_what_is_missing(
    admin: TestClient, database: Database
) -> None:
    job = finish(admin, database, BODY)
    assert job["state"] == "failed"
    assert job["error"]["code"] == "network_missing"


def test_who_is_not_logged_in_asks_and_reads_nothing(
    admin: TestClient, client: TestClient, town: Database
) -> None:
    url = finish(admin, town, BODY)["result"]["url"]
    del client.headers["Authorization"]
    assert client.post(URL, json=BODY).status_code == 401
    for path in (url, f"{url}/map.html", f"{url}/picture.png"):
        assert client.get(path).status_code == 401
    assert client.get(URL).json()["items"] == []


def test_an_account_of_one_division_asks_within_it_only(client: TestClient, log_in: LogIn) -> None:
    header = log_in("zhang", ("viewer", "370902"))
    within = client.post(URL, json={**BODY, "within": "370902"}, headers=header)
    assert within.status_code == 202
    other = client.post(URL, json={**BODY, "within": "370102"}, headers=header)
    assert (other.status_code, other.json()["code"]) == (403, "outside_jurisdiction")


def test_an_unknown_run_is_not_found(admin: TestClient) -> None:
    assert admin.get(f"{URL}/{uuid4()}").status_code == 404
