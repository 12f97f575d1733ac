"""Proposals on pages: what would be, who has said what, and what who looks may say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from geo.exchange.findings import Finding
from geo.files.attach import Attachment
from geo.markers.read import DivisionRef
from geo.proposals.proposals import Proposal, Said, Voice
from geo.texts import Lang, catalogue
from maps.page import Frame, frame_facts
from maps.page_register import Refused, register_facts
from maps.rendering import render

FIRST = ("number", "lon", "lat", "x", "y", "crs", "method", "accuracy_m", "at")
"""What is told first; the database keeps no order."""
WORDED = ("method", "set_up", "faces", "length_basis")
"""What has a word in the catalogue for each value."""
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST = 300
"""Characters of a value that are shown; a drawn line has thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal with its words.

    ``title`` and ``address`` are of the marker or line it is about. ``may`` is what the viewer may
    say, ``may_consent`` the sides the viewer may consent for, ``may_enter`` those whose consent the
    viewer may enter from a paper, ``may_enter_approval`` whether the approval too. ``papers`` are
    the files given to it.
    """

    proposal: Proposal
    title: str
    address: str | None
    sides: Sequence[DivisionRef]
    body: Sequence[tuple[str, str]]
    may: Sequence[Said]
    may_consent: Sequence[DivisionRef]
    may_enter: Sequence[DivisionRef] = ()
    may_enter_approval: bool = False
    papers: Sequence[Attachment] = ()

    def spoken(self, side: UUID | None) -> Voice | None:
        """Return the newest that was said for a side; None stands for the authority above."""
        said = [one for one in self.proposal.voices if one.division_id == side]
        return said[-1] if said else None


def tell_body(
    body: Mapping[str, Any], lang: Lang, *, of_record: bool = False
) -> list[tuple[str, str]]:
    """Return what a proposal would change as pairs of a name and a value, one of each thing.

    The reason is not among them: it stands above them as the proposal's note. Those of a line's
    record (``of_record``) are named as its form names them.
    """
    known = catalogue(lang)
    told: list[tuple[str, str]] = []
    for name, value in sorted(_flatten(body), key=lambda one: _place(one[0])):
        if name in LISTED:
            told.extend(LISTED[name](value, known))
            continue
        said = "" if value is None else str(value)
        if isinstance(value, bool):
            said = known["page.is_so" if value else "page.is_not"]
        words = known.get(f"{name}.{said}", said) if name in WORDED else said
        shown = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
        label = known.get(f"page.{name}", name)
        if of_record:
            label = known.get(f"page.record_{name}", label)
        told.append((label, shown or known["page.emptied"]))
    return told


def _tell_objects(
    objects: Sequence[Mapping[str, Any]], known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Say each reference object in a line of its own."""
    for place, one in enumerate(objects, 1):
        facts = [(name, value) for name, value in _flatten(one) if value is not None]
        words = [
            str(value) if name == "name" else f"{known.get(f'page.{name}', name)} {value}"
            for name, value in facts
            if name != "ordinal"
        ]
        yield f"{known['page.objects']} {one.get('ordinal', place)}", " · ".join(words)


def _tell_sections(
    sections: Sequence[Mapping[str, Any]], known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Say each section in a line of its own: its ends, what it follows, its agreed length."""
    for place, one in enumerate(sections, 1):
        length = one.get("length_km")
        words = [
            f"{one.get('from_text') or '—'} → {one.get('to_text') or '—'}",
            known.get(f"basis.{one.get('basis', 'marker_to_marker')}", str(one.get("basis"))),
            one.get("basis_name"),
            None if length is None else f"{known['page.length_agreed']} {length} km",
            one.get("note"),
        ]
        yield known["page.section_no"].format(number=place), " · ".join(str(w) for w in words if w)


LISTED = {"objects": _tell_objects, "sections": _tell_sections}
"""What is told line by line."""


def _place(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _flatten(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give each fact; the reason stands above them, and lines named by id in the title."""
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _flatten(value)
        elif name == "lines":
            named = [str(one) for one in value if not ID.fullmatch(str(one))]
            if named:
                yield name, "、".join(named)
        elif name != "reason":
            yield name, value


def render_proposals(
    frame: Frame,
    today: date,
    proposals: Sequence[ProposalView],
    *,
    state: str,
    said: str | None = None,
    refused: Refused | None = None,
    findings: Sequence[Finding] = (),
) -> str:
    """Render the page of proposals; ``state`` is ``proposed`` or ``all``.

    ``findings`` are what no longer fits since one was carried out just now.
    """
    return render(
        "proposals.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        proposals=proposals,
        state=state,
        said=said,
        refused=refused,
        findings=findings,
        back="/proposals",
    )
