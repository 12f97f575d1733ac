"""The page at ``/lines``: the register that is searched."""

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
from geo.boundaries.find import LineFilter, LinesFound, find_lines
from geo.errors import YutuError
from geo.texts import text
from maps.page_lines import LEVELS, LineQuestion, render_lines

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PAGE = 200
Typed = Annotated[str, Query(max_length=64)]


def read_line_question(
    q: Typed = "", within: Typed = "", level: Typed = "", unit: Typed = ""
) -> LineQuestion:
    """Read what is asked of the register; a level there is not is passed over."""
    return LineQuestion(
        q=q.strip(),
        within=within.strip(),
        level=level if level in LEVELS else "",
        unit=unit if unit in LEVELS else "",
    )


Asked = Annotated[LineQuestion, Depends(read_line_question)]


@router.get("/lines")
def get_lines(visit: Visited, conn: ReadConn, asked: Asked, cursor: Cursor = None) -> HTMLResponse:
    """Return the register of lines, or why what was asked for cannot be listed."""
    frame, at, today = visit.frame, visit.at, visit.today
    try:
        found = _find(conn, visit, asked, decode_cursor(cursor, 1))
    except YutuError as error:
        problem = text(f"error.{error.code}", frame.lang, **error.facts)
        html = render_lines(frame, at, today, asked, None, problem=problem)
        return answer_page(visit.request, html, status_of(error))
    goes_on = encode_cursor(found.next) if found.next else None
    html = render_lines(frame, at, today, asked, found, cursor=goes_on)
    return answer_page(visit.request, html)


def _find(
    conn: Connection, visit: Visit, asked: LineQuestion, key: tuple[str, ...] | None
) -> LinesFound:
    asker, at = visit.asker, visit.at
    wanted = LineFilter(
        query=asked.q or None,
        beside=find_place(conn, asker, at, asked.within) if asked.within else None,
        level=asked.level or None,
        unit_level=asked.unit or None,
    )
    return find_lines(conn, asker, at, wanted, after=key[0] if key else "", limit=PAGE)
