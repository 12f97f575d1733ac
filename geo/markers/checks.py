"""The five goals of every marker: right position, firmly set, easily seen, clear, complete file.

References
----------
行政区域界线界桩管理办法 (MCA Order 36): 位置准确、埋设牢固、明显易见、注记清晰、档案完备.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from geo.files.attach import Attachment
from geo.markers.events import GOALS, Event
from geo.markers.facts import ObjectFacts, SideFacts
from geo.markers.objects import LEAST_OBJECTS, ReferenceObject
from geo.markers.read import Marker
from geo.texts import Text

AGAINST: Mapping[str, frozenset[str]] = {
    "position_right": frozenset({"moved", "lost"}),
    "firmly_set": frozenset({"leaning", "lost", "damaged"}),
    "easily_seen": frozenset({"lost"}),
    "inscription_clear": frozenset({"worn", "lost"}),
}
"""The states that say by themselves that a goal is not met."""
FILE_PAPERS = ("register_card", "photo")
PARTS = ("position", "material", "set_on", "method", "accuracy_m", "height_m", "managing")
"""What a register card has to say; texts ``marker_part.<part>``.

A 位置说明 is not among them: it is generated from the card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal: met, not met, or not judged yet (None); ``why`` says what is missing or what told."""

    key: str
    met: bool | None
    at: date | None
    why: tuple[Text, ...]


def judge_goals(
    marker: Marker,
    events: Sequence[Event],
    objects: Sequence[ReferenceObject],
    own: Mapping[UUID, SideFacts],
    papers: Sequence[Attachment],
) -> list[Goal]:
    """Judge the five goals: four as they were last looked at, the file by what is in the register.

    Parameters
    ----------
    events
        The marker's events, the newest first.
    papers
        Its attachments that were not withdrawn.
    """
    goals = [_judge(key, marker, events) for key in GOALS]
    missing = find_missing(marker, objects, own, papers)
    goals.append(Goal(key="file_complete", met=not missing, at=None, why=tuple(missing)))
    return goals


def find_missing(
    marker: Marker,
    objects: Sequence[ReferenceObject],
    own: Mapping[UUID, SideFacts],
    papers: Sequence[Attachment],
) -> list[Text]:
    """Return what the file of a marker lacks, each as a text."""
    card = {"position": marker.lon, **{name: getattr(marker, name) for name in PARTS[1:]}}
    missing = [Text("missing.card_part", {"part": part}) for part in list_missing_parts(card)]
    whole = count_whole(objects)
    if whole < LEAST_OBJECTS:
        missing.append(Text("missing.objects", {"whole": whole, "least": LEAST_OBJECTS}))
    missing.extend(
        Text("missing.site", {"side": side.name})
        for side in marker.sides
        if side.id not in own or not own[side.id].site
    )
    kinds = {one.kind for one in papers}
    missing.extend(
        Text("missing.paper", {"paper": Text(f"paper_kind.{kind}")})
        for kind in FILE_PAPERS
        if kind not in kinds
    )
    return missing


def list_missing_parts(card: Mapping[str, object]) -> list[Text]:
    """Return which of :data:`PARTS` a card does not say; its position is anything but None."""
    return [Text(f"marker_part.{part}") for part in PARTS if card[part] is None]


def count_whole(objects: Iterable[ReferenceObject | ObjectFacts]) -> int:
    """Return how many reference objects are measured: a bearing of either north, a distance."""
    return sum(
        one.distance_m is not None
        and (one.grid_bearing_deg is not None or one.magnetic_bearing_deg is not None)
        for one in objects
    )


def _judge(key: str, marker: Marker, events: Sequence[Event]) -> Goal:
    """Judge one goal by the newest event that says something of it, and by the state."""
    if marker.state in AGAINST[key]:
        why = (Text("missing.state", {"state": Text(f"marker_state.{marker.state}")}),)
        return Goal(key=key, met=False, at=marker.state_at, why=why)
    for one in events:
        if one.goals and key in one.goals:
            return Goal(key=key, met=one.goals[key], at=one.at, why=())
    return Goal(key=key, met=None, at=None, why=(Text("missing.never_checked"),))
