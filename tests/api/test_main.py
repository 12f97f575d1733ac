from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from api.errors import PROBLEM, STATUS, status_of
from geo import errors as geo_errors
from geo.errors import YutuError
from geo.settings import ROOT
from geo.texts import LANGS, catalogue

OPEN_TO_ALL = {("POST", "/api/v1/auth/token"), ("POST", "/login"), ("POST", "/logout")}
"""Addresses that answer the public although they write: how one becomes somebody, and leaves."""


def add_route(client: TestClient, path: str, function: Any, method: str = "GET") -> None:
    router = APIRouter()
    router.add_api_route(path, function, methods=[method])
    client.app.include_router(router)  # type: ignore[attr-defined]


def all_routes(client: TestClient) -> Iterator[tuple[str, APIRoute]]:
    for context in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        route = context.original_route
        if isinstance(route, APIRoute):
            for method in sorted(route.methods):
                yield method, route


def test_every_address_that_writes_refuses_the_public(client: TestClient) -> None:
    tried = 0
    for method, route in all_routes(client):
        if method in ("GET", "HEAD", "OPTIONS") or (method, route.path) in OPEN_TO_ALL:
            continue
        address = re.sub(r"\{[^}]*\}", "370900", route.path)
        for body in ({}, {"json": {}}, {"data": {"a": "b"}}, {"content": b"x"}):
            answer = client.request(method, address, **body)  # type: ignore[arg-type]
            # Not a word about what would have been right, nor a look at the body.
            assert answer.status_code in (401, 422), (method, route.path, answer.text)
        with_uuid = re.sub(r"\{[^}]*\}", "01a20018-ea4d-73b3-a315-12e62573896b", route.path)
        answers = {client.request(method, one).status_code for one in (address, with_uuid)}
        answers.add(client.request(method, with_uuid, json=body_of(route)).status_code)
        assert 401 in answers, (method, route.path)
        tried += 1
    assert tried >= 10


def body_of(route: APIRoute) -> dict[str, Any]:
    """Make a body that passes the check of types, so that the refusal is about the asker."""
    if route.body_field is None:
        return {}
    schema = route.body_field.field_info.annotation.model_json_schema()  # type: ignore[union-attr]
    found = {}
    for name in schema.get("required", []):
        kind = schema["properties"][name]
        found[name] = kind["enum"][0] if "enum" in kind else kind.get("const", "a-long-text")
    return found


def test_no_address_falls_over_when_asked_without_sense(admin: TestClient) -> None:
    for method, route in all_routes(admin):
        for part in ("0", "%00", "..", "海", "9" * 40, "'; DROP TABLE app_user; --"):
            address = re.sub(r"\{[^}]*\}", part, route.path)
            answer = admin.request(method, address, headers={"Authorization": "Bearer x"})
            assert answer.status_code < 500, (method, address, answer.text)
            if method == "GET":
                answer = admin.get(address)
                assert answer.status_code < 500 or address == "/readyz", (address, answer.text)


def test_the_service_says_that_it_lives_and_that_it_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"state": "alive"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"state": "ready"})


def test_the_measures_count_by_route_and_not_by_address(client: TestClient) -> None:
    client.get("/api/v1/divisions/370900")
    client.get("/api/v1/nothing-here")
    text = client.get("/metrics").text
    assert "370900" not in text
    assert "nothing-here" not in text
    assert 'route="/api/v1/divisions/{code}"' in text


def test_every_answer_has_its_number_and_safe_headers(client: TestClient) -> None:
    numbers = set()
    for address in ("/healthz", "/nothing", "/api/v1/users"):
        headers = client.get(address).headers
        numbers.add(headers["X-Request-ID"])
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert len(numbers) == 3


def test_an_address_that_is_not_there_is_told_as_a_problem(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == PROBLEM
    problem = answer.json()
    assert problem["code"] == "page_not_found"
    assert problem["detail"] == "没有这个地址：/api/v1/nothing"
    assert {"type", "title", "status", "errors"} <= set(problem)


def test_a_method_that_is_not_possible_names_those_that_are(client: TestClient) -> None:
    answer = client.patch("/api/v1/auth/token")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert answer.headers["Allow"]


def test_english_is_spoken_to_who_asks_for_it(client: TestClient) -> None:
    answer = client.get("/api/v1/me", headers={"Accept-Language": "fr, en;q=0.8, zh;q=0.5"})
    assert answer.json()["detail"] == "Please log in first."
    assert answer.headers["Content-Language"] == "en"
    assert client.get("/api/v1/me").json()["detail"] == "请先登录。"


def test_an_unknown_query_key_is_refused_with_those_known(admin: TestClient) -> None:
    answer = admin.get("/api/v1/audit", params={"tabel": "app_user"})
    assert answer.status_code == 422
    row = answer.json()["errors"][0]
    assert row["column"] == "tabel"
    assert row["allowed"] == ["actor", "cursor", "limit", "row", "table"]


def test_what_is_wrong_with_a_request_is_listed_without_repeating_it(admin: TestClient) -> None:
    secret = "x" * 2000
    answer = admin.post("/api/v1/users", json={"name": 1, "password": secret, "more": 1})
    assert answer.status_code == 422
    assert {row["column"] for row in answer.json()["errors"]} == {"name", "password", "more"}
    assert secret not in answer.text


def test_a_page_has_a_largest_size(admin: TestClient) -> None:
    for limit in ("0", "1001", "many", "-1"):
        assert admin.get("/api/v1/audit", params={"limit": limit}).status_code == 422


def test_a_made_up_cursor_is_refused(admin: TestClient) -> None:
    for cursor in ("x", "!!", "W10", "WzFd", "WyJcdTAwMDAiXQ", "e30", "é"):
        answer = admin.get("/api/v1/users", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "option_invalid"), cursor


def test_an_unforeseen_error_tells_its_number_and_nothing_else(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall() -> None:
        password = "do-not-tell"
        raise RuntimeError(password[:0] + "internals")

    add_route(client, "/fall", fall)
    answer = client.get("/fall")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == PROBLEM
    assert "internals" not in answer.text
    number = answer.headers["X-Request-ID"]
    assert number in answer.json()["detail"]
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "{" in line]
    told = next(line for line in logged if line["event"] == "unexpected")
    assert told["request"] == number
    assert "RuntimeError" in told["exception"]
    assert "do-not-tell" not in json.dumps(told)


def test_the_log_holds_no_secret(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    form = {"username": "admin", "password": "never-to-be-logged"}
    client.post("/api/v1/auth/token", data=form)
    client.get("/api/v1/me?token=never-to-be-logged", headers={"Authorization": "Bearer secret-t"})
    logged = capsys.readouterr().err
    assert '"path": "/api/v1/auth/token"' in logged
    assert "never-to-be-logged" not in logged
    assert "secret-t" not in logged


def error_classes(root: type[YutuError]) -> Iterator[type[YutuError]]:
    yield root
    for one in root.__subclasses__():
        yield from error_classes(one)


@pytest.mark.parametrize("kind", list(error_classes(YutuError)), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_a_text_in_both_languages(kind: type[YutuError]) -> None:
    status = status_of(kind())
    assert (status >= 500) == issubclass(
        kind, geo_errors.UnavailableError | geo_errors.SetupError
    ) or kind is YutuError
    for lang in LANGS:
        assert f"error.{kind.code}" in catalogue(lang)
        assert f"status.{status.value}" in catalogue(lang)


def test_every_class_with_a_status_is_one_of_the_tree() -> None:
    assert set(STATUS) <= set(error_classes(YutuError))


def test_the_web_process_starts_without_the_libraries_that_load_slowly() -> None:
    heavy = ("pandas", "folium", "numba", "rasterio", "osmium", "openpyxl", "pyarrow", "scipy")
    listed = f"import sys, api.main; print(*[one for one in {heavy} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
