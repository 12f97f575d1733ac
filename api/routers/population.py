"""People over HTTP: what was imported, with its totals as they came."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.deps import Asker, AskerLang, ReadConn
from geo.population.read import CellSet, list_sets
from geo.texts import text

router = APIRouter(prefix="/api/v1/population", tags=["population"])


@router.get("")
def list_population(conn: ReadConn, asker: Asker, lang: AskerLang) -> dict[str, Any]:
    """List the sets of people, the newest first; `people` are raw totals by age group.

    `content` is `cells` (people by place) or `totals` (official people by division).
    """
    items = [
        asdict(one)
        | {
            "content": "cells" if isinstance(one, CellSet) else "totals",
            "mark": text("mark.demo", lang) if one.publication == "demo" else None,
        }
        for one in list_sets(conn, asker)
    ]
    return {"items": items, "total": len(items), "next": None}
