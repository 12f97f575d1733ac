"""What an inspection is made of: its parties, its subjects, what each side recorded.

Measures in ``register`` and ``body`` are decimal strings, never floats, so that what is signed has
one spelling (RFC 8785).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from geo.texts import Text
from geo.upkeep.facts import EVENTS

Kind = Literal["regular", "special"]
SubjectKind = Literal["marker", "section"]
SubjectKey = tuple[SubjectKind, UUID]
PartyRole = Literal["lead", "cooperating", "third"]
TakesPart = Literal["account", "paper"]
Via = Literal["account", "guest", "contractor", "confirmed", "return_file", "paper"]

STATES = (
    "planned", "scheme_agreed", "desk", "field", "disposal", "signed", "reported", "submitted",
    "returned", "accepted", "archived", "withdrawn",
)  # fmt: skip
"""``inspection_state.<key>`` in the catalogue."""

RESULTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "marker": ("in_place", "worn", "leaning", "damaged", "moved", "lost", "unreachable"),
        "section": ("unchanged", "changed", "unclear", "unreachable"),
    }
)
"""What a side may find at a subject, ``result.<kind>.<key>`` in the catalogue."""

CONTENTS = ("line", "markers", "features", "crossing", "other")
"""The five contents of a field check (MCA Order 28 art. 3): ``content.<key>`` in the catalogue."""

SHOWS = ("near", "far", "object", "together", "before", "after", "other")
"""What a photo shows, ``photo_shows.<key>`` in the catalogue."""

TASKS = tuple(EVENTS)
"""What a work order asks for, ``task.<key>`` in the catalogue."""

SPECIAL_REASONS = ("flood", "river_shift", "road", "construction", "marker", "other")
"""Why a special inspection is held (Order 353 art. 12), ``special_reason.<key>``."""


def name_reason(reason: str | None) -> Text | str | None:
    """Return the reason of a special inspection in words; one that is no key is words already."""
    return Text(f"special_reason.{reason}") if reason in SPECIAL_REASONS else reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A government that owns the inspection; ``ordinal`` is its place on papers, the lead first."""

    id: UUID
    code: str
    name: str
    role: PartyRole
    ordinal: int
    takes_part: TakesPart
    clerk_id: UUID | None
    clerk_name: str | None
    contact: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A marker or a section that is inspected; ``sides`` are the parties that record and sign it.

    ``lead_id`` leads there (分段牵头). ``register`` is what the register said of it when the
    inspection began: of a marker number, set_up, faces, material, managing, position (lon, lat,
    crs, method, accuracy_m), objects; of a section from, to, basis, basis_name, length_km.
    """

    kind: SubjectKind
    id: UUID
    ordinal: int
    label: str
    sides: tuple[UUID, ...]
    lead_id: UUID
    planned_on: date | None
    register: Mapping[str, Any]

    @property
    def key(self) -> SubjectKey:
        """Return kind and id."""
        return self.kind, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A joint inspection as it stands now.

    ``revision`` is what ``If-Match`` wants. ``parts`` are the inspections by pairs of counties that
    a long line is made of, in the order of their opening; one with parts has no subjects.
    """

    id: UUID
    revision: int
    line_id: UUID
    line_code: str | None
    line_name: str
    length_km: float
    parent_id: UUID | None
    parts: tuple[UUID, ...]
    kind: Kind
    round: int | None
    year: int
    reason: str | None
    state: str
    field_from: date | None
    field_to: date | None
    accepted_on: date | None
    note: str | None
    publication: str
    actor_name: str
    created_at: datetime
    parties: tuple[Party, ...]
    subjects: tuple[Subject, ...]
    is_whole: bool

    @property
    def lead(self) -> Party:
        """Return the party that leads (牵头方)."""
        return next(one for one in self.parties if one.role == "lead")

    @property
    def party_ids(self) -> tuple[UUID, ...]:
        """Return the divisions that own it."""
        return tuple(one.id for one in self.parties)

    def subject(self, kind: str, object_id: UUID) -> Subject | None:
        """Return one of its subjects."""
        return next((one for one in self.subjects if one.key == (kind, object_id)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A paper that speaks for whoever has no account; ``file`` is an attachment of it."""

    number: str
    dated: date
    file: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo of a record; ``object_ordinal`` says of which 方位物. ``size`` in bytes."""

    sha256: str
    size: int
    media_type: str
    shows: str
    object_ordinal: int | None
    taken_at: datetime | None
    note: str | None
    actor_name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one side found at one subject, in its newest version.

    ``body`` holds, all measures as decimal strings: ``at``, ``state``, ``position`` (lon, lat,
    accuracy_m, method, crs), ``contents``, ``note``. ``sha256`` is of its canonical form.
    ``counts`` is False for a contractor's that its county has not accepted, and one withdrawn.
    """

    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    division_id: UUID
    version: int
    on_day: date
    edited_at: datetime
    state: str
    body: Mapping[str, Any]
    sha256: str
    via: Via
    scan_id: UUID | None
    guest_id: UUID | None
    accepted_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    actor_name: str
    recorded_at: datetime
    photos: tuple[Photo, ...]

    @property
    def counts(self) -> bool:
        """Return whether it is what its side says."""
        if self.withdrawn_at is not None:
            return False
        return self.via != "contractor" or self.accepted_at is not None


OutcomeStatus = Literal["open", "conflict", "agreed", "disagreed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the sides together have found at a subject so far.

    ``open``: a side has no record yet (``lacks``). ``agreed``: all found the same, or said the same
    of it since; ``state`` and ``words`` are the common finding. ``conflict``: they found different
    things and have not said what follows. ``disagreed``: they put on record that they see it
    differently; both views go into the report.
    """

    subject: Subject
    status: OutcomeStatus
    state: str | None
    words: str | None
    views: Mapping[UUID, Record]
    lacks: tuple[UUID, ...]
    proposed: Mapping[UUID, tuple[str | None, str | None]]

    @property
    def is_settled(self) -> bool:
        """Return whether it has a result: a common finding, or a disagreement on record."""
        return self.status in ("agreed", "disagreed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that still lacks; ``blocks`` says whether it stands in the way.

    ``what`` is ``missing.<what>`` in the catalogue; ``party`` names the side that owes it.
    """

    what: str
    blocks: bool
    kind: str | None = None
    object_id: UUID | None = None
    label: str | None = None
    party: UUID | None = None
    party_name: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def in_words(self) -> Text:
        """Return what lacks, to be put into words."""
        named = {"label": self.label, "party": self.party_name, **self.facts}
        return Text(f"missing.{self.what}", named)

    def told(self) -> dict[str, Any]:
        """Return it for the list of a refusal, its parts and its words."""
        return {
            "what": self.what,
            "blocks": self.blocks,
            "kind": self.kind,
            "object_id": self.object_id,
            "label": self.label,
            "party": self.party_name,
            "words": self.in_words(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something done to an inspection; where every side must speak, each one's stands by itself."""

    id: UUID
    action: str
    from_state: str
    to_state: str
    division_id: UUID | None
    document: Mapping[str, Any] | None
    note: str | None
    actor: str
    actor_name: str
    at: datetime
