"""The list of joint inspections, how far a year is, and the form that opens one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from geo.boundaries.sides import Side
from geo.inspections.facts import SPECIAL_REASONS, STATES
from geo.inspections.planning.clock import Clock
from geo.inspections.planning.year_progress import YearProgress
from geo.inspections.read import InspectionPage
from geo.inspections.subjects import Candidate
from maps.page import Frame, frame_facts
from maps.page_register import PaperLink, Refused, register_facts
from maps.progress_chart import Bar, line_bars, side_bars
from maps.rendering import render

CHIPS = {
    "returned": "action",
    "signed": "done",
    "reported": "done",
    "submitted": "warning",
    "accepted": "done",
    "archived": "done",
}
"""Colours of the states' chips; the word says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuestion:
    """What the list was asked for, as it was typed; no year means all years."""

    year: int | None = None
    state: str = ""
    within: str = ""

    def address(self, path: str = "/inspections", **other: str) -> str:
        """Return the address of the same question with other answers; empty ones are left out."""
        asked = {"year": str(self.year or ""), "state": self.state, "within": self.within} | other
        kept = {key: value for key, value in asked.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A page of the list; without ``found`` the problem stands in its place.

    ``progress`` is that of the year, None without one. ``papers`` are the plan's and summary's of
    the place that was asked for.
    """

    asked: ListQuestion
    found: InspectionPage | None
    progress: YearProgress | None = None
    papers: Sequence[PaperLink] = ()
    cursor: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewView:
    """The form that opens an inspection: first its line, then the rest.

    ``clock`` is that of the chosen line, ``candidates`` what it has to inspect, ``found`` the lines
    among which to choose. ``typed`` is what stands in the fields.
    """

    q: str
    found: Sequence[tuple[str, str, str]] = ()
    clock: Clock | None = None
    candidates: Sequence[Candidate] = ()
    typed: Mapping[str, Any]
    refused: Refused | None = None

    @property
    def sides(self) -> Sequence[Side]:
        """Return the two sides of the chosen line."""
        return self.clock.line.sides if self.clock else ()


def render_inspections(frame: Frame, today: date, view: ListView) -> str:
    """Render the inspections, with a chart of the year where one was asked for."""
    asked = view.asked
    lines: Sequence[Bar] = ()
    sides: Sequence[Bar] = ()
    if view.progress:
        lines = line_bars(view.progress, frame.lang)
        sides = side_bars(view.progress, frame.lang)
    return render(
        "inspections.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        view=view,
        asked=asked,
        states_of=STATES,
        chips=CHIPS,
        lines=lines,
        sides=sides,
        papers=view.papers,
        shown_year=asked.year or today.year,
        next_address=asked.address(cursor=view.cursor) if view.cursor else None,
    )


def render_new_inspection(frame: Frame, today: date, view: NewView) -> str:
    """Render the form that opens an inspection."""
    return render(
        "inspection_new.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        view=view,
        refused=view.refused,
        reasons=SPECIAL_REASONS,
    )
