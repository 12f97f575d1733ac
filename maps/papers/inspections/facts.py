"""What papers of an inspection and of a year's plan are made of, as it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from uuid import UUID

from geo.boundaries.record import LineRecord
from geo.files.attach import Attachment
from geo.inspections.facts import Inspection, Outcome, Party, Record, Step
from maps.papers.inspections.line_map import LineMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one pair of counties inspects: a whole inspection, or a part of that of a long line."""

    inspection: Inspection
    outcomes: Sequence[Outcome]
    records: Sequence[Record]

    def name_party(self, division_id: UUID) -> str:
        """Return the name of one of its parties."""
        return next(one.name for one in self.inspection.parties if one.id == division_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How far a recorded position is from the registered one; ``limit_m`` is the office's.

    ``verdict`` is a proposal (:data:`geo.deviation.judge.VERDICTS`); people conclude.
    """

    distance_m: float
    limit_m: float | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was to be done about a finding, by whom, until when, and how it ended."""

    kind: str
    object_id: UUID
    task: str
    responsible: str
    due_on: date | None
    state: str
    ended_on: date | None
    present: Sequence[str]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What desk work compared on a section and what it said to look at in the field."""

    section_id: UUID
    items: Sequence[str]
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionPaper:
    """An inspection for its papers as of a day.

    ``parts`` is the inspection itself, or those it is made of. ``apart`` is by record. ``photos``
    are small JPEG by the hash of the original. ``content_sha256`` is of the canonical content that
    is signed now, ``fingerprint`` of the instance's key.
    """

    inspection: Inspection
    record: LineRecord | None
    parts: Sequence[Part]
    apart: Mapping[UUID, Apart] = field(default_factory=lambda: MappingProxyType({}))
    orders: Sequence[Order] = ()
    desk: Sequence[Desk] = ()
    steps: Sequence[Step] = ()
    documents: Sequence[Attachment] = ()
    photos: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    map: LineMap | None = None
    content_sha256: str | None = None
    fingerprint: str | None = None
    day: date

    def outcomes(self, kind: str) -> list[tuple[Part, Outcome]]:
        """Return the outcomes of markers or sections over all parts; one in two parts is once."""
        found: dict[UUID, tuple[Part, Outcome]] = {}
        for part in self.parts:
            for one in part.outcomes:
                if one.subject.kind == kind:
                    found.setdefault(one.subject.id, (part, one))
        return list(found.values())

    def orders_of(self, object_id: UUID) -> list[Order]:
        """Return what was to be done about a subject; dropped orders are none of it."""
        return [one for one in self.orders if one.object_id == object_id and one.state != "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """A line in the plan of a year; ``state`` is that of its inspection, None where none is yet.

    ``last_on`` is when it was last inspected as far as anybody knows; ``due_on`` follows from it.
    """

    name: str
    code: str | None
    length_km: float
    markers: int
    parties: Sequence[Party]
    kind: str
    round: int | None
    last_on: date | None
    due_on: date | None
    overdue: bool
    state: str | None
    field_from: date | None
    field_to: date | None
    settled: int
    subjects: int
    disagreed: int
    publication: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPaper:
    """The inspections of a year within a division."""

    division: str
    year: int
    lines: Sequence[PlannedLine]
    day: date
