"""Divisions over HTTP, as a program outside relies on them."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from tests.api.country import COUNTIES
from tests.api.routers.conftest import LogIn
from tests.conftest import Database

URL = "/api/v1/divisions"
MARK = "示例数据，未经地图审核，内部使用，不得公开"


@pytest.fixture
def database(country: Database) -> Database:
    return country


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["code"] for one in answer.json()["items"]]


def test_a_division_tells_its_place_its_time_and_its_size(admin: TestClient) -> None:
    found = admin.get(f"{URL}/370902").json()
    assert (found["code"], found["name"], found["level"]) == ("370902", "泰山区", "county")
    assert (found["parent"]["code"], found["parent"]["name"]) == ("370900", "泰安市")
    assert [one["code"] for one in found["ancestors"]] == ["370000", "370900"]
    assert (found["valid_from"], found["valid_to"]) == ("2020-01-01", None)
    assert found["known_from"] == "2020-01-01"
    # Three cells of 0.1° at 36° N.
    assert found["area_km2"] == pytest.approx(299.6, abs=0.5)
    assert found["bbox"] == [117.0, 36.1, 117.2, 36.3]
    assert (found["has_polygon"], found["children"]) == (True, 2)
    west, south, east, north = found["bbox"]
    assert west < found["label"][0] < east
    assert south < found["label"][1] < north
    assert (found["source"], found["source_crs"]) == ("units.geojson", "OGC:CRS84")


@pytest.mark.parametrize("code", ["37", "3700", "370000", "370000000", "370000000000"])
def test_a_code_may_come_in_any_length(admin: TestClient, code: str) -> None:
    assert admin.get(f"{URL}/{code}").json()["code"] == "370000"


def test_an_earlier_day_gives_the_version_of_that_day(admin: TestClient) -> None:
    today = admin.get(f"{URL}/370921").json()
    before = admin.get(f"{URL}/370921", params={"at": "2023-12-31"}).json()
    on_the_day = admin.get(f"{URL}/370921", params={"at": "2024-01-01"}).json()
    assert (before["name"], before["valid_to"]) == ("宁阳县", "2024-01-01")
    assert (on_the_day["name"], on_the_day["valid_from"]) == ("新宁阳县", "2024-01-01")
    assert today["name"] == "新宁阳县"
    # A list of names only leaves the polygon that is there.
    assert (today["has_polygon"], today["area_km2"]) == (True, before["area_km2"])
    assert (today["id"], today["known_from"]) == (before["id"], "2020-01-01")


def test_before_the_first_version_the_answer_says_from_when_it_is_known(admin: TestClient) -> None:
    answer = admin.get(f"{URL}/370902", params={"at": "1999-12-31"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["known_from"]) == ("division_not_then", "2020-01-01")
    assert "2020-01-01" in problem["detail"]


def test_a_dead_code_says_when_it_ended_and_who_took_over(admin: TestClient) -> None:
    problem = admin.get(f"{URL}/370991").json()
    assert (problem["code"], problem["status"]) == ("division_not_then", 404)
    assert (problem["valid_to"], problem["successors"]) == ("2023-01-01", ["370911"])
    then = admin.get(f"{URL}/370991", params={"at": "2022-12-31"}).json()
    assert (then["name"], then["valid_to"]) == ("旧区", "2023-01-01")


def test_a_code_nobody_ever_bore_is_unknown_and_not_merely_ended(admin: TestClient) -> None:
    for code in ("370999", "99", "abc", "37a", "1", "3709020010010"):
        answer = admin.get(f"{URL}/{code}")
        assert (answer.status_code, answer.json()["code"]) == (404, "division_unknown"), code


def test_children_come_by_code_and_need_no_polygon(admin: TestClient) -> None:
    assert codes(admin.get(f"{URL}/370900/children")) == ["370902", "370911", "370921"]
    towns = admin.get(f"{URL}/370902/children").json()
    assert [one["name"] for one in towns["items"]] == ["岱庙街道", "财源街道"]
    town = towns["items"][0]
    shape = (town["has_polygon"], town["bbox"], town["label"], town["area_km2"])
    assert shape == (False, None, None, None)
    assert admin.get(f"{URL}/370902001").json()["ancestors"][-1]["code"] == "370902"
    assert (towns["total"], towns["next"]) == (2, None)


def test_children_are_those_of_the_day(admin: TestClient) -> None:
    then = admin.get(f"{URL}/370900/children", params={"at": "2022-12-31"})
    assert codes(then) == ["370902", "370911", "370921", "370991"]


def test_counties_without_a_prefecture_lie_under_their_province(admin: TestClient) -> None:
    assert "429004" in codes(admin.get(f"{URL}/420000/children"))
    assert codes(admin.get(f"{URL}/650000/children")) == ["659012"]
    for code, province in (("429004", "420000"), ("659012", "650000")):
        found = admin.get(f"{URL}/{code}").json()
        assert (found["parent"]["code"], found["level"]) == (province, "county")
        assert [one["code"] for one in found["ancestors"]] == [province]


def test_ancestors_come_from_the_top(admin: TestClient) -> None:
    answer = admin.get(f"{URL}/370902001/ancestors")
    assert codes(answer) == ["370000", "370900", "370902"]
    assert codes(admin.get(f"{URL}/370000/ancestors")) == []


def test_versions_are_listed_from_the_oldest(admin: TestClient) -> None:
    items = admin.get(f"{URL}/370921/versions").json()["items"]
    assert [(one["name"], one["valid_from"], one["valid_to"]) for one in items] == [
        ("宁阳县", "2020-01-01", "2024-01-01"),
        ("新宁阳县", "2024-01-01", None),
    ]


def test_geojson_is_given_to_who_accepts_it(admin: TestClient) -> None:
    accept = {"Accept": "application/geo+json"}
    answer = admin.get(f"{URL}/370902", headers=accept)
    assert answer.headers["content-type"] == "application/geo+json"
    feature = answer.json()
    assert (feature["type"], feature["id"]) == ("Feature", "370902")
    assert feature["properties"]["name"] == "泰山区"
    assert shapely.geometry.shape(feature["geometry"]).bounds == (117.0, 36.1, 117.2, 36.3)
    assert admin.get(f"{URL}/370902001", headers=accept).json()["geometry"] is None


def test_a_search_finds_names_and_codes_the_best_first(admin: TestClient) -> None:
    assert codes(admin.get(URL, params={"q": "泰山区"})) == ["370902"]
    assert codes(admin.get(URL, params={"q": "阳"})) == ["370921"]
    assert codes(admin.get(URL, params={"q": "3709"}))[0] == "370900"
    assert codes(admin.get(URL, params={"q": "没有"})) == []
    # Signs with a meaning in SQL patterns are looked for as they are.
    for sign in ("%", "_", "\\", "'", "<script>"):
        assert codes(admin.get(URL, params={"q": sign})) == []


def test_a_list_is_narrowed_by_level_and_place(admin: TestClient) -> None:
    counties = sorted({code for code, _ in COUNTIES.values()} | {"659012"})
    assert codes(admin.get(URL, params={"level": "county"})) == counties
    under = codes(admin.get(URL, params={"within": "3709"}))
    assert under == ["370900", "370902", "370911", "370921", "370902001", "370902002"]
    both = codes(admin.get(URL, params={"within": "37", "level": "county"}))
    assert both == ["370102", "370902", "370911", "370921"]


def test_pages_together_hold_everything_once(admin: TestClient) -> None:
    whole = admin.get(URL).json()
    seen: list[str] = []
    cursor = None
    for _ in range(20):
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = admin.get(URL, params=params).json()
        assert page["total"] == whole["total"]
        assert len(page["items"]) <= 3
        seen += [one["code"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [one["code"] for one in whole["items"]]
    assert len(set(seen)) == whole["total"]


@pytest.mark.parametrize(
    "params",
    [
        {"at": "2024-13-01"},
        {"at": "yesterday"},
        {"level": "planet"},
        {"limit": "0"},
        {"limit": "1001"},
        {"cursor": "nonsense"},
        {"within": "37' OR 1=1"},
        {"levle": "county"},
    ],
)
def test_a_wrong_filter_is_refused_and_named(admin: TestClient, params: dict[str, str]) -> None:
    answer = admin.get(URL, params=params)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["column"] in params


def test_the_public_is_told_that_it_is_not_published_and_sees_nothing_in_lists(
    client: TestClient,
) -> None:
    answer = client.get(f"{URL}/370902")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_published")
    assert "尚未公开" in answer.json()["detail"]
    english = client.get(f"{URL}/370902", headers={"Accept-Language": "en"})
    assert english.json()["detail"].isascii() or "泰山区" in english.json()["detail"]
    assert english.json()["detail"] != answer.json()["detail"]
    assert client.get(URL).json()["total"] == 0
    assert client.get(f"{URL}/370902/versions").json()["items"] == []
    for below in ("children", "ancestors"):
        assert client.get(f"{URL}/370902/{below}").status_code == 401


def test_who_is_granted_a_division_sees_it_and_what_lies_below(
    client: TestClient, log_in: LogIn
) -> None:
    header = log_in("taian", ("viewer", "370900"))
    assert client.get(f"{URL}/370902001", headers=header).status_code == 200
    assert codes(client.get(URL, params={"level": "county"}, headers=header)) == [
        "370902", "370911", "370921",
    ]  # fmt: skip
    other = client.get(f"{URL}/429004", headers=header)
    assert (other.status_code, other.json()["code"]) == (403, "outside_jurisdiction")
    assert "泰安市 370900" in other.json()["detail"]
    nothing = client.get(f"{URL}/429004", headers=log_in("newcomer"))
    assert (nothing.status_code, nothing.json()["code"]) == (403, "role_missing")


def test_what_is_no_approved_depiction_carries_the_mark(admin: TestClient) -> None:
    assert admin.get(f"{URL}/370902").json()["mark"] == MARK
    assert {one["mark"] for one in admin.get(URL).json()["items"]} == {MARK}
    feature = admin.get(f"{URL}/370902", headers={"Accept": "application/geo+json"}).json()
    assert feature["properties"]["mark"] == MARK
    english = admin.get(f"{URL}/370902", headers={"Accept-Language": "en-GB,en;q=0.9"}).json()
    assert english["mark"] != MARK
