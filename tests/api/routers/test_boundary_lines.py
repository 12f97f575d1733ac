"""Boundary lines over HTTP, as a program outside relies on them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import shapely
from fastapi.testclient import TestClient
from pyproj import Geod

from tests.api.routers.conftest import LogIn
from tests.conftest import Database

URL = "/api/v1/boundary-lines"
ELLIPSOID = Geod(ellps="GRS80")
INNER = {("370902", "370911"), ("370902", "370921"), ("370911", "370921")}
"""The inner lines of 泰安."""
OUTER = {("370911", "370102"), ("370921", "370102"), ("370902", "429004"), ("370921", "429004")}


@pytest.fixture
def database(country: Database) -> Database:
    return country


def ask(client: TestClient, **params: Any) -> Any:
    answer = client.get(URL, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pair(line: Any) -> frozenset[str]:
    return frozenset((line["left_code"], line["right_code"]))


def sides(answer: Any) -> set[frozenset[str]]:
    return {pair(one) for one in answer["items"]}


def pairs(wanted: set[tuple[str, str]]) -> set[frozenset[str]]:
    return {frozenset(one) for one in wanted}


def test_within_are_the_lines_with_both_sides_below(admin: TestClient) -> None:
    found = ask(admin, within="370900")
    assert sides(found) == pairs(INNER)
    assert (found["total"], found["next"]) == (3, None)
    line = found["items"][0]
    for key in ("id", "left_code", "right_code", "length_km", "origin", "version"):
        assert key in line
    assert {(one["origin"], one["version"]) for one in found["items"]} == {("derived", 1)}
    assert found["length_km"] == pytest.approx(sum(one["length_km"] for one in found["items"]))


def test_touching_are_the_lines_round_a_division(admin: TestClient) -> None:
    assert sides(ask(admin, touching="370900", level="county")) == pairs(OUTER)
    assert sides(ask(admin, touching="370902", level="county")) == pairs(
        {("370902", "370911"), ("370902", "370921"), ("370902", "429004")}
    )


def test_lines_of_each_level_are_there_and_say_what_they_divide(admin: TestClient) -> None:
    counties = ask(admin, level="county")
    assert counties["total"] == 8
    levels = {pair(one): one["level"] for one in counties["items"]}
    assert levels[frozenset(("370902", "370911"))] == "county"
    assert levels[frozenset(("370911", "370102"))] == "prefecture"
    assert levels[frozenset(("370902", "429004"))] == "province"
    # 仙桃 stands among the prefectures, which it has none of above.
    assert sides(ask(admin, level="prefecture")) == pairs(
        {("370900", "370100"), ("370900", "429004"), ("370100", "429004")}
    )
    assert sides(ask(admin, level="province")) == pairs({("370000", "420000")})
    assert ask(admin, level="township")["items"] == []


def test_the_length_is_that_on_the_ellipsoid(admin: TestClient) -> None:
    line = next(
        one for one in ask(admin, within="370900")["items"] if pair(one) == {"370902", "370911"}
    )
    _, _, metres = ELLIPSOID.inv(117.2, 36.2, 117.2, 36.3)
    assert line["length_km"] == pytest.approx(metres / 1000, rel=1e-9)
    assert line["bbox"] == pytest.approx([117.2, 36.2, 117.2, 36.3])


def test_a_line_is_drawn_with_its_left_side_on_the_left(admin: TestClient) -> None:
    accept = {"Accept": "application/geo+json"}
    for one in ask(admin, level="county")["items"]:
        feature = admin.get(f"{URL}/{one['id']}", headers=accept).json()
        assert (feature["type"], feature["id"]) == ("Feature", one["id"])
        start, end, *_ = shapely.geometry.shape(feature["geometry"]).geoms[0].coords
        # A step to the left of the first segment's middle stands in the left division.
        step = (start[1] - end[1]) * 0.1, (end[0] - start[0]) * 0.1
        place = shapely.Point((start[0] + end[0]) / 2 + step[0], (start[1] + end[1]) / 2 + step[1])
        left = admin.get(f"/api/v1/divisions/{one['left_code']}", headers=accept).json()
        assert shapely.geometry.shape(left["geometry"]).contains(place)


def test_a_line_keeps_its_id_and_shows_the_names_of_the_day(admin: TestClient) -> None:
    def line(at: str) -> Any:
        found = ask(admin, within="370900", at=at)["items"]
        return next(one for one in found if pair(one) == {"370911", "370921"})

    before, after = line("2023-12-31"), line("2024-01-01")
    assert before["id"] == after["id"]
    assert {before["left_name"], before["right_name"]} == {"岱岳区", "宁阳县"}
    assert {after["left_name"], after["right_name"]} == {"岱岳区", "新宁阳县"}
    assert ask(admin, within="370900", at="1999-01-01")["items"] == []


def test_one_line_is_read_by_its_id(admin: TestClient) -> None:
    line = ask(admin, within="370900")["items"][0]
    whole = admin.get(f"{URL}/{line['id']}").json()
    assert {key: whole[key] for key in line} == line
    assert line["mark"] == "示例数据，未经地图审核，内部使用，不得公开"
    missing = admin.get(f"{URL}/{uuid4()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "line_unknown")
    assert admin.get(f"{URL}/not-an-id").status_code == 422
    unknown = admin.get(URL, params={"within": "370999"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "division_unknown")


def test_pages_together_hold_every_line_once(admin: TestClient) -> None:
    whole = ask(admin)
    seen: list[str] = []
    cursor = None
    while True:
        page = ask(admin, limit=5, **({"cursor": cursor} if cursor else {}))
        assert (page["total"], page["length_km"]) == (whole["total"], whole["length_km"])
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [one["id"] for one in whole["items"]]
    assert whole["total"] == len(set(seen)) == 12


def test_a_last_page_that_is_full_names_no_next(admin: TestClient) -> None:
    assert ask(admin, within="370900", limit=3)["next"] is None
    beyond = ask(admin, within="370900", limit=2)
    last = ask(admin, within="370900", limit=2, cursor=beyond["next"])
    assert (len(last["items"]), last["next"], last["total"]) == (1, None, 3)


def test_the_public_sees_no_line_that_is_not_published(
    client: TestClient, admin: TestClient
) -> None:
    line = ask(admin, within="370900")["items"][0]
    del client.headers["Authorization"]
    assert ask(client)["items"] == []
    answer = client.get(f"{URL}/{line['id']}")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_published")


def test_who_is_granted_one_side_sees_the_line(client: TestClient, log_in: LogIn) -> None:
    header = log_in("ningyang", ("viewer", "370921"))
    found = client.get(URL, params={"level": "county"}, headers=header).json()
    assert all("370921" in one for one in sides(found))
    assert found["total"] == 4
    beyond = log_in("xiantao", ("viewer", "429004"))
    inner = next(one for one in found["items"] if pair(one) == {"370911", "370921"})
    answer = client.get(f"{URL}/{inner['id']}", headers=beyond)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_jurisdiction")
