"""Layers of features on the ground over HTTP: what there is, of when, and what it covers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.deps import Asker, AskerLang, AsOf, ReadConn
from api.mark import mark_of
from geo.features.read import list_layers
from geo.texts import text

router = APIRouter(prefix="/api/v1/features", tags=["features"])


@router.get("/layers")
def read_layers(conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf) -> dict[str, Any]:
    """List the layers as of a day; outside its extent a layer has no data."""
    items = [
        asdict(one)
        | {
            "layer_word": text(f"feature_layer.{one.layer}", lang),
            "mark": mark_of(one.publication, lang),
        }
        for one in list_layers(conn, asker, at)
    ]
    return {"items": items, "total": len(items), "next": None}
