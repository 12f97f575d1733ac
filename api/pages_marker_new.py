"""The page that adds a marker to a line: one that stands is registered, one to be set proposed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.card_form import count_whole, read_card_body, read_typed
from api.deps import ReadConn
from api.errors import status_of
from api.forms import file_facts, read_day
from api.pages import answer_page
from api.pages_marker import show_marker
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    tell_refused,
    tell_said,
)
from api.uploads import ReceivedFile, Upload
from geo.access.jurisdiction import require_role, roles_at
from geo.agreements.agreed import add_card, propose
from geo.agreements.papers import give_paper
from geo.boundaries.find import read_found
from geo.boundaries.sides import read_sides
from geo.db.engine import reading, transaction
from geo.errors import MarkerInvalidError, OptionInvalidError, YutuError
from geo.exchange.findings import Finding
from geo.markers.objects import LEAST_OBJECTS
from geo.markers.papers import give_file
from geo.markers.read import read_marker
from geo.settings import settings
from geo.texts import Text
from maps.page_marker_card import NewMarkerView, empty_card, render_new_marker
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

NAMES = re.compile(r"[、,，;；]")


@router.get("/lines/{line_id}/markers/new")
def get_new_marker(line_id: UUID, visit: Visited, conn: ReadConn) -> HTMLResponse:
    """Return the page that adds a marker to a line."""
    return answer_page(visit.request, _show(conn, visit, line_id))


@router.post("/lines/{line_id}/markers")
def post_new_marker(line_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Register or propose a marker on a line; or the page says why not, with what was typed."""
    typed = read_typed(upload.fields)
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            body = _read_body(line_id, typed)
            if typed["how"] != "register":
                _propose(conn, visit, body, upload, typed)
                return RedirectResponse("/proposals?said=propose", SEE_OTHER)
            made, findings = _register(conn, visit, body, upload, typed)
    except YutuError as error:
        refused = tell_refused("new", error, typed, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show(conn, visit, line_id, refused=refused)
        return answer_page(visit.request, html, status_of(error))
    if findings:
        # They are kept nowhere, so they are told at once and not after a redirect.
        with reading(visit.engine) as conn:
            done = tell_said("new", visit.frame.lang)
            html = show_marker(conn, visit, made, said=done, findings=findings)
        return answer_page(visit.request, html)
    return RedirectResponse(f"/markers/{made}?said=new", SEE_OTHER)


def _read_body(line_id: UUID, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card, its line before the others of a tripoint.

    Raises
    ------
    OptionInvalidError
        If a field cannot be read, or number or place is missing.
    MarkerInvalidError
        If fewer than three reference objects are measured.
    """
    # Nothing was there before: what the form proposes by itself is said as well.
    body = read_card_body(typed, empty_card() | {"set_up": "", "faces": ""})
    others = [word.strip() for word in NAMES.split(typed["more_lines"]) if word.strip()]
    body["lines"] = [str(line_id), *others]
    for name, there in (("number", body.get("number")), ("coordinates", "position" in body)):
        if not there:
            raise OptionInvalidError(
                option=Text(f"page.{name}"),
                value=Text("reason.not_given"),
                allowed=Text("allowed.marker_number" if name == "number" else "allowed.coordinate"),
            )
    whole = count_whole(body)
    if whole < LEAST_OBJECTS:
        facts = {"objects": whole, "least": LEAST_OBJECTS}
        few = Finding(rule="objects_too_few", severity="error", value=body["number"], facts=facts)
        raise MarkerInvalidError(findings=[few])
    if typed["at"]:
        body["at"] = read_day(typed["at"], "at").isoformat()
    return body


def _propose(
    conn: Connection,
    visit: Visit,
    body: dict[str, Any],
    upload: ReceivedFile,
    typed: Mapping[str, Any],
) -> None:
    made = propose(
        conn,
        visit.asker,
        "marker_add",
        None,
        {**body, "reason": typed["reason"]},
        today=visit.today,
        note=typed["reason"] or None,
    )
    if upload.size:
        give_paper(
            conn,
            visit.asker,
            made.id,
            upload.path,
            files=settings().files,
            name=upload.name,
            **_paper_facts(typed),
        )


def _register(
    conn: Connection,
    visit: Visit,
    body: dict[str, Any],
    upload: ReceivedFile,
    typed: Mapping[str, Any],
) -> tuple[UUID, list[Finding]]:
    made, findings = add_card(
        conn,
        visit.asker,
        body,
        today=visit.today,
        number=typed["paper_number"],
        dated=read_day(typed["paper_dated"], "paper_dated"),
    )
    if upload.size:
        marker = read_marker(conn, made, visit.today, visit.asker)
        give_file(
            conn,
            visit.asker,
            marker,
            upload.path,
            files=settings().files,
            name=upload.name,
            side=None,
            **_paper_facts(typed),
        )
    return made, findings


def _paper_facts(typed: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: typed[f"paper_{name}"] for name in ("kind", "number", "dated")}
    return file_facts({**named, "title": "", "issuer": typed["issuer"]})


def _show(conn: Connection, visit: Visit, line_id: UUID, *, refused: Refused | None = None) -> str:
    """Render the page for an editor of one of the line's sides.

    Raises
    ------
    LineUnknownError, OutsideJurisdictionError, RoleMissingError
    """
    sides = read_sides(conn, line_id, visit.today)
    editable = roles_at(conn, visit.asker, "editor", sides.ids)
    if not editable:
        require_role(conn, visit.asker, "editor", sides.ids, what=sides.name)
    found = read_found(conn, visit.asker, line_id, visit.today)
    box = found.line.bbox if found else None
    view = NewMarkerView(
        sides=sides,
        name=(found.record.name if found and found.record else None) or sides.name,
        lon=(box[0] + box[2]) / 2 if box else None,
        editable=editable,
        refused=refused,
    )
    return render_new_marker(visit.frame, visit.today, view)
