"""How the state of a marker is drawn: a shape of its own for each group, a colour that adds to it.

The same shapes stand on the map, in its legend and in the chips of lists.
"""

from __future__ import annotations

from dataclasses import dataclass

from maps.palette import CINNABAR, INK_SOFT, MALACHITE, OCHRE, PANEL


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape on a square of 24 units: a path, its fill and its edge."""

    path: str
    fill: str
    stroke: str
    width: float = 2.0


MARKS = {
    "in_order": Mark("M4 4H20V20H4Z", MALACHITE, PANEL),
    "repair": Mark("M12 2.5L22 20.5H2Z", OCHRE, PANEL),
    "moved": Mark("M12 2L22 12L12 22L2 12Z", PANEL, OCHRE, 3.0),
    "lost": Mark("M4 4H20V20H4ZM4 4L20 20M20 4L4 20", PANEL, CINNABAR, 2.6),
    "scrapped": Mark("M5 5L19 19M19 5L5 19", "none", INK_SOFT, 3.0),
}
"""Groups of states; their names are ``page.mark_of.<group>``."""

STATES = {
    "set": "in_order",
    "in_place": "in_order",
    "repaired": "in_order",
    "reset": "in_order",
    "damaged": "repair",
    "worn": "repair",
    "leaning": "repair",
    "moved": "moved",
    "lost": "lost",
    "scrapped": "scrapped",
}
"""State of a marker → its group."""
