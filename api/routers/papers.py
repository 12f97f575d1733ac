"""Papers over HTTP: .docx and .xlsx at once, PDF by a job; to whom the object itself is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.attachments import HEADERS
from api.deps import Asker, AsOf, ReadConn, WriteConn
from api.opened import OpenedJob, opened
from api.paper_facts import ask_paper, check_access, gather_facts, gather_sketch
from geo.access.jurisdiction import Viewer
from geo.errors import NotFoundError, OptionInvalidError
from geo.files.store import find_file
from geo.jobs.jobs import read_job
from geo.markers.objects import read_objects
from geo.markers.read import read_marker
from geo.settings import settings
from maps.papers import PAPERS, Format, Paper, check_format, find_paper, make_paper
from maps.scene import draw_svg
from maps.sketch import draw_sketch

router = APIRouter(tags=["papers"])

AT_ONCE: tuple[Format, ...] = ("docx", "xlsx")
"""What is made while the asker waits; a PDF takes seconds and a program of its own."""


@dataclass(frozen=True, slots=True)
class PaperAnswer:
    """A kind of paper; ``object_kind`` says of what it is made: a marker, a line, an inspection.

    A ``plan`` is of the division that is its object.
    """

    name: str
    title: str
    object_kind: str
    formats: list[str]


class PaperRequest(BaseModel):
    """A paper to be made by a job; ``object`` is the id of what its kind is made of.

    That of a plan is a division's; ``year`` is the year of the plan, by default that of the day.
    """

    model_config = ConfigDict(extra="forbid")

    paper: str = Field(max_length=64, description=" | ".join(PAPERS))
    object: UUID
    format: str = Field("pdf", max_length=8)
    year: int | None = Field(None, ge=1996, le=2200)


@router.get("/api/v1/papers")
def list_papers() -> list[PaperAnswer]:
    """List the papers there are."""
    return [
        PaperAnswer(one.name, one.title, one.object_kind, list(one.formats))
        for one in PAPERS.values()
    ]


@router.post("/api/v1/papers", status_code=status.HTTP_202_ACCEPTED)
def open_paper(body: PaperRequest, conn: WriteConn, asker: Asker, at: AsOf) -> OpenedJob:
    """Have a paper made by a job, as a PDF or any other of its formats."""
    paper = find_paper(body.paper)
    return opened(ask_paper(conn, asker, paper, body.format, body.object, at, body.year))


@router.get("/api/v1/papers/files/{job_id}")
def read_paper_file(job_id: UUID, conn: ReadConn, asker: Asker) -> Response:
    """Give the paper a job made, to who asked for it and may still read its object."""
    job = read_job(conn, job_id, asker)
    if job.kind != "paper" or not job.result:
        raise NotFoundError(what=str(job_id))
    asked = job.args
    at = date.fromisoformat(asked["at"])
    paper, of = find_paper(asked["paper"]), UUID(asked["object"])
    check_access(conn, asker, paper, of, at, asked.get("year"))
    made = job.result
    kept = find_file(conn, made["sha256"], settings().files)
    return FileResponse(
        kept.path, media_type=made["media_type"], filename=made["name"], headers=HEADERS
    )


@router.get("/api/v1/markers/{marker_id}/papers/{file}")
def read_marker_paper(
    marker_id: UUID, file: str, conn: ReadConn, asker: Asker, at: AsOf
) -> Response:
    """Give a paper of a marker, such as ``marker_register.docx``."""
    return _send(conn, asker, *_read_name(file, "marker"), marker_id, at)


@router.get("/api/v1/boundary-lines/{line_id}/papers/{file}")
def read_line_paper(line_id: UUID, file: str, conn: ReadConn, asker: Asker, at: AsOf) -> Response:
    """Give a paper of a line, such as ``marker_results.xlsx``."""
    return _send(conn, asker, *_read_name(file, "line"), line_id, at)


@router.get("/api/v1/inspections/{inspection_id}/papers/{file}")
def read_inspection_paper(
    inspection_id: UUID, file: str, conn: ReadConn, asker: Asker, at: AsOf
) -> Response:
    """Give a paper of an inspection, such as ``inspection_report.docx``.

    A report whose numbers do not add up is refused (``counts_disagree``).
    """
    return _send(conn, asker, *_read_name(file, "inspection"), inspection_id, at)


@router.get("/api/v1/divisions/{division_id}/papers/{file}")
def read_plan_paper(
    division_id: UUID,
    file: str,
    conn: ReadConn,
    asker: Asker,
    at: AsOf,
    year: Annotated[int | None, Query(ge=1996, le=2200)] = None,
) -> Response:
    """Give the plan or the summary of a year within a division: ``inspection_plan.xlsx``."""
    return _send(conn, asker, *_read_name(file, "plan"), division_id, at, year)


@router.get("/api/v1/markers/{marker_id}/sketch.svg")
def read_sketch(marker_id: UUID, conn: ReadConn, asker: Asker, at: AsOf) -> Response:
    """Give the location sketch of a marker as a picture."""
    marker = read_marker(conn, marker_id, at, asker)
    objects = read_objects(conn, [marker_id], at).get(marker_id, [])
    sketch = gather_sketch(conn, marker, objects, at)
    if sketch is None:
        raise NotFoundError(what=f"sketch {marker.number}{marker.member}")
    return Response(draw_svg(draw_sketch(sketch)), media_type="image/svg+xml", headers=HEADERS)


def _send(
    conn: Connection,
    asker: Viewer,
    paper: Paper,
    ending: str,
    object_id: UUID,
    at: date,
    year: int | None = None,
) -> Response:
    """Make a paper while the asker waits, and answer with it.

    Raises
    ------
    OptionInvalidError
        If it is not made in this format, or only by a job.
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
    """
    wanted = check_format(paper, ending)
    title = check_access(conn, asker, paper, object_id, at, year)
    if wanted not in AT_ONCE:
        allowed = [one for one in paper.formats if one in AT_ONCE]
        raise OptionInvalidError(
            option="format", value=wanted, allowed=[*allowed, "POST /api/v1/papers"]
        )
    facts = gather_facts(conn, asker, paper, object_id, at, settings().files, year)
    made = make_paper(paper, facts, wanted, settings().home)
    name = quote(f"{paper.title}-{title}.{wanted}", safe="")
    saved_as = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(made.content, media_type=made.media_type, headers=HEADERS | saved_as)


def _read_name(file: str, kind: str) -> tuple[Paper, str]:
    """Return the paper and the ending of a file's name; without an ending it is a .docx."""
    name, _, ending = file.rpartition(".")
    return (find_paper(name, kind), ending) if name else (find_paper(file, kind), "docx")
