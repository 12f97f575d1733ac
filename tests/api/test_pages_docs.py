from __future__ import annotations

import re

from fastapi.testclient import TestClient

from tests.api.test_main import all_routes


def test_the_reference_names_every_address_of_the_api(client: TestClient) -> None:
    page = client.get("/docs").text
    for method, route in all_routes(client):
        if route.include_in_schema:
            assert f"<code>{route.path}</code>" in page, (method, route.path)
    assert "接口说明" in page
    assert "The API" in client.get("/docs?lang=en").text


def test_the_reference_says_what_an_address_takes_and_gives(client: TestClient) -> None:
    page = client.get("/docs").text
    start = page.index("<code>/api/v1/users/{name}/grants</code>")
    shown = re.sub(r"<[^>]+>", " ", page[start : page.index("</details>", start)])
    assert "viewer | editor | approver | administrator" in shown
    assert "Give an account a role at a division and all under it." in shown
    assert "UserAnswer" in shown
    assert "Raises" not in page


def test_the_reference_loads_nothing_from_elsewhere_and_no_script(client: TestClient) -> None:
    page = client.get("/docs").text
    loaded = re.findall(r"<(?:link|script|img)[^>]*(?:href|src)=\"([^\"]+)\"", page)
    assert all(address.startswith("/static/") for address in loaded)
    assert "<script" not in page
    assert "style=" not in page


def test_every_error_is_described_as_a_problem(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for item in document["paths"].values():
        for operation in item.values():
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]
