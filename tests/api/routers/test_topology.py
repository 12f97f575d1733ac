"""The check of polygons, asked for over HTTP and done by the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from shapely import MultiPolygon, Polygon

from tests.api.country import take, work_off, write_geojson
from tests.api.routers.conftest import LogIn
from tests.conftest import Database
from tests.grid import draw

URL = "/api/v1/topology/checks"


@pytest.fixture(scope="module")
def faulty(country: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return the small country, with a county south of 泰山区 that leaves a gap and overlaps."""
    folder = tmp_path_factory.mktemp("faulty")
    strip = draw("XX", west=117.1, south=35.7)["X"]
    # A ring of four cells with a hole nobody covers, 10 km south of everything.
    ring = MultiPolygon([strip.envelope.buffer(0.1, join_style="mitre").difference(strip)])
    corners = [(118.0, 36.0), (118.1, 36.1), (118.1, 36.0), (118.0, 36.1)]
    bow = MultiPolygon([Polygon(corners)])
    half = draw("Y", west=117.05, south=36.15)["Y"]
    rows = [("370981", "新泰市", ring), ("370982", "肥城市", bow), ("370983", "东平县", half)]
    take(country.engine, folder, write_geojson(folder / "faulty.geojson", rows))
    return country


@pytest.fixture
def database(faulty: Database) -> Database:
    return faulty


def check(client: TestClient, database: Database, **body: Any) -> Any:
    answer = client.post(URL, json=body)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["url"] == f"/api/v1/jobs/{job['job']}"
    work_off(database, job["job"])
    done = client.get(job["url"]).json()
    assert done["state"] == "done", done
    return done["result"]


def test_a_check_counts_lines_and_names_each_fault(admin: TestClient, database: Database) -> None:
    found = check(admin, database, level="county", within="37")
    assert (found["units"], found["level"]) == (7, "county")
    # 泰山区, 岱岳区 and 宁阳县 have three lines; 历下区 two with them.
    assert found["pairs"] >= 5
    gap = max(found["gaps"], key=lambda one: one["area_m2"])
    assert (gap["codes"], gap["names"]) == (["370981"], ["新泰市"])
    assert gap["area_m2"] == pytest.approx(2 * 100.4e6, rel=0.01)
    assert 117.1 < gap["place"][0] < 117.3
    assert 35.7 < gap["place"][1] < 35.8
    overlaps = {tuple(one["codes"]): one["area_m2"] for one in found["overlaps"]}
    assert set(overlaps) == {("370902", "370983"), ("370921", "370983")}
    # Three quarters of the cell lie in 泰山区, one in 宁阳县.
    assert overlaps["370902", "370983"] == pytest.approx(3 * overlaps["370921", "370983"], rel=0.01)
    assert [one["codes"] for one in found["invalid"]] == [["370982"]]
    assert found["invalid"][0]["reason"]
    assert found["settings"]["topology.min_area_m2"] == 1.0


def test_a_check_of_a_place_without_polygons_finds_nothing(
    admin: TestClient, database: Database
) -> None:
    found = check(admin, database, level="township", within="370902")
    counted = (found["units"], found["pairs"], found["lines"], found["length_km"])
    assert counted == (0, 0, 0, 0)
    assert found["gaps"] == found["overlaps"] == found["invalid"] == []


def test_a_check_of_a_day_before_the_register_finds_nothing(
    admin: TestClient, database: Database
) -> None:
    answer = admin.post(f"{URL}?at=1999-01-01", json={"level": "county"})
    work_off(database, answer.json()["job"])
    assert admin.get(answer.json()["url"]).json()["result"]["units"] == 0


def test_who_sees_a_place_may_check_it_and_nobody_else(client: TestClient, log_in: LogIn) -> None:
    assert client.post(URL, json={"level": "county"}).status_code == 401
    client.headers.update(log_in("taian", ("viewer", "370900")))
    assert client.post(URL, json={"level": "county", "within": "3709"}).status_code == 202
    beyond = client.post(URL, json={"level": "county", "within": "37"})
    assert (beyond.status_code, beyond.json()["code"]) == (403, "outside_jurisdiction")
    assert "泰安市 370900" in beyond.json()["detail"]


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ({"level": "planet"}, "request_invalid", 422),
        ({}, "request_invalid", 422),
        ({"level": "county", "with": "37"}, "request_invalid", 422),
        ({"level": "county", "within": "379999"}, "division_unknown", 404),
    ],
)
def test_a_wrong_request_is_refused_at_once(
    admin: TestClient, body: dict[str, str], code: str, status: int
) -> None:
    answer = admin.post(URL, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_faults_are_warnings_of_the_import_that_brought_them(
    database: Database, tmp_path: Path
) -> None:
    again = draw("Z", west=117.35, south=36.25)["Z"]
    rows = [("370124", "平阴县", again)]
    done = take(database.engine, tmp_path, write_geojson(tmp_path / "over.geojson", rows))
    overlaps = [one for one in done.findings if one.rule == "overlap"]
    assert {one.severity for one in done.findings} == {"warning"}
    assert any("370124" in (one.value or "") for one in overlaps)
    assert any("平阴县" in one.message("zh") for one in overlaps)
