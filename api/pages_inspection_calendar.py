"""The pages at ``/inspections/calendar``: a year of a city or a province, and its calendar file."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.deps import Now, ReadConn
from api.errors import status_of
from api.pages import answer_page
from api.pages_inspections import EARLIEST, LATEST
from api.register import RegisterRoute, Visit, Visited, find_place
from api.routers.inspection_plans import send_ics
from geo.boundaries.sides import name_divisions
from geo.errors import YutuError
from geo.inspections.planning.calendar import Entry, by_month, read_calendar
from geo.inspections.planning.ics import as_dated, write_ics
from geo.texts import text
from maps.page_inspection_calendar import CalendarQuestion, render_calendar

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Typed = Annotated[str, Query(max_length=64)]


def read_calendar_question(
    visit: Visited,
    year: Annotated[int | None, Query(ge=EARLIEST, le=LATEST)] = None,
    within: Typed = "",
) -> CalendarQuestion:
    """Read which year of which place is asked for; this one where none is named."""
    return CalendarQuestion(year=year or visit.today.year, within=within.strip())


Asked = Annotated[CalendarQuestion, Depends(read_calendar_question)]


@router.get("/inspections/calendar")
def get_calendar(visit: Visited, conn: ReadConn, asked: Asked) -> HTMLResponse:
    """Return the months of a year with what happens in them."""
    try:
        place, entries = _read(conn, visit, asked)
    except YutuError as error:
        problem = text(f"error.{error.code}", visit.frame.lang, **error.facts)
        html = render_calendar(visit.frame, visit.today, asked, (), problem=problem)
        return answer_page(visit.request, html, status_of(error))
    months = by_month(entries, *_days(asked))
    named = name_divisions(conn, [place], visit.today)[place].name if place else None
    html = render_calendar(visit.frame, visit.today, asked, months, place=named)
    return answer_page(visit.request, html)


@router.get("/inspections/calendar.ics")
def get_calendar_file(visit: Visited, conn: ReadConn, asked: Asked, now: Now) -> Response:
    """Send the same year as a calendar file."""
    lang = visit.frame.lang
    _, entries = _read(conn, visit, asked)
    name = text("page.calendar_of", lang, year=asked.year)
    return send_ics(write_ics(as_dated(entries, lang), name=name, now=now))


def _days(asked: CalendarQuestion) -> tuple[date, date]:
    return date(asked.year, 1, 1), date(asked.year + 1, 1, 1)


def _read(
    conn: Connection, visit: Visit, asked: CalendarQuestion
) -> tuple[UUID | None, list[Entry]]:
    place = find_place(conn, visit.asker, visit.at, asked.within) if asked.within else None
    first, last = _days(asked)
    return place, read_calendar(conn, visit.asker, first, last, visit.today, within=place)
