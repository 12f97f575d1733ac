"""The register of lines, as it is searched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from geo.boundaries.find import LinesFound
from maps.page import Frame, frame_facts
from maps.page_register import register_facts
from maps.rendering import render

LEVELS = ("province", "prefecture", "county", "township")
"""Levels of lines that can be asked for."""
M_PER_KM = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuestion:
    """What a list of lines was asked for, as it was typed."""

    q: str = ""
    within: str = ""
    level: str = ""
    unit: str = ""

    @property
    def narrows(self) -> bool:
        """Return whether anything was asked for at all."""
        return any((self.q, self.within, self.level, self.unit))


def render_lines(
    frame: Frame,
    at: date,
    today: date,
    asked: LineQuestion,
    found: LinesFound | None,
    *,
    cursor: str | None = None,
    problem: str | None = None,
) -> str:
    """Render the register of lines; without ``found`` the problem stands in its place."""
    query = {"q": asked.q, "within": asked.within, "level": asked.level, "unit": asked.unit}
    kept = {key: value for key, value in query.items() if value} | {"at": at.isoformat()}
    return render(
        "lines.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        asked=asked,
        found=found,
        levels=LEVELS,
        next_address=f"/lines?{urlencode(kept | {'cursor': cursor})}" if cursor else None,
        problem=problem,
    )
