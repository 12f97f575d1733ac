"""The page of one joint inspection: its state, what lacks, what each side found, who signed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from geo.files.attach import PAPER_KINDS, Attachment
from geo.inspections.facts import (
    CONTENTS,
    RESULTS,
    Inspection,
    Missing,
    Outcome,
    Party,
    Step,
    name_reason,
)
from geo.inspections.feed import Event
from geo.inspections.field.deliveries import Delivery
from geo.inspections.field.guests import ROLES, Guest
from geo.inspections.field.records import RECORDING
from geo.inspections.field.tasks import ProposedTask
from geo.inspections.parties import Acting
from geo.inspections.read import Listed
from geo.inspections.signing.sign import SIGNING
from geo.inspections.signing.signatures import Signature
from geo.inspections.workflow import Action, pending_acceptance
from geo.texts import Lang, text
from geo.upkeep.facts import Order
from maps.page import Frame, frame_facts
from maps.page_inspection_map import OUTCOME_MARKS, Box, group_of
from maps.page_inspection_orders import order_facts
from maps.page_inspection_state import WAY, StepForm, find_place, list_forms
from maps.page_register import PaperLink, Refused, register_facts
from maps.rendering import render, write_box

MOST_MISSING = 12
"""How many of what lacks are named beside a button; all are in the list below."""
CHECKS = {
    "position": "position_right",
    "firm": "firmly_set",
    "visible": "easily_seen",
    "legible": "inscription_clear",
    "file": "file_complete",
}
"""What a record says of the five goals of a marker (MCA Order 36) → ``goal.<key>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """What a viewer may do in an inspection.

    ``records_for`` are the sides for which it enters records, its own and those by paper;
    ``concludes_for`` those for which it concludes; ``signs_for`` those an account of its signs for.
    """

    acting: Mapping[UUID, Acting]
    records_for: Sequence[Party]
    concludes_for: Sequence[Party]
    signs_for: Sequence[Party]
    superior: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionView:
    """All that the page of an inspection shows.

    ``whole`` is False for a contractor, who sees neither papers nor signatures. ``password`` is
    that of a guest who was just invited.
    """

    found: Inspection
    mine: Mine
    outcomes: Sequence[Outcome]
    missing: Sequence[Missing]
    actions: Sequence[Action]
    steps: Sequence[Step]
    events: Sequence[Event]
    parts: Sequence[Listed]
    guests: Sequence[Guest]
    orders: Sequence[Order]
    proposed: Sequence[ProposedTask]
    deliveries: Sequence[Delivery]
    whole: bool
    papers: Sequence[PaperLink]
    box: Box | None
    documents: Sequence[Attachment] = ()
    signatures: Sequence[Signature] = ()
    content_sha256: str | None = None
    said: str | None = None
    refused: Refused | None = None
    password: str | None = None


SHOWN = tuple(
    name for name in InspectionView.__dataclass_fields__ if name not in ("orders", "proposed")
)


def render_inspection(frame: Frame, today: date, view: InspectionView) -> str:
    """Render the page of an inspection."""
    found, mine = view.found, view.mine
    forms = list_forms(
        found, view.actions, view.steps, mine.concludes_for, frame.lang, superior=mine.superior
    )
    return render(
        "inspection.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        **{name: getattr(view, name) for name in SHOWN},
        **inspection_facts(found, mine, frame.lang),
        **_state(found, forms, view),
        **_people(found, mine),
        **_orders(view, today, frame.lang),
        bbox=write_box(view.box),
        reason=name_reason(found.reason),
        split=[one for one in view.outcomes if one.status in ("conflict", "disagreed")],
        to_confirm=count_to_confirm(view.outcomes, mine.signs_for),
        counts=_count(view.outcomes),
        kinds=_count_kinds(view.outcomes),
        photo_counts={one.subject.id: _count_photos(one) for one in view.outcomes},
        paper_kinds=PAPER_KINDS,
        jumps=list(_jumps(view, frame.lang)),
        formless=view.refused is not None and not _has_form(view.refused, forms),
    )


def inspection_facts(found: Inspection, mine: Mine, lang: Lang) -> dict[str, Any]:
    """Return what the pages of an inspection and of its subjects share."""
    return {
        "i": found,
        "folder": f"/inspections/{found.id}",
        "side_names": {one.id: one.name for one in found.parties},
        "results": RESULTS,
        "group_of": group_of,
        "outcome_marks": OUTCOME_MARKS,
        "editable": {one.id for one in mine.records_for},
        "recording": found.state in RECORDING,
        "concluding": lambda one: [
            side for side in mine.concludes_for if side.id in one.subject.sides
        ],
        "suggestion": suggest,
        "differing": partial(tell_differing, lang=lang),
        # What a form holds that nobody sent yet.
        "blank": defaultdict(str),
        "contents_told": partial(tell_contents, lang=lang),
    }


def suggest(one: Outcome) -> str | None:
    """Return what a form proposes as the common finding: what a side said last, or its record."""
    said = [state for state, _words in one.proposed.values() if state]
    lead = one.views.get(one.subject.lead_id)
    return said[-1] if said else lead.state if lead else None


def tell_contents(contents: Mapping[str, Any] | None, *, lang: Lang) -> list[tuple[str, str]]:
    """Return what a record says of the five contents, each with its name, and of the goals."""
    told: list[tuple[str, str]] = []
    for key in CONTENTS:
        said = (contents or {}).get(key)
        if isinstance(said, Mapping):
            told += _tell_checks(said.get("checks", said), lang)
            told += _tell_objects(said.get("objects"), lang)
            said = said.get("words")
        if isinstance(said, str) and said.strip():
            told.append((text(f"content.{key}", lang), said))
    return told


def tell_differing(one: Outcome, *, lang: Lang) -> dict[UUID, list[tuple[str, str]]]:
    """Return of each side what it says of the contents and not all others say the same of."""
    told = {
        side: tell_contents(view.body.get("contents"), lang=lang)
        for side, view in one.views.items()
    }
    common = set.intersection(*map(set, told.values())) if len(told) > 1 else set()
    return {side: [one for one in said if one not in common] for side, said in told.items()}


def _tell_checks(checks: object, lang: Lang) -> Iterator[tuple[str, str]]:
    if not isinstance(checks, Mapping):
        return
    for key, goal in CHECKS.items():
        if isinstance(checks.get(key), bool):
            answer = "page.insp.yes" if checks[key] else "page.insp.no"
            yield text(f"goal.{goal}", lang), text(answer, lang)


def _tell_objects(objects: object, lang: Lang) -> Iterator[tuple[str, str]]:
    for one in objects if isinstance(objects, list | tuple) else ():
        if isinstance(one, Mapping) and one.get("words"):
            yield text("page.insp.object_no", lang, number=one.get("ordinal")), str(one["words"])


def count_to_confirm(outcomes: Sequence[Outcome], sides: Sequence[Party]) -> dict[UUID, int]:
    """Return for how many subjects a side could take over what the other has recorded."""
    return {side.id: sum(1 for one in outcomes if can_confirm(one, side.id)) for side in sides}


def can_confirm(one: Outcome, side: UUID) -> bool:
    """Return whether a side without a record may take over the others', who agree."""
    return side in one.lacks and len({view.state for view in one.views.values()}) == 1


def _state(found: Inspection, forms: Sequence[StepForm], view: InspectionView) -> dict[str, Any]:
    pending = pending_acceptance(view.steps) if found.state == "submitted" else None
    return {
        "way": WAY,
        "place": find_place(found.state),
        "forms": forms,
        "pending": pending,
        "most_missing": MOST_MISSING,
        "signing": found.state in SIGNING,
        "blocking": sum(1 for one in view.missing if one.blocks),
    }


def _orders(view: InspectionView, today: date, lang: Lang) -> dict[str, Any]:
    labels = {one.subject.id: one.subject.label for one in view.outcomes}
    here = [one for one in view.orders if one.cause_id == view.found.id or one.state == "open"]
    return order_facts(here, view.proposed, labels, today, lang)


def _people(found: Inspection, mine: Mine) -> dict[str, Any]:
    """Return for which sides the viewer says how they take part, invites and accepts."""
    hosting = list(found.parties) if mine.superior else list(mine.signs_for)
    may_set = {one.id for one in hosting}
    if mine.signs_for:
        may_set |= {one.id for one in found.parties if one.takes_part == "paper"}
    accepting = list(mine.signs_for) if found.state in RECORDING else []
    return {
        "may_set": may_set,
        "hosting": hosting,
        "hosts": {one.id for one in hosting},
        "accepting": accepting,
        "accepting_ids": {one.id for one in accepting},
        "guest_roles": ROLES,
    }


def _count(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts = dict.fromkeys(OUTCOME_MARKS, 0)
    for one in outcomes:
        counts[group_of(one)] += 1
    return counts


def _count_kinds(outcomes: Sequence[Outcome]) -> dict[str, int]:
    kinds = Counter(str(one.subject.kind) for one in outcomes)
    return {kind: kinds[kind] for kind in RESULTS}


def _count_photos(one: Outcome) -> int:
    return len({photo.sha256 for view in one.views.values() for photo in view.photos})


def _jumps(view: InspectionView, lang: Lang) -> Iterator[tuple[str, str]]:
    """Yield the parts of the page with their names."""
    parts = ["parties"]
    parts += ["parts"] if view.found.parts else []
    parts += ["missing"] + ([] if view.found.parts else ["conflicts", "subjects"])
    parts += [] if view.found.parts else ["orders"]
    parts += ["signatures"] if view.whole else []
    parts += ["people"]
    for one in parts:
        yield one, text(f"page.insp.{one}", lang)
    if view.whole:
        yield "documents", text("page.documents", lang)
    yield "papers", text("page.papers", lang)
    yield "history", text("page.insp.history", lang)


def _has_form(refused: Refused, forms: Sequence[StepForm]) -> bool:
    """Return whether the form that was refused is on the page, so that it tells of it itself."""
    if refused.form.startswith("step-"):
        return any(one.id == refused.form and one.speaks for one in forms)
    return refused.form not in ("file", "withdraw")
