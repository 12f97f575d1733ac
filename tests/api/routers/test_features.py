"""Layers of features over HTTP, taken in the ordinary way."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient

from tests.api.country import work_off
from tests.conftest import Database

FEATURE = {
    "type": "Feature",
    "properties": {"名称": "柳河"},
    "geometry": {"type": "LineString", "coordinates": [[117.0, 36.0], [117.1, 36.0]]},
}


def test_a_layer_is_imported_and_listed_with_what_it_covers(
    admin: TestClient, database: Database
) -> None:
    body = json.dumps({"type": "FeatureCollection", "features": [FEATURE]}).encode()
    answer = admin.post(
        "/api/v1/imports/features",
        params={"kind": "water", "set_name": "水系", "source": "水利局", "licence": "内部",
                "extent": "116.9,35.9,117.2,36.1", "valid_from": "2025-06-01"},
        files={"file": ("river.geojson", body)},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    work_off(database, answer.json()["job"])
    (layer,) = admin.get("/api/v1/features/layers").json()["items"]
    assert (layer["name"], layer["source"], layer["as_of"]) == ("水系", "水利局", "2025-06-01")
    assert (layer["layer_word"], layer["extent"]) == ("水系", [116.9, 35.9, 117.2, 36.1])
    admin.headers.pop("Authorization")
    assert admin.get("/api/v1/features/layers").json()["items"] == []
