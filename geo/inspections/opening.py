"""Open inspections: whose they are, and which markers and sections are to be inspected.

References
----------
行政区域界线管理条例 (Order 353) art. 12: every five years, jointly; special sections at any time
after a disaster, a shift of a river or the building of a road.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from geo.access.jurisdiction import Viewer, require_role, roles_at, system_viewer
from geo.boundaries.sides import Sides, name_divisions, read_many_sides
from geo.db.ids import new_id
from geo.errors import InspectionExistsError, InspectionInvalidError, LineUnknownError
from geo.inspections.closeness import find_above
from geo.inspections.facts import Inspection, SubjectKey, name_reason
from geo.inspections.feed import tell
from geo.inspections.parties import require_party
from geo.inspections.subjects import Candidate, list_candidates
from geo.inspections.tables import inspection, inspection_party, inspection_subject
from geo.markers.read import name_lines
from geo.revisions.changes import change_object
from geo.texts import Text

EARLIEST, LATEST = 1996, 2200
one = inspection.c


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFacts:
    """An inspection as it is to be opened.

    ``lead_id`` and ``cooperating_id`` are the sides of the line or, for a part (``parent_id``),
    divisions below them. ``subjects`` limits it to some markers and sections, by id; None takes all
    of the line. ``other_lines`` may have some of the ``subjects`` too: those of the whole line that
    a part looks after. ``leads`` says by subject who leads there (分段牵头), where it is agreed. A
    special one has a ``reason`` instead of a ``round``.
    """

    line_id: UUID
    kind: str
    round: int | None
    year: int
    lead_id: UUID
    cooperating_id: UUID
    parent_id: UUID | None = None
    reason: str | None = None
    field_from: date | None = None
    field_to: date | None = None
    subjects: Collection[UUID] | None = None
    other_lines: tuple[UUID, ...] = ()
    leads: Mapping[UUID, UUID] = field(default_factory=dict)
    publication: str = "unpublished"


def open_inspection(
    conn: Connection, viewer: Viewer, facts: InspectionFacts, *, today: date
) -> UUID:
    """Open one inspection; see :func:`open_inspections`."""
    return open_inspections(conn, viewer, [facts], today=today)[0]


def open_inspections(
    conn: Connection, viewer: Viewer, many: Sequence[InspectionFacts], *, today: date
) -> list[UUID]:
    """Open inspections, a year's plan at once; return their ids in order.

    Parties are the lead, the cooperating side, and the third sides of tripoint markers. Subjects
    are the markers and sections of the line as of today.

    Raises
    ------
    LineUnknownError
    InspectionInvalidError
        If round, year, reason, days or sides do not hold together.
    InspectionExistsError
        If the line has one of this round that was not withdrawn.
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of one of the two sides, or above them.
    """
    sides = read_many_sides(conn, {facts.line_id for facts in many}, today)
    for facts in many:
        if facts.line_id not in sides:
            raise LineUnknownError(line=facts.line_id)
        _check(facts)
        _check_sides(conn, facts, sides[facts.line_id], today)
        _require_editor(conn, viewer, facts, sides[facts.line_id])
    _refuse_repeated(conn, many, today)
    ids = [new_id() for _ in many]
    conn.execute(insert(inspection), [_row(*pair, viewer) for pair in zip(ids, many, strict=True)])
    _write_parts(conn, list(zip(ids, many, strict=True)), today)
    for id_, facts in zip(ids, many, strict=True):
        change_object(
            conn, viewer, "inspection", id_, "inspection_opened", seen=None, needs_seen=False
        )
        kind = "opened" if facts.kind == "regular" else "opened_special"
        why = str(name_reason(facts.reason)) if facts.reason else None
        tell(conn, viewer, id_, kind, year=facts.year, round=facts.round, reason=why)
    return ids


def split_sections(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    leads: Mapping[SubjectKey, UUID],
    *,
    today: date,
    seen: int | None,
) -> None:
    """Say which side leads at which subjects (分段牵头), while the scheme is not agreed yet.

    Raises
    ------
    NotPartyError, GuestRefusedError
    InspectionInvalidError
        If the scheme is agreed, a subject is none of its, or the side none of the subject's.
    """
    what = Text("doing.split_sections")
    require_party(conn, viewer, found, None, what=what, today=today, concludes=True)
    if found.state != "planned":
        raise _invalid("state", Text(f"inspection_state.{found.state}"), "reason.scheme_is_agreed")
    for (kind, object_id), lead in leads.items():
        subject = found.subject(kind, object_id)
        if subject is None or lead not in subject.sides:
            raise _invalid("lead", object_id, "reason.lead_of_no_side")
    change_object(
        conn, viewer, "inspection", found.id, "inspection_split", seen=seen, needs_seen=False
    )
    row = inspection_subject.c
    for (kind, object_id), lead in leads.items():
        conn.execute(
            update(inspection_subject)
            .where(row.inspection_id == found.id, row.kind == kind, row.object_id == object_id)
            .values(lead_id=lead)
        )
    tell(conn, viewer, found.id, "split", count=len(leads))


def _row(id_: UUID, facts: InspectionFacts, viewer: Viewer) -> dict[str, Any]:
    return {
        "id": id_,
        "line_id": facts.line_id,
        "parent_id": facts.parent_id,
        "kind": facts.kind,
        "round": facts.round,
        "year": facts.year,
        "reason": facts.reason,
        "field_from": facts.field_from,
        "field_to": facts.field_to,
        "publication": facts.publication,
        "actor": viewer.actor,
    }


def _check(facts: InspectionFacts) -> None:
    if facts.kind not in ("regular", "special"):
        raise _invalid("kind", facts.kind, "reason.inspection_kind")
    if (facts.kind == "regular") != (facts.round is not None) or (facts.round or 1) < 1:
        raise _invalid("round", facts.round, "reason.inspection_round")
    if facts.kind == "special" and not facts.reason:
        raise _invalid("reason", Text("reason.not_given"), "reason.special_why")
    if not EARLIEST <= facts.year <= LATEST:
        raise _invalid("year", facts.year, "reason.inspection_year")
    if facts.field_from and facts.field_to and facts.field_from > facts.field_to:
        raise _invalid("field_to", facts.field_to, "reason.ends_before")
    if facts.lead_id == facts.cooperating_id:
        raise _invalid("cooperating_code", facts.cooperating_id, "reason.same_side")


def _check_sides(conn: Connection, facts: InspectionFacts, sides: Sides, today: date) -> None:
    """Refuse parties that are not, one each, a side of the line or, in a part, below one."""
    above = find_above(conn, (facts.lead_id, facts.cooperating_id), sides.ids)
    if facts.parent_id is None:
        above = {one: {one} & set(sides.ids) for one in above}
    of_lead, of_other = above[facts.lead_id], above[facts.cooperating_id]
    if of_lead and of_other and of_lead != of_other:
        return
    wrong = facts.cooperating_id if of_lead else facts.lead_id
    place = name_divisions(conn, [wrong], today).get(wrong)
    raise InspectionInvalidError(
        field="cooperating_code" if of_lead else "lead_code",
        value=f"{place.name} {place.code}" if place else wrong,
        reason=Text("reason.no_side_of_line", {"sides": sides.name}),
    )


def _require_editor(conn: Connection, viewer: Viewer, facts: InspectionFacts, sides: Sides) -> None:
    both = (facts.lead_id, facts.cooperating_id)
    if not roles_at(conn, viewer, "editor", both):
        require_role(conn, viewer, "editor", both, what=sides.name)


def _refuse_repeated(conn: Connection, many: Sequence[InspectionFacts], today: date) -> None:
    """Refuse a round that a line has already; the lines are locked against a second writer."""
    seen: set[tuple[UUID, int | None]] = set()
    for facts in many:
        if facts.parent_id is not None or facts.kind != "regular":
            continue
        key = (facts.line_id, facts.round)
        known = conn.execute(
            select(one.id, one.state).where(
                one.line_id == facts.line_id,
                one.round == facts.round,
                one.parent_id.is_(None),
                one.state != "withdrawn",
            )
        ).one_or_none()
        if known is not None or key in seen:
            raise InspectionExistsError(
                line=name_lines(conn, [facts.line_id], today)[facts.line_id].name,
                round=facts.round,
                inspection=known.id if known else Text("reason.in_this_plan"),
                state=Text(f"inspection_state.{known.state if known else 'planned'}"),
            )
        seen.add(key)


def _write_parts(
    conn: Connection, pairs: Sequence[tuple[UUID, InspectionFacts]], today: date
) -> None:
    """Write the parties and subjects of new inspections."""
    # Rights were asked for; a county does not see all that a line of provinces has.
    reader = system_viewer("inspections")
    lines = {line for _, facts in pairs for line in (facts.line_id, *facts.other_lines)}
    candidates = list_candidates(conn, reader, lines, today)
    parties: list[dict[str, Any]] = []
    subjects: list[dict[str, Any]] = []
    for id_, facts in pairs:
        chosen = _chosen(facts, candidates)
        two = (facts.lead_id, facts.cooperating_id)
        involved = {side for found in chosen for side in found.sides}
        belongs = find_above(conn, involved, two) if involved else {}
        third = sorted((side for side in involved if not belongs[side]), key=str)
        parties += _party_rows(id_, two, third)
        for found in chosen:
            own = {side for given in found.sides for side in (belongs[given] or {given})}
            row = found.as_row(id_, own or set(two), two)
            subjects.append(row | {"lead_id": facts.leads.get(found.id, row["lead_id"])})
    conn.execute(insert(inspection_party), parties)
    if subjects:
        conn.execute(insert(inspection_subject), subjects)


def _chosen(
    facts: InspectionFacts, candidates: Mapping[UUID, Sequence[Candidate]]
) -> list[Candidate]:
    """Return what an inspection is to look at; what stands on two lines is there once."""
    own = candidates[facts.line_id]
    if facts.subjects is None:
        return list(own)
    everything = (*own, *(found for line in facts.other_lines for found in candidates[line]))
    by_key = {(found.kind, found.id): found for found in everything if found.id in facts.subjects}
    return list(by_key.values())


def _party_rows(id_: UUID, two: tuple[UUID, UUID], third: Sequence[UUID]) -> list[dict[str, Any]]:
    roles = [("lead", two[0]), ("cooperating", two[1]), *(("third", side) for side in third)]
    return [
        {"inspection_id": id_, "division_id": division, "role": role, "ordinal": place}
        for place, (role, division) in enumerate(roles, 1)
    ]


def _invalid(field: str, value: object, reason: str) -> InspectionInvalidError:
    return InspectionInvalidError(field=field, value=value, reason=Text(reason))
