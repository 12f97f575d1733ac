"""The plan of a year: open its inspections at once, and let each side consent to its lines.

A plan is the inspections of a year; there is no second list that could say something else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, insert, select

from geo.access.jurisdiction import Viewer
from geo.boundaries.sides import name_divisions
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.errors import (
    ActionNotNowError,
    FileUnknownError,
    InspectionUnknownError,
    NotPartyError,
    PlanInvalidError,
)
from geo.exchange.findings import Finding
from geo.files.attach import read_attachment
from geo.inspections.facts import Document
from geo.inspections.feed import tell
from geo.inspections.opening import InspectionFacts, open_inspections
from geo.inspections.parties import own_divisions
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.tables import (
    inspection,
    inspection_party,
    inspection_step,
    inspection_subject,
)
from geo.inspections.transitions import transitions_from
from geo.sections.tables import line_section
from geo.texts import Text

CONSENT, PLANNED = "consent_plan", "planned"
one = inspection.c
party = inspection_party.c
subject = inspection_subject.c
step = inspection_step.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A line of a plan; ``shares`` says by section which of the two sides leads there."""

    line_id: UUID
    round: int | None
    lead_id: UUID
    cooperating_id: UUID
    field_from: date | None = None
    field_to: date | None = None
    shares: Mapping[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """To which inspections which side consented, and those where it had before."""

    done: tuple[tuple[UUID, UUID], ...]
    known: tuple[tuple[UUID, UUID], ...]


def make_plan(
    conn: Connection,
    viewer: Viewer,
    year: int,
    lines: Sequence[PlanLine],
    *,
    today: date,
    publication: str = "unpublished",
) -> list[UUID]:
    """Open the regular inspections of a year, all or none; return their ids in order.

    Raises
    ------
    PlanInvalidError
        With a finding for each fault, by the row of the plan (from 1): a line twice or under way, a
        round that is missing or not the next, a side that is none, days in the wrong order.
    LineUnknownError, InspectionInvalidError, InspectionExistsError
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of a side of every line, or above.
    """
    clocks = {
        clock.line.id: clock
        for clock in list_clocks(conn, viewer, today, lines={said.line_id for said in lines})
    }
    found = [
        fault
        for row, said in enumerate(lines, 1)
        for fault in _faults(row, said, clocks.get(said.line_id), lines[: row - 1])
    ] + _strange_sections(conn, lines, today)
    if found:
        raise PlanInvalidError(year=year, count=len(found), findings=found)
    many = [_facts(said, year, publication) for said in lines]
    return open_inspections(conn, viewer, many, today=today)


def consent_plan(
    conn: Connection,
    viewer: Viewer,
    inspection_ids: Collection[UUID],
    *,
    today: date,
    side: UUID | None = None,
    document: Document | None = None,
) -> Consented:
    """Consent to planned inspections for the sides the viewer acts for; again changes nothing.

    Parameters
    ----------
    side
        For this party only. A party without accounts is spoken for by another, with the document
        in which it consents.

    Raises
    ------
    InspectionUnknownError
    NotPartyError
        If the viewer acts for no side of one of them, or not for the side said.
    ActionNotNowError
        If one is past its planning.
    FileUnknownError
        If the document's file is of none of the inspections.
    """
    parties = _parties(conn, inspection_ids)
    given = {
        (row.inspection_id, row.division_id)
        for row in conn.execute(
            select(step.inspection_id, step.division_id).where(
                step.inspection_id == any_uuid(inspection_ids), step.action == CONSENT
            )
        )
    }
    states = _lock(conn, inspection_ids)
    done: list[tuple[UUID, UUID]] = []
    known: list[tuple[UUID, UUID]] = []
    for id_ in inspection_ids:
        if id_ not in states:
            raise InspectionUnknownError(inspection=id_)
        speaks = _speaks_for(conn, viewer, parties[id_], side, by_paper=document is not None)
        if not speaks:
            raise _no_party(conn, viewer, parties[id_], today)
        for division in speaks:
            (known if (id_, division) in given else done).append((id_, division))
    _refuse_late(states, {id_ for id_, _ in done})
    _write_consents(conn, viewer, done, _as_paper(conn, document, inspection_ids))
    return Consented(done=tuple(done), known=tuple(known))


def _faults(
    row: int, said: PlanLine, clock: Clock | None, before: Sequence[PlanLine]
) -> list[Finding]:
    """Return what is wrong with a row of a plan; an unknown line is for the opening to refuse."""
    if clock is None:
        return []
    name = clock.line.name
    sides = {side.id: f"{side.name} {side.code}" for side in clock.line.sides}
    wrong: list[tuple[str, str, Text | str | None, dict[str, object]]] = []
    if any(other.line_id == said.line_id for other in before):
        wrong.append(("plan_line_twice", name, None, {}))
    if clock.under_way is not None:
        state = Text(f"inspection_state.{clock.under_way.state}")
        facts = {"round": clock.under_way.round, "year": clock.under_way.year, "state": state}
        wrong.append(("plan_under_way", name, None, facts))
    elif said.round is None:
        wrong.append(("plan_round_missing", name, Text("allowed.round"), {}))
    elif clock.next_round is not None and said.round != clock.next_round:
        facts = {"round": said.round, "last": clock.last_round or clock.next_round - 1}
        wrong.append(("plan_round_unfit", name, str(clock.next_round), facts))
    leads = {said.lead_id, said.cooperating_id}
    if leads != set(sides) or not set(said.shares.values()) <= leads:
        allowed = Text("allowed.named", {"names": list(sides.values())})
        wrong.append(("plan_no_side", name, allowed, {}))
    if said.field_from and said.field_to and said.field_from > said.field_to:
        wrong.append(("plan_days_reversed", name, None, {"to": said.field_to}))
    return [
        Finding(rule=rule, severity="error", row=row, value=value, allowed=allowed, facts=facts)
        for rule, value, allowed, facts in wrong
    ]


def _strange_sections(conn: Connection, lines: Sequence[PlanLine], today: date) -> list[Finding]:
    """Return a fault for each section that is shared out and is none of its line."""
    section = line_section.c
    rows = conn.execute(
        select(section.line_id, section.section_id).where(
            section.line_id == any_uuid(said.line_id for said in lines if said.shares),
            section.valid.contains(today),
        )
    )
    there = {(row.line_id, row.section_id) for row in rows}
    return [
        Finding(rule="plan_section_unknown", severity="error", row=row, value=str(one))
        for row, said in enumerate(lines, 1)
        for one in said.shares
        if (said.line_id, one) not in there
    ]


def _facts(said: PlanLine, year: int, publication: str) -> InspectionFacts:
    return InspectionFacts(
        line_id=said.line_id,
        kind="regular",
        round=said.round,
        year=year,
        lead_id=said.lead_id,
        cooperating_id=said.cooperating_id,
        field_from=said.field_from,
        field_to=said.field_to,
        leads=said.shares,
        publication=publication,
    )


def _parties(conn: Connection, ids: Collection[UUID]) -> dict[UUID, dict[UUID, str]]:
    """Return the parties of inspections and how each takes part."""
    found: dict[UUID, dict[UUID, str]] = {id_: {} for id_ in ids}
    rows = conn.execute(
        select(party.inspection_id, party.division_id, party.takes_part)
        .where(party.inspection_id == any_uuid(ids))
        .order_by(party.ordinal)
    )
    for row in rows:
        found[row.inspection_id][row.division_id] = row.takes_part
    return found


def _lock(conn: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = conn.execute(
        select(one.id, one.state).where(one.id == any_uuid(ids)).order_by(one.id).with_for_update()
    )
    return {row.id: row.state for row in rows}


def _speaks_for(
    conn: Connection,
    viewer: Viewer,
    parties: Mapping[UUID, str],
    side: UUID | None,
    *,
    by_paper: bool,
) -> list[UUID]:
    """Return the parties the viewer consents for, those without accounts by their paper."""
    own = own_divisions(conn, viewer, parties)
    mute = side is not None and parties.get(side) == "paper" and by_paper and bool(own)
    return [id_ for id_ in parties if side in (None, id_) and (id_ in own or mute)]


def _no_party(
    conn: Connection, viewer: Viewer, parties: Collection[UUID], today: date
) -> NotPartyError:
    named = name_divisions(conn, parties, today)
    return NotPartyError(
        what=Text("action.consent_plan"),
        parties=[f"{place.name} {place.code}" for place in named.values()],
        grants=[grant.in_words() for grant in viewer.grants] or Text("grant.none"),
    )


def _refuse_late(states: Mapping[UUID, str], ids: Collection[UUID]) -> None:
    for id_ in ids:
        if states[id_] != PLANNED:
            raise ActionNotNowError(
                action=Text("action.consent_plan"),
                state=Text(f"inspection_state.{states[id_]}"),
                allowed=[Text(f"action.{row.action}") for row in transitions_from(states[id_])],
                missing=[],
            )


def _as_paper(
    conn: Connection, document: Document | None, ids: Collection[UUID]
) -> dict[str, str] | None:
    """Return the paper of a consent as a step keeps it; its file is of one of the inspections."""
    if document is None:
        return None
    given = read_attachment(conn, document.file)
    if given.object_id not in ids or given.withdrawn_at is not None:
        raise FileUnknownError(attachment=document.file)
    return {name: str(value) for name, value in asdict(document).items()}


def _write_consents(
    conn: Connection,
    viewer: Viewer,
    done: Sequence[tuple[UUID, UUID]],
    paper: Mapping[str, str] | None,
) -> None:
    rows = [
        {
            "id": new_id(),
            "inspection_id": id_,
            "action": CONSENT,
            "from_state": PLANNED,
            "to_state": PLANNED,
            "division_id": division,
            "document": paper,
            "actor": viewer.actor,
        }
        for id_, division in done
    ]
    if rows:
        conn.execute(insert(inspection_step), rows)
    for id_, division in done:
        tell(conn, viewer, id_, CONSENT, division)
