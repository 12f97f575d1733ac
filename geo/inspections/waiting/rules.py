"""What an inspection waits for in each state, and who owes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select

from geo.db.sql import any_uuid
from geo.inspections.facts import Party
from geo.inspections.field.counting import count_recorded
from geo.inspections.planning.calendar import deadline
from geo.inspections.planning.plan import CONSENT
from geo.inspections.read import Listed
from geo.inspections.tables import inspection_record, inspection_signature, inspection_step
from geo.office import Office

TodoKind = Literal[
    "returned", "sign", "conflict", "overdue", "accept", "confirm_acceptance", "submit", "report",
    "confirm", "delivery", "record", "consent", "agree", "advance", "archive", "work_order",
    "incident", "due",
]  # fmt: skip
"""``todo_kind.<key>`` in the catalogue; the first are the most pressing."""
KINDS: tuple[TodoKind, ...] = (
    "returned", "sign", "conflict", "overdue", "accept", "confirm_acceptance", "submit", "report",
    "confirm", "delivery", "record", "consent", "agree", "advance", "archive", "work_order",
    "incident", "due",
)  # fmt: skip
RECORDING = ("field", "disposal")
step = inspection_step.c
record = inspection_record.c
signature = inspection_signature.c


@dataclass(slots=True)
class Standing:
    """Where an inspection stands, by party: what was said, signed, not recorded, not accepted.

    ``alone`` counts the subjects a party has not recorded and another has: one click takes them.
    """

    consented: set[UUID] = field(default_factory=set)
    agreed: set[UUID] = field(default_factory=set)
    signed: set[UUID] = field(default_factory=set)
    unrecorded: Counter[UUID] = field(default_factory=Counter)
    alone: Counter[UUID] = field(default_factory=Counter)
    deliveries: Counter[UUID] = field(default_factory=Counter)
    by_document: bool = False
    why_returned: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something a party owes; None is the authority above all of them."""

    listed: Listed
    kind: TodoKind
    party: Party | None
    count: int = 1
    due_on: date | None = None
    note: str | None = None
    action: str | None = None


def read_standing(conn: Connection, listed: Sequence[Listed]) -> dict[UUID, Standing]:
    """Read where inspections stand, all at once."""
    found = {one.id: Standing() for one in listed}
    _read_steps(conn, found)
    recording = [one.id for one in listed if one.state in RECORDING]
    for (id_, side), counted in count_recorded(conn, recording).items():
        found[id_].alone[side] = counted.alone
        found[id_].unrecorded[side] = counted.missing - counted.alone
    _read_deliveries(conn, found, recording)
    rows = conn.execute(
        select(signature.inspection_id, signature.division_id).where(
            signature.inspection_id == any_uuid(recording), signature.voided_at.is_(None)
        )
    )
    for row in rows:
        found[row.inspection_id].signed.add(row.division_id)
    return found


def find_owed(one: Listed, at: Standing, settings: Office) -> Iterator[Owed]:
    """Yield what an inspection waits for, in its present state."""
    rule = RULES.get(one.state)
    if rule is not None:
        yield from rule(one, at, settings)


def _read_steps(conn: Connection, found: Mapping[UUID, Standing]) -> None:
    chosen: Select[Any] = (
        select(inspection_step)
        .where(step.inspection_id == any_uuid(found))
        .order_by(step.inspection_id, step.at, step.id)
    )
    for row in conn.execute(chosen):
        _take_in(found[row.inspection_id], row)


def _take_in(at: Standing, row: Row[Any]) -> None:
    if row.action == CONSENT:
        at.consented.add(row.division_id)
        return
    if row.from_state != row.to_state:
        at.agreed.clear()
    elif row.action == "agree_scheme":
        at.agreed.add(row.division_id)
    at.by_document = row.action == "accept" and row.to_state == "submitted"
    if row.to_state == "returned":
        at.why_returned = row.note


def _read_deliveries(
    conn: Connection, found: Mapping[UUID, Standing], ids: Collection[UUID]
) -> None:
    """Count what contractors recorded and their county has not accepted."""
    rows = conn.execute(
        select(record.inspection_id, record.division_id, func.count())
        .where(
            record.inspection_id == any_uuid(ids),
            record.via == "contractor",
            record.accepted_at.is_(None),
            record.withdrawn_at.is_(None),
        )
        .group_by(record.inspection_id, record.division_id)
    )
    for id_, division, count in rows:
        found[id_].deliveries[division] = count


def _two(one: Listed) -> list[Party]:
    return [party for party in one.parties if party.role != "third"]


def _planned(one: Listed, at: Standing, settings: Office) -> Iterator[Owed]:
    for party in _two(one):
        if party.id not in at.consented and one.parent_id is None and one.kind == "regular":
            due = deadline(settings, "plan_deadline", one.year)
            yield Owed(listed=one, kind="consent", party=party, due_on=due, action=CONSENT)
        elif party.id not in at.agreed:
            yield Owed(
                listed=one, kind="agree", party=party, due_on=one.field_from,
                action="agree_scheme",
            )  # fmt: skip


def _before_field(one: Listed, _at: Standing, _settings: Office) -> Iterator[Owed]:
    action = "start_desk" if one.state == "scheme_agreed" else "start_field"
    yield Owed(listed=one, kind="advance", party=one.lead, due_on=one.field_from, action=action)


def _recording(one: Listed, at: Standing, settings: Office) -> Iterator[Owed]:
    kinds: tuple[tuple[TodoKind, Counter[UUID]], ...] = (
        ("record", at.unrecorded),
        ("confirm", at.alone),
        ("delivery", at.deliveries),
    )
    for party in one.parties:
        for kind, counts in kinds:
            if counts[party.id]:
                yield Owed(
                    listed=one, kind=kind, party=party, count=counts[party.id],
                    due_on=one.field_to,
                )  # fmt: skip
        if one.progress.conflict:
            yield Owed(
                listed=one, kind="conflict", party=party, count=one.progress.conflict,
                due_on=one.field_to,
            )  # fmt: skip
    # Without subjects it is made of parts, which wait for themselves.
    if one.progress.settled == one.progress.markers + one.progress.sections > 0:
        yield from _settled(one, at, settings)


def _settled(one: Listed, at: Standing, settings: Office) -> Iterator[Owed]:
    if one.state == "field":
        yield Owed(
            listed=one, kind="advance", party=one.lead, due_on=one.field_to,
            action="start_disposal",
        )  # fmt: skip
        return
    due = deadline(settings, "summary_deadline", one.year)
    unsigned = [party for party in one.parties if party.id not in at.signed]
    for party in unsigned:
        yield Owed(listed=one, kind="sign", party=party, due_on=due)
    if not unsigned:
        yield Owed(listed=one, kind="advance", party=one.lead, due_on=due, action="sign_records")


def _signed(one: Listed, _at: Standing, settings: Office) -> Iterator[Owed]:
    if one.parent_id is None:
        due = deadline(settings, "summary_deadline", one.year)
        yield Owed(listed=one, kind="report", party=one.lead, due_on=due, action="draft_report")


def _reported(one: Listed, _at: Standing, settings: Office) -> Iterator[Owed]:
    if one.parent_id is None:
        due = deadline(settings, "summary_deadline", one.year)
        yield Owed(listed=one, kind="submit", party=one.lead, due_on=due, action="submit")


def _submitted(one: Listed, at: Standing, _settings: Office) -> Iterator[Owed]:
    if one.parent_id is not None:
        return
    if not at.by_document:
        yield Owed(listed=one, kind="accept", party=None, action="accept")
        return
    for party in one.parties:
        if party.role != "lead":
            yield Owed(
                listed=one, kind="confirm_acceptance", party=party, action="confirm_acceptance"
            )


def _returned(one: Listed, at: Standing, _settings: Office) -> Iterator[Owed]:
    if one.parent_id is None:
        for party in one.parties:
            yield Owed(
                listed=one, kind="returned", party=party, note=at.why_returned, action="resume"
            )


def _accepted(one: Listed, _at: Standing, _settings: Office) -> Iterator[Owed]:
    if one.parent_id is None:
        yield Owed(listed=one, kind="archive", party=one.lead, action="archive")


Rule = Callable[[Listed, Standing, Office], Iterator[Owed]]
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "planned": _planned,
        "scheme_agreed": _before_field,
        "desk": _before_field,
        "field": _recording,
        "disposal": _recording,
        "signed": _signed,
        "reported": _reported,
        "submitted": _submitted,
        "returned": _returned,
        "accepted": _accepted,
    }
)
"""State → what it waits for; a withdrawn or archived inspection waits for nothing."""
