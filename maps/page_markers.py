"""The pages of markers: the list, and one marker with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from geo.markers.read import Marker, MarkerPage
from geo.texts import Lang
from maps.marks import STATES
from maps.page import Frame, frame_facts
from maps.page_register import register_facts
from maps.rendering import render, render_panel, write_box

AROUND_DEG = 0.006
"""How far round a marker its map shows, some 600 m."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerQuestion:
    """What a list of markers was asked for, as it was typed."""

    number: str = ""
    line: str = ""
    within: str = ""
    state: str = ""

    @property
    def narrows(self) -> bool:
        """Return whether anything was asked for at all."""
        return any((self.number, self.line, self.within, self.state))


def box_round_marker(marker: Marker) -> Box | None:
    """Return the box a map of a marker shows; None without coordinates."""
    if marker.lon is None or marker.lat is None:
        return None
    return (
        marker.lon - AROUND_DEG,
        marker.lat - AROUND_DEG,
        marker.lon + AROUND_DEG,
        marker.lat + AROUND_DEG,
    )


def render_markers(
    frame: Frame,
    at: date,
    today: date,
    asked: MarkerQuestion,
    found: MarkerPage | None,
    *,
    cursor: str | None = None,
    problem: str | None = None,
) -> str:
    """Render the list of markers; without ``found`` the problem stands in its place.

    ``cursor`` is where the next page begins.
    """
    query = {"number": asked.number, "line": asked.line, "within": asked.within}
    kept = {key: value for key, value in (query | {"state": asked.state}).items() if value}
    goes_on = urlencode(kept | {"at": at.isoformat(), "cursor": cursor}) if cursor else ""
    return render(
        "markers.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        asked=asked,
        markers=found.items if found else [],
        total=found.total if found else 0,
        next_address=f"/markers?{goes_on}" if goes_on else None,
        problem=problem,
    )


def render_marker_panel(lang: Lang, at: date, marker: Marker) -> str:
    """Render a marker in short as the panel of the map, with the way to its page."""
    return render_panel(
        "panel_marker.html",
        lang,
        at,
        m=marker,
        bbox=write_box(box_round_marker(marker)),
        group=STATES.get(marker.state, "in_order"),
    )
