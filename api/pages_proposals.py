"""The page at ``/proposals``: what waits for a voice, and the form that gives one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.forms import read_day
from api.pages import answer_page
from api.pages_marker import refuse_marker
from api.proposal_views import view_proposals
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    tell_refused,
    tell_said,
)
from api.routers.proposals import read_side
from geo.agreements.agreed import answer_proposal
from geo.db.engine import reading, transaction
from geo.errors import YutuError
from geo.proposals.proposals import Proposal, Said, Statement, list_proposals, read_proposal
from maps.page_proposals import render_proposals
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Typed = Annotated[str, Form(max_length=200)]


@router.get("/proposals")
def get_proposals(
    visit: Visited,
    conn: ReadConn,
    state: Literal["proposed", "all"] = "proposed",
    said: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Return the proposals of the asker's jurisdiction, the newest first."""
    html = _show(conn, visit, state, said=tell_said(said, visit.frame.lang))
    return answer_page(visit.request, html)


@dataclass(frozen=True, slots=True)
class VoiceForm:
    """What somebody says to a proposal, as it was typed."""

    said: Annotated[Said, Form()]
    signer: Typed = ""
    on_day: Typed = ""
    side: Typed = ""
    note: Annotated[str, Form(max_length=2000)] = ""
    back: Typed = "/proposals"


@router.post("/proposals/{proposal_id}/voices")
def post_voice(
    proposal_id: UUID, visit: FormVisited, form: Annotated[VoiceForm, Depends()]
) -> Response:
    """Say something to a proposal; with the last voice that was missing it is carried out."""
    with reading(visit.engine) as conn:
        found = read_proposal(conn, proposal_id, visit.asker)
    # Back to where the form stood; another address is nobody's business.
    of_marker = form.back == f"/markers/{found.object_id}"
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            statement = _read_statement(conn, visit, found, form)
            answer_proposal(conn, visit.asker, proposal_id, statement, today=visit.today)
    except YutuError as error:
        typed = asdict(form) | {"proposal": str(proposal_id)}
        refused = tell_refused("voice", error, typed, visit.frame.lang)
        if of_marker and found.object_id:
            return refuse_marker(visit, found.object_id, refused, status_of(error))
        with reading(visit.engine) as conn:
            html = _show(conn, visit, "proposed", refused=refused)
        return answer_page(visit.request, html, status_of(error))
    # A marker that was scrapped has no page of today any more.
    to = form.back if of_marker and form.said != "approval" else "/proposals?state=all"
    return RedirectResponse(f"{to}{'&' if '?' in to else '?'}said=voice", SEE_OTHER)


def _read_statement(conn: Connection, visit: Visit, found: Proposal, form: VoiceForm) -> Statement:
    of = form.said == "consent"
    return Statement(
        said=form.said,
        signer=form.signer,
        on_day=read_day(form.on_day, "on_day"),
        division_id=read_side(conn, found, form.side, visit.today) if of else None,
        note=form.note.strip() or None,
    )


def _show(
    conn: Connection,
    visit: Visit,
    state: Literal["proposed", "all"],
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    found = list_proposals(conn, visit.asker, state=None if state == "all" else state)
    views = view_proposals(conn, visit, found)
    return render_proposals(
        visit.frame, visit.today, views, state=state, said=said, refused=refused
    )
