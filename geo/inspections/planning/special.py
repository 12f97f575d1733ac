"""Special inspections: some markers and sections of a line, at any time (Order 353 art. 12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select, update

from geo.access.jurisdiction import Viewer
from geo.errors import InspectionInvalidError
from geo.inspections.facts import SPECIAL_REASONS
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.inspections.tables import inspection, inspection_subject
from geo.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialFacts:
    """A special inspection: why (one of ``SPECIAL_REASONS``), and of which markers and sections.

    ``note`` tells what happened, in words.
    """

    line_id: UUID
    year: int
    reason: str
    lead_id: UUID
    cooperating_id: UUID
    subjects: Collection[UUID]
    note: str | None = None
    field_from: date | None = None
    field_to: date | None = None
    publication: str = "unpublished"


def open_special(conn: Connection, viewer: Viewer, facts: SpecialFacts, *, today: date) -> UUID:
    """Open a special inspection of the markers and sections named, and of no others.

    Raises
    ------
    InspectionInvalidError
        If the reason is none, nothing is named, or something that is not on the line.
    LineUnknownError, RoleMissingError, OutsideJurisdictionError
    """
    if facts.reason not in SPECIAL_REASONS:
        names = [Text(f"special_reason.{one}") for one in SPECIAL_REASONS]
        raise _invalid("reason", facts.reason, Text("allowed.named", {"names": names}))
    wanted = set(facts.subjects)
    if not wanted:
        raise _invalid("subjects", Text("reason.not_given"), Text("reason.special_subjects"))
    made = open_inspection(
        conn,
        viewer,
        InspectionFacts(
            line_id=facts.line_id,
            kind="special",
            round=None,
            year=facts.year,
            lead_id=facts.lead_id,
            cooperating_id=facts.cooperating_id,
            reason=facts.reason,
            field_from=facts.field_from,
            field_to=facts.field_to,
            subjects=wanted,
            publication=facts.publication,
        ),
        today=today,
    )
    on = inspection_subject.c
    there = set(conn.execute(select(on.object_id).where(on.inspection_id == made)).scalars())
    if wanted - there:
        strange = min(wanted - there, key=str)
        raise _invalid("subjects", strange, Text("reason.subject_of_no_line"))
    if facts.note:
        one = inspection.c
        conn.execute(update(inspection).where(one.id == made).values(note=facts.note))
    return made


def _invalid(field: str, value: object, reason: Text) -> InspectionInvalidError:
    return InspectionInvalidError(field=field, value=value, reason=reason)
