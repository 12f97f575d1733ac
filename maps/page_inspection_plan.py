"""The plan of a year: what is proposed, what is in it, who consented, what it leaves out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from geo.boundaries.sides import Side
from geo.inspections.facts import STATES, Party
from geo.inspections.planning.planned import Plan
from geo.inspections.planning.proposing import Why
from maps.page import Frame, frame_facts
from maps.page_inspections import CHIPS
from maps.page_register import PaperLink, Refused, register_facts
from maps.rendering import render

LEVELS = ("province", "prefecture", "county")
MOST_ROWS = 150
"""Rows of one form: each has six fields, and a form of a browser may hold a thousand."""
Split = Literal["half", "managing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuestion:
    """Of which place and level of lines; as it was typed."""

    within: str = ""
    level: str = ""

    def address(self, path: str) -> str:
        """Return the address of the same question on another page."""
        kept = {
            key: value for key, value in (("within", self.within), ("level", self.level)) if value
        }
        return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A line that is proposed, as it stands in the form.

    ``lead`` is a side's code.
    """

    line_id: UUID
    code: str | None
    name: str
    why: Why
    last: tuple[int, date] | None
    due_on: date | None
    length_km: float
    markers: int
    sections: int
    sides: Sequence[Side]
    chosen: bool
    round: str
    lead: str
    field_from: str
    field_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """All that the page of a plan shows; ``problem`` stands where the place is not known.

    ``mine`` are the sides the viewer may consent for, and to how many lines; ``may_consent`` the
    inspections and sides.
    ``left_out`` counts what is proposed beyond the rows of one form.
    """

    year: int
    asked: PlanQuestion
    plan: Plan | None
    rows: Sequence[PlanRow] = ()
    left_out: int = 0
    split: Split = "half"
    mine: Sequence[tuple[Party, int]] = ()
    may_consent: Collection[tuple[UUID, UUID]] = frozenset()
    papers: Sequence[PaperLink] = ()
    said: str | None = None
    refused: Refused | None = None
    problem: str | None = None


def render_plan(frame: Frame, today: date, view: PlanView) -> str:
    """Render the plan of a year."""
    return render(
        "inspection_plan.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        view=view,
        plan=view.plan,
        asked=view.asked,
        levels=LEVELS,
        states_of=STATES,
        chips=CHIPS,
        papers=view.papers,
        refused=view.refused,
    )
