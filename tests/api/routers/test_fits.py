"""Local fits over HTTP: made once by an editor, read by who is in the office, retired."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from geo.db.engine import transaction
from tests.api.routers.conftest import LogIn
from tests.border import draw_border
from tests.conftest import Database
from tests.geo.crs.old_datum import common_points

COUNTY = np.array([[117.0, 36.0], [117.4, 36.05], [117.3, 36.3], [117.05, 36.25]])
POINTS = [
    {"name": one.name, "x": one.x, "y": one.y, "to_x": one.lon, "to_y": one.lat}
    for one in common_points(COUNTY, 2363)
]
BODY: dict[str, Any] = {"name": "泰安 西安80", "source_crs": "EPSG:2363", "points": POINTS}


@pytest.fixture
def east(log_in: LogIn, database: Database) -> dict[str, str]:
    with transaction(database.engine, "system:test") as conn:
        draw_border(conn)
    return log_in("east", ("editor", "370921"))


def test_an_editor_makes_a_fit_that_everyone_in_office_reads(
    client: TestClient, east: dict[str, str], log_in: LogIn
) -> None:
    made = client.post("/api/v1/fits", json=BODY, headers=east)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["worst_m"] < 0.01
    assert told["accuracy_m"] == 0.05
    assert [one["name"] for one in told["points"]] == ["P1", "P2", "P3", "P4"]
    assert told["area"]["type"] == "Polygon"
    south = log_in("south", ("viewer", "371321"))
    for wanted in (told["id"], told["name"]):
        assert client.get(f"/api/v1/fits/{wanted}", headers=south).json()["id"] == told["id"]
    listed = client.get("/api/v1/fits", headers=south).json()
    assert (listed["total"], listed["items"][0]["points_count"]) == (1, 4)
    assert client.post("/api/v1/fits", json=BODY, headers=east).json()["code"] == "fit_exists"
    assert client.post("/api/v1/fits", json=BODY | {"name": "x"}, headers=south).status_code == 403
    for path in ("", f"/{told['id']}"):
        assert client.get(f"/api/v1/fits{path}").status_code == 401


def test_points_that_give_no_fit_are_refused_in_words(
    client: TestClient, east: dict[str, str]
) -> None:
    bad = [POINTS[0] | {"x": POINTS[0]["x"] + 30.0}, *POINTS[1:]]
    for body, word in (
        (BODY | {"points": POINTS[:2]}, "3"),
        (BODY | {"points": bad}, "P"),
        (BODY | {"points": [*POINTS[:3], POINTS[0]]}, "同一位置"),
    ):
        answer = client.post("/api/v1/fits", json=body, headers=east)
        assert (answer.status_code, answer.json()["code"]) == (422, "fit_refused")
        assert word in answer.json()["detail"]
    new = client.post("/api/v1/fits", json=BODY | {"source_crs": "EPSG:4548"}, headers=east)
    assert new.json()["code"] == "crs_refused"
    assert client.get("/api/v1/fits", headers=east).json()["total"] == 0


def test_a_retired_fit_serves_no_new_data(client: TestClient, east: dict[str, str]) -> None:
    made = client.post("/api/v1/fits", json=BODY, headers=east).json()
    retired = client.post(f"/api/v1/fits/{made['id']}/retire", headers=east)
    assert retired.json()["retired_at"] is not None
    assert client.get("/api/v1/fits/没有", headers=east).status_code == 404
