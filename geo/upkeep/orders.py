"""Work orders: what is to be done to a marker or section, by whom, and the record it ended with.

References
----------
行政区域界线管理条例 (Order 353): art. 6 (a damaged or lost marker is repaired or set again by the
managing side with the other side present), art. 16 (without the neighbour it is punishable).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, insert, select, update

from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.access.tables import app_user
from geo.db.sql import any_uuid
from geo.errors import (
    OptionInvalidError,
    OrderEndedError,
    OrderTakenError,
    OrderUnknownError,
)
from geo.files.attach import list_attachments
from geo.markers.events import EventFacts, Present, last_state, record_event
from geo.markers.life import STEPS
from geo.markers.read import DivisionRef, Marker, name_sides
from geo.texts import Text as Words
from geo.upkeep.facts import EVENTS, TASKS, EndFacts, Order, OrderFacts, Target
from geo.upkeep.tables import work_order

order = work_order.c


def target_of(marker: Marker) -> Target:
    """Return a marker as what an order is for."""
    return Target(
        kind="marker",
        id=marker.id,
        label=f"{marker.number}{marker.member}",
        sides=marker.sides,
        managing_id=marker.managing.id if marker.managing else None,
        marker=marker,
        holder_ids=(marker.id,),
    )


def open_order(
    conn: Connection,
    viewer: Viewer,
    order_id: UUID,
    target: Target,
    facts: OrderFacts,
    *,
    today: date,
) -> Order:
    """Open a work order under an id the client made; the same again changes nothing.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides.
    OptionInvalidError
        If the task, the side or the day cannot be.
    OrderTakenError
        If the id is that of an order that says something else.
    """
    _require_side(conn, viewer, target)
    if facts.task not in TASKS:
        names = [Words(f"task.{one}") for one in TASKS]
        raise OptionInvalidError(option="task", value=facts.task, allowed=[*TASKS, *names])
    values = {
        "id": order_id,
        "object_kind": target.kind,
        "object_id": target.id,
        "cause_id": facts.cause_id,
        "task": facts.task,
        "responsible_id": _responsible(conn, viewer, target, facts.responsible),
        "due_on": facts.due_on,
        "note": facts.note,
    }
    known = conn.execute(select(work_order).where(order.id == order_id)).one_or_none()
    if known is not None:
        if any(getattr(known, name) != value for name, value in values.items()):
            raise OrderTakenError(order=order_id)
        return read_order(conn, order_id, today)
    if facts.due_on is not None and facts.due_on < today:
        allowed = Words("allowed.days", {"first": today, "last": "…"})
        raise OptionInvalidError(option="due_on", value=facts.due_on, allowed=allowed)
    _tell_register(conn, viewer, target, facts, today)
    conn.execute(insert(work_order).values(**values, actor=viewer.actor))
    return read_order(conn, order_id, today)


def end_order(
    conn: Connection,
    viewer: Viewer,
    order_id: UUID,
    target: Target,
    facts: EndFacts,
    *,
    today: date,
) -> Order:
    """End an order with its record; that of a marker becomes a step of the marker's life.

    Said twice it is said once.

    Raises
    ------
    OrderUnknownError
    OrderEndedError
        If it ended otherwise.
    NeighbourAbsentError
        If it is a repair, and nobody of another side was there (Order 353 art. 6, 16).
    StepRefusedError
        If the marker's state does not allow it.
    OptionInvalidError
        If the day lies ahead, a side is none of its, or a file none of its files.
    OutsideJurisdictionError, RoleMissingError
    """
    _require_side(conn, viewer, target)
    now = _lock(conn, order_id, today)
    present = [_present(one, target) for one in facts.present]
    if now.state != "open":
        if (now.state, now.ended_on, list(now.present), now.end_note) == (
            "done", facts.on, present, facts.note,
        ):  # fmt: skip
            return now
        raise OrderEndedError(order=order_id, state=Words(f"order_state.{now.state}"))
    begun = now.at.date()
    if facts.on > today:
        allowed = Words("allowed.days", {"first": begun, "last": today})
        raise OptionInvalidError(option="on", value=facts.on, allowed=allowed)
    event_id = _write_event(conn, viewer, now.task, target, facts, today)
    conn.execute(
        update(work_order)
        .where(order.id == order_id)
        .values(
            state="done",
            ended_on=facts.on,
            present=present,
            files=[str(one) for one in _files(conn, target, facts.files)],
            event_id=event_id,
            end_note=facts.note,
            end_actor=viewer.actor,
        )
    )
    return read_order(conn, order_id, today)


def drop_order(
    conn: Connection, viewer: Viewer, order_id: UUID, target: Target, reason: str, *, today: date
) -> Order:
    """Drop an order that is not needed, with a reason; dropped twice it is dropped.

    Raises
    ------
    OrderUnknownError, OrderEndedError, OutsideJurisdictionError, RoleMissingError
    OptionInvalidError
        Without a reason.
    """
    _require_side(conn, viewer, target)
    now = _lock(conn, order_id, today)
    if not reason.strip():
        raise OptionInvalidError(
            option="reason", value=Words("reason.not_given"), allowed=Words("allowed.drop_reason")
        )
    if (now.state, now.end_note) == ("dropped", reason.strip()):
        return now
    if now.state != "open":
        raise OrderEndedError(order=order_id, state=Words(f"order_state.{now.state}"))
    conn.execute(
        update(work_order)
        .where(order.id == order_id)
        .values(state="dropped", ended_on=today, end_note=reason.strip(), end_actor=viewer.actor)
    )
    return read_order(conn, order_id, today)


def list_orders(
    conn: Connection,
    at: date,
    *,
    ids: Collection[UUID] | None = None,
    objects: Collection[UUID] | None = None,
    causes: Collection[UUID] | None = None,
    responsible: Collection[UUID] | None = None,
    state: str | None = None,
) -> list[Order]:
    """List work orders, those due first before the others; who may see them was asked before."""
    wanted = [
        column == any_uuid(some)
        for column, some in (
            (order.id, ids),
            (order.object_id, objects),
            (order.cause_id, causes),
            (order.responsible_id, responsible),
        )
        if some is not None
    ]
    if state is not None:
        wanted.append(order.state == state)
    rows = conn.execute(
        select(*order, func.coalesce(app_user.c.name, order.actor).label("actor_name"))
        .outerjoin(app_user, cast(app_user.c.id, Text) == order.actor)
        .where(*wanted)
        .order_by(order.due_on.nulls_last(), order.id)
    ).all()
    sides = name_sides(conn, {row.responsible_id for row in rows}, at)
    return [_order(row, sides[row.responsible_id]) for row in rows]


def read_order(conn: Connection, order_id: UUID, at: date) -> Order:
    """Return one work order; who may see it was asked before.

    Raises
    ------
    OrderUnknownError
    """
    found = list_orders(conn, at, ids=[order_id])
    if not found:
        raise OrderUnknownError(order=order_id)
    return found[0]


def _lock(conn: Connection, order_id: UUID, today: date) -> Order:
    conn.execute(select(order.id).where(order.id == order_id).with_for_update())
    return read_order(conn, order_id, today)


def _require_side(conn: Connection, viewer: Viewer, target: Target) -> None:
    ids = [one.id for one in target.sides]
    if not roles_at(conn, viewer, "editor", ids):
        require_role(conn, viewer, "editor", ids, what=target.label)


def _responsible(conn: Connection, viewer: Viewer, target: Target, said: str | None) -> UUID:
    """Return the side that has to do it: the one said, the managing one, or the viewer's own."""
    if said is not None:
        return _side(target, said, "responsible").id
    if target.managing_id is not None:
        return target.managing_id
    mine = roles_at(conn, viewer, "editor", [one.id for one in target.sides])
    if len(mine) == 1:
        return next(iter(mine))
    allowed = [f"{one.code} {one.name}" for one in target.sides]
    raise OptionInvalidError(option="responsible", value=Words("reason.not_given"), allowed=allowed)


def _side(target: Target, said: str, option: str) -> DivisionRef:
    for one in target.sides:
        if said.strip() in (one.code, one.name, str(one.id)):
            return one
    allowed = [f"{one.code} {one.name}" for one in target.sides]
    raise OptionInvalidError(option=option, value=said, allowed=allowed)


def _present(one: Present, target: Target) -> dict[str, str]:
    side, name = _side(target, one.side, "present.side"), " ".join(one.name.split())
    if not name:
        raise OptionInvalidError(
            option="present.name", value=one.name, allowed=Words("allowed.person_name")
        )
    return {"name": name, "division": str(side.id), "code": side.code, "side": side.name}


def _tell_register(
    conn: Connection, viewer: Viewer, target: Target, facts: OrderFacts, today: date
) -> None:
    """Record the state that asks for the order, where the register knows nothing newer."""
    if target.marker is None or facts.found is None:
        return
    state, last = last_state(conn, target.id)
    day = facts.found_on or today
    step = STEPS.get(facts.found)
    if step is None or step.presence or state not in step.starts or (last and day < last):
        return
    given = EventFacts(kind=facts.found, at=day, note=facts.note)
    record_event(conn, viewer, target.marker, given, today=today)


def _write_event(
    conn: Connection, viewer: Viewer, task: str, target: Target, facts: EndFacts, today: date
) -> UUID | None:
    """Write the step of the marker's life an order ends with; None where there is none."""
    kind = EVENTS[task]
    if target.marker is None or kind is None:
        return None
    everybody = {one.id for one in target.sides} <= {
        _side(target, one.side, "present.side").id for one in facts.present
    }
    if task == "repaint" and last_state(conn, target.id)[0] == "worn" and everybody:
        # Painted while every side looked on it can be read again; by one alone it is upkeep only.
        kind = "repaired"
    given = EventFacts(
        kind=kind, at=facts.on, present=facts.present, note=facts.note, files=facts.files
    )
    return record_event(conn, viewer, target.marker, given, today=today).id


def _files(conn: Connection, target: Target, wanted: Sequence[str]) -> list[UUID]:
    known = {
        name: one.id
        for listed in list_attachments(conn, target.holder_ids).values()
        for one in listed
        for name in (one.sha256, str(one.id))
    }
    for one in wanted:
        if one not in known:
            raise OptionInvalidError(
                option="files", value=one, allowed=Words("allowed.files_first")
            )
    return [known[one] for one in wanted]


def _order(row: Any, responsible: DivisionRef) -> Order:
    names = [name for name in Order.__dataclass_fields__ if name not in _APART]
    return Order(
        **{name: getattr(row, name) for name in names},
        responsible=responsible,
        present=tuple(row.present),
        files=tuple(UUID(one) for one in row.files),
    )


_APART = frozenset({"responsible", "present", "files"})
