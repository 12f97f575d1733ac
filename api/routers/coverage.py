"""Coverage over HTTP: a question becomes a job, the job's result names the run."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, AskerLang, AsOf, ReadConn, WriteConn
from api.mark import data_mark_of
from api.opened import OpenedJob, opened
from api.run_maps import draw_run_picture, make_run_map
from geo.access.jurisdiction import require_role, require_some_role
from geo.coverage.question import PROFILES, read_question, settle
from geo.coverage.runs import Run, list_runs, read_run
from geo.divisions.read import find_division
from geo.jobs.jobs import open_job
from geo.office import office
from geo.settings import settings
from geo.texts import Lang

router = APIRouter(prefix="/api/v1/coverage", tags=["coverage"])

PRIVATE = {"Cache-Control": "no-cache, private"}
SANDBOX = {**PRIVATE, "Content-Security-Policy": "sandbox allow-scripts allow-popups"}
"""A map file is a document of its own: shown from here it may not act as our page."""

Word = Annotated[str, Field(max_length=64)]


class CoverageRequest(BaseModel):
    """Who lives within a walk of what: either ``limit_m`` or ``minutes`` with a ``profile``."""

    model_config = ConfigDict(extra="forbid")

    kinds: Annotated[list[Word], Field(min_length=1, max_length=64)]
    limit_m: float | None = Field(None, allow_inf_nan=False)
    minutes: float | None = Field(None, allow_inf_nan=False)
    profile: str = Field("standard", description=" | ".join(PROFILES))
    ages: Annotated[list[Word], Field(max_length=64)] = []
    within: str | None = Field(None, max_length=32)
    inside_only: bool = False
    network: str | None = Field(None, max_length=100)
    population: str | None = Field(None, max_length=100)
    totals: str | None = Field(None, max_length=100)
    scaled: bool = True


@router.post("/runs", status_code=status.HTTP_202_ACCEPTED)
def open_run(body: CoverageRequest, conn: WriteConn, asker: Asker, at: AsOf) -> OpenedJob:
    """Ask who lives within a walk of what; a wrong question is refused at once."""
    require_some_role(asker, "viewer")
    args = body.model_dump() | {"at": at.isoformat()}
    settle(read_question(args), office(conn))
    if body.within:
        place = find_division(conn, body.within)
        require_role(conn, asker, "viewer", [place], what=body.within)
    return opened(open_job(conn, "coverage", args, asker))


@router.get("/runs")
def list_coverage_runs(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """List the newest runs one may see."""
    items = [show_run(one, lang) for one in list_runs(conn, asker, limit=limit)]
    return {"items": items, "total": len(items), "next": None}


@router.get("/runs/{run_id}")
def read_coverage_run(
    run_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang
) -> dict[str, Any]:
    """Give a run: the answer, what was asked, and of which data."""
    return show_run(read_run(conn, run_id, asker), lang)


@router.get("/runs/{run_id}/map.html")
def read_run_map(run_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang) -> Response:
    """Give the map of a run as one file that opens anywhere, without a network."""
    found = read_run(conn, run_id, asker)
    html = make_run_map(conn, found, asker, settings().files, lang)
    return Response(html, media_type="text/html", headers=SANDBOX)


@router.get("/runs/{run_id}/picture.png")
def read_run_picture(run_id: UUID, conn: ReadConn, asker: Asker) -> Response:
    """Give the cells of a run as a picture in Web Mercator, for the box in ``X-Bounds``."""
    found = read_run(conn, run_id, asker)
    drawn = draw_run_picture(conn, found, settings().files)
    bounds = ",".join(f"{side:.7f}" for side in drawn.bounds)
    return Response(drawn.png, media_type="image/png", headers={**PRIVATE, "X-Bounds": bounds})


def show_run(run: Run, lang: Lang) -> dict[str, Any]:
    """Return a run as JSON has it."""
    return {
        "run_id": run.id,
        "created_at": run.created_at,
        "publication": run.publication,
        "mark": data_mark_of(run.publication, lang),
        **run.result,
        "parameters": run.parameters,
        "inputs": run.inputs,
    }
