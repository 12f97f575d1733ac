"""The forms about what follows from an inspection: work orders, and desk work on sections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import Connection

from api.forms import read_day
from api.inspection_visit import Act, InspectionVisited, do_form
from api.pages_inspection_steps import read_id
from api.pages_inspection_subject import Kind, refuse_subject
from api.register import RegisterRoute, Visit
from geo.inspections.facts import Inspection
from geo.inspections.field.desk import put_desk
from geo.inspections.field.tasks import drop_task, end_task, open_task
from geo.markers.events import Present
from geo.upkeep.facts import EndFacts, OrderFacts

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

SUBJECT = "/inspections/{inspection_id}/subjects/{kind}/{object_id}"
NAMES = re.compile(r"[、,，;；]")
Line = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class OrderForm:
    """A work order as it was typed; its id was made with the form, so twice sent it is one."""

    order_id: Line = ""
    task: Line = ""
    responsible: Line = ""
    due_on: Line = ""
    note: Line = ""
    found: Line = ""
    found_on: Line = ""


@router.post(f"{SUBJECT}/orders")
def post_order(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    visit: InspectionVisited,
    form: Annotated[OrderForm, Depends()],
) -> Response:
    """Open a work order for a marker or section."""

    def act(conn: Connection, found: Inspection) -> None:
        facts = OrderFacts(
            task=form.task,
            responsible=form.responsible or None,
            due_on=read_day(form.due_on, "due_on") if form.due_on else None,
            note=form.note.strip() or None,
            found=form.found or None,
            found_on=read_day(form.found_on, "found_on") if form.found_on else None,
            cause_id=found.id,
        )
        order_id = read_id(form.order_id, "page.insp.order")
        open_task(conn, visit.asker, order_id, (kind, object_id), facts, today=visit.today)

    return _do(visit, inspection_id, (kind, object_id), "order", asdict(form), act)


async def read_end_form(request: Request) -> dict[str, Any]:
    """Return how an order ended as it was typed; names of a side stand in ``names_<code>``."""
    sent = {name: str(word)[:2000] for name, word in (await request.form()).items()}
    prefix = "names_"
    names = {key.removeprefix(prefix): word for key, word in sent.items() if key.startswith(prefix)}
    return {"on": sent.get("on", ""), "note": sent.get("note", "").strip(), "names": names}


@router.post(f"{SUBJECT}/orders/{{order_id}}/end")
def post_end(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    order_id: UUID,
    visit: InspectionVisited,
    typed: Annotated[dict[str, Any], Depends(read_end_form)],
) -> Response:
    """End a work order with its record: the day, and who was there of each side."""

    def act(conn: Connection, _found: Inspection) -> None:
        present = [
            Present(name=name.strip(), side=side)
            for side, words in typed["names"].items()
            for name in NAMES.split(words)
            if name.strip()
        ]
        on, note = read_day(typed["on"], "on"), typed["note"] or None
        facts = EndFacts(on=on, present=present, note=note)
        end_task(conn, visit.asker, order_id, facts, today=visit.today)

    return _do(visit, inspection_id, (kind, object_id), f"end-{order_id}", typed, act)


@router.post(f"{SUBJECT}/orders/{{order_id}}/drop")
def post_drop(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    order_id: UUID,
    visit: InspectionVisited,
    reason: Line = "",
) -> Response:
    """Drop a work order that is not needed, with a reason."""

    def act(conn: Connection, _found: Inspection) -> None:
        drop_task(conn, visit.asker, order_id, reason, today=visit.today)

    form = f"drop-{order_id}"
    return _do(visit, inspection_id, (kind, object_id), form, {"reason": reason}, act)


@router.post(f"{SUBJECT}/desk")
def post_desk(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    visit: InspectionVisited,
    side: Line = "",
    note: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Hold a section against what is known today and keep it, with people's own note."""

    def act(conn: Connection, found: Inspection) -> None:
        put_desk(
            conn, visit.asker, found, [object_id], side=side or None,
            note=note.replace("\r\n", "\n").strip() or None, today=visit.today,
        )  # fmt: skip

    typed = {"side": side, "note": note}
    return _do(visit, inspection_id, (kind, object_id), "desk", typed, act)


def _do(
    visit: Visit,
    inspection_id: UUID,
    key: tuple[str, UUID],
    form: str,
    typed: Mapping[str, Any],
    act: Act,
) -> Response:
    to = f"/inspections/{inspection_id}/subjects/{key[0]}/{key[1]}"
    again = partial(refuse_subject, visit, inspection_id, key)
    return do_form(visit, inspection_id, form, typed, act, to=to, again=again)
