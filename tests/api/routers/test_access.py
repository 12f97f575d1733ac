"""Access as a program meets it: auth, me, users, grants, audit, settings."""

from __future__ import annotations

from fastapi.testclient import TestClient

from geo.db.engine import transaction
from tests.conftest import ADMIN_PASSWORD, Database
from tests.geo.access.places import add_country

LONG = "long-enough-1"
FORM = {"username": "admin", "password": ADMIN_PASSWORD}


def log_in(client: TestClient, name: str, password: str = LONG) -> dict[str, str]:
    form = {"username": name, "password": password}
    answer = client.post("/api/v1/auth/token", data=form)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def add(client: TestClient, name: str) -> None:
    answer = client.post("/api/v1/users", json={"name": name, "password": LONG})
    assert answer.status_code == 201, answer.text


def test_a_login_gives_a_token_that_is_never_cached(admin: TestClient) -> None:
    answer = admin.post("/api/v1/auth/token", data=FORM)
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_at"] > "2026"
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_name_wrong_password_and_disabled_account_sound_the_same(admin: TestClient) -> None:
    add(admin, "gone")
    admin.post("/api/v1/users/gone/disable")
    told = set()
    for name, password in (("admin", "wrong"), ("nobody", ADMIN_PASSWORD), ("gone", LONG)):
        form = {"username": name, "password": password}
        answer = admin.post("/api/v1/auth/token", data=form)
        told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert told.pop()[0] == 401


def test_after_five_wrong_passwords_even_the_right_one_waits(admin: TestClient) -> None:
    for _ in range(5):
        form = {**FORM, "password": "wrong"}
        assert admin.post("/api/v1/auth/token", data=form).status_code == 401
    answer = admin.post("/api/v1/auth/token", data=FORM)
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert int(answer.headers["Retry-After"]) == answer.json()["wait_s"]


def test_a_login_from_a_foreign_page_is_refused(admin: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert admin.post("/api/v1/auth/token", data=FORM, headers=headers).status_code == 403


def test_a_revoked_token_is_refused_at_once(admin: TestClient) -> None:
    assert admin.delete("/api/v1/auth/token").status_code == 204
    assert admin.get("/api/v1/me").json()["code"] == "token_invalid"


def test_one_is_told_who_one_is_and_what_one_may(admin: TestClient, database: Database) -> None:
    with transaction(database.engine, "system:test") as conn:
        add_country(conn)
    add(admin, "li")
    grant = {"role": "editor", "division": "371202"}
    assert admin.post("/api/v1/users/li/grants", json=grant).status_code == 201
    me = admin.get("/api/v1/me", headers=log_in(admin, "li")).json()
    assert [one["words"] for one in me["grants"]] == [
        "编辑（莱城区 371202）",
        "编辑（莱芜区 370116）",
    ]
    assert [one["words"] for one in admin.get("/api/v1/me").json()["grants"]] == ["管理（全国）"]


def test_an_account_is_added_granted_disabled_and_enabled(admin: TestClient) -> None:
    add(admin, "Li")
    given = admin.post("/api/v1/users/li/grants", json={"role": "viewer"}).json()
    assert [one["role"] for one in given["grants"]] == ["viewer"]
    mine = log_in(admin, "li")
    assert admin.post("/api/v1/users/li/disable").json()["disabled_at"]
    assert admin.get("/api/v1/me", headers=mine).status_code == 401
    assert admin.post("/api/v1/users/li/enable").json()["disabled_at"] is None
    taken = admin.delete("/api/v1/users/li/grants", params={"role": "viewer"}).json()
    assert taken["grants"] == []
    assert admin.delete("/api/v1/users/li/grants", params={"role": "viewer"}).status_code == 404


def test_accounts_are_listed_in_pages(admin: TestClient) -> None:
    for name in ("b", "c", "d"):
        add(admin, name)
    first = admin.get("/api/v1/users", params={"limit": 3}).json()
    rest = admin.get("/api/v1/users", params={"limit": 3, "cursor": first["next"]}).json()
    names = [one["name"] for one in (*first["items"], *rest["items"])]
    assert names == ["admin", "b", "c", "d"]
    assert (first["total"], rest["next"]) == (4, None)
    assert "password" not in str(first)


def test_a_password_is_changed_by_oneself_and_ends_all_tokens(admin: TestClient) -> None:
    add(admin, "li")
    mine = log_in(admin, "li")
    new = {"password": "quite-another-1"}
    assert admin.put("/api/v1/me/password", json=new, headers=mine).status_code == 204
    assert admin.get("/api/v1/me", headers=mine).status_code == 401
    assert log_in(admin, "li", "quite-another-1")
    weak = admin.put("/api/v1/users/li/password", json={"password": "short"})
    assert (weak.status_code, weak.json()["code"]) == (422, "password_weak")
    assert admin.put("/api/v1/users/li/password", json={"password": LONG}).status_code == 204


def test_who_is_no_administrator_administers_nothing(admin: TestClient) -> None:
    add(admin, "li")
    admin.post("/api/v1/users/li/grants", json={"role": "approver"})
    mine = log_in(admin, "li")
    for method, address, body in (
        ("POST", "/api/v1/users", {"name": "new", "password": LONG}),
        ("GET", "/api/v1/users", None),
        ("GET", "/api/v1/audit", None),
        ("POST", "/api/v1/users/admin/disable", None),
        ("PUT", "/api/v1/users/admin/password", {"password": LONG}),
        ("POST", "/api/v1/users/li/grants", {"role": "administrator"}),
        ("PUT", "/api/v1/settings/topology.min_area_m2", {"value": 2}),
    ):
        answer = admin.request(method, address, json=body, headers=mine)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing"), address


def test_the_log_names_who_did_it(admin: TestClient) -> None:
    add(admin, "li")
    page = admin.get("/api/v1/audit", params={"table": "app_user", "limit": 1}).json()
    entry = page["items"][0]
    assert (entry["actor_name"], entry["action"], entry["new"]["name"]) == (
        "admin",
        "insert",
        "li",
    )
    assert page["total"] == 2
    rest = admin.get("/api/v1/audit", params={"table": "app_user", "cursor": page["next"]}).json()
    assert [one["actor"] for one in rest["items"]] == ["system:test"]
    assert rest["next"] is None


def test_a_setting_is_read_by_all_and_set_by_an_administrator(admin: TestClient) -> None:
    bearer = admin.headers.pop("Authorization")
    assert admin.get("/api/v1/settings").json()["total"] >= 3
    key = "boundary_lines.districts_of_one_city"
    address = f"/api/v1/settings/{key}"
    assert admin.put(address, json={"value": "merged"}).status_code == 401
    admin.headers["Authorization"] = bearer
    assert admin.put(address, json={"value": "merged"}).json()["value"] == "merged"
    wrong = admin.put(address, json={"value": "perhaps"})
    assert wrong.json()["errors"][0]["allowed"] == ["separate", "merged"]
    assert admin.put("/api/v1/settings/no.such", json={"value": 1}).status_code == 404
    assert admin.put(address, json={"value": None}).json()["value"] == "separate"


def test_a_value_of_no_kind_is_refused(admin: TestClient) -> None:
    for body in ({}, {"value": 1, "x": 1}, {"value": True}, {"value": "x" * 500}, []):
        answer = admin.put("/api/v1/settings/topology.min_area_m2", json=body)
        assert answer.status_code == 422, body
