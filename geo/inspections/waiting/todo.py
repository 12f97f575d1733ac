"""我的待办: what waits for whom, from where each inspection stands; nothing of it is stored.

An inspection that stands still does so because somebody has not done the next thing. That thing is
found from its state, so a list can never say something else than the inspection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_some_role, roles_at
from geo.boundaries.sides import Side
from geo.inspections.facts import Party
from geo.inspections.parties import own_of_many, superior_of_many
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.read import MOST, list_inspections
from geo.inspections.waiting.in_field import Incident, OpenOrder, list_incidents, list_orders
from geo.inspections.waiting.rules import KINDS, Owed, TodoKind, find_owed, read_standing
from geo.office import office
from geo.texts import Text

OPEN_STATES = (
    "planned", "scheme_agreed", "desk", "field", "disposal", "signed", "reported", "submitted",
    "returned", "accepted",
)  # fmt: skip
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something that waits for somebody.

    ``party`` owes it, None for the authority above. ``mine`` says whether the viewer can do it.
    ``uid`` stays while the thing waits. ``object_id`` is the marker or work order it is about;
    ``count`` of how many things it is made. ``action`` is the one click that does it, where one
    does.
    """

    uid: str
    kind: TodoKind
    what: Text
    due_on: date | None
    is_late: bool
    mine: bool
    party: Side | None
    clerk: str | None = None
    inspection_id: UUID | None = None
    line_id: UUID | None = None
    line_name: str
    object_id: UUID | None = None
    count: int = 1
    action: str | None = None


def list_todo(
    conn: Connection,
    viewer: Viewer,
    today: date,
    *,
    everybody: bool = False,
    within: UUID | None = None,
) -> list[Todo]:
    """List what waits for the viewer, the most pressing first.

    Parameters
    ----------
    everybody
        What waits for the other sides too, of the inspections the viewer may see.
    within
        Of lines with a side at or below this division.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    require_some_role(viewer, "viewer")
    todos = [
        *_of_inspections(conn, viewer, today, within),
        *_of_clocks(conn, viewer, today, within),
        *_of_the_field(conn, viewer, today, within),
    ]
    chosen = [one for one in todos if one.mine or everybody]
    return sorted(
        chosen,
        key=lambda one: (
            not one.is_late, KINDS.index(one.kind), one.due_on or date.max, one.line_name, one.uid,
        ),
    )  # fmt: skip


def _of_inspections(
    conn: Connection, viewer: Viewer, today: date, within: UUID | None
) -> Iterable[Todo]:
    page = list_inspections(conn, viewer, today, states=OPEN_STATES, within=within, limit=MOST)
    parties = {found.id: [party.id for party in found.parties] for found in page.items}
    own = own_of_many(conn, viewer, parties)
    above = superior_of_many(conn, viewer, parties)
    standing = read_standing(conn, page.items)
    settings = office(conn)
    for found in page.items:
        for owed in find_owed(found, standing[found.id], settings):
            yield _todo(owed, today, mine=_is_mine(owed, own[found.id], found.id in above))


def _is_mine(owed: Owed, own: set[UUID], above: bool) -> bool:  # noqa: FBT001 - one fact of two
    """Return whether the viewer can do it; for a side without accounts the others do."""
    if owed.party is None:
        return above
    return owed.party.id in own or (owed.party.takes_part == "paper" and bool(own))


def _todo(owed: Owed, today: date, *, mine: bool) -> Todo:
    found, by = owed.listed, owed.party
    facts: Mapping[str, object] = {
        "line": found.line_name,
        "count": owed.count,
        "note": owed.note or "",
        "state": Text(f"inspection_state.{found.state}"),
    }
    return Todo(
        uid=f"{owed.kind}-{found.id}-{by.code if by else 'above'}",
        kind=owed.kind,
        what=Text(f"todo.{owed.kind}", facts),
        due_on=owed.due_on,
        is_late=owed.due_on is not None and owed.due_on < today,
        mine=mine,
        party=_side(by) if by else None,
        clerk=by.clerk_name if by else None,
        inspection_id=found.id,
        line_id=found.line_id,
        line_name=found.line_name,
        count=owed.count,
        action=owed.action,
    )


def _side(party: Party) -> Side:
    return Side(id=party.id, code=party.code, name=party.name)


def _of_clocks(
    conn: Connection, viewer: Viewer, today: date, within: UUID | None
) -> Iterable[Todo]:
    """Return lines that are due within a month or overdue, and that nobody has planned."""
    clocks = [
        clock
        for clock in list_clocks(conn, viewer, today, within=within)
        if clock.under_way is None and clock.due_on and clock.due_on <= today + SOON
    ]
    own = roles_at(conn, viewer, "editor", {side.id for one in clocks for side in one.line.sides})
    return [_due(clock, own) for clock in clocks]


def _due(clock: Clock, own: set[UUID]) -> Todo:
    kind: TodoKind = "overdue" if clock.is_overdue else "due"
    facts = {"line": clock.line.name, "round": clock.next_round, "due": clock.due_on}
    return Todo(
        uid=f"due-{clock.line.id}-{clock.next_round}",
        kind=kind,
        what=Text(f"todo.{kind}", facts),
        due_on=clock.due_on,
        is_late=clock.is_overdue,
        mine=any(side.id in own for side in clock.line.sides),
        party=clock.suggested_lead,
        line_id=clock.line.id,
        line_name=clock.line.name,
    )


def _of_the_field(
    conn: Connection, viewer: Viewer, today: date, within: UUID | None
) -> Sequence[Todo]:
    """Return open work orders, and markers that somebody reported lost or damaged."""
    orders = list_orders(conn, viewer, today, within)
    incidents = list_incidents(conn, viewer, today, within)
    sides = {one.responsible.id for one in orders} | {
        side.id for one in incidents for side in one.sides
    }
    own = roles_at(conn, viewer, "editor", sides)
    return [
        *(_order(one, today, mine=one.responsible.id in own) for one in orders),
        *(_incident(one, mine=any(side.id in own for side in one.sides)) for one in incidents),
    ]


def _order(one: OpenOrder, today: date, *, mine: bool) -> Todo:
    facts = {"task": Text(f"task.{one.task}"), "label": one.label, "line": one.line_name}
    return Todo(
        uid=f"order-{one.id}",
        kind="work_order",
        what=Text("todo.work_order", facts),
        due_on=one.due_on,
        is_late=one.due_on is not None and one.due_on < today,
        mine=mine,
        party=one.responsible,
        inspection_id=one.cause_id,
        line_id=one.line_id,
        line_name=one.line_name,
        object_id=one.id,
    )


def _incident(one: Incident, *, mine: bool) -> Todo:
    facts = {
        "label": one.label,
        "line": one.line_name,
        "state": Text(f"marker_state.{one.state}"),
        "who": one.actor_name,
        "day": one.at,
    }
    return Todo(
        uid=f"incident-{one.event_id}",
        kind="incident",
        what=Text("todo.incident", facts),
        due_on=None,
        is_late=False,
        mine=mine,
        party=one.managing,
        line_id=one.line_id,
        line_name=one.line_name,
        object_id=one.marker_id,
    )
