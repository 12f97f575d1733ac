"""The forms on the page of a marker: record an event, write a side's own part, describe it.

What is refused is told on the page itself, with all that was typed still in the form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import Connection

from api.forms import read_day
from api.pages_marker import refuse_marker
from api.register import FormVisited, RegisterRoute, Visit, send_form
from geo.agreements.agreed import propose
from geo.markers.events import GOALS, EventFacts, Present, find_side, record_event
from geo.markers.facts import SideFacts
from geo.markers.own import write_own
from geo.markers.read import read_marker
from geo.sections.descriptions import generate_position, write_marker_text
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Line = Annotated[str, Form(max_length=200)]
Note = Annotated[str, Form(max_length=10_000)]
NAMES = re.compile(r"[、,，;；]")


def do_form(
    visit: Visit,
    marker_id: UUID,
    form: str,
    typed: Mapping[str, Any],
    act: Callable[[Connection], object],
) -> Response:
    """Do what a form of a marker asks, then lead back to the page; or the page says why not."""

    def again(refused: Refused, status: HTTPStatus) -> Response:
        return refuse_marker(visit, marker_id, refused, status)

    to = f"/markers/{marker_id}?said={form}"
    return send_form(visit, form, typed, act, to=to, again=again)


@dataclass(frozen=True, slots=True)
class EventForm:
    """An event as it was typed; ``names`` beside ``side``, several of a side with commas."""

    kind: str
    at: str
    side: Sequence[str]
    names: Sequence[str]
    note: str
    files: Sequence[str]
    goals: Mapping[str, str]


async def read_event_form(
    request: Request,
    kind: Line = "",
    at: Line = "",
    note: Note = "",
    side: Annotated[list[str], Form()] = [],  # noqa: B006
    names: Annotated[list[str], Form()] = [],  # noqa: B006
    files: Annotated[list[str], Form()] = [],  # noqa: B006
) -> EventForm:
    """Read the form of an event; a goal has a field of its own, ``goal_<name>``."""
    sent = await request.form()
    goals = {name: str(sent.get(f"goal_{name}") or "") for name in GOALS}
    return EventForm(kind, at, side, names, note.strip(), files, goals)


@router.post("/markers/{marker_id}/events")
def post_event(
    marker_id: UUID, visit: FormVisited, form: Annotated[EventForm, Depends(read_event_form)]
) -> Response:
    """Record an event of a marker."""

    def act(conn: Connection) -> None:
        marker = read_marker(conn, marker_id, visit.today, visit.asker)
        present = [
            Present(name=name.strip(), side=side)
            for side, typed in zip(form.side, form.names, strict=False)
            for name in NAMES.split(typed)
            if name.strip()
        ]
        given = EventFacts(
            kind=form.kind,
            at=read_day(form.at, "at"),
            present=present,
            note=form.note or None,
            files=form.files,
            goals={name: word == "yes" for name, word in form.goals.items() if word} or None,
        )
        record_event(conn, visit.asker, marker, given, today=visit.today)

    typed = {name: getattr(form, name) for name in EventForm.__dataclass_fields__}
    return do_form(visit, marker_id, "event", typed, act)


@router.post("/markers/{marker_id}/own")
def post_own(
    marker_id: UUID,
    visit: FormVisited,
    side: Line,
    seen: Annotated[int, Form()],
    site: Line = "",
    custodian: Line = "",
    phone: Line = "",
) -> Response:
    """Write a side's own part of a marker."""
    facts = SideFacts(
        site=site.strip() or None, custodian=custodian.strip() or None, phone=phone.strip() or None
    )

    def act(conn: Connection) -> None:
        marker = read_marker(conn, marker_id, visit.today, visit.asker)
        of = find_side(marker, side)
        write_own(conn, visit.asker, marker, of, facts, valid_from=visit.today, seen=seen)

    typed = {"side": side, "site": site, "custodian": custodian, "phone": phone}
    return do_form(visit, marker_id, "own", typed, act)


@router.post("/markers/{marker_id}/description")
def post_description(
    marker_id: UUID,
    visit: FormVisited,
    seen: Annotated[int, Form()],
    written: Note = "",
    generated: Annotated[bool, Form()] = False,  # noqa: FBT002 - a button of the form
) -> Response:
    """Keep the description of a marker: as it was written, or as it is generated now."""

    def act(conn: Connection) -> None:
        marker = read_marker(conn, marker_id, visit.today, visit.asker)
        now = generate_position(conn, marker, visit.today).text
        # Browsers send CRLF; the text has plain line ends.
        words = None if generated else written.replace("\r\n", "\n").strip()
        kept = None if words == now else words
        write_marker_text(conn, visit.asker, marker, generated=now, written=kept, seen=seen)

    return do_form(visit, marker_id, "description", {"written": written}, act)


@dataclass(frozen=True, slots=True)
class ProposeForm:
    """A proposed change of a marker as it was typed."""

    kind: Line = ""
    lon: Line = ""
    lat: Line = ""
    method: Line = ""
    degrees: Line = ""
    note: Note = ""


@router.post("/markers/{marker_id}/proposals")
def post_proposal(
    marker_id: UUID, visit: FormVisited, form: Annotated[ProposeForm, Depends()]
) -> Response:
    """Propose that a marker be moved or scrapped."""

    def act(conn: Connection) -> None:
        note = form.note.strip()
        body: dict[str, Any] = {"reason": note}
        if form.kind == "marker_move":
            names = ("lon", "lat", "method", "degrees")
            typed = {name: getattr(form, name).strip() for name in names}
            body["position"] = {name: word for name, word in typed.items() if word}
        propose(conn, visit.asker, form.kind, marker_id, body, today=visit.today, note=note or None)

    return do_form(visit, marker_id, "propose", asdict(form), act)
