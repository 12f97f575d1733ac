"""The colours of Yutu and what they stand for: mineral colours on paper."""

from __future__ import annotations

from dataclasses import dataclass

PAPER = "#FBFAF6"
PANEL = "#FFFFFF"
OUTSIDE = "#F1EEE5"
INK = "#1E2328"
INK_SOFT = "#59626B"
LINE = "#DAD6CC"
CINNABAR = "#B3392B"
AZURITE = "#1F5A8A"
MALACHITE = "#2C7A5B"
OCHRE = "#9A6A1F"
GLOW = "#C6D5E0"
"""Azurite thinned, round what is chosen."""
CHOSEN_LINE = "#DB9A90"
"""Cinnabar thinned, under a chosen line."""
DASH = "#41464B"
"""Ink of boundary lines, a little lighter than that of names."""

TINTS = ("#F5EAD9", "#E6EFE6", "#F7E8E2", "#F6F4DC", "#EEE8EF")
"""Ochre, malachite, cinnabar, gamboge and plum, thinned on paper: neighbours get different ones.

None has a meaning, and none is blue, which is water.
"""

FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif")


@dataclass(frozen=True, slots=True)
class ReachClass:
    """How far is as far: a colour for distances up to a share of the limit."""

    colour: str
    up_to: float
    covered: bool


REACH = (
    ReachClass("#0B5C50", 1 / 3, covered=True),
    ReachClass("#46A08B", 2 / 3, covered=True),
    ReachClass("#A9D8C6", 1.0, covered=True),
    ReachClass("#F4E0AE", 1.5, covered=False),
    ReachClass("#E0AC63", 2.0, covered=False),
    ReachClass("#BE6A58", float("inf"), covered=False),
)
"""Cells by their way to the nearest facility: malachite within the limit, ochre to cinnabar beyond.

What is covered stands out; the palest two meet at the limit. Blue-green against red-brown is told
apart with any colour vision.
"""
PLUM = "#75497A"
GROUP_COLOURS = {
    "care": MALACHITE,
    "health": AZURITE,
    "funeral": INK_SOFT,
    "children": CINNABAR,
    "relief": OCHRE,
    "relief_goods": OCHRE,
    "veterans": PLUM,
}
"""Colours of groups of facilities; those of everyday services have none of their own."""
SERVICES = "#3D7480"
"""Azurite and malachite mixed: groups without a colour of their own."""


def colour_of(group: str) -> str:
    """Return the colour of the facilities of a group."""
    return GROUP_COLOURS.get(group, SERVICES)


NO_NETWORK = "#8E9095"
"""Cells without a street near them; drawn as a chequer, which no class is."""
