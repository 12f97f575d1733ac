"""Surveyed positions over HTTP: what is answered, to whom, and what is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from pyproj import Transformer

from geo.crs.dms import write_dms
from geo.db.engine import transaction
from tests.api.routers.conftest import LogIn
from tests.border import Border, card, draw_border, set_marker
from tests.conftest import Database

RTK = {"method": "gnss_rtk", "accuracy_m": 0.05}
EAST, NORTH = Transformer.from_crs(4490, 4548, always_xy=True).transform(117.2, 36.15)


@pytest.fixture
def border(database: Database) -> Border:
    with transaction(database.engine, "system:test") as conn:
        return draw_border(conn)


@pytest.fixture
def marker(database: Database, border: Border) -> UUID:
    with transaction(database.engine, "system:test") as conn:
        return set_marker(conn, border, card(border, "238184I"))


@pytest.fixture
def east(log_in: LogIn, border: Border) -> dict[str, str]:  # noqa: ARG001 - it must be there
    return log_in("east", ("viewer", "370921"))


def post(client: TestClient, marker: UUID, who: dict[str, str], **body: Any) -> Any:
    return client.post(f"/api/v1/markers/{marker}/deviation", json=body, headers=who)


def test_a_survey_is_answered_with_distance_limit_verdict_and_findings(
    client: TestClient, marker: UUID, east: dict[str, str]
) -> None:
    answer = post(client, marker, east, x=EAST + 1.0, y=NORTH, crs="EPSG:4548", **RTK)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["distance_m"] == pytest.approx(1.0, abs=0.002)
    assert (told["limit_m"], told["verdict"], told["zone"]) == (0.5, "suspicious", 39)
    assert (told["east_m"], told["north_m"]) == pytest.approx((1.0, 0.0), abs=0.002)
    assert told["line"]["side"]["name"] == "西川县"
    assert told["findings"] == []


def test_degrees_come_as_numbers_or_in_any_spelling(
    client: TestClient, marker: UUID, east: dict[str, str]
) -> None:
    for lon, lat in (
        (117.2, 36.15),
        (write_dms(117.2), write_dms(36.15)),
        ("东经117度12分0秒", "36-09-00N"),
        ("117.2", "36.15"),
    ):
        told = post(client, marker, east, lon=lon, lat=lat, **RTK).json()
        assert told["verdict"] == "within", told


def test_degrees_that_may_be_packed_are_asked_about_and_read_as_said(
    client: TestClient, marker: UUID, east: dict[str, str]
) -> None:
    packed = {"lon": "117.120000", "lat": "36.090000"}
    asked = post(client, marker, east, **packed, **RTK)
    assert asked.status_code == 422
    assert asked.json()["code"] == "option_invalid"
    assert "dms_packed" in asked.json()["detail"]
    told = post(client, marker, east, **packed, degrees="dms_packed", **RTK).json()
    assert told["verdict"] == "within"
    decimal = post(client, marker, east, **packed, degrees="decimal", **RTK).json()
    assert next(one["rule"] for one in decimal["findings"]) == "degrees_packed"


def test_swapped_axes_and_wrong_zones_are_named_in_both_languages(
    client: TestClient, marker: UUID, east: dict[str, str]
) -> None:
    for body, rule in (
        ({"x": NORTH, "y": EAST, "crs": "EPSG:4548"}, "axes_swapped"),
        ({"lon": 36.15, "lat": 117.2}, "axes_swapped"),
        ({"x": EAST, "y": NORTH, "crs": "EPSG:4547"}, "zone_differs"),
        ({"x": EAST + 39e6, "y": NORTH, "crs": "EPSG:4548"}, "zone_differs"),
    ):
        told = post(client, marker, east, **body, **RTK).json()
        assert told["verdict"] == "undecidable"
        assert told["findings"][0]["rule"] == rule
        assert told["findings"][0]["message"] != told["findings"][0]["message_en"]
        assert told["otherwise"]["distance_m"] < 0.1


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({}, "option_invalid", "lon"),
        ({"x": EAST, "y": NORTH}, "option_invalid", "EPSG:4548"),
        ({"x": EAST, "crs": "EPSG:4548"}, "option_invalid", "lat"),
        ({"lon": 117.2, "lat": 36.1, "x": 1, "y": 2, "crs": "4548"}, "option_invalid", "lat"),
        ({"lon": 117.2, "lat": 36.1, "crs": "火星二号"}, "option_invalid", "EPSG:4490"),
        ({"lon": 117.2, "lat": 36.1, "method": "eye"}, "option_invalid", "gnss_rtk"),
        ({"lon": "36°09′N", "lat": 36.1}, "option_invalid", "东经"),
        ({"x": 5e5, "y": 4e6, "crs": "EPSG:2384"}, "crs_refused", "局部转换"),
        ({"x": 5e5, "y": 4e6, "crs": "EPSG:2384", "fit": "没有"}, "fit_unknown", "没有"),
        ({"lon": 117.2, "lat": 36.1, "accuracy_m": -1}, "request_invalid", ""),
        ({"readings": [{"ordinal": 1, "bearing_deg": 400}]}, "request_invalid", ""),
        ({"readings": [{"ordinal": 9, "distance_m": 4}]}, "option_invalid", "方位物"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_allowed(
    client: TestClient,
    marker: UUID,
    east: dict[str, str],
    body: dict[str, Any],
    code: str,
    named: str,
) -> None:
    answer = post(client, marker, east, **body)
    assert answer.json()["code"] == code, answer.text
    assert answer.status_code == (404 if code == "fit_unknown" else 422)
    assert named in answer.json()["detail"]


def test_nobody_else_learns_anything(
    client: TestClient, marker: UUID, log_in: LogIn, east: dict[str, str]
) -> None:
    body = {"lon": 117.2, "lat": 36.15, **RTK}
    south = log_in("south", ("approver", "371321"))
    assert post(client, marker, {}, **body).status_code == 401
    assert post(client, marker, south, **body).status_code == 403
    assert post(client, uuid4(), east, **body).status_code == 404
    many = {"items": [{**body, "marker": str(marker)}, {**body, "number": "238184I"}]}
    told = client.post("/api/v1/markers/deviations", json=many, headers=south).json()
    assert [one["findings"][0]["rule"] for one in told["items"]] == ["marker_unknown"] * 2
    assert client.post("/api/v1/markers/deviations", json=many).status_code == 401


def test_many_are_told_by_id_or_number_in_their_order(
    client: TestClient, border: Border, marker: UUID, east: dict[str, str]
) -> None:
    line = str(border.lines["AB"])
    body = {
        "crs": "EPSG:4548",
        "method": "gnss_rtk",
        "items": [
            {"number": "238184I", "line": line, "x": EAST, "y": NORTH},
            {"number": "404", "line": line, "x": EAST, "y": NORTH},
            {"marker": str(marker), "x": NORTH, "y": EAST},
            {"marker": str(marker), "x": 117.2, "y": 36.15, "crs": "EPSG:4490"},
        ],
    }
    answer = client.post("/api/v1/markers/deviations", json=body, headers=east)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["total"] == 4
    assert [one["verdict"] for one in told["items"]] == [
        "within", "undecidable", "undecidable", "within",
    ]  # fmt: skip
    assert told["items"][1]["findings"][0]["rule"] == "marker_unknown"
