"""The life of a marker: ``STEPS`` says what may follow what, who must be there, and which papers.

References
----------
行政区域界线管理条例 (Order 353): art. 6 (a damaged marker is repaired with the other side present;
moving and adding need all sides' agreement and go to the authority that approved the line), art. 16
(repairing without the neighbour is punishable), art. 8 (other marks).
行政区域界线界桩管理办法 (MCA Order 36).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

STATES = (
    "set", "in_place", "worn", "leaning", "damaged", "moved", "lost", "repaired", "reset",
    "scrapped",
)  # fmt: skip
"""``marker_state.<key>`` in the catalogue; a marker that waits for its first look is ``set``."""

STANDING = frozenset({"set", "in_place", "repaired", "reset"})
"""The states in which nothing is to be done."""
WRONG = frozenset({"worn", "leaning", "damaged", "moved", "lost"})
LIVE = STANDING | WRONG


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the transition table.

    ``starts`` are the states it may follow, ``leaves`` the state after it (None: the same).
    ``presence`` wants somebody of every other side there; ``agreed`` wants the consent of every
    side and approval from above, so it comes through a proposal only. ``papers`` are the kinds of
    paper (``paper_kind.<key>``) that belong to it; one that is not there yet is told, and asked
    for on the marker's page.
    """

    starts: frozenset[str]
    leaves: str | None
    presence: bool = False
    agreed: bool = False
    papers: tuple[str, ...] = field(default=())


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "registered": Step(frozenset(), None, papers=("register_card",)),
        "added": Step(frozenset(), "set", agreed=True, papers=("approval", "register_card")),
        "confirmed": Step(STANDING, "in_place"),
        "checked": Step(LIVE, None, papers=("photo",)),
        "maintained": Step(LIVE - {"lost"}, None),
        "worn": Step(LIVE - {"worn", "lost"}, "worn", papers=("photo",)),
        "leaning": Step(LIVE - {"leaning", "lost"}, "leaning", papers=("photo",)),
        "damaged": Step(LIVE - {"damaged", "lost"}, "damaged", papers=("photo",)),
        "moved": Step(LIVE - {"moved"}, "moved", papers=("photo",)),
        "lost": Step(LIVE - {"lost"}, "lost"),
        "found": Step(frozenset({"lost"}), "in_place", papers=("photo",)),
        "repaired": Step(
            frozenset({"worn", "leaning", "damaged"}),
            "repaired",
            presence=True,
            papers=("record", "photo"),
        ),
        "reset": Step(
            frozenset({"lost", "damaged", "leaning", "moved"}),
            "reset",
            presence=True,
            papers=("record", "photo", "register_card"),
        ),
        "relocated": Step(
            LIVE, "reset", agreed=True, papers=("consent", "approval", "register_card", "photo")
        ),
        "scrapped": Step(LIVE, "scrapped", agreed=True, papers=("consent", "approval")),
    }
)
"""Kind of event → its row; ``marker_event.<kind>`` in the catalogue.

``reset`` puts a marker back to its registered place; another place is ``relocated``.
"""

RECORDED = tuple(kind for kind, step in STEPS.items() if step.starts and not step.agreed)
"""The kinds a side records by itself."""


def next_steps(state: str) -> list[str]:
    """Return the kinds of event that a side may record of a marker in a state."""
    return [kind for kind in RECORDED if state in STEPS[kind].starts]


def state_after(kind: str, state: str) -> str:
    """Return the state an event leaves a marker in."""
    return STEPS[kind].leaves or state
