"""The pages at ``/markers``: the list that is searched."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.pages import answer_page
from api.paging import Cursor, decode_cursor, encode_cursor
from api.register import RegisterRoute, Visit, Visited, find_place
from geo.boundaries.find import find_meant
from geo.errors import YutuError
from geo.markers.read import MarkerPage, list_markers
from geo.texts import text
from maps.page_markers import MarkerQuestion, render_markers

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PAGE = 100
MOST_LINES = 1000
Typed = Annotated[str, Query(max_length=64)]


def read_marker_question(
    number: Typed = "", line: Typed = "", within: Typed = "", state: Typed = ""
) -> MarkerQuestion:
    """Read what is asked of the list; blanks round what was typed do not count."""
    return MarkerQuestion(
        number=number.strip(), line=line.strip(), within=within.strip(), state=state
    )


Asked = Annotated[MarkerQuestion, Depends(read_marker_question)]


@router.get("/markers")
def get_markers(
    visit: Visited, conn: ReadConn, asked: Asked, cursor: Cursor = None
) -> HTMLResponse:
    """Return the list of markers, or why what was asked for cannot be listed."""
    frame, at, today = visit.frame, visit.at, visit.today
    try:
        found = _find(conn, visit, asked, decode_cursor(cursor, 1))
    except YutuError as error:
        problem = text(f"error.{error.code}", frame.lang, **error.facts)
        html = render_markers(frame, at, today, asked, None, problem=problem)
        return answer_page(visit.request, html, status_of(error))
    goes_on = encode_cursor(found.next) if found.next else None
    html = render_markers(frame, at, today, asked, found, cursor=goes_on)
    return answer_page(visit.request, html)


def _find(
    conn: Connection, visit: Visit, asked: MarkerQuestion, key: tuple[str, ...] | None
) -> MarkerPage:
    asker, at = visit.asker, visit.at
    return list_markers(
        conn,
        asker,
        at,
        number=asked.number or None,
        lines=find_meant(conn, asker, at, asked.line, limit=MOST_LINES) if asked.line else None,
        within=find_place(conn, asker, at, asked.within) if asked.within else None,
        state=asked.state or None,
        after=key[0] if key else "",
        limit=PAGE,
    )
