"""What the public may see, decided over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.settings import settings
from tests.api.routers.conftest import LogIn
from tests.api.routers.test_tiles import fetch
from tests.conftest import Database

URL = "/api/v1/publications"
MAP = {"state": "published", "approval_number": "鲁S(2026)001号"}


@pytest.fixture
def database(own_country: Database) -> Database:
    return own_country


def as_public(client: TestClient, url: str, **params: Any) -> Any:
    return client.get(url, params=params, headers={"Authorization": ""})


def test_what_is_published_the_public_reads_without_the_mark(admin: TestClient) -> None:
    done = admin.post(URL, json={"within": "3709", **MAP})
    # Both versions of 宁阳县, the two townships and the ended 旧区 among them.
    assert (done.status_code, done.json()) == (200, {"divisions": 8, "lines": 3})
    found = as_public(admin, "/api/v1/divisions/370902").json()
    assert (found["publication"], found["mark"]) == ("published", None)
    lines = as_public(admin, "/api/v1/boundary-lines", within="3709").json()
    assert (lines["total"], lines["items"][0]["mark"]) == (3, None)
    assert as_public(admin, "/api/v1/divisions/370102").status_code == 401
    assert as_public(admin, "/api/v1/divisions", level="county").json()["total"] == 3
    # What lies above is named where it is told, but its own facts stay closed.
    assert as_public(admin, "/api/v1/divisions/370000").status_code == 401


def test_publishing_twice_changes_nothing_and_withdrawing_hides_again(admin: TestClient) -> None:
    admin.post(URL, json={"within": "370902", **MAP})
    again = admin.post(URL, json={"within": "370902", **MAP}).json()
    assert again == {"divisions": 0, "lines": 0}
    admin.post(URL, json={"within": "370902", "state": "unpublished"})
    assert as_public(admin, "/api/v1/divisions/370902").status_code == 401


def test_nothing_is_published_without_an_approval_number(admin: TestClient) -> None:
    answer = admin.post(URL, json={"within": "37", "state": "published", "approval_number": " "})
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_missing")
    assert "审图号" in answer.json()["detail"]
    assert as_public(admin, "/api/v1/divisions/370902").status_code == 401


def test_only_versions_of_a_day_are_published_when_a_day_is_given(admin: TestClient) -> None:
    admin.post(URL, json={"within": "370921", "at": "2023-12-31", **MAP})
    assert as_public(admin, "/api/v1/divisions/370921", at="2023-12-31").status_code == 200
    assert as_public(admin, "/api/v1/divisions/370921", at="2024-01-01").status_code == 401


def test_the_demo_is_open_only_where_the_service_says_so(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.post(URL, json={"state": "demo"})
    assert as_public(admin, "/api/v1/divisions/370902").status_code == 401
    assert fetch(admin, "divisions", 8).status_code == 200
    monkeypatch.setenv("YUTU_PUBLIC_DEMO", "1")
    settings.cache_clear()
    found = as_public(admin, "/api/v1/divisions/370902").json()
    assert found["mark"] == "示例数据，未经地图审核，内部使用，不得公开"
    del admin.headers["Authorization"]
    assert fetch(admin, "divisions", 8).status_code == 200
    assert fetch(admin, "boundary_lines", 8).status_code == 200


def test_an_editor_publishes_nothing_and_an_approver_only_at_home(
    client: TestClient, log_in: LogIn
) -> None:
    editor = log_in("editor", ("editor", "370900"))
    refused = client.post(URL, json={"within": "370900", **MAP}, headers=editor)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    approver = log_in("approver", ("approver", "370900"))
    assert client.post(URL, json={"within": "370902", **MAP}, headers=approver).status_code == 200
    for within in ({"within": "370102"}, {"within": "37"}, {}):
        beyond = client.post(URL, json={**within, **MAP}, headers=approver)
        assert (beyond.status_code, beyond.json()["code"]) == (403, "outside_jurisdiction")
    assert client.post(URL, json={"within": "370902", **MAP}).status_code == 401


def test_who_published_what_stands_in_the_audit_log(admin: TestClient) -> None:
    admin.post(URL, json={"within": "370902", **MAP})
    rows = admin.get("/api/v1/audit", params={"table": "division_version"}).json()["items"]
    change = next(row for row in rows if row["action"] == "update")
    assert change["old"]["publication"] == "unpublished"
    assert change["new"]["approval_number"] == "鲁S(2026)001号"


@pytest.mark.parametrize("body", [{}, {"state": "secret"}, {"state": "demo", "wihtin": "37"}])
def test_a_wrong_request_is_refused(admin: TestClient, body: dict[str, str]) -> None:
    assert admin.post(URL, json=body).status_code == 422
