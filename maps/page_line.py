"""The page of one line: its record, markers, sections, papers, surveys and what may be done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from geo.boundaries.find import LineFound
from geo.boundaries.record import LineRecord
from geo.boundaries.surveys import Compared
from geo.boundaries.tables import LENGTH_BASES
from geo.boundaries.versions import CourseVersion
from geo.exchange.findings import Finding
from geo.files.attach import PAPER_KINDS, Attachment
from geo.markers.read import DivisionRef, Marker
from geo.revisions.changes import Change
from geo.sections.along import Stop
from geo.sections.register import Section
from maps.page import Frame, frame_facts
from maps.page_proposals import ProposalView
from maps.page_register import PaperLink, Refused, register_facts
from maps.rendering import render, write_box


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
    proposals: Sequence[ProposalView] = ()
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


def render_line_page(frame: Frame, at: date, today: date, view: LineView) -> str:
    """Render the page of a line as of a date."""
    facts: dict[str, Any] = {
        name: getattr(view, name)
        for name in LineView.__dataclass_fields__
        if name not in ("found", "editable")
    }
    line, said = view.found.line, view.found.record
    editable = view.editable if at == today else ()
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
        editable=editable,
        formless=view.refused is not None and not _has_form(view, view.refused, editable),
        at_once=len(view.editable) == len(view.sides),
        length_bases=LENGTH_BASES,
        back=f"/lines/{line.id}",
        side_names={one.id: one.name for one in view.sides},
        paper_kinds=PAPER_KINDS,
    )


def _has_form(view: LineView, refused: Refused, editable: Collection[UUID]) -> bool:
    """Return whether the form that was refused is on the page, so that it tells of it itself."""
    if refused.form == "voice":
        return any(str(one.proposal.id) == refused.typed["proposal"] for one in view.proposals)
    if refused.form != "withdraw":
        return bool(editable)
    given = next((one for one in view.files if str(one.id) == refused.typed["file"]), None)
    if given is None:
        return False
    of = [given.division_id] if given.division_id else [one.id for one in view.sides]
    return all(side in editable for side in of)
