"""The check of polygons over HTTP, as a job."""

from __future__ import annotations

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict

from api.deps import Asker, AsOf, WriteConn
from api.opened import OpenedJob, opened
from geo.access.jurisdiction import require_role
from geo.divisions.codes import Level
from geo.divisions.read import find_division
from geo.jobs.jobs import open_job

router = APIRouter(prefix="/api/v1/topology", tags=["topology"])


class CheckRequest(BaseModel):
    """What is to be checked: the units of a level, all or those below a division."""

    model_config = ConfigDict(extra="forbid")

    level: Level
    within: str | None = None


@router.post("/checks", status_code=status.HTTP_202_ACCEPTED)
def open_check(body: CheckRequest, conn: WriteConn, asker: Asker, at: AsOf) -> OpenedJob:
    """Check the polygons of a level on a day; the job's result is the report."""
    place = find_division(conn, body.within) if body.within else None
    require_role(conn, asker, "viewer", [place], what=body.within or body.level)
    args = body.model_dump() | {"at": at.isoformat()}
    return opened(open_job(conn, "topology", args, asker))
