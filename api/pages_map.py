"""The page of the map at ``/``, its panel, the style of its map and the picture in place of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import shapely
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy import Connection

from api.clock import china_day
from api.deps import Asker, AsOf, ReadConn, Today
from api.pages import PageFrame, PageLang, PageRoute, answer_page, make_frame, page_lang
from geo.access.jurisdiction import Viewer
from geo.boundaries.read import list_lines, read_line
from geo.boundaries.shapes import (
    choose_units,
    has_unapproved_lines,
    list_neighbours,
    read_line_shapes,
)
from geo.divisions.read import Page, list_divisions, read_ancestors, read_division
from geo.divisions.shapes import Box, has_unapproved, list_sources, read_extent, read_shapes
from geo.texts import Lang, text
from maps import page
from maps.picture import Sheet, draw_picture, level_for, tolerance_for
from maps.style import give_tints, make_style

MOST_LINES = 1000
MOST_CHILDREN = 500
MOST_HITS = 8
MOST_FOUND = 50

CHINA_BOX: Box = (73.0, 17.0, 136.0, 54.0)
"""Where the map opens while it holds nothing."""

Q = Annotated[str, Query(max_length=64, description="Part of a name, or the start of a code.")]


@dataclass(frozen=True, slots=True)
class Choice:
    """What an address chooses: a division by its code, a line by its id, a search, or nothing."""

    division: str = ""
    line: UUID | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A rendered panel, the title it gives the page, and where it lies."""

    html: str
    title: str = ""
    box: Box | None = None


def read_choice(
    division: Annotated[str, Query(max_length=32, description="Code of a division.")] = "",
    line: Annotated[UUID | None, Query(description="Id of a boundary line.")] = None,
    q: Q = "",
) -> Choice:
    """Read what the address chooses."""
    return Choice(division=division.strip(), line=line, q=q.strip())


Chosen = Annotated[Choice, Depends(read_choice)]


class PanelRoute(PageRoute):
    """A route that answers with a panel alone."""

    def frame_problem(self, request: Request, panel: str, status: HTTPStatus) -> Response:
        """Return the panel that tells of a problem as it is."""
        return answer_page(request, panel, status)


class MapRoute(PageRoute):
    """A route of the page of the map: a problem stands in its panel."""

    def frame_problem(self, request: Request, panel: str, status: HTTPStatus) -> Response:
        """Return the page of the map with the problem in its panel."""
        today = china_day()
        lang = page_lang(request)
        view = page.MapView(
            at=today,
            today=today,
            bbox=None,
            mark=text("mark.not_approved", lang),
            title=text(f"status.{status.value}", lang),
            q="",
            picture="/map.svg",
            sources=(),
        )
        html = page.render_map(make_frame(request, lang, None), view, panel)
        return answer_page(request, html, status)


pages = APIRouter(include_in_schema=False, route_class=MapRoute)
panels = APIRouter(include_in_schema=False, route_class=PanelRoute)
drawings = APIRouter(include_in_schema=False)


@pages.get("/")
def get_map(
    request: Request,
    conn: ReadConn,
    asker: Asker,
    frame: PageFrame,
    at: AsOf,
    today: Today,
    choice: Chosen,
) -> HTMLResponse:
    """Return the page of the map, with the facts of what its address chooses."""
    panel = _make_panel(conn, asker, frame.lang, at, choice)
    view = page.MapView(
        at=at,
        today=today,
        bbox=read_extent(conn, asker, at),
        mark=_mark(conn, asker, at, frame.lang),
        title=panel.title,
        q=choice.q,
        picture=f"/map.svg?{request.url.query}",
        sources=list_sources(conn, asker, at),
    )
    return answer_page(request, page.render_map(frame, view, panel.html))


@panels.get("/panel")
def get_panel(
    request: Request, conn: ReadConn, asker: Asker, lang: PageLang, at: AsOf, choice: Chosen
) -> HTMLResponse:
    """Return the panel alone, for the script of the page."""
    return answer_page(request, _make_panel(conn, asker, lang, at, choice).html)


@panels.get("/hits")
def get_hits(
    request: Request, conn: ReadConn, asker: Asker, lang: PageLang, at: AsOf, q: Q
) -> HTMLResponse:
    """Return what a search finds as options of the search field."""
    hits, total = _find(conn, asker, at, q, MOST_HITS)
    return answer_page(request, page.render_hit_options(lang, q, hits, total))


@drawings.get("/style.json")
def get_style(conn: ReadConn, asker: Asker, at: AsOf) -> JSONResponse:
    """Return the MapLibre style of the map."""
    style = make_style(
        at=at,
        units=choose_units(conn, asker, at),
        tints=_read_tints(conn, asker, at, ("province", "prefecture")),
    )
    return JSONResponse(style, headers={"Cache-Control": "no-cache, private"})


@drawings.get("/map.svg")
def get_picture(conn: ReadConn, asker: Asker, lang: PageLang, at: AsOf, choice: Chosen) -> Response:
    """Return a picture of what the address chooses, drawn by the server."""
    target = _find_target(conn, asker, at, choice)
    box = target.box or read_extent(conn, asker, at) or CHINA_BOX
    level, tolerance = level_for(box), tolerance_for(box)
    sheet = Sheet(
        box=box,
        title=target.title or text("page.start", lang),
        mark=_mark(conn, asker, at, lang),
        tints=_read_tints(conn, asker, at, (level,)),
    )
    svg = draw_picture(
        sheet,
        read_shapes(conn, asker, at, level=level, box=box, tolerance_deg=tolerance),
        read_line_shapes(conn, asker, at, unit_level=level, box=box, tolerance_deg=tolerance),
        _read_target(conn, asker, at, target, tolerance),
    )
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-cache, private"})


@dataclass(frozen=True, slots=True)
class Target:
    """What a picture brings out: a division or a line, by its level and its code or id."""

    title: str = ""
    box: Box | None = None
    level: str = ""
    code: str = ""
    line: str = ""


def _find_target(conn: Connection, asker: Viewer, at: date, choice: Choice) -> Target:
    if choice.division:
        found = read_division(conn, choice.division, at, asker)
        return Target(found.name, found.bbox, found.level, code=found.code)
    if choice.line:
        line, _shape = read_line(conn, choice.line, at, asker)
        title = f"{line.left_name}—{line.right_name}"
        return Target(title, line.bbox, line.unit_level, line=str(line.id))
    return Target()


def _read_target(
    conn: Connection, asker: Viewer, at: date, target: Target, tolerance: float
) -> list[shapely.Geometry]:
    if target.box is None:
        return []
    if target.line:
        lines = read_line_shapes(
            conn, asker, at, unit_level=target.level, box=target.box, tolerance_deg=tolerance
        )
        return [one.shape for one in lines if str(one.id) == target.line]
    shapes = read_shapes(
        conn, asker, at, level=target.level, box=target.box, tolerance_deg=tolerance
    )
    return [one.shape for one in shapes if one.code == target.code]


def _make_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, choice: Choice) -> Panel:
    if choice.division:
        return _division_panel(conn, asker, lang, at, choice.division)
    if choice.line:
        line, _shape = read_line(conn, choice.line, at, asker)
        title = f"{line.left_name}—{line.right_name}"
        return Panel(page.render_line(lang, at, line), title, line.bbox)
    if choice.q:
        hits, total = _find(conn, asker, at, choice.q, MOST_FOUND)
        return Panel(page.render_hits(lang, at, choice.q, hits, total), choice.q)
    return Panel(page.render_start(lang, at, _start_divisions(conn, asker, at)))


def _division_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, code: str) -> Panel:
    division = read_division(conn, code, at, asker)
    lines = list_lines(
        conn, asker, at, touching=division.id, unit_level=division.level, limit=MOST_LINES
    )
    children = list_divisions(conn, asker, at, parent=division.id, limit=MOST_CHILDREN)
    html = page.render_division(lang, at, division, children=children, lines=lines)
    return Panel(html, division.name, division.bbox)


def _start_divisions(conn: Connection, asker: Viewer, at: date) -> Page:
    """Return the provinces, or what comes first where none may be seen."""
    found = list_divisions(conn, asker, at, level="province", limit=MOST_FOUND)
    return found if found.items else list_divisions(conn, asker, at, limit=MOST_FOUND)


def _find(
    conn: Connection, asker: Viewer, at: date, q: str, most: int
) -> tuple[list[page.Hit], int]:
    if not q.strip():
        return [], 0
    found = list_divisions(conn, asker, at, query=q.strip(), limit=most)
    hits = [
        page.Hit(division=one, ancestors=read_ancestors(conn, one.id, at)) for one in found.items
    ]
    return hits, found.total


def _read_tints(
    conn: Connection, asker: Viewer, at: date, levels: tuple[str, ...]
) -> dict[str, int]:
    tints: dict[str, int] = {}
    for level in levels:
        tints |= give_tints(list_neighbours(conn, asker, at, unit_level=level))
    return tints


def _mark(conn: Connection, asker: Viewer, at: date, lang: Lang) -> str | None:
    unapproved = has_unapproved(conn, asker, at) or has_unapproved_lines(conn, asker, at)
    return text("mark.not_approved", lang) if unapproved else None
