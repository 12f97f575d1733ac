"""The months of a year: field work, days by which lines are due, the office's own deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from geo.inspections.planning.calendar import Entry, Month
from maps.page import Frame, frame_facts
from maps.page_register import register_facts
from maps.rendering import render


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarQuestion:
    """Which year, and of which place as it was typed."""

    year: int
    within: str = ""

    def address(self, path: str = "/inspections/calendar", year: int | None = None) -> str:
        """Return the address of the same question, or of another year."""
        asked = {"year": str(year or self.year), "within": self.within}
        return f"{path}?{urlencode({key: value for key, value in asked.items() if value})}"


def render_calendar(
    frame: Frame,
    today: date,
    asked: CalendarQuestion,
    months: Sequence[Month],
    *,
    place: str | None = None,
    problem: str | None = None,
) -> str:
    """Render a year month by month; ``place`` is the name of what was asked for."""
    return render(
        "inspection_calendar.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        asked=asked,
        months=months,
        total=len({one.uid for month in months for one in month.entries}),
        place=place,
        this_month=(today.year, today.month),
        problem=problem,
        days_of=days_of,
        address_of=address_of,
    )


def days_of(one: Entry) -> str:
    """Return month and day, or the first and last of several."""
    first, last = f"{one.begins:%m-%d}", f"{one.ends:%m-%d}"
    return first if one.begins == one.ends else f"{first}–{last}"


def address_of(one: Entry) -> str | None:
    """Return the page of what an entry is about; None for a deadline of the office."""
    if one.inspection_id:
        return f"/inspections/{one.inspection_id}"
    return f"/inspections/rounds/{one.line_id}" if one.line_id else None
