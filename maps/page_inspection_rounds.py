"""When each line was last inspected and is due, and the completed rounds of one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from geo.boundaries.sides import Sides
from geo.files.attach import Attachment
from geo.inspections.facts import RESULTS
from geo.inspections.planning.clock import Clock
from geo.inspections.planning.past import PastRound
from maps.page import Frame, frame_facts
from maps.page_inspection_plan import LEVELS
from maps.page_register import Refused, register_facts
from maps.rendering import render

STATUSES = ("overdue", "due_soon", "unknown", "under_way", "ok")
SCANS = ("summary", "record", "approval", "minutes", "other")
"""Kinds of papers that are given to a completed round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockQuestion:
    """What the list of clocks was asked for, as it was typed."""

    within: str = ""
    level: str = ""
    status: str = ""

    def address(self, **other: str) -> str:
        """Return the address of the same question with other answers; empty ones are left out."""
        asked = {"within": self.within, "level": self.level, "status": self.status} | other
        kept = {key: value for key, value in asked.items() if value}
        return f"/inspections/rounds?{urlencode(kept)}" if kept else "/inspections/rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsView:
    """The completed rounds of a line, with the forms that write them.

    ``clock`` is None where the line is not inspected as a whole. ``may_write`` says whether the
    viewer edits for a side.
    """

    line_id: UUID
    sides: Sides
    clock: Clock | None
    rounds: Sequence[PastRound]
    files: Mapping[UUID, Sequence[Attachment]]
    may_write: bool
    said: str | None = None
    refused: Refused | None = None


def render_clocks(
    frame: Frame,
    today: date,
    asked: ClockQuestion,
    clocks: Sequence[Clock],
    *,
    problem: str | None = None,
) -> str:
    """Render the clocks of the lines; a line that is under way and overdue counts as both."""
    counts: Counter[str] = Counter(one.status for one in clocks)
    counts["overdue"] += sum(one.is_overdue and one.status != "overdue" for one in clocks)
    shown = [one for one in clocks if _is_of(one, asked.status)]
    return render(
        "inspection_clocks.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        asked=asked,
        clocks=shown,
        total=len(clocks),
        counts=[(status, counts[status]) for status in STATUSES if counts[status]],
        levels=LEVELS,
        problem=problem,
    )


def render_rounds(frame: Frame, today: date, view: RoundsView) -> str:
    """Render the completed rounds of a line."""
    return render(
        "inspection_rounds.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        view=view,
        refused=view.refused,
        blank=blank_round(),
        round_values=round_values,
        results=RESULTS["marker"],
        scans=SCANS,
    )


def blank_round() -> dict[str, Any]:
    """Return the fields of a round that is to be entered."""
    names = ("round", "started_on", "finished_on", "lead", "source", "note", "reason")
    return {**dict.fromkeys(names, ""), "states": {}}


def round_values(one: PastRound) -> dict[str, Any]:
    """Return the fields of a round as its form shows them."""
    return {
        "round": one.round,
        "started_on": one.started_on or "",
        "finished_on": one.finished_on,
        "lead": one.lead.code if one.lead else "",
        "source": one.source,
        "note": one.note or "",
        "reason": "",
        "states": dict(one.states),
    }


def _is_of(one: Clock, status: str) -> bool:
    if status == "overdue":
        return one.is_overdue
    return status in ("", one.status)
