"""A long line in parts by pairs of counties: those that could be, or what those there are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.inspections.facts import RESULTS, Inspection
from geo.inspections.planning.pairs import Pair
from geo.inspections.planning.parts import RollUp
from maps.page import Frame, frame_facts
from maps.page_inspections import CHIPS
from maps.page_register import Refused, register_facts
from maps.rendering import render

UNITS = ("county", "prefecture")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsView:
    """The parts of an inspection added up, or the pairs it can be divided between.

    ``unit`` is the level of the pairs.
    """

    found: Inspection
    total: RollUp
    unit: str
    pairs: Sequence[Pair] = ()
    may_open: bool = False
    said: str | None = None
    refused: Refused | None = None


def render_parts(frame: Frame, today: date, view: PartsView) -> str:
    """Render the parts of an inspection."""
    return render(
        "inspection_parts_page.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        view=view,
        found=view.found,
        refused=view.refused,
        chips=CHIPS,
        units=UNITS,
        results=[(kind, state) for kind in RESULTS for state in RESULTS[kind]],
    )
