"""The pages of lines: the register, and one line with its markers, documents and surveys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from geo.boundaries.find import LineFound, LinesFound
from geo.boundaries.record import LineRecord
from geo.boundaries.surveys import Compared
from geo.boundaries.versions import CourseVersion
from geo.exchange.findings import Finding
from geo.files.attach import PAPER_KINDS, Attachment
from geo.markers.read import DivisionRef, Marker
from geo.revisions.changes import Change
from geo.sections.along import Stop
from geo.sections.register import Section
from maps.page import Frame, frame_facts
from maps.page_register import PaperLink, Refused, register_facts
from maps.rendering import render, write_box

LEVELS = ("province", "prefecture", "county", "township")
"""Levels of lines that can be asked for."""
M_PER_KM = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuestion:
    """What a list of lines was asked for, as it was typed."""

    q: str = ""
    within: str = ""
    level: str = ""
    unit: str = ""

    @property
    def narrows(self) -> bool:
        """Return whether anything was asked for at all."""
        return any((self.q, self.within, self.level, self.unit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """A marker of a line: metres along it and off it; None where its position is not known."""

    marker: Marker
    at_m: float | None
    off_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """All that the page of a line shows; ``editable`` are the sides the viewer may write for."""

    found: LineFound
    sides: Sequence[DivisionRef]
    markers: Sequence[Along]
    sections: Sequence[Section]
    descriptions: Mapping[UUID, str]
    files: Sequence[Attachment]
    surveys: Sequence[Compared]
    records: Sequence[LineRecord]
    versions: Sequence[CourseVersion]
    changes: Sequence[Change]
    revision: int
    findings: Sequence[Finding] = ()
    editable: Collection[UUID] = ()
    papers: Sequence[PaperLink] = ()
    said: str | None = None
    refused: Refused | None = None


def order_along(markers: Sequence[Marker], stops: Sequence[Stop]) -> list[Along]:
    """Return the markers of a line in its order; those without a position come last."""
    places = {ref.id: (stop.at_m, stop.off_m) for stop in stops for ref in stop.markers}
    placed = [
        Along(marker=one, at_m=places[one.id][0], off_m=places[one.id][1])
        for one in markers
        if one.id in places
    ]
    others = [Along(marker=one, at_m=None, off_m=None) for one in markers if one.id not in places]
    return [*sorted(placed, key=lambda one: one.at_m or 0.0), *others]


def render_lines(
    frame: Frame,
    at: date,
    today: date,
    asked: LineQuestion,
    found: LinesFound | None,
    *,
    cursor: str | None = None,
    problem: str | None = None,
) -> str:
    """Render the register of lines; without ``found`` the problem stands in its place."""
    query = {"q": asked.q, "within": asked.within, "level": asked.level, "unit": asked.unit}
    kept = {key: value for key, value in query.items() if value} | {"at": at.isoformat()}
    return render(
        "lines.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        asked=asked,
        found=found,
        levels=LEVELS,
        next_address=f"/lines?{urlencode(kept | {'cursor': cursor})}" if cursor else None,
        problem=problem,
    )


def render_line_page(frame: Frame, at: date, today: date, view: LineView) -> str:
    """Render the page of a line as of a date."""
    facts: dict[str, Any] = {
        name: getattr(view, name)
        for name in LineView.__dataclass_fields__
        if name not in ("found", "editable")
    }
    line, said = view.found.line, view.found.record
    return render(
        "line.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, at, today),
        **facts,
        l=line,
        r=said,
        printed=view.found.printed,
        name=(said.name if said else None) or f"{line.left_name}—{line.right_name}",
        bbox=write_box(line.bbox),
        editable=view.editable if at == today else (),
        side_names={one.id: one.name for one in view.sides},
        paper_kinds=PAPER_KINDS,
    )
