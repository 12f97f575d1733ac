"""Papers from pages: the links of an object's papers, and the page of one that takes a while."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import ReadConn
from api.pages import answer_page
from api.paper_facts import ask_paper
from api.register import SEE_OTHER, FormVisited, RegisterRoute, Visited
from geo.db.engine import transaction
from geo.errors import NotFoundError
from geo.jobs.jobs import read_job
from maps.page_register import PaperLink, render_paper_job
from maps.papers import PAPERS, find_paper

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PLACES = {
    "marker": ("/api/v1/markers", "/markers/{of}"),
    "line": ("/api/v1/boundary-lines", "/lines/{of}"),
    "inspection": ("/api/v1/inspections", "/inspections/{of}"),
    "plan": ("/api/v1/divisions", "/inspections?year={year}"),
}
"""Kind of object → where its papers are given, and where its page is."""


def list_papers(kind: str, object_id: UUID, year: int | None = None) -> list[PaperLink]:
    """Return the papers that can be made of an object; a plan is of a ``year``."""
    return [
        PaperLink(
            name=one.name,
            title=one.title,
            object_id=object_id,
            address=f"{PLACES[kind][0]}/{object_id}/papers/{one.name}",
            formats=one.formats,
            year=year,
        )
        for one in PAPERS.values()
        if one.object_kind == kind
    ]


@router.post("/papers")
def post_paper(
    visit: FormVisited,
    paper: Annotated[str, Form(max_length=64)],
    object_id: Annotated[UUID, Form()],
    at: Annotated[date, Form()],
    year: Annotated[int | None, Form(ge=1996, le=2200)] = None,
) -> Response:
    """Have a paper made as a PDF, and lead to the page that tells how far it is."""
    with transaction(visit.engine, visit.asker.actor) as conn:
        job_id = ask_paper(conn, visit.asker, find_paper(paper), "pdf", object_id, at, year)
    return RedirectResponse(f"/papers/{job_id}", SEE_OTHER)


@router.get("/papers/{job_id}")
def get_paper(job_id: UUID, visit: Visited, conn: ReadConn) -> HTMLResponse:
    """Return how far a paper is; the page asks again by itself until it is there."""
    job = read_job(conn, job_id, visit.asker)
    if job.kind != "paper":
        raise NotFoundError(what=str(job_id))
    paper = find_paper(job.args["paper"])
    of, year = job.args["object"], job.args.get("year")
    back = PLACES[paper.object_kind][1].format(of=of, year=year or visit.today.year)
    html = render_paper_job(visit.frame, visit.today, job, title=job.args["name"], back=back)
    return answer_page(visit.request, html)
