"""我的待办 over HTTP: what waits, as a calendar file, as a text to send, and handed over."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from api.bodies import Strict
from api.deps import Asker, AskerLang, Now, ReadConn, Today, WriteConn
from api.errors import as_json
from api.paging import Page
from api.routers.divisions import Code
from api.routers.inspection_plans import send_ics
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError
from geo.inspections.planning.ics import write_ics
from geo.inspections.waiting.handover import hand_over
from geo.inspections.waiting.reminders import todo_days, write_reminder
from geo.inspections.waiting.rules import KINDS
from geo.inspections.waiting.todo import Todo, list_todo
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1", tags=["inspections"])
NO_STORE = {"Cache-Control": "private, no-store"}

Everybody = Annotated[bool, Query(description="What waits for the other sides too.")]
Within = Annotated[Code | None, Query(description="Of lines with a side in this division.")]


class HandOverBody(Strict):
    """Names of two accounts: who looked after the inspections, and who will."""

    clerk: str = Field(min_length=1, max_length=100)
    successor: str = Field(min_length=1, max_length=100)


@router.get("/todo")
def get_todo(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    everybody: Everybody = False,  # noqa: FBT002 - a query key
    within: Within = None,
) -> Page[dict[str, Any]]:
    """List what waits for the asker, what is late first."""
    place = find_division(conn, within) if within else None
    found = list_todo(conn, asker, today, everybody=everybody, within=place)
    return Page([_show(one, lang) for one in found], len(found), None)


@router.get("/todo.ics", response_class=Response)
def get_todo_file(
    conn: ReadConn, asker: Asker, lang: AskerLang, today: Today, now: Now
) -> Response:
    """Send what waits until a day as a calendar file."""
    found = list_todo(conn, asker, today)
    return send_ics(write_ics(todo_days(found, lang), name=text("todo.name", lang), now=now))


@router.get("/todo/reminder", response_class=PlainTextResponse)
def get_reminder(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    side: Annotated[Code | None, Query(description="To this side only.")] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    within: Within = None,
) -> PlainTextResponse:
    """Write what waits for the other sides as a text to send them (催办)."""
    if kind is not None and kind not in KINDS:
        raise OptionInvalidError(option="kind", value=kind, allowed=list(KINDS))
    to = find_division(conn, side) if side else None
    place = find_division(conn, within) if within else None
    found = [
        one
        for one in list_todo(conn, asker, today, everybody=True, within=place)
        if (kind in (None, one.kind))
        and (one.party is not None and one.party.id == to if to else not one.mine)
    ]
    return PlainTextResponse(write_reminder(found, today, lang), headers=NO_STORE)


@router.post("/handover")
def post_hand_over(
    body: HandOverBody, conn: WriteConn, asker: Asker, today: Today
) -> dict[str, Any]:
    """Let a successor look after every open inspection of a clerk.

    ``left`` are those of sides at which the successor has no role.
    """
    done = hand_over(conn, asker, body.clerk, body.successor, today=today)
    return {"done": _pairs(done.done), "left": _pairs(done.left)}


def _pairs(pairs: Any) -> list[dict[str, str]]:
    return [{"inspection": str(one), "side": str(side)} for one, side in pairs]


def _show(one: Todo, lang: Lang) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "what": as_json(one.what, lang),
        "kind_name": text(f"todo_kind.{one.kind}", lang),
    }
