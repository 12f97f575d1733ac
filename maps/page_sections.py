"""The pages of a line's sections: the form of all of them, and the course of one in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from geo.markers.read import DivisionRef
from geo.sections.descriptions import Description
from geo.sections.register import BASES, Section
from maps.page import Frame, frame_facts
from maps.page_register import Refused, register_facts
from maps.rendering import render

MOST_ROWS = 130
"""Sections of one form: the framework takes 1,000 fields, and each has seven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRow:
    """A section as it is typed: ``begin`` and ``end`` are a marker's number, or words."""

    section_id: str = ""
    begin: str = ""
    end: str = ""
    basis: str = "marker_to_marker"
    basis_name: str = ""
    length_km: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHead:
    """A line as the pages of its sections name it.

    ``at_once`` says that the viewer may write it, not only propose; ``may`` that either is open.
    """

    id: UUID
    name: str
    sides: Sequence[DivisionRef]
    revision: int
    may: bool
    at_once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionsView:
    """The form of sections; ``ends`` are the numbers and words an end may be, for choosing.

    ``typed`` is what stands in it besides the rows: ``valid_from``, ``source``, ``reason``.
    """

    line: LineHead
    rows: Sequence[SectionRow]
    ends: Sequence[str]
    typed: Mapping[str, str]
    seen: int
    refused: Refused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One section with its course in words, and what was written of it before.

    ``no_data`` are the layers of features that do not cover it.
    """

    line: LineHead
    section: Section
    description: Description
    history: Sequence[Description]
    no_data: Sequence[str]
    said: str | None = None
    refused: Refused | None = None


def render_sections(frame: Frame, today: date, view: SectionsView) -> str:
    """Render the form of a line's sections."""
    return render(
        "sections.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        l=view.line,
        rows=view.rows,
        ends=view.ends,
        typed=view.typed,
        seen=view.seen,
        refused=view.refused,
        bases=BASES,
        most_rows=MOST_ROWS,
    )


def render_section(frame: Frame, at: date, today: date, view: SectionView) -> str:
    """Render the page of one section as of a date."""
    shown = {name: getattr(view, name) for name in SectionView.__dataclass_fields__}
    return render(
        "section.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        **shown | {"l": view.line, "s": view.section},
        may=view.line.at_once and at == today,
    )
