"""Facilities over HTTP, as a program outside relies on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from geo.db.cluster import Cluster
from geo.db.engine import transaction
from geo.facilities.kinds import KINDS
from tests.api.country import work_off
from tests.api.routers.conftest import LogIn
from tests.conftest import Database, copy_database
from tests.geo.facilities.given import SYSTEM, take, write_list
from tests.real_data import REAL, needs_real_data

URL = "/api/v1/facilities"
GEOJSON = {"Accept": "application/geo+json"}
ATTACK = "<script>alert(1)</script>"
ROWS = [
    ("甲医院", "医院", "370902", "K1", "100", 117.05, 36.25),
    ("乙敬老院", "敬老院", "370911", "", "60", 117.35, 36.25),
    ("丙敬老院", "敬老院", "370902001", "", "", "", ""),
    (ATTACK, "养老院", "370921", "", "", 117.15, 36.15),
]


@pytest.fixture(scope="module")
def database(
    server: Cluster, country_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Return the small country with four facilities and a number of hope cabins."""
    folder = tmp_path_factory.mktemp("facilities")
    with copy_database(server, country_template) as made:
        with transaction(made.engine, SYSTEM.actor) as conn:
            take(conn, write_list(folder / "设施.csv", ROWS))
            counts = write_list(folder / "counts.csv", [("370902", 96)], ("区划代码", "数量"))
            take(conn, counts, what="counts", kind="hope_cabin", crs=None)
        yield made


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


def test_facilities_are_listed_with_their_kind_in_words(admin: TestClient) -> None:
    answer = admin.get(URL, params={"q": "甲"})
    (one,) = answer.json()["items"]
    assert (one["kind"], one["kind_name"], one["group"], one["symbol"]) == (
        "hospital",
        "医院",
        "health",
        "hospital",
    )
    assert one["division"] == {"code": "370902", "name": "泰山区"}
    assert (one["lon"], one["lat"], one["beds"], one["position_quality"]) == (
        117.05,
        36.25,
        100,
        "mapped",
    )
    english = admin.get(URL, params={"q": "甲"}, headers={"Accept-Language": "en"})
    assert english.json()["items"][0]["kind_name"] == "Hospital"


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"kind": "hospital"}, {"甲医院"}),
        ({"kind": ["医院", "care_home"]}, {"甲医院", ATTACK}),
        ({"within": "370902"}, {"甲医院", "丙敬老院"}),
        ({"within": "3709"}, {"甲医院", "乙敬老院", "丙敬老院", ATTACK}),
        ({"placed": "false"}, {"丙敬老院"}),
        ({"within": "370902", "placed": "true"}, {"甲医院"}),
        ({"at": "2019-12-31"}, set()),
    ],
)
def test_a_list_is_filtered(admin: TestClient, params: dict[str, Any], found: set[str]) -> None:
    assert set(names(admin.get(URL, params=params))) == found


def test_the_nearest_come_first_with_metres(admin: TestClient) -> None:
    found = admin.get(URL, params={"near": "117.05,36.25"}).json()
    assert [one["name"] for one in found["items"]] == ["甲医院", ATTACK, "乙敬老院"]
    assert found["items"][0]["distance_m"] == 0
    assert found["items"][2]["distance_m"] == pytest.approx(26_960, rel=0.01)
    one = admin.get(URL, params={"near": "117.05,36.25", "limit": 1}).json()
    assert one["total"] == 3
    following = {"near": "117.05,36.25", "limit": 1, "cursor": one["next"]}
    assert names(admin.get(URL, params=following)) == [ATTACK]


@pytest.mark.parametrize(
    ("near", "told"),
    [
        ("36.25,117.05", "117.05,36.25"),
        ("117.05", "经度,纬度"),
        ("117.05,36.25,3", "经度,纬度"),
        ("here,there", "经度,纬度"),
        ("nan,nan", "经度,纬度"),
        ("200,36", "经度,纬度"),
        ("", "经度,纬度"),
    ],
)
def test_a_place_that_is_none_is_refused_with_what_is_wanted(
    admin: TestClient, near: str, told: str
) -> None:
    answer = admin.get(URL, params={"near": near})
    assert (answer.status_code, answer.json()["code"]) == (422, "option_invalid")
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"kind": "castle"}, 422),
        ({"within": "990000"}, 404),
        ({"cursor": "nonsense"}, 422),
        ({"limit": "0"}, 422),
        ({"kinds": "hospital"}, 422),
    ],
)
def test_a_wrong_filter_is_refused(admin: TestClient, params: dict[str, str], status: int) -> None:
    assert admin.get(URL, params=params).status_code == status
    cursor = admin.get(URL, params={"limit": 1}).json()["next"]
    crossed = admin.get(URL, params={"near": "117,36", "cursor": cursor})
    assert crossed.status_code == 422


def test_geojson_has_what_is_placed_and_says_how_many_are_left_out(admin: TestClient) -> None:
    answer = admin.get(URL, params={"within": "3709"}, headers=GEOJSON)
    assert answer.headers["content-type"].startswith("application/geo+json")
    found = answer.json()
    assert (found["type"], len(found["features"]), found["left_out"]) == ("FeatureCollection", 3, 1)
    assert "1" in found["note"]
    one = next(one for one in found["features"] if one["properties"]["name"] == "甲医院")
    assert one["geometry"] == {"type": "Point", "coordinates": [117.05, 36.25]}
    alone = admin.get(f"{URL}/{one['id']}", headers=GEOJSON).json()
    assert alone["geometry"] == one["geometry"]


def test_one_facility_and_its_versions(admin: TestClient) -> None:
    (one,) = admin.get(URL, params={"q": "甲"}).json()["items"]
    found = admin.get(f"{URL}/{one['id']}").json()
    assert found == one | {"distance_m": None}
    versions = admin.get(f"{URL}/{one['id']}/versions").json()
    assert (versions["total"], versions["items"][0]["valid_from"]) == (1, "2020-01-01")
    early = admin.get(f"{URL}/{one['id']}", params={"at": "2019-01-01"})
    assert (early.status_code, early.json()["code"]) == (404, "facility_not_then")
    assert early.json()["known_from"] == "2020-01-01"
    for path in (f"{URL}/{uuid4()}", f"{URL}/{uuid4()}/versions"):
        assert admin.get(path).json()["code"] == "facility_unknown"
    assert admin.get(f"{URL}/not-an-id").status_code == 422


def test_the_kinds_are_told_with_both_names(client: TestClient) -> None:
    found = client.get(f"{URL}/kinds").json()
    assert [one["key"] for one in found] == list(KINDS)
    hospital = next(one for one in found if one["key"] == "hospital")
    assert hospital["name"] == {"zh": "医院", "en": "Hospital"}
    assert hospital["group_name"] == {"zh": "医疗", "en": "Health"}


def test_facilities_without_a_place_are_counted_too(admin: TestClient) -> None:
    found = admin.get(f"{URL}/counts", params={"within": "370902"}).json()
    assert (found["total"], found["unplaced"]) == (2, 1)
    assert {(one["kind"], one["division"]["code"]) for one in found["items"]} == {
        ("hospital", "370902"),
        ("rural_care_home", "370902001"),
    }
    (cabins,) = found["private"]
    assert (cabins["kind_name"], cabins["number"], cabins["division_name"]) == (
        "希望小屋",
        96,
        "泰山区",
    )
    assert admin.get(f"{URL}/counts").json()["total"] == 4


def test_the_public_sees_nothing_that_is_not_published(client: TestClient, log_in: LogIn) -> None:
    assert names(client.get(URL)) == []
    viewer = log_in("viewer-370902", ("viewer", "370902"))
    assert set(names(client.get(URL, headers=viewer))) == {"甲医院", "丙敬老院"}
    (one,) = client.get(URL, params={"q": "甲"}, headers=viewer).json()["items"]
    assert client.get(f"{URL}/{one['id']}").status_code == 401
    other = log_in("viewer-370911", ("viewer", "370911"))
    assert client.get(f"{URL}/{one['id']}", headers=other).status_code == 403


def test_an_approver_publishes_and_withdraws(client: TestClient, log_in: LogIn) -> None:
    approver = log_in("approver-370902", ("approver", "370902"))
    body = {"kinds": ["hospital"], "within": "370902", "state": "published"}
    url = f"{URL}/publication"
    assert client.post(url, json=body).status_code == 401
    assert client.post(url, json=body | {"within": None}, headers=approver).status_code == 403
    assert client.post(url, json=body | {"state": "demo"}, headers=approver).status_code == 422
    assert client.post(url, json=body, headers=approver).json() == {"facilities": 1}
    assert names(client.get(URL)) == ["甲医院"]
    hidden = body | {"state": "unpublished"}
    assert client.post(url, json=hidden, headers=approver).json() == {"facilities": 1}
    assert names(client.get(URL)) == []


def test_facilities_are_in_the_tiles_of_who_may_see_them(admin: TestClient) -> None:
    # 117.05 E, 36.25 N at zoom 8.
    tile = "/tiles/facilities/8/211/100.mvt"
    shown = admin.get(tile)
    assert shown.status_code == 200
    assert "乙敬老院".encode() in shown.content
    assert b"rural_care_home" in shown.content
    assert admin.get(tile, headers={"Authorization": ""}).status_code == 204
    assert admin.get("/tiles/facilities/5/26/12.mvt").status_code == 204


@pytest.mark.real_data
@needs_real_data[1]
def test_the_real_hospitals_go_in_over_http(admin: TestClient, database: Database) -> None:
    path = REAL / "wuhan_hospitals_gcj02.csv"
    answer = admin.post(
        "/api/v1/imports/facilities",
        params={"kind": "hospital", "crs": "gcj02"},
        files={"file": (path.name, path.read_bytes())},
    )
    assert answer.status_code == 202, answer.text
    work_off(database, answer.json()["job"])
    job = admin.get(answer.json()["url"]).json()
    assert job["result"]["counts"]["added"] == 47
    near = {"near": "114.293,30.5377", "kind": "hospital", "limit": "1"}
    assert names(admin.get(URL, params=near)) == ["武汉大学人民医院"]
