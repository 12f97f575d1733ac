"""The page at ``/proposals``: what waits for a voice, and the forms that give one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.attachments import send_attachment
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
from api.uploads import ReceivedFile, Upload
from geo.agreements.agreed import answer_proposal
from geo.agreements.papers import give_paper, read_paper
from geo.db.engine import reading, transaction
from geo.errors import OptionInvalidError, YutuError
from geo.exchange.findings import Finding
from geo.files.attach import find_content
from geo.proposals.proposals import (
    Document,
    Proposal,
    Said,
    Statement,
    list_proposals,
    read_proposal,
)
from geo.settings import settings
from geo.texts import Text
from maps.page_proposals import render_proposals
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Typed = Annotated[str, Form(max_length=200)]
PAPER_FIELDS = ("side", "signer", "on_day", "number", "dated", "issuer", "note", "back")
ABOVE = "above"
"""What the form of a paper names instead of a side: the authority above all of them."""


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

    def say_it(conn: Connection, found: Proposal) -> Statement:
        return _read_statement(conn, visit, found, form)

    return _speak(visit, proposal_id, "voice", asdict(form), say_it)


@router.post("/proposals/{proposal_id}/papers")
def post_paper(proposal_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Enter what a paper says for who has no account: a side's consent, or the approval."""
    typed = {name: upload.fields.get(name, "").strip() for name in PAPER_FIELDS}

    def say_it(conn: Connection, found: Proposal) -> Statement:
        return _read_paper(conn, visit, found, upload, typed)

    return _speak(visit, proposal_id, "paper", typed, say_it)


@router.get("/proposals/{proposal_id}/files/{attachment_id}")
def get_proposal_file(
    proposal_id: UUID, attachment_id: UUID, visit: Visited, conn: ReadConn
) -> Response:
    """Give a paper of a proposal to who may see the proposal."""
    found = read_proposal(conn, proposal_id, visit.asker)
    given = read_paper(conn, found, attachment_id)
    return send_attachment(given, find_content(conn, given, settings().files))


def _speak(
    visit: Visit,
    proposal_id: UUID,
    form: str,
    typed: Mapping[str, str],
    say_it: Callable[[Connection, Proposal], Statement],
) -> Response:
    """Say what a form holds, and lead back to where it stood; or the page there says why not."""
    with reading(visit.engine) as conn:
        found = read_proposal(conn, proposal_id, visit.asker)
    # Back to where the form stood; another address is nobody's business.
    of_marker = typed["back"] == f"/markers/{found.object_id}"
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            statement = say_it(conn, found)
            done = answer_proposal(conn, visit.asker, proposal_id, statement, today=visit.today)
    except YutuError as error:
        told = {**typed, "proposal": str(proposal_id)}
        refused = tell_refused(form, error, told, visit.frame.lang)
        if of_marker and found.object_id:
            return refuse_marker(visit, found.object_id, refused, status_of(error))
        with reading(visit.engine) as conn:
            html = _show(conn, visit, "proposed", refused=refused)
        return answer_page(visit.request, html, status_of(error))
    if done.findings:
        # They are kept nowhere, so they are told at once and not after a redirect.
        with reading(visit.engine) as conn:
            told_done = tell_said("voice", visit.frame.lang)
            html = _show(conn, visit, "all", said=told_done, findings=done.findings)
        return answer_page(visit.request, html)
    # A marker that was scrapped has no page of today any more.
    stays = of_marker and done.proposal.state == "proposed"
    to = typed["back"] if stays else "/proposals?state=all"
    return RedirectResponse(f"{to}{'&' if '?' in to else '?'}said=voice", SEE_OTHER)


def _read_paper(
    conn: Connection, visit: Visit, found: Proposal, upload: ReceivedFile, typed: Mapping[str, str]
) -> Statement:
    """Keep the paper with the proposal; return what it says."""
    said: Said = "approval" if typed["side"] == ABOVE else "consent"
    dated, on_day = (read_day(typed[name], name) for name in ("dated", "on_day"))
    if not typed["number"]:
        raise OptionInvalidError(
            option=Text("page.paper_number"),
            value=Text("reason.not_given"),
            allowed=Text("allowed.text"),
        )
    side = read_side(conn, found, typed["side"], visit.today) if said == "consent" else None
    given = give_paper(
        conn,
        visit.asker,
        found.id,
        upload.path,
        files=settings().files,
        name=upload.name,
        kind=said,
        number=typed["number"],
        dated=dated,
        issuer=typed["issuer"] or None,
    )
    return Statement(
        said=said,
        signer=typed["signer"],
        on_day=on_day,
        division_id=side,
        document=Document(number=typed["number"], dated=dated, file=given.id),
        note=typed["note"] or None,
    )


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
    findings: Sequence[Finding] = (),
) -> str:
    found = list_proposals(conn, visit.asker, state=None if state == "all" else state)
    views = view_proposals(conn, visit, found)
    return render_proposals(
        visit.frame,
        visit.today,
        views,
        state=state,
        said=said,
        refused=refused,
        findings=findings,
    )
