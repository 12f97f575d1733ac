"""Read the plan of a year: its inspections, who consented, what it comes to, what it leaves out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Text, cast, func, select

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.db.sql import any_uuid
from geo.inspections.facts import Party
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.planning.plan import CONSENT
from geo.inspections.read import MOST, Listed, list_inspections
from geo.inspections.tables import inspection, inspection_step

step = inspection_step.c
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A side's consent to a line of the plan; ``document`` where it has no account."""

    party: Party
    actor_name: str
    at: datetime
    document: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """An inspection of the plan; ``waits_for`` are the two sides that have not consented.

    ``parts`` counts the inspections by pairs of counties it is made of; None where it has none.
    """

    listed: Listed
    due_on: date | None
    consents: tuple[Consent, ...]
    waits_for: tuple[Party, ...]
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTotal:
    """What one side leads in a plan."""

    party: Party
    lines: int
    length_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a plan comes to; ``length_km`` adds up what papers print of each line."""

    lines: int = 0
    special: int = 0
    length_km: float = 0.0
    markers: int = 0
    sections: int = 0
    settled: int = 0
    conflicts: int = 0
    by_state: Mapping[str, int]
    by_lead: tuple[LeadTotal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A year's plan as it stands on a day.

    Past the ``items``, lines that are not in it: ``overdue``, ``due`` by the end of the year, and
    those whose last inspection is ``unknown``. ``waits_for`` counts the lines by the side whose
    consent lacks.
    """

    year: int
    items: list[PlanItem]
    totals: Totals
    waits_for: list[tuple[Party, int]]
    overdue: list[Clock]
    due: list[Clock]
    unknown: list[Clock]


def read_plan(
    conn: Connection,
    viewer: Viewer,
    year: int,
    at: date,
    *,
    within: UUID | None = None,
    level: str | None = None,
    known: Sequence[Clock] | None = None,
) -> Plan:
    """Read the plan of a year as far as the viewer is of a side of its lines, or above.

    Parameters
    ----------
    within, level
        As for :func:`geo.inspections.planning.clock.list_clocks`.
    known
        What that function gave for the same, where it was asked already.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    page = list_inspections(conn, viewer, at, year=year, within=within, whole=True, limit=MOST)
    listed = [found for found in page.items if found.state != WITHDRAWN]
    if known is None:
        known = list_clocks(conn, viewer, at, within=within, level=level)
    clocks = {clock.line.id: clock for clock in known}
    if level is not None:
        listed = [found for found in listed if found.line_id in clocks]
    listed.sort(key=lambda found: (found.line_code or "~", found.line_name, str(found.id)))
    ids = [found.id for found in listed]
    consents, parts = _consents(conn, listed), _parts(conn, ids)
    items = [
        _item(found, clocks.get(found.line_id), consents.get(found.id, ()), parts.get(found.id, 0))
        for found in listed
    ]
    left = [clock for clock in clocks.values() if clock.under_way is None]
    end = date(year, 12, 31)
    return Plan(
        year=year,
        items=items,
        totals=_totals(listed),
        waits_for=_waits(items),
        overdue=[clock for clock in left if clock.is_overdue],
        due=[
            clock for clock in left if clock.due_on and not clock.is_overdue and clock.due_on <= end
        ],
        unknown=[clock for clock in left if clock.due_on is None],
    )


def _item(found: Listed, clock: Clock | None, consents: Sequence[Consent], parts: int) -> PlanItem:
    gave = {consent.party.id for consent in consents}
    return PlanItem(
        listed=found,
        due_on=clock.due_on if clock else None,
        consents=tuple(consents),
        waits_for=tuple(
            party for party in found.parties if party.role != "third" and party.id not in gave
        ),
        parts=parts,
    )


def _consents(conn: Connection, listed: Sequence[Listed]) -> dict[UUID, list[Consent]]:
    parties = {(found.id, party.id): party for found in listed for party in found.parties}
    chosen: Select[Any] = (
        select(
            step.inspection_id, step.division_id, step.document, step.at,
            func.coalesce(app_user.c.name, step.actor).label("actor_name"),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == step.actor)
        .where(
            step.inspection_id == any_uuid(found.id for found in listed), step.action == CONSENT
        )
        .order_by(step.at)
    )  # fmt: skip
    found: defaultdict[UUID, list[Consent]] = defaultdict(list)
    for row in conn.execute(chosen):
        party = parties.get((row.inspection_id, row.division_id))
        if party is not None:
            given = Consent(
                party=party, actor_name=row.actor_name, at=row.at, document=row.document
            )
            found[row.inspection_id].append(given)
    return found


def _parts(conn: Connection, ids: Collection[UUID]) -> dict[UUID, int]:
    one = inspection.c
    rows = conn.execute(
        select(one.parent_id, func.count())
        .where(one.parent_id == any_uuid(ids), one.state != WITHDRAWN)
        .group_by(one.parent_id)
    )
    return {row[0]: row[1] for row in rows}


def _totals(listed: Sequence[Listed]) -> Totals:
    led: defaultdict[UUID, list[Listed]] = defaultdict(list)
    for found in listed:
        led[found.lead.id].append(found)
    return Totals(
        lines=sum(found.kind == "regular" for found in listed),
        special=sum(found.kind == "special" for found in listed),
        length_km=sum(found.length_km for found in listed if found.kind == "regular"),
        markers=sum(found.progress.markers for found in listed),
        sections=sum(found.progress.sections for found in listed),
        settled=sum(found.progress.settled for found in listed),
        conflicts=sum(found.progress.conflict for found in listed),
        by_state=dict(Counter(found.state for found in listed)),
        by_lead=tuple(
            LeadTotal(
                party=of[0].lead, lines=len(of), length_km=sum(found.length_km for found in of)
            )
            for of in sorted(led.values(), key=lambda of: of[0].lead.code)
        ),
    )


def _waits(items: Sequence[PlanItem]) -> list[tuple[Party, int]]:
    """Count the lines by the side whose consent lacks; of planned ones only."""
    waits: Counter[UUID] = Counter()
    parties: dict[UUID, Party] = {}
    for item in items:
        for party in item.waits_for if item.listed.state == "planned" else ():
            waits[party.id] += 1
            parties[party.id] = party
    return sorted(
        ((parties[id_], count) for id_, count in waits.items()), key=lambda pair: pair[0].code
    )
