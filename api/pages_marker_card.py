"""The form that edits a marker's card: changed, corrected, or proposed to the other sides."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.card_form import read_card_body, read_typed
from api.errors import status_of
from api.forms import read_day
from api.pages import answer_page
from api.pages_marker import refuse_marker, show_marker
from api.register import SEE_OTHER, FormVisited, RegisterRoute, Visit, tell_refused, tell_said
from geo.agreements.agreed import change_card, propose
from geo.db.engine import reading, transaction
from geo.errors import OptionInvalidError, YutuError
from geo.exchange.findings import Finding
from geo.markers.objects import read_objects
from geo.markers.read import read_marker
from geo.revisions.changes import require_seen
from geo.texts import Text
from maps.page_marker_card import show_card

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)


async def read_card_form(request: Request) -> dict[str, Any]:
    """Return what was typed into the form of a card."""
    return read_typed(await request.form())


@router.post("/markers/{marker_id}/card")
def post_card(
    marker_id: UUID,
    visit: FormVisited,
    typed: Annotated[dict[str, Any], Depends(read_card_form)],
) -> Response:
    """Change the card of a marker, or propose it; or its page says why not, and who was first."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            findings = _write(conn, visit, marker_id, typed)
    except YutuError as error:
        refused = tell_refused("card", error, typed, visit.frame.lang)
        return refuse_marker(visit, marker_id, refused, status_of(error))
    said = "propose" if typed["how"] == "propose" else "card"
    if findings:
        # They are kept nowhere, so they are told at once and not after a redirect.
        with reading(visit.engine) as conn:
            done = tell_said(said, visit.frame.lang)
            html = show_marker(conn, visit, marker_id, said=done, findings=findings)
        return answer_page(visit.request, html)
    return RedirectResponse(f"/markers/{marker_id}?said={said}", SEE_OTHER)


def _write(conn: Connection, visit: Visit, marker_id: UUID, typed: dict[str, Any]) -> list[Finding]:
    seen = int(typed["seen"]) if typed["seen"].isdecimal() else -1
    # Before anything is compared: what was typed is meant for the card that was seen.
    require_seen(conn, marker_id, seen)
    marker = read_marker(conn, marker_id, visit.today, visit.asker)
    objects = read_objects(conn, [marker_id], visit.today).get(marker_id, [])
    body = read_card_body(typed, show_card(marker, objects))
    if not body:
        raise OptionInvalidError(
            option=Text("page.edit_card"),
            value=Text("reason.nothing_changed"),
            allowed=Text("allowed.something_changed"),
        )
    how, reason = typed["how"], typed["reason"]
    if typed["at"] and how != "correction":
        body["at"] = read_day(typed["at"], "at").isoformat()
    if how == "propose":
        made = {**body, "reason": reason}
        asker, note = visit.asker, reason or None
        propose(conn, asker, "marker_change", marker_id, made, today=visit.today, note=note)
        return []
    return change_card(
        conn,
        visit.asker,
        marker,
        body,
        today=visit.today,
        seen=seen,
        correction=how == "correction",
        reason=reason or None,
    )
