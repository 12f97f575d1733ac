"""What an address chooses, and the panel of the page of the map that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.boundaries.find import LineFilter, find_lines
from geo.boundaries.read import read_line
from geo.coverage.runs import read_run, read_run_cells
from geo.divisions.read import (
    Page,
    list_divisions,
    read_ancestors,
    read_division,
    units_below,
)
from geo.divisions.shapes import Box
from geo.facilities.kinds import KINDS
from geo.facilities.read import count_facilities, list_facilities, read_facility
from geo.markers.read import read_marker
from geo.settings import settings
from geo.texts import Lang, text
from maps import page, page_facilities, page_markers, page_runs
from maps.run_picture import frame_run
from maps.run_words import tell_title

MOST_LINES = 1000
MOST_CHILDREN = 500
MOST_FOUND = 50
MOST_FACILITIES = 500

Q = Annotated[str, Query(max_length=64, description="Part of a name, or the start of a code.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an address chooses: one thing or a search, and which kinds of facility are shown.

    ``facilities`` is a list of them: ``all``, ``unplaced`` or the code of a division.
    """

    division: str = ""
    line: UUID | None = None
    marker: UUID | None = None
    facility: UUID | None = None
    facilities: str = ""
    run: UUID | None = None
    q: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A rendered panel, the title it gives the page, and where it lies."""

    html: str
    title: str = ""
    box: Box | None = None


def read_choice(  # noqa: PLR0913 - each is one thing an address can choose
    *,
    division: Annotated[str, Query(max_length=32, description="Code of a division.")] = "",
    line: Annotated[UUID | None, Query(description="Id of a boundary line.")] = None,
    marker: Annotated[UUID | None, Query(description="Id of a boundary marker.")] = None,
    facility: Annotated[UUID | None, Query(description="Id of a facility.")] = None,
    facilities: Annotated[
        str, Query(max_length=32, description="A list: all, unplaced, or a division's code.")
    ] = "",
    run: Annotated[UUID | None, Query(description="Id of a coverage run.")] = None,
    q: Q = "",
    kind: Annotated[list[str], Query(description="Kinds of facility to show.")] = [],  # noqa: B006
) -> Choice:
    """Read what the address chooses; a kind there is not is passed over."""
    return Choice(
        division=division.strip(),
        line=line,
        marker=marker,
        facility=facility,
        facilities=facilities.strip(),
        run=run,
        q=q.strip(),
        kinds=tuple(key for key in KINDS if key in kind),
    )


Chosen = Annotated[Choice, Depends(read_choice)]


def make_panel(  # noqa: PLR0911 - one for each thing an address can choose
    conn: Connection, asker: Viewer, lang: Lang, at: date, choice: Choice
) -> Panel:
    """Make the panel of what an address chooses.

    Raises
    ------
    YutuError
        If there is no such thing, not on that day, or the asker may not see it.
    """
    if choice.facility or choice.facilities:
        return _facility_panel(conn, asker, lang, at, choice)
    if choice.run:
        return _run_panel(conn, asker, lang, at, choice.run)
    if choice.division:
        return _division_panel(conn, asker, lang, at, choice.division)
    if choice.line:
        return _line_panel(conn, asker, lang, at, choice.line)
    if choice.marker:
        return _marker_panel(conn, asker, lang, at, choice.marker)
    if choice.q:
        hits, total = find(conn, asker, at, choice.q, MOST_FOUND)
        return Panel(page.render_hits(lang, at, choice.q, hits, total), choice.q)
    return Panel(page.render_start(lang, at, _start_divisions(conn, asker, at)))


def find(
    conn: Connection, asker: Viewer, at: date, q: str, most: int
) -> tuple[list[page.Hit], int]:
    """Find divisions by a part of a name or the start of a code; nothing by nothing."""
    if not q.strip():
        return [], 0
    found = list_divisions(conn, asker, at, query=q.strip(), limit=most)
    hits = [
        page.Hit(division=one, ancestors=read_ancestors(conn, one.id, at)) for one in found.items
    ]
    return hits, found.total


def count_kinds(
    conn: Connection, asker: Viewer, at: date, within: UUID | None = None
) -> list[page_facilities.Group]:
    """Count the facilities somebody may see by kind, in a division or everywhere."""
    among = units_below(conn, within, at) if within else None
    return page_facilities.group_kinds(count_facilities(conn, asker, at, within=among))


def _division_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, code: str) -> Panel:
    division = read_division(conn, code, at, asker)
    round_it = LineFilter(touching=division.id, unit_level=division.level)
    lines = find_lines(conn, asker, at, round_it, limit=MOST_LINES)
    children = list_divisions(conn, asker, at, parent=division.id, limit=MOST_CHILDREN)
    groups = count_kinds(conn, asker, at, division.id)
    html = page.render_division(lang, at, division, children=children, lines=lines, groups=groups)
    return Panel(html, division.name, division.bbox)


def _line_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, line_id: UUID) -> Panel:
    line, _shape = read_line(conn, line_id, at, asker)
    html = page.render_line(lang, at, line, can_open=not asker.is_public)
    return Panel(html, f"{line.left_name}—{line.right_name}", line.bbox)


def _marker_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, marker_id: UUID) -> Panel:
    marker = read_marker(conn, marker_id, at, asker)
    html = page_markers.render_marker_panel(lang, at, marker)
    return Panel(html, f"{marker.number}{marker.member}", page_markers.box_round_marker(marker))


def _facility_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, choice: Choice) -> Panel:
    if choice.facility:
        facility = read_facility(conn, choice.facility, at, asker)
        box = page_facilities.box_round(facility)
        return Panel(page_facilities.render_facility(lang, at, facility), facility.name, box)
    which, kinds = choice.facilities, choice.kinds
    if which in ("all", "unplaced"):
        placed = False if which == "unplaced" else None
        found = list_facilities(conn, asker, at, kinds=kinds, placed=placed, limit=MOST_FACILITIES)
        listed = page_facilities.FacilityList(which=which, place="", page=found, kinds=kinds)
        title = text(f"page.facilities_{which}", lang)
        return Panel(page_facilities.render_facilities(lang, at, listed), title)
    division = read_division(conn, which, at, asker)
    found = list_facilities(conn, asker, at, kinds=kinds, within=division.id, limit=MOST_FACILITIES)
    listed = page_facilities.FacilityList(which=which, place=division.name, page=found, kinds=kinds)
    title = text("page.facilities_in", lang, name=division.name)
    return Panel(page_facilities.render_facilities(lang, at, listed), title, division.bbox)


def _run_panel(conn: Connection, asker: Viewer, lang: Lang, at: date, run_id: UUID) -> Panel:
    run = read_run(conn, run_id, asker)
    bounds = frame_run(read_run_cells(conn, run, settings().files))
    return Panel(page_runs.render_run(lang, at, run, bounds), tell_title(run, lang), bounds)


def _start_divisions(conn: Connection, asker: Viewer, at: date) -> Page:
    """Return the provinces, or what comes first where none may be seen."""
    found = list_divisions(conn, asker, at, level="province", limit=MOST_FOUND)
    return found if found.items else list_divisions(conn, asker, at, limit=MOST_FOUND)
