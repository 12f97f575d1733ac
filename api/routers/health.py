"""Whether the service lives, whether it is ready, and its measures."""

from __future__ import annotations

from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Engine

from api.deps import get_engine
from api.watch import METRICS
from geo.db.state import read_state
from geo.errors import SchemaBehindError

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def is_alive() -> dict[str, str]:
    """Say that the process answers; it asks neither the database nor a thread."""
    return {"state": "alive"}


@router.get("/readyz")
async def is_ready(engine: Annotated[Engine, Depends(get_engine)]) -> dict[str, str]:
    """Say whether the database answers and has the schema of this release (503 if not)."""
    url = engine.url.render_as_string(hide_password=False)
    # A thread and a connection of its own: slow requests may hold all the others.
    state = await to_thread.run_sync(read_state, url, limiter=CapacityLimiter(1))
    if not state.current:
        raise SchemaBehindError
    return {"state": "ready"}


@router.get("/metrics", response_class=Response)
async def read_metrics() -> Response:
    """Give the measures in the text format of Prometheus."""
    return Response(generate_latest(METRICS), media_type=CONTENT_TYPE_LATEST)
