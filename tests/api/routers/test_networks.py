"""Walking networks over HTTP."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient

from tests.api.country import take, work_off
from tests.api.routers.conftest import LogIn
from tests.conftest import Database
from tests.geo.network.extracts import write_extract

URL = "/api/v1/networks"


@pytest.fixture
def database(own_country: Database) -> Database:
    return own_country


@pytest.fixture(autouse=True)
def streets(database: Database, tmp_path: Path) -> None:
    lines = [[(117.2, 36.1), (117.21, 36.1)], [(117.3, 36.1), (117.3, 36.101)]]
    path = tmp_path / "泰安.geojson"
    gpd.GeoDataFrame(
        {"highway": ["primary", "path"]},
        geometry=[shapely.LineString(one) for one in lines],
        crs=4326,
    ).to_file(path)
    take(database.engine, tmp_path, path, kind="roads")


def test_networks_are_listed_and_read_with_their_parts(admin: TestClient) -> None:
    listed = admin.get(URL).json()
    assert (listed["total"], listed["next"]) == (1, None)
    (one,) = listed["items"]
    assert (one["name"], one["source"], one["edges"], one["nodes"]) == (
        "泰安", "泰安.geojson", 2, 4,
    )  # fmt: skip
    assert one["mark"]
    found = admin.get(f"{URL}/{one['id']}").json()
    walkable = found.pop("walkable")
    assert found == one
    assert (walkable["components"], walkable["edges"]) == (2, 2)
    large, small = walkable["parts"]
    assert large["length_km"] == pytest.approx(0.9006, abs=1e-3)
    assert (small["lon"], small["lat"]) == (117.3, pytest.approx(36.1, abs=0.0011))
    assert large["share"] + small["share"] == pytest.approx(1)


def test_any_account_sees_networks_and_the_public_none(client: TestClient, log_in: LogIn) -> None:
    assert client.get(URL).json()["items"] == []
    header = log_in("ningyang", ("viewer", "370921"))
    (one,) = client.get(URL, headers=header).json()["items"]
    assert client.get(f"{URL}/{one['id']}", headers=header).status_code == 200
    answer = client.get(f"{URL}/{one['id']}")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_published")


def test_a_network_that_is_not_there_is_404(admin: TestClient) -> None:
    answer = admin.get(f"{URL}/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "network_unknown")
    assert admin.get(f"{URL}/nonsense").status_code == 422


def test_an_extract_sent_over_http_becomes_a_network(
    admin: TestClient, database: Database, tmp_path: Path
) -> None:
    path = write_extract(
        tmp_path / "x.osm.pbf",
        [("ABC", {"highway": "residential"}), ("BEH", {"highway": "path"})],
    )
    answer = admin.post(
        "/api/v1/imports/roads",
        files={"file": ("泰安.osm.pbf", path.read_bytes(), "application/octet-stream")},
        data={"set_name": "泰安城区"},
    )
    assert answer.status_code == 202, answer.text
    work_off(database, answer.json()["job"])
    job = admin.get(answer.json()["url"]).json()
    assert (job["state"], job["result"]["counts"]) == ("done", {"added": 3, "unchanged": 0})
    newest = admin.get(URL).json()["items"][0]
    assert (newest["name"], newest["source"], newest["edges"]) == ("泰安城区", "泰安.osm.pbf", 3)
