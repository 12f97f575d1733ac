"""The workflow of a joint inspection as one table: who may do what in which state, and the guard.

::

    planned → scheme_agreed → desk → field → disposal → signed → reported → submitted
            → accepted → archived
    submitted → returned → disposal;  a change after signing → disposal;  → withdrawn

References
----------
行政区域界线管理条例 (Order 353) art. 12: inspected jointly, the result reported jointly to the
authority that approved the line. 省级行政区域界线联合检查实施办法 (MCA Order 28).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Who = Literal["both", "party", "lead", "superior"]
"""``both``: lead and cooperating side, each by itself; ``party``: any side; ``lead``; ``superior``:
the authority above all sides, or its document entered by the lead."""
Guard = Literal["settled", "signed"]
BEFORE_SIGNING = ("planned", "scheme_agreed", "desk", "field", "disposal")


@dataclass(frozen=True, slots=True)
class Transition:
    """A row: in ``start``, ``action`` by ``who`` leads to ``to`` once its guards are content.

    ``settled`` wants a result for every subject, ``signed`` a valid signature of every party.
    ``reason`` wants a note that says why. ``whole`` rows are not for a part: its whole does them.
    """

    start: str
    action: str
    to: str
    who: Who
    guards: tuple[Guard, ...] = ()
    reason: bool = False
    whole: bool = False


TRANSITIONS: tuple[Transition, ...] = (
    Transition("planned", "agree_scheme", "scheme_agreed", "both"),
    Transition("scheme_agreed", "start_desk", "desk", "party"),
    Transition("desk", "start_field", "field", "party"),
    Transition("field", "start_disposal", "disposal", "party", ("settled",)),
    Transition("disposal", "sign_records", "signed", "party", ("settled", "signed")),
    Transition("signed", "draft_report", "reported", "party", ("signed",), whole=True),
    Transition("reported", "submit", "submitted", "lead", ("settled", "signed"), whole=True),
    Transition("submitted", "accept", "accepted", "superior", whole=True),
    Transition("submitted", "return", "returned", "superior", reason=True, whole=True),
    Transition("returned", "resume", "disposal", "party", whole=True),
    Transition("accepted", "archive", "archived", "party", whole=True),
    *(Transition(state, "withdraw", "withdrawn", "lead", reason=True) for state in BEFORE_SIGNING),
)

ACTIONS = tuple(dict.fromkeys(one.action for one in TRANSITIONS))
"""``action.<key>`` in the catalogue."""
FINAL = frozenset({"archived", "withdrawn"})


def find_transition(state: str, action: str) -> Transition | None:
    """Return the row of an action in a state; None where there is none."""
    return next((one for one in TRANSITIONS if (one.start, one.action) == (state, action)), None)


def transitions_from(state: str) -> list[Transition]:
    """Return what may be done in a state."""
    return [one for one in TRANSITIONS if one.start == state]
