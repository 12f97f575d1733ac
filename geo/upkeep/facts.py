"""What a work order is: for what, asking for what, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from geo.markers.events import Present
from geo.markers.read import DivisionRef, Marker

EVENTS: Mapping[str, str | None] = MappingProxyType(
    {
        "clean": "maintained",
        "repaint": "maintained",
        "straighten": "repaired",
        "repair": "repaired",
        "reset": "reset",
        "new_object": "maintained",
        "other": None,
    }
)
"""What is asked for (``task.<key>``) → the step in the marker's life it ends with.

Those that end as ``repaired`` or ``reset`` want somebody of every other side there.
"""
TASKS = tuple(EVENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an order is for: a marker, or a section with the sides it belongs to.

    ``holder_ids`` are the objects whose files may show how it ended.
    """

    kind: str
    id: UUID
    label: str
    sides: tuple[DivisionRef, ...]
    managing_id: UUID | None
    marker: Marker | None = None
    holder_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order to be opened; ``responsible`` is the code, name or id of a side.

    ``found`` is the state of the marker that asks for it, as it was on ``found_on``: the register
    is told where it does not know yet. ``cause_id`` is the inspection it comes from.
    """

    task: str
    responsible: str | None = None
    due_on: date | None = None
    note: str | None = None
    found: str | None = None
    found_on: date | None = None
    cause_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """How an order ended: on which day, who was there, which files show it, by id or SHA-256."""

    on: date
    present: Sequence[Present] = ()
    files: Sequence[str] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A work order; ``present`` has name, division, code and side's name of who was there."""

    id: UUID
    object_kind: str
    object_id: UUID
    cause_id: UUID | None
    task: str
    responsible: DivisionRef
    due_on: date | None
    note: str | None
    state: str
    ended_on: date | None
    present: tuple[Mapping[str, str], ...]
    files: tuple[UUID, ...]
    event_id: UUID | None
    end_note: str | None
    actor_name: str
    at: datetime

    def is_overdue(self, today: date) -> bool:
        """Return whether it is open past the day it was due."""
        return self.state == "open" and self.due_on is not None and self.due_on < today
