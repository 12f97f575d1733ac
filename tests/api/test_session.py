from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import pytest
from fastapi import Form
from fastapi.testclient import TestClient

from api.deps import Asker, WriteConn
from api.session import COOKIE, FIELD, HEADER, log_in
from api.uploads import PREFIX, Upload
from geo.access.tokens import csrf_token
from geo.settings import settings
from tests.api.test_main import add_route
from tests.conftest import ADMIN_PASSWORD, Database


@pytest.fixture
def page(admin: TestClient, database: Database) -> TestClient:
    """Return the client with the page session of the administrator in place of the bearer token."""
    del admin.headers["Authorization"]
    token = log_in(
        database.engine,
        "admin",
        ADMIN_PASSWORD,
        kind="session",
        address="-",
        now=datetime.now(UTC),
    )
    admin.cookies.set(COOKIE, token.secret)
    return admin


def form_token(page: TestClient) -> str:
    return csrf_token(page.cookies[COOKIE])


NEW = {"name": "li", "password": "long-enough-1"}


def test_a_page_session_reads_without_more(page: TestClient) -> None:
    assert page.get("/api/v1/me").json()["name"] == "admin"


def test_a_page_session_writes_with_the_token_of_its_page(page: TestClient) -> None:
    headers = {HEADER: form_token(page), "Sec-Fetch-Site": "same-origin"}
    assert page.post("/api/v1/users", json=NEW, headers=headers).status_code == 201


def test_a_plain_form_may_carry_the_token_as_a_field(page: TestClient) -> None:
    def write(conn: WriteConn, name: Annotated[str, Form()]) -> str:
        return name + str(conn.closed)

    add_route(page, "/write", write, "POST")
    form = {"name": "li", FIELD: form_token(page)}
    assert page.post("/write", data=form).json() == "liFalse"
    assert page.post("/write", data={"name": "li"}).json()["code"] == "request_forged"


LARGE = bytes(range(256)) * 8000


def take(file: Upload) -> dict[str, object]:
    return {"size": file.size, "same": file.path.read_bytes() == LARGE, "kind": file.fields["kind"]}


def test_a_form_with_a_file_carries_the_token_before_the_file(page: TestClient) -> None:
    add_route(page, "/take", take, "POST")
    fields = {FIELD: form_token(page), "kind": "map"}
    answer = page.post("/take", data=fields, files={"file": ("a.bin", LARGE)})
    assert answer.json() == {"size": len(LARGE), "same": True, "kind": "map"}
    small = page.post("/take", data=fields, files={"file": ("a.bin", b"x")})
    assert small.json() == {"size": 1, "same": False, "kind": "map"}


@pytest.mark.parametrize(
    "parts",
    [
        [("kind", (None, "map")), ("file", ("a.bin", LARGE))],
        [(FIELD, (None, "guessed")), ("file", ("a.bin", LARGE))],
        [("kind", (None, "x" * 300_000)), (FIELD, (None, "late")), ("file", ("a.bin", LARGE))],
    ],
    ids=["none", "another", "too late"],
)
def test_a_form_with_a_file_and_no_token_of_its_page_is_refused(
    page: TestClient, parts: list[tuple[str, tuple[str | None, str | bytes]]]
) -> None:
    add_route(page, "/take", take, "POST")
    answer = page.post("/take", files=parts)
    assert (answer.status_code, answer.json()["code"]) == (403, "request_forged")
    assert not list(settings().tmp.glob(f"{PREFIX}*"))


def test_a_torn_form_with_a_file_is_refused(page: TestClient) -> None:
    add_route(page, "/take", take, "POST")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert page.post("/take", content=b"torn", headers=headers).status_code == 403
    bare = {"Content-Type": "multipart/form-data"}
    assert page.post("/take", content=b"torn", headers=bare).status_code == 403


def test_a_body_that_is_not_for_a_file_is_not_looked_into(page: TestClient) -> None:
    def write(conn: WriteConn, name: Annotated[str, Form()]) -> str:
        return name + str(conn.closed)

    add_route(page, "/write", write, "POST")
    parts = [(FIELD, (None, form_token(page))), ("name", (None, "li"))]
    assert page.post("/write", files=parts).json()["code"] == "request_forged"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: ""},
        {HEADER: "0" * 64},
        {HEADER: "right", "Sec-Fetch-Site": "cross-site"},
        {HEADER: "right", "Sec-Fetch-Site": "same-site"},
        {HEADER: "right", "Origin": "https://evil.example"},
        {HEADER: "right", "Origin": "null"},
    ],
)
def test_a_page_session_without_the_proof_writes_nothing(
    page: TestClient, headers: dict[str, str]
) -> None:
    if headers.get(HEADER) == "right":
        headers = {**headers, HEADER: form_token(page)}
    answer = page.post("/api/v1/users", json=NEW, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "request_forged")
    assert len(page.get("/api/v1/users").json()["items"]) == 1


def test_the_token_of_another_session_is_no_proof(page: TestClient) -> None:
    headers = {HEADER: csrf_token("another secret")}
    assert page.delete("/api/v1/auth/token", headers=headers).status_code == 403


def test_a_bearer_token_needs_no_proof_even_beside_a_cookie(
    page: TestClient,
) -> None:
    form = {"username": "admin", "password": ADMIN_PASSWORD}
    bearer = page.post("/api/v1/auth/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {bearer}"}
    assert page.post("/api/v1/users", json=NEW, headers=headers).status_code == 201


def test_a_session_is_no_bearer_token_and_the_other_way_round(page: TestClient) -> None:
    secret = page.cookies[COOKIE]
    page.cookies.clear()
    headers = {"Authorization": f"Bearer {secret}"}
    assert page.get("/api/v1/me", headers=headers).status_code == 401


def test_an_ended_session_still_opens_what_is_public(page: TestClient) -> None:
    page.cookies.set(COOKIE, "ended-long-ago")
    assert page.get("/api/v1/settings").status_code == 200
    assert page.get("/api/v1/me").status_code == 401


def test_a_token_that_is_not_valid_is_refused_even_where_the_public_may_read(
    client: TestClient,
) -> None:
    def look(asker: Asker) -> bool:
        return asker.is_public

    add_route(client, "/look", look)
    assert client.get("/look").json() is True
    for value in ("Bearer nonsense", "Bearer ", "Basic YWRtaW46eA==", "nonsense"):
        answer = client.get("/look", headers={"Authorization": value})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_end_of_a_session_takes_the_cookie_away(page: TestClient) -> None:
    answer = page.delete("/api/v1/auth/token", headers={HEADER: form_token(page)})
    assert answer.status_code == 204
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f'{COOKIE}=""')
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_a_new_session_comes_in_a_cookie_no_script_can_read(admin: TestClient) -> None:
    answer = admin.post(
        "/login", data={"username": "admin", "password": ADMIN_PASSWORD}, follow_redirects=False
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
