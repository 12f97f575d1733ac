"""Inspect a long line in parts, by pairs of counties; what they find adds up to one report.

冀鲁 is 610 km between seven prefectures and 21 counties: each pair of counties walks its own piece
with its own records and signatures, and the two provinces report on the whole (Order 353 art. 12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, delete, select

from geo.access.jurisdiction import Viewer, system_viewer
from geo.errors import InspectionInvalidError
from geo.inspections.facts import Inspection, Party
from geo.inspections.feed import tell
from geo.inspections.field.outcomes import judge_all
from geo.inspections.opening import InspectionFacts, open_inspections
from geo.inspections.parties import is_superior, require_party
from geo.inspections.read import MOST, Listed, list_inspections, lock_inspection
from geo.inspections.subjects import list_candidates
from geo.inspections.tables import inspection, inspection_subject
from geo.revisions.changes import change_object
from geo.texts import Text

OPEN_STATES = ("planned", "scheme_agreed", "desk")
"""States of the whole in which it may be divided: nothing was recorded yet."""
one = inspection.c
subject = inspection_subject.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """A part as it is to be opened: two counties, and the markers and sections they look after.

    ``line_id`` is the line between the two counties, None where it has no line of its own in the
    register; ``subjects`` may stand on it or on the whole line.
    """

    lead_id: UUID
    cooperating_id: UUID
    line_id: UUID | None
    subjects: frozenset[UUID]
    field_from: date | None = None
    field_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTotal:
    """What a part comes to so far; ``results`` counts the common findings by kind and state."""

    listed: Listed
    results: Mapping[tuple[str, str], int]

    @property
    def name(self) -> str:
        """Return the names of its sides."""
        return "—".join(party.name for party in self.listed.parties if party.role != "third")


@dataclass(frozen=True, slots=True, kw_only=True)
class RollUp:
    """What the parts of an inspection come to together.

    ``results`` counts the common findings by kind and state; ``disagreed``, ``conflicts`` and
    ``open`` the subjects without one. ``length_km`` is that of the whole line as papers print it,
    ``parts_km`` the sum over the parts. ``unsigned`` are the parts that keep the whole from going
    on.
    """

    parts: tuple[PartTotal, ...]
    results: Mapping[tuple[str, str], int]
    markers: int
    sections: int
    disagreed: int
    conflicts: int
    open: int
    length_km: float
    parts_km: float
    unsigned: tuple[PartTotal, ...]


def open_parts(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    pairs: Sequence[PartFacts],
    *,
    today: date,
    seen: int | None = None,
) -> list[UUID]:
    """Divide an inspection into parts; its markers and sections go over to them.

    A pair whose part was withdrawn may be opened again later.

    Raises
    ------
    InspectionInvalidError
        If records may exist already, a part has parts, a marker or section is of no part or of
        two, or two counties are not one of each side.
    NotPartyError, RoleMissingError, OutsideJurisdictionError
        Unless the viewer is of a side of the whole, or the authority above both.
    ChangedMeanwhileError
    """
    _require(conn, viewer, found, today)
    if lock_inspection(conn, found.id) not in OPEN_STATES:
        raise _invalid("state", Text(f"inspection_state.{found.state}"), "reason.parts_too_late")
    if found.parent_id is not None or not pairs:
        raise _invalid("parts", len(pairs), "reason.parts_of_part")
    _check_cover(conn, found, pairs, today)
    change_object(
        conn, viewer, "inspection", found.id, "inspection_parts", seen=seen, needs_seen=False,
        count=len(pairs),
    )  # fmt: skip
    made = open_inspections(conn, viewer, [_facts(found, pair) for pair in pairs], today=today)
    conn.execute(delete(inspection_subject).where(subject.inspection_id == found.id))
    tell(conn, viewer, found.id, "parts_opened", count=len(made))
    return made


def list_parts(conn: Connection, viewer: Viewer, found: Inspection, at: date) -> list[Listed]:
    """List the parts of an inspection in the order they were opened, withdrawn ones not."""
    page = list_inspections(conn, viewer, at, parent_id=found.id, limit=MOST)
    return sorted(
        (part for part in page.items if part.state != "withdrawn"), key=lambda part: part.id
    )


def roll_up(conn: Connection, found: Inspection, at: date) -> RollUp:
    """Add up what the parts found; who may see the whole was asked before.

    A marker is of one part only, so nothing counts twice.
    """
    # Who may read the whole may read what it is made of, a county of another pair as well.
    parts = list_parts(conn, system_viewer("inspections"), found, at)
    results: dict[UUID, Counter[tuple[str, str]]] = {part.id: Counter() for part in parts}
    for id_, kind, _sides, judged in judge_all(conn, list(results)):
        if judged.state is not None:
            results[id_][kind, judged.state] += 1
    totals = tuple(PartTotal(listed=part, results=results[part.id]) for part in parts)
    return RollUp(
        parts=totals,
        results=sum(results.values(), Counter()),
        markers=sum(part.progress.markers for part in parts),
        sections=sum(part.progress.sections for part in parts),
        disagreed=sum(part.progress.disagreed for part in parts),
        conflicts=sum(part.progress.conflict for part in parts),
        open=sum(part.progress.open for part in parts),
        length_km=found.length_km,
        parts_km=sum(part.length_km for part in parts if part.line_id != found.line_id),
        unsigned=tuple(part for part in totals if part.listed.state in UNSIGNED),
    )


UNSIGNED = ("planned", "scheme_agreed", "desk", "field", "disposal", "returned")
"""States of a part that keep its whole from being signed."""


def whose(parties: Sequence[Party]) -> tuple[Party, Party]:
    """Return the lead and the cooperating party."""
    two = {party.role: party for party in parties}
    return two["lead"], two["cooperating"]


def _require(conn: Connection, viewer: Viewer, found: Inspection, today: date) -> None:
    if not is_superior(conn, viewer, found):
        what = Text("action.open_parts")
        require_party(conn, viewer, found, None, what=what, today=today, concludes=True)


def _facts(found: Inspection, pair: PartFacts) -> InspectionFacts:
    return InspectionFacts(
        line_id=pair.line_id or found.line_id,
        kind=found.kind,
        round=found.round,
        year=found.year,
        reason=found.reason,
        lead_id=pair.lead_id,
        cooperating_id=pair.cooperating_id,
        parent_id=found.id,
        subjects=pair.subjects,
        other_lines=(found.line_id,) if pair.line_id else (),
        field_from=pair.field_from or found.field_from,
        field_to=pair.field_to or found.field_to,
        publication=found.publication,
    )


def _check_cover(
    conn: Connection, found: Inspection, pairs: Sequence[PartFacts], today: date
) -> None:
    """Refuse parts that leave something of the line to nobody, or the same to two."""
    reader = system_viewer("inspections")
    lines = {found.line_id, *(pair.line_id for pair in pairs if pair.line_id)}
    candidates = list_candidates(conn, reader, lines, today)
    labels = {made.id: made.label for of in candidates.values() for made in of}
    taken = _taken(conn, found)
    for pair in pairs:
        lines_of = (found.line_id, pair.line_id or found.line_id)
        there = {made.id for line in lines_of for made in candidates[line]}
        if strange := pair.subjects - there:
            raise _invalid("subjects", min(strange, key=str), "reason.subject_of_no_line")
        if twice := pair.subjects & taken:
            raise _invalid("subjects", labels[min(twice, key=str)], "reason.subject_of_two_parts")
        taken |= pair.subjects
    named = {about.id for about in found.subjects}
    wanted = named or {made.id for made in candidates[found.line_id]}
    if left := {id_ for id_ in wanted - taken if id_ in labels}:
        raise _invalid("subjects", labels[min(left, key=str)], "reason.subject_of_no_part")


def _taken(conn: Connection, found: Inspection) -> set[UUID]:
    """Return what the parts that are there look after."""
    parts = select(one.id).where(one.parent_id == found.id, one.state != "withdrawn")
    return set(
        conn.execute(select(subject.object_id).where(subject.inspection_id.in_(parts))).scalars()
    )


def _invalid(field: str, value: object, reason: str) -> InspectionInvalidError:
    return InspectionInvalidError(field=field, value=value, reason=Text(reason))
