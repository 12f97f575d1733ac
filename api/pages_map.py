"""The page of the map at ``/``, its panel, the style of its map and the picture in place of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

import shapely
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy import Connection

from api.clock import china_day
from api.deps import Asker, AsOf, ReadConn, Today
from api.pages import PageFrame, PageLang, PageRoute, answer_page, make_frame, page_lang
from api.panels import Choice, Chosen, Q, count_kinds, find, make_panel
from api.run_maps import draw_run_picture
from geo.access.jurisdiction import Viewer
from geo.boundaries.read import read_line
from geo.boundaries.shapes import (
    choose_units,
    has_unapproved_lines,
    list_neighbours,
    read_line_shapes,
)
from geo.coverage.runs import read_run, read_run_cells
from geo.divisions.read import read_division
from geo.divisions.shapes import Box, has_unapproved, list_sources, read_extent, read_shapes
from geo.facilities.kinds import KINDS
from geo.facilities.read import list_facilities, read_facility
from geo.markers.read import Marker, read_marker
from geo.settings import settings
from geo.texts import Lang, text
from maps import page
from maps.page_facilities import box_round
from maps.page_markers import box_round_marker
from maps.palette import CINNABAR, colour_of
from maps.picture import Mark, Sheet, draw_picture, level_for, tolerance_for
from maps.run_picture import Drawn, frame_run
from maps.run_words import tell_title
from maps.style import give_tints, make_style

MOST_HITS = 8
MOST_MARKS = 5000
MARKS_DEG = 3.0
"""How wide a picture may be that shows facilities, degrees."""
WIDE_DEG = 0.1
"""How far round a facility a picture shows, degrees."""

CHINA_BOX: Box = (73.0, 17.0, 136.0, 54.0)
"""Where the map opens while it holds nothing."""


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
    panel = make_panel(conn, asker, frame.lang, at, choice)
    view = page.MapView(
        at=at,
        today=today,
        bbox=read_extent(conn, asker, at),
        mark=_mark(conn, asker, at, frame.lang),
        title=panel.title,
        q=choice.q,
        picture=f"/map.svg?{request.url.query}",
        sources=list_sources(conn, asker, at),
        groups=count_kinds(conn, asker, at),
        kinds=choice.kinds,
    )
    return answer_page(request, page.render_map(frame, view, panel.html))


@panels.get("/panel")
def get_panel(
    request: Request, conn: ReadConn, asker: Asker, lang: PageLang, at: AsOf, choice: Chosen
) -> HTMLResponse:
    """Return the panel alone, for the script of the page."""
    return answer_page(request, make_panel(conn, asker, lang, at, choice).html)


@panels.get("/hits")
def get_hits(
    request: Request, conn: ReadConn, asker: Asker, lang: PageLang, at: AsOf, q: Q
) -> HTMLResponse:
    """Return what a search finds as options of the search field."""
    hits, total = find(conn, asker, at, q, MOST_HITS)
    return answer_page(request, page.render_hit_options(lang, q, hits, total))


@drawings.get("/style.json")
def get_style(conn: ReadConn, asker: Asker, at: AsOf) -> JSONResponse:
    """Return the MapLibre style of the map."""
    style = make_style(
        at=at,
        units=choose_units(conn, asker, at),
        tints=_read_tints(conn, asker, at, ("province", "prefecture")),
        markers=not asker.is_public,
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
        marks=_read_marks(conn, asker, at, choice, box),
        cells=_read_cells(conn, asker, choice),
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
    return _find_overlay(conn, asker, at, choice)


def _find_overlay(conn: Connection, asker: Viewer, at: date, choice: Choice) -> Target:
    """Find where a run, a facility or a list of them lies, and what it is called."""
    if choice.run:
        run = read_run(conn, choice.run, asker)
        box = frame_run(read_run_cells(conn, run, settings().files))
        return Target(tell_title(run, "zh"), box)
    if choice.facility:
        facility = read_facility(conn, choice.facility, at, asker)
        return Target(facility.name, box_round(facility, WIDE_DEG))
    if choice.marker:
        marker = read_marker(conn, choice.marker, at, asker)
        return Target(f"{marker.number}{marker.member}", box_round_marker(marker))
    if choice.facilities not in ("", "all", "unplaced"):
        found = read_division(conn, choice.facilities, at, asker)
        return Target(found.name, found.bbox, found.level, code=found.code)
    return Target()


def _read_marks(conn: Connection, asker: Viewer, at: date, choice: Choice, box: Box) -> list[Mark]:
    """Read the facilities in a box; in a wide one they would be one stain."""
    west, south, east, north = box
    if east - west > MARKS_DEG:
        return []
    if choice.marker:
        return _mark_marker(read_marker(conn, choice.marker, at, asker))
    found = list_facilities(conn, asker, at, kinds=choice.kinds, placed=True, limit=MOST_MARKS)
    return [
        Mark(
            lon=one.lon,
            lat=one.lat,
            colour=colour_of(KINDS[one.kind].group),
            name=one.name,
            chosen=one.id == choice.facility,
        )
        for one in found.items
        if one.lon is not None and one.lat is not None
        if west <= one.lon <= east and south <= one.lat <= north
    ]


def _mark_marker(marker: Marker) -> list[Mark]:
    if marker.lon is None or marker.lat is None:
        return []
    name = f"{marker.number}{marker.member}"
    return [Mark(lon=marker.lon, lat=marker.lat, colour=CINNABAR, name=name, chosen=True)]


def _read_cells(conn: Connection, asker: Viewer, choice: Choice) -> Drawn | None:
    if not choice.run:
        return None
    return draw_run_picture(conn, read_run(conn, choice.run, asker), settings().files)


def _read_target(
    conn: Connection, asker: Viewer, at: date, target: Target, tolerance: float
) -> list[shapely.Geometry]:
    if target.box is None or not target.level:
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
