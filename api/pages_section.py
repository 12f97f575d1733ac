"""The page at ``/lines/{id}/sections/{section}``: a section, and its course in words."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.pages import answer_page
from api.pages_line_sections import read_head
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    tell_refused,
    tell_said,
)
from geo.db.engine import reading, transaction
from geo.errors import YutuError
from geo.sections.descriptions import (
    generate_course,
    list_descriptions,
    read_description,
    write_section_text,
)
from geo.sections.register import find_section
from maps.page_register import Refused
from maps.page_sections import SectionView, render_section

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)


@router.get("/lines/{line_id}/sections/{section_id}")
def get_section(
    line_id: UUID,
    section_id: UUID,
    visit: Visited,
    conn: ReadConn,
    said: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Return the page of a section; ``said`` is what its form has just done."""
    done = tell_said(said, visit.frame.lang)
    return answer_page(visit.request, _show(conn, visit, line_id, section_id, said=done))


@router.post("/lines/{line_id}/sections/{section_id}/description")
def post_description(
    line_id: UUID,
    section_id: UUID,
    visit: FormVisited,
    seen: Annotated[int, Form()],
    written: Annotated[str, Form(max_length=10_000)] = "",
    generated: Annotated[bool, Form()] = False,  # noqa: FBT002 - a button of the form
) -> Response:
    """Keep the course of a section in words: as it was written, or as it is generated now."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            line = read_head(conn, visit, line_id)
            section = find_section(conn, line_id, section_id, visit.today)
            now = generate_course(conn, section, line_id, visit.today).text
            # Browsers send CRLF; the text has plain line ends.
            words = None if generated else written.replace("\r\n", "\n").strip()
            kept = None if words in (now, "") else words
            sides = (line_id, [one.id for one in line.sides])
            write_section_text(
                conn, visit.asker, sides, section, generated=now, written=kept, seen=seen
            )
    except YutuError as error:
        typed = {"written": written}
        refused = tell_refused("description", error, typed, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show(conn, visit, line_id, section_id, refused=refused)
        return answer_page(visit.request, html, status_of(error))
    to = f"/lines/{line_id}/sections/{section_id}?said=description"
    return RedirectResponse(to, SEE_OTHER)


def _show(
    conn: Connection,
    visit: Visit,
    line_id: UUID,
    section_id: UUID,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    """Read all that the page of a section shows, and render it.

    Raises
    ------
    RoleMissingError, OutsideJurisdictionError, LineUnknownError, SectionUnknownError
    """
    line = read_head(conn, visit, line_id)
    section = find_section(conn, line_id, section_id, visit.at)
    now = generate_course(conn, section, line_id, visit.at)
    view = SectionView(
        line=line,
        section=section,
        description=read_description(conn, "section", section_id, now.text),
        history=list_descriptions(conn, "section", section_id),
        no_data=now.no_data,
        said=said,
        refused=refused,
    )
    return render_section(visit.frame, visit.at, visit.today, view)
