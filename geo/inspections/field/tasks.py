"""Work orders that come from inspections: proposed from what was found, opened and ended by people.

A marker's order may also stand by itself; what is done to it here is told to the inspection's feed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.errors import OptionInvalidError
from geo.inspections.facts import Inspection, Outcome, Subject
from geo.inspections.feed import tell
from geo.inspections.field.records import require_recording
from geo.inspections.read import lock_inspection, read_inspection
from geo.inspections.voiding import void_signatures
from geo.markers.objects import LEAST_OBJECTS
from geo.markers.read import DivisionRef, read_marker
from geo.texts import Text
from geo.upkeep import orders
from geo.upkeep.facts import EndFacts, Order, OrderFacts, Target

ASKS = {
    "worn": "repaint",
    "leaning": "straighten",
    "damaged": "repair",
    "moved": "reset",
    "lost": "reset",
}
"""What was found at a marker → what it asks for (MCA Order 36; Order 353 art. 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedTask:
    """A work order that what was found asks for; people open it, or not.

    ``found`` is the state that asks, None where a marker has too few reference objects;
    ``is_agreed`` is False where the sides do not all say so (yet).
    """

    subject: Subject
    task: str
    responsible_id: UUID
    found: str | None
    is_agreed: bool


def propose_tasks(
    inspection: Inspection, outcomes: Sequence[Outcome], known: Collection[Order]
) -> list[ProposedTask]:
    """Return the orders that the findings of markers ask for, in the order of the subjects.

    Parameters
    ----------
    known
        The orders there are; what is open, or was done or dropped in this inspection, is not
        proposed again.
    """
    codes = {one.code: one.id for one in inspection.parties}
    there = {
        (one.object_id, one.task)
        for one in known
        if one.state == "open" or one.cause_id == inspection.id
    }
    proposed: list[ProposedTask] = []
    for outcome in outcomes:
        subject = outcome.subject
        if subject.kind != "marker":
            continue
        found = [outcome.state] if outcome.state else [one.state for one in outcome.views.values()]
        asked = {ASKS[one]: one for one in found if one in ASKS}
        tasks: list[tuple[str, str | None]] = list(asked.items())
        if outcome.views and len(subject.register.get("objects", ())) < LEAST_OBJECTS:
            tasks.append(("new_object", None))
        managing = codes.get(str(subject.register.get("managing")), subject.lead_id)
        proposed += [
            ProposedTask(
                subject=subject,
                task=task,
                responsible_id=managing,
                found=state,
                is_agreed=outcome.status == "agreed",
            )
            for task, state in tasks
            if (subject.id, task) not in there
        ]
    return proposed


def open_task(
    conn: Connection,
    viewer: Viewer,
    order_id: UUID,
    subject: tuple[str, UUID],
    facts: OrderFacts,
    *,
    today: date,
) -> Order:
    """Open a work order for a marker, or for a section of an inspection.

    That it was opened belongs to what is signed, so one opened after signing voids the signatures;
    how it ends does not, for that is later.

    Raises
    ------
    OptionInvalidError
        If it is of a section and no inspection is named, or the inspection has no such subject.
    RecordsClosedError
        If the inspection takes nothing now; one for a marker may name no inspection.
    InspectionUnknownError, MarkerUnknownError, OrderTakenError
    OutsideJurisdictionError, RoleMissingError
    """
    target = find_target(conn, viewer, subject, facts.cause_id, today)
    is_new = not orders.list_orders(conn, today, ids=[order_id])
    made = orders.open_order(conn, viewer, order_id, target, facts, today=today)
    if is_new and facts.cause_id is not None:
        require_recording(lock_inspection(conn, facts.cause_id))
        why = Text("void.order", {"label": target.label, "who": viewer.name})
        void_signatures(conn, viewer, facts.cause_id, why)
        _tell(conn, viewer, made, target, "order_opened")
    return made


def end_task(
    conn: Connection, viewer: Viewer, order_id: UUID, facts: EndFacts, *, today: date
) -> Order:
    """End a work order with its record; see :func:`geo.upkeep.orders.end_order`."""
    known, target = _read(conn, viewer, order_id, today)
    done = orders.end_order(conn, viewer, order_id, target, facts, today=today)
    if known.state == "open":
        _tell(conn, viewer, done, target, "order_done")
    return done


def drop_task(
    conn: Connection, viewer: Viewer, order_id: UUID, reason: str, *, today: date
) -> Order:
    """Drop a work order with a reason; see :func:`geo.upkeep.orders.drop_order`."""
    known, target = _read(conn, viewer, order_id, today)
    done = orders.drop_order(conn, viewer, order_id, target, reason, today=today)
    if known.state == "open":
        _tell(conn, viewer, done, target, "order_dropped")
    return done


def read_task(conn: Connection, viewer: Viewer, order_id: UUID, today: date) -> Order:
    """Return a work order to who may see what it is for.

    Raises
    ------
    OrderUnknownError, OutsideJurisdictionError, RoleMissingError, NotPublishedError
    """
    return _read(conn, viewer, order_id, today)[0]


def find_target(
    conn: Connection, viewer: Viewer, subject: tuple[str, UUID], cause_id: UUID | None, today: date
) -> Target:
    """Return what an order is for, after refusing who may not see it.

    Raises
    ------
    OptionInvalidError, InspectionUnknownError, MarkerUnknownError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
    """
    kind, object_id = subject
    found = None if cause_id is None else read_inspection(conn, cause_id, viewer, today)
    inspected = None if found is None else found.subject(kind, object_id)
    if (found is not None and inspected is None) or (found is None and kind == "section"):
        value = Text("reason.not_given") if found is None else object_id
        allowed = Text("allowed.order_subject")
        raise OptionInvalidError(option="inspection", value=value, allowed=allowed)
    holders = () if found is None else (found.id,)
    if kind == "marker":
        return orders.target_of(read_marker(conn, object_id, today, viewer))
    assert found is not None  # noqa: S101 - for the type checker
    assert inspected is not None  # noqa: S101 - for the type checker
    sides = tuple(
        DivisionRef(id=one.id, code=one.code, name=one.name)
        for one in found.parties
        if one.id in inspected.sides
    )
    return Target(
        kind="section",
        id=object_id,
        label=inspected.label,
        sides=sides,
        managing_id=inspected.lead_id,
        holder_ids=(object_id, *holders),
    )


def _read(conn: Connection, viewer: Viewer, order_id: UUID, today: date) -> tuple[Order, Target]:
    known = orders.read_order(conn, order_id, today)
    # A marker stands by itself: it may have left the line since the inspection.
    cause = None if known.object_kind == "marker" else known.cause_id
    subject = (known.object_kind, known.object_id)
    return known, find_target(conn, viewer, subject, cause, today)


def _tell(conn: Connection, viewer: Viewer, made: Order, target: Target, what: str) -> None:
    if made.cause_id is not None:
        tell(
            conn, viewer, made.cause_id, what, made.responsible.id,
            label=target.label, task=made.task,
        )  # fmt: skip
