"""What a paper is made of: what was read of the register, and a picture or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.boundaries.read import BoundaryLine
from geo.boundaries.record import LineRecord
from geo.files.attach import Attachment
from geo.markers.facts import SideFacts
from geo.markers.objects import ReferenceObject
from geo.markers.read import DivisionRef, Marker
from geo.sections.register import Section
from maps.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A side of a marker and its own part of it; the first is 甲方, then 乙方 and 丙方."""

    division: DivisionRef
    own: SideFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerCard:
    """A marker for its register card as of a day.

    ``given`` says the coordinates as they were written and in which system, ``fit`` names the
    local fit that moved them. ``photo`` is a JPEG or PNG.
    """

    marker: Marker
    parties: tuple[Party, ...]
    objects: Sequence[ReferenceObject]
    position_text: str | None
    fit: str | None
    sketch: Sketch | None
    photo: bytes | None
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePaper:
    """A line with its markers for lists and summaries as of a day.

    ``courses`` are the 走向说明 of its sections, in their order; None where nobody wrote one.
    """

    line: BoundaryLine
    record: LineRecord | None
    markers: Sequence[Marker]
    sections: Sequence[Section]
    courses: Sequence[str | None]
    documents: Sequence[Attachment]
    day: date


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a template, to be as large as fits into a box; millimetres."""

    content: bytes
    width: float
    height: float
