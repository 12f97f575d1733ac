"""GeoJSON answers (RFC 7946); CGCS2000 is taken as its WGS 84, centimetres to decimetres off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.encoders import jsonable_encoder

GEOJSON = "application/geo+json"


def wants_geojson(request: Request) -> bool:
    """Return whether the request asks for GeoJSON."""
    return GEOJSON in request.headers.get("accept", "")


def feature(id_: object, shape: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> Any:
    """Return a feature; without a shape its geometry is null."""
    return jsonable_encoder(
        {"type": "Feature", "id": str(id_), "geometry": shape, "properties": facts}
    )
