"""Packages over HTTP: made by a job, fetched, answered; the next one has only what is open."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.db.engine import transaction
from tests.api.country import work_off
from tests.api.routers.conftest import LogIn
from tests.border import card, draw_border, set_marker
from tests.conftest import Database

URL = "/api/v1/reports/packages"
HEAD = {"number": "回1", "dated": "2026-11-22"}


@pytest.fixture
def east(database: Database, log_in: LogIn) -> dict[str, str]:
    with transaction(database.engine, "system:test") as conn:
        drawn = draw_border(conn)
        set_marker(conn, drawn, card(drawn, "001"), card(drawn, "002"))
    return log_in("east", ("editor", "370921"))


def make(client: TestClient, database: Database, who: dict[str, str]) -> dict[str, Any]:
    body = {"platform": "shandong", "within": "370921"}
    answer = client.post(URL, json=body, headers=who)
    assert answer.status_code == 202, answer.text
    work_off(database, answer.json()["job"])
    job = client.get(answer.json()["url"], headers=who).json()
    assert job["state"] == "done", job
    made: dict[str, Any] = client.get(job["result"]["url"], headers=who).json()
    return made


def test_a_package_is_made_fetched_and_answered_and_the_next_one_is_empty(
    client: TestClient, database: Database, east: dict[str, str]
) -> None:
    first = make(client, database, east)
    assert (first["state_word"], len(first["items"])) == ("待回执", 2)
    url = f"{URL}/{first['id']}"
    part = client.get(url, headers=east, params={"limit": 1}).json()
    assert (part["items"], part["total"]) == (first["items"][:1], 2)
    rest = client.get(url, headers=east, params={"limit": 1, "cursor": part["next"]}).json()
    assert (rest["items"], rest["next"]) == (first["items"][1:], None)
    assert client.get(url, headers=east, params={"answer": "refused"}).json()["total"] == 0
    broken = client.get(url, headers=east, params={"cursor": "W10"})
    assert (broken.status_code, broken.json()["code"]) == (422, "option_invalid")
    got = client.get(first["file"], headers=east)
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "清单.json" in zipfile.ZipFile(io.BytesIO(got.content)).namelist()
    done = client.post(f"{URL}/{first['id']}/receipt", json=HEAD, headers=east)
    assert (done.status_code, done.json()["state_word"]) == (200, "已接收")
    second = make(client, database, east)
    assert (second["number"], second["items"]) == (2, [])
    listed = client.get(URL, headers=east, params={"platform": "shandong"}).json()["items"]
    assert [(one["number"], one["state"]) for one in listed] == [(2, "made"), (1, "accepted")]


def test_a_receipt_file_answers_row_by_row(
    client: TestClient, database: Database, east: dict[str, str]
) -> None:
    first = make(client, database, east)
    keys = [one["key"] for one in first["items"]]
    lines = ["KJSJBSM,结果,原因", f"{keys[0]},通过,", f"{keys[1]},退回,缺照片"]
    url = f"{URL}/{first['id']}/receipt-file"
    sent = {"file": ("回执.csv", "\n".join(lines).encode("gb18030"))}
    assert client.post(url, files=sent, headers=east).status_code == 422
    done = client.post(url, data=HEAD, files=sent, headers=east)
    assert (done.status_code, done.json()["state"]) == (200, "partly"), done.text
    again = make(client, database, east)
    assert [one["key"] for one in again["items"]] == [keys[1]]


def test_a_receipt_of_other_rows_is_refused_in_words(
    client: TestClient, database: Database, east: dict[str, str]
) -> None:
    first = make(client, database, east)
    body = HEAD | {"refused": [{"key": "别的", "reason": "x"}]}
    answer = client.post(f"{URL}/{first['id']}/receipt", json=body, headers=east)
    assert (answer.status_code, answer.json()["code"]) == (409, "receipt_refused")
    assert "别的" in answer.json()["detail"]


def test_the_other_side_and_the_public_get_nothing(
    client: TestClient, database: Database, east: dict[str, str], log_in: LogIn
) -> None:
    first = make(client, database, east)
    west = log_in("west", ("administrator", "370923"))
    for who, status in ((west, 403), ({}, 401)):
        for url in (f"{URL}/{first['id']}", first["file"]):
            assert client.get(url, headers=who).status_code == status
    assert client.get(URL, headers=west).json()["items"] == []
    assert client.get(URL).status_code == 401
    body = {"platform": "shandong", "within": "370921"}
    assert client.post(URL, json=body, headers=west).status_code == 403
    unknown = client.post(URL, json=body | {"platform": "atlantis"}, headers=east)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "platform_unknown")


def test_a_platform_says_that_nobody_verified_it(client: TestClient, east: dict[str, str]) -> None:
    (one,) = client.get("/api/v1/reports/platforms", headers=east).json()
    assert (one["name"], one["verified"]) == ("shandong", False)
    assert "未经核实" in one["note"]


def test_what_changed_is_asked_for_before_a_package_is_made(
    client: TestClient, database: Database, east: dict[str, str], log_in: LogIn
) -> None:
    body = {"platform": "shandong", "within": "370921"}
    url = "/api/v1/reports/changes"
    answer = client.post(url, json=body, headers=east)
    assert answer.status_code == 202
    work_off(database, answer.json()["job"])
    result = client.get(answer.json()["url"], headers=east).json()["result"]
    assert (result["total"], result["counts"]["marker"]["new"]) == (2, 2)
    assert {one["name"] for one in result["items"]} == {"001", "002"}
    assert client.get(URL, headers=east).json()["items"] == []
    west = log_in("west", ("administrator", "370923"))
    assert client.post(url, json=body, headers=west).status_code == 403
    assert client.post(url, json=body).status_code == 401
