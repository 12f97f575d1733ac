"""Work orders over HTTP: proposed from findings, opened, ended with a record, or dropped."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import Field

from api.bodies import PresentBody, Strict, WithdrawalBody
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.inspection_bodies import SubjectBody
from api.paging import Page
from api.routers.divisions import Code
from geo.access.jurisdiction import require_role
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError
from geo.inspections.field import tasks
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.field.tasks import ProposedTask
from geo.inspections.read import read_inspection
from geo.markers.events import Present
from geo.markers.read import read_marker
from geo.texts import Lang, Text, text
from geo.upkeep.facts import EndFacts, Order, OrderFacts
from geo.upkeep.orders import list_orders

router = APIRouter(prefix="/api/v1", tags=["work orders"])


class OrderBody(Strict):
    """A work order; ``responsible`` is the code or name of a side, by default the managing one.

    ``found`` is the state of the marker that asks for it and ``found_on`` the day it was found: the
    register is told where it knows nothing newer.
    """

    subject: SubjectBody
    inspection: UUID | None = None
    task: str = Field(max_length=20)
    responsible: str | None = Field(None, max_length=100)
    due_on: date | None = None
    note: str | None = Field(None, max_length=2000)
    found: str | None = Field(None, max_length=20)
    found_on: date | None = None


class EndBody(Strict):
    """How a work order ended; ``files`` are those of the marker, or of the inspection."""

    on: date
    present: list[PresentBody] = Field([], max_length=50)
    files: list[str] = Field([], max_length=50)
    note: str | None = Field(None, max_length=2000)


@router.put("/work-orders/{order_id}")
def put_order(
    order_id: UUID,
    body: OrderBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Open a work order under an id the client made; the same again changes nothing."""
    facts = OrderFacts(
        **body.model_dump(exclude={"subject", "inspection"}), cause_id=body.inspection
    )
    known = {one.id for one in list_orders(conn, today, ids=[order_id])}
    made = tasks.open_task(
        conn, asker, order_id, (body.subject.kind, body.subject.id), facts, today=today
    )
    response.status_code = status.HTTP_200_OK if known else status.HTTP_201_CREATED
    return show_order(made, today, lang)


@router.get("/work-orders/{order_id}")
def get_order(
    order_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Give a work order with the record it ended with."""
    return show_order(tasks.read_task(conn, asker, order_id, today), today, lang)


@router.get("/work-orders")
def get_orders(  # noqa: PLR0913 - each parameter is one filter of the address
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    inspection: UUID | None = None,
    marker: UUID | None = None,
    responsible: Annotated[Code | None, Query(description="Side that has to do it.")] = None,
    state: Annotated[str | None, Query(max_length=20, description="open | done | dropped")] = None,
) -> Page[dict[str, Any]]:
    """List the work orders of an inspection, of a marker, or of a side; those due first before."""
    found: dict[str, Any] = {}
    if inspection is not None:
        whole = read_inspection(conn, inspection, asker, today)
        found |= {"causes": [inspection], "objects": [one.id for one in whole.subjects]}
    if marker is not None:
        read_marker(conn, marker, today, asker)
        found["objects"] = [marker]
    if responsible is not None:
        side = find_division(conn, responsible)
        require_role(conn, asker, "viewer", [side], what=responsible)
        found["responsible"] = [side]
    if not found:
        raise OptionInvalidError(
            option="inspection",
            value=Text("reason.not_given"),
            allowed="inspection, marker, responsible",
        )
    items = [show_order(one, today, lang) for one in list_orders(conn, today, state=state, **found)]
    return Page(items, len(items), None)


@router.post("/work-orders/{order_id}/end")
def end_order(
    order_id: UUID,
    body: EndBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """End a work order with its record; a repair needs somebody of every other side there."""
    facts = EndFacts(
        on=body.on,
        present=[Present(name=one.name, side=one.side) for one in body.present],
        files=body.files,
        note=body.note,
    )
    return show_order(tasks.end_task(conn, asker, order_id, facts, today=today), today, lang)


@router.post("/work-orders/{order_id}/drop")
def drop_order(
    order_id: UUID,
    body: WithdrawalBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Drop a work order that is not needed, with a reason."""
    done = tasks.drop_task(conn, asker, order_id, body.reason, today=today)
    return show_order(done, today, lang)


@router.get("/inspections/{inspection_id}/proposed-orders")
def propose_orders(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List the work orders that what was found asks for; people open them, or not."""
    found = read_inspection(conn, inspection_id, asker, today)
    outcomes = list_outcomes(conn, found, list_records(conn, inspection_id))
    known = list_orders(conn, today, objects=[one.id for one in found.subjects])
    codes = {one.id: one.code for one in found.parties}
    proposed = tasks.propose_tasks(found, outcomes, known)
    items = [show_proposed(one, codes[one.responsible_id], lang) for one in proposed]
    return Page(items, len(items), None)


def show_order(one: Order, today: date, lang: Lang) -> dict[str, Any]:
    """Return a work order for JSON, in words."""
    return {
        "id": str(one.id),
        "kind": one.object_kind,
        "subject": str(one.object_id),
        "inspection": None if one.cause_id is None else str(one.cause_id),
        "task": one.task,
        "task_name": text(f"task.{one.task}", lang),
        "responsible": one.responsible.code,
        "responsible_name": one.responsible.name,
        "due_on": None if one.due_on is None else one.due_on.isoformat(),
        "overdue": one.is_overdue(today),
        "note": one.note,
        "state": one.state,
        "state_name": text(f"order_state.{one.state}", lang),
        "ended_on": None if one.ended_on is None else one.ended_on.isoformat(),
        "present": [dict(each) for each in one.present],
        "files": [str(each) for each in one.files],
        "event": None if one.event_id is None else str(one.event_id),
        "end_note": one.end_note,
        "actor": one.actor_name,
        "at": one.at.isoformat(),
    }


def show_proposed(one: ProposedTask, responsible: str, lang: Lang) -> dict[str, Any]:
    """Return a proposed work order for JSON, with what asks for it."""
    asks = "too_few_objects" if one.found is None else "found"
    state = "" if one.found is None else text(f"result.marker.{one.found}", lang)
    return {
        "kind": one.subject.kind,
        "subject": str(one.subject.id),
        "label": one.subject.label,
        "task": one.task,
        "task_name": text(f"task.{one.task}", lang),
        "responsible": responsible,
        "found": one.found,
        "agreed": one.is_agreed,
        "why": text(f"proposed_order.{asks}", lang, state=state),
    }
