"""The page at ``/todo``: what waits, the click that does it, reminders, the hand-over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import Now, ReadConn
from api.errors import status_of
from api.inspection_visit import InspectionVisited
from api.pages import answer_page
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    find_place,
    tell_refused,
    tell_said,
)
from api.routers.inspection_plans import send_ics
from geo.boundaries.sides import name_divisions
from geo.db.engine import reading, transaction
from geo.errors import YutuError
from geo.inspections.field.tasks import read_task
from geo.inspections.parties import find_party
from geo.inspections.planning.ics import write_ics
from geo.inspections.planning.plan import CONSENT, consent_plan
from geo.inspections.read import read_inspection
from geo.inspections.waiting.handover import HandedOver, hand_over
from geo.inspections.waiting.reminders import todo_days, write_reminder
from geo.inspections.waiting.todo import Todo, list_todo
from geo.inspections.workflow import Asked, take_step
from geo.texts import Text, text
from maps.page_register import Refused
from maps.page_todo import TodoQuestion, TodoView, Who, render_todo

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Typed = Annotated[str, Query(max_length=64)]
Sent = Annotated[str, Form(max_length=200)]


def read_todo_question(
    who: Literal["mine", "others"] = "mine", within: Typed = "", kind: Typed = "", side: Typed = ""
) -> TodoQuestion:
    """Read what is asked of the list."""
    return TodoQuestion(who=who, within=within.strip(), kind=kind, side=side.strip())


Question = Annotated[TodoQuestion, Depends(read_todo_question)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a form that was just sent has to say."""

    said: str | None = None
    refused: Refused | None = None
    missing: Sequence[Text] = ()
    left: Sequence[str] = field(default=())


@router.get("/todo")
def get_todo(
    visit: Visited,
    conn: ReadConn,
    asked: Question,
    said: Annotated[str, Query(max_length=30)] = "",
) -> HTMLResponse:
    """Return what waits for the asker, or for the others with a text to remind them."""
    try:
        html = _show(conn, visit, asked, _Told(said=tell_said(said, visit.frame.lang)))
    except YutuError as error:
        told = _refuse(visit, "ask", error, {})
        html = _show(conn, visit, replace(asked, within=""), told)
        return answer_page(visit.request, html, status_of(error))
    return answer_page(visit.request, html)


@router.get("/todo.ics")
def get_todo_file(visit: Visited, conn: ReadConn, now: Now) -> Response:
    """Send what waits until a day as a calendar file."""
    found, lang = list_todo(conn, visit.asker, visit.today), visit.frame.lang
    return send_ics(write_ics(todo_days(found, lang), name=text("todo.name", lang), now=now))


@router.get("/work-orders/{order_id}")
def get_order(
    order_id: UUID, visit: InspectionVisited, conn: ReadConn, line: UUID | None = None
) -> Response:
    """Lead to where a work order ends: in the inspection that opened it, or what it is for."""
    order = read_task(conn, visit.asker, order_id, visit.today)
    kind, of = order.object_kind, order.object_id
    to = f"/markers/{of}" if kind == "marker" else f"/lines/{line}/sections/{of}"
    if order.cause_id:
        to = f"/inspections/{order.cause_id}/subjects/{kind}/{of}#orders"
    return RedirectResponse(to, SEE_OTHER)


@dataclass(frozen=True, slots=True)
class ActForm:
    """A click that does what waits: which step, of which inspection, for which side."""

    inspection: Annotated[UUID, Form()]
    action: Sent
    side: Sent = ""


@router.post("/todo/steps")
def post_step(visit: FormVisited, form: Annotated[ActForm, Depends()]) -> Response:
    """Do what waits, and return to what is left; or say what is in the way."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            _do(conn, visit, form)
    except YutuError as error:
        told = _refuse(visit, "step", error, {"inspection": str(form.inspection)})
        return _again(visit, told, status_of(error))
    return RedirectResponse("/todo?said=todo_step", SEE_OTHER)


@router.post("/todo/handover")
def post_hand_over(visit: FormVisited, clerk: Sent = "", successor: Sent = "") -> Response:
    """Let a successor look after all open inspections of a clerk; say what could not go over."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            names = clerk.strip(), successor.strip()
            done = hand_over(conn, visit.asker, *names, today=visit.today)
            left = _name_left(conn, visit, done)
    except YutuError as error:
        typed = {"clerk": clerk, "successor": successor}
        return _again(visit, _refuse(visit, "handover", error, typed), status_of(error))
    said = text(
        "page.todo_handed_over", visit.frame.lang, count=len(done.done), left=len(done.left)
    )
    return _again(visit, _Told(said=said, left=left), HTTPStatus.OK)


def _do(conn: Connection, visit: Visit, form: ActForm) -> None:
    found = read_inspection(conn, form.inspection, visit.asker, visit.today)
    side = form.side.strip() or None
    if form.action == CONSENT:
        party = find_party(found, side).id if side else None
        consent_plan(conn, visit.asker, [found.id], today=visit.today, side=party)
        return
    asked = Asked(action=form.action, side=side)
    take_step(conn, visit.asker, found, asked, today=visit.today)


def _refuse(visit: Visit, form: str, error: YutuError, typed: dict[str, str]) -> _Told:
    told = cast("list[dict[str, Any]]", error.facts.get("missing", ()))
    missing = [one["words"] for one in told]
    return _Told(refused=tell_refused(form, error, typed, visit.frame.lang), missing=missing)


def _again(visit: Visit, told: _Told, status: HTTPStatus) -> Response:
    with reading(visit.engine) as conn:
        html = _show(conn, visit, TodoQuestion(), told)
    return answer_page(visit.request, html, status)


def _name_left(conn: Connection, visit: Visit, done: HandedOver) -> list[str]:
    names = name_divisions(conn, {side for _, side in done.left}, visit.today)
    return [
        f"{read_inspection(conn, id_, visit.asker, visit.today).line_name} · {names[side].name}"
        for id_, side in done.left
    ]


def _show(conn: Connection, visit: Visit, asked: TodoQuestion, told: _Told) -> str:
    place = find_place(conn, visit.asker, visit.at, asked.within) if asked.within else None
    found = list_todo(conn, visit.asker, visit.today, everybody=asked.who == "others", within=place)
    every = [one for one in found if _is_of(one, asked.who)]
    shown = [
        one
        for one in every
        if asked.kind in ("", one.kind)
        and (not asked.side or (one.party is not None and one.party.code == asked.side))
    ]
    others = asked.who == "others"
    lang = visit.frame.lang
    view = TodoView(
        asked=asked,
        todos=shown,
        every=every,
        reminder=write_reminder(shown, visit.today, lang) if others and shown else "",
        said=told.said,
        refused=told.refused,
        missing=told.missing,
        left=told.left,
    )
    return render_todo(visit.frame, visit.today, view)


def _is_of(one: Todo, who: Who) -> bool:
    return one.mine == (who == "mine")
