"""我的待办: what waits for whom, the click that does it, and a text to remind the others with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from geo.boundaries.sides import Side
from geo.inspections.waiting.rules import KINDS
from geo.inspections.waiting.todo import Todo
from geo.texts import Text
from maps.page import Frame, frame_facts
from maps.page_register import Refused, register_facts
from maps.rendering import render

Who = Literal["mine", "others"]
AT_ONCE = frozenset(
    {"agree", "advance", "report", "submit", "accept", "archive", "consent", "returned"}
)
"""What one click does. The rest wants a look or words first: a click leads to the place."""
PLACES = {
    "sign": "#signatures",
    "conflict": "#conflicts",
    "record": "#subjects",
    "confirm": "#subjects",
    "delivery": "#deliveries",
}
"""Where on the page of an inspection it is done."""
CHIPS = {
    "returned": "action",
    "sign": "action",
    "conflict": "action",
    "overdue": "action",
    "incident": "warning",
    "due": "warning",
    "work_order": "warning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoQuestion:
    """What is asked: whose, of which place, kind, and side; as it was typed."""

    who: Who = "mine"
    within: str = ""
    kind: str = ""
    side: str = ""

    def address(self, path: str = "/todo", **other: str) -> str:
        """Return the address of the same question with other answers; empty ones are left out."""
        asked = {"who": self.who, "within": self.within, "kind": self.kind, "side": self.side}
        kept = {key: value for key, value in (asked | other).items() if value and value != "mine"}
        return f"{path}?{urlencode(kept)}" if kept else path


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoView:
    """The list with what stands round it.

    ``every`` is all that waits before kind and side were asked for; ``reminder`` the text to send;
    ``left`` what a hand-over did not reach, in words; ``missing`` what held back a step.
    """

    asked: TodoQuestion
    todos: Sequence[Todo]
    every: Sequence[Todo]
    reminder: str = ""
    said: str | None = None
    refused: Refused | None = None
    missing: Sequence[Text] = ()
    left: Sequence[str] = ()


def render_todo(frame: Frame, today: date, view: TodoView) -> str:
    """Render what waits, the most pressing first."""
    counts = Counter(one.kind for one in view.every)
    return render(
        "todo.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        view=view,
        kinds=[(kind, counts[kind]) for kind in KINDS if counts[kind]],
        sides=_sides(view.every),
        chips=CHIPS,
        day=today,
        place_of=place_of,
        at_once=is_at_once,
    )


def is_at_once(one: Todo, who: Who) -> bool:
    """Return whether one click does it."""
    return who == "mine" and one.kind in AT_ONCE and one.action is not None


def place_of(one: Todo) -> str:
    """Return where it is done."""
    if one.kind in ("due", "overdue"):
        return f"/inspections/new?{urlencode({'line': str(one.line_id)})}"
    if one.kind == "incident":
        return f"/markers/{one.object_id}"
    if one.kind == "work_order":
        return f"/work-orders/{one.object_id}?{urlencode({'line': str(one.line_id)})}"
    return f"/inspections/{one.inspection_id}{PLACES.get(one.kind, '#state')}"


def _sides(todos: Sequence[Todo]) -> list[Side]:
    sides = {one.party.code: one.party for one in todos if one.party}
    return [sides[code] for code in sorted(sides)]
