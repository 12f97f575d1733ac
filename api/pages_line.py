"""The page at ``/lines/{id}``, the papers of a line, and the page again after a form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.attachments import send_attachment, send_photo
from api.deps import ReadConn
from api.pages import answer_page
from api.pages_papers import list_papers
from api.proposal_views import view_proposals
from api.register import RegisterRoute, Visit, Visited, tell_said
from geo.access.jurisdiction import refuse_hidden, roles_at
from geo.boundaries.find import LineFound, read_found
from geo.boundaries.papers import read_paper
from geo.boundaries.record import doubt_record, list_records
from geo.boundaries.sides import read_sides
from geo.boundaries.surveys import Compared, compare_surveys, doubt_survey
from geo.boundaries.versions import list_versions
from geo.db.engine import reading
from geo.errors import LineUnknownError
from geo.exchange.findings import Finding
from geo.files.attach import find_content, list_attachments
from geo.markers.read import DivisionRef, list_markers
from geo.office import office
from geo.proposals.proposals import list_proposals
from geo.revisions.changes import list_changes, read_revision
from geo.sections.along import list_stops, read_track
from geo.sections.descriptions import read_texts
from geo.sections.register import list_sections
from geo.settings import settings
from maps.page_line import LineView, order_along, render_line_page
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

MOST_MARKERS = 5000


@router.get("/lines/{line_id}")
def get_line(
    line_id: UUID,
    visit: Visited,
    conn: ReadConn,
    said: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Return the page of a line; ``said`` is what a form has just done."""
    done = tell_said(said, visit.frame.lang)
    return answer_page(visit.request, show_line(conn, visit, line_id, said=done))


@router.get("/lines/{line_id}/files/{attachment_id}")
def get_line_file(
    line_id: UUID,
    attachment_id: UUID,
    visit: Visited,
    conn: ReadConn,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a document of a line to who may see the line."""
    open_line(conn, visit, line_id)
    given = read_paper(conn, line_id, attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


def show_line(
    conn: Connection,
    visit: Visit,
    line_id: UUID,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    """Read all that the page of a line shows, and render it.

    Raises
    ------
    RoleMissingError, OutsideJurisdictionError, LineUnknownError
    """
    at = visit.at
    found = open_line(conn, visit, line_id)
    markers = list_markers(conn, visit.asker, at, lines=[line_id], limit=MOST_MARKERS).items
    surveys = compare_surveys(conn, line_id, at)
    sections = list_sections(conn, line_id, at)
    proposed = list_proposals(conn, visit.asker, object_id=line_id)
    view = LineView(
        found=found,
        sides=list_sides(found),
        markers=order_along(markers, list_stops(conn, read_track(conn, line_id, at), at)),
        sections=sections,
        descriptions=read_texts(conn, "section", [one.section_id for one in sections]),
        files=list_attachments(conn, [line_id])[line_id],
        surveys=surveys,
        records=list_records(conn, line_id),
        versions=list_versions(conn, line_id),
        changes=list_changes(conn, line_id),
        revision=read_revision(conn, line_id),
        findings=_doubt(conn, found, surveys, at),
        editable=roles_at(conn, visit.asker, "editor", [found.left_id, found.right_id]),
        papers=list_papers("line", line_id),
        proposals=view_proposals(conn, visit, proposed),
        said=said,
        refused=refused,
    )
    return render_line_page(visit.frame, at, visit.today, view)


def list_sides(found: LineFound) -> list[DivisionRef]:
    """Return both sides of a line, left and right in its direction."""
    line = found.line
    return [
        DivisionRef(id=found.left_id, code=line.left_code, name=line.left_name),
        DivisionRef(id=found.right_id, code=line.right_code, name=line.right_name),
    ]


def _doubt(
    conn: Connection, found: LineFound, surveys: Sequence[Compared], at: date
) -> list[Finding]:
    """Return what is doubtful of a line: its record, and the courses beside it."""
    rules = office(conn)
    doubts: list[Finding] = []
    if found.record is not None:
        doubts = doubt_record(found.record, read_sides(conn, found.line.id, at), rules)
    for one in surveys:
        doubts += doubt_survey(one, name_line(found), rules)
    return doubts


def open_line(conn: Connection, visit: Visit, line_id: UUID) -> LineFound:
    """Read a line for who is of one of its sides, or above; what is public is on the map.

    Raises
    ------
    RoleMissingError, OutsideJurisdictionError, LineUnknownError
    """
    asker, at = visit.asker, visit.at
    found = read_found(conn, asker, line_id, at)
    if found is None:
        sides = read_sides(conn, line_id, at)
        if not roles_at(conn, asker, "viewer", sides.ids):
            refuse_hidden(conn, asker, sides.ids, what=sides.name)
        raise LineUnknownError(line=line_id)
    if not roles_at(conn, asker, "viewer", [found.left_id, found.right_id]):
        refuse_hidden(conn, asker, [found.left_id, found.right_id], what=name_line(found))
    return found


def name_line(found: LineFound) -> str:
    """Return the names of both sides, such as ``泰山区—岱岳区``."""
    return f"{found.line.left_name}—{found.line.right_name}"


def refuse_line(visit: Visit, line_id: UUID, refused: Refused, status: HTTPStatus) -> HTMLResponse:
    """Return the page of a line with a form that could not be done, as it was typed."""
    with reading(visit.engine) as conn:
        html = show_line(conn, visit, line_id, refused=refused)
    return answer_page(visit.request, html, status)
