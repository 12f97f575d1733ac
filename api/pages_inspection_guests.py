"""The forms about people of an inspection: guests, contractors, and what these delivered."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Response
from sqlalchemy import Connection

from api.errors import status_of
from api.forms import read_day
from api.inspection_visit import InspectionVisited, do_form
from api.pages import answer_page
from api.pages_inspection import refuse_inspection, show_inspection
from api.pages_inspection_steps import read_id
from api.register import RegisterRoute, Visit, tell_refused, tell_said
from geo.db.engine import reading, transaction
from geo.errors import YutuError
from geo.inspections.facts import Inspection
from geo.inspections.field.deliveries import accept_delivery, return_delivery
from geo.inspections.field.guests import GuestFacts, invite_guest, revoke_guest
from geo.inspections.read import read_inspection

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Line = Annotated[str, Form(max_length=500)]
Many = Annotated[list[str], Form(max_length=5000)]


@router.post("/inspections/{inspection_id}/guests")
def post_guest(  # noqa: PLR0913 - each is one field of the form
    inspection_id: UUID,
    visit: InspectionVisited,
    side: Line = "",
    role: Line = "",
    user: Line = "",
    display_name: Line = "",
    organisation: Line = "",
    valid_from: Line = "",
    valid_to: Line = "",
    subjects: Many = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Invite somebody for a side; the page tells the password of a new account this once."""
    typed: dict[str, Any] = {
        "side": side, "role": role, "user": user.strip(), "display_name": display_name.strip(),
        "organisation": organisation.strip(), "valid_from": valid_from, "valid_to": valid_to,
        "subjects": subjects,
    }  # fmt: skip
    try:
        facts = _read_guest(typed, visit)
        with transaction(visit.engine, visit.asker.actor) as conn:
            found = read_inspection(conn, inspection_id, visit.asker, visit.today)
            done = invite_guest(conn, visit.asker, found, facts, today=visit.today)
    except YutuError as error:
        refused = tell_refused("invite", error, typed, visit.frame.lang)
        return refuse_inspection(visit, inspection_id, refused, status_of(error))
    # No redirect: the password stands in this answer and nowhere else.
    said = tell_said("insp_invite", visit.frame.lang)
    with reading(visit.engine) as conn:
        html = show_inspection(conn, visit, inspection_id, said=said, password=done.password)
    return answer_page(visit.request, html)


def _read_guest(typed: dict[str, Any], visit: Visit) -> GuestFacts:
    words = {name: typed[name] or None for name in ("side", "user", "display_name", "organisation")}
    chosen = [read_id(one, "page.insp.guest_subjects") for one in typed["subjects"]]
    return GuestFacts(
        **words,
        role=typed["role"],
        subjects=chosen or None,
        valid_from=read_day(typed["valid_from"], "valid_from")
        if typed["valid_from"]
        else visit.today,
        valid_to=read_day(typed["valid_to"], "valid_to"),
    )


@router.post("/inspections/{inspection_id}/guests/{guest_id}/revocation")
def post_revocation(inspection_id: UUID, guest_id: UUID, visit: InspectionVisited) -> Response:
    """End an invitation at once; what was recorded under it stays."""

    def act(conn: Connection, found: Inspection) -> None:
        revoke_guest(conn, visit.asker, found, guest_id, today=visit.today)

    return do_form(
        visit, inspection_id, f"revoke-{guest_id}", {}, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip


@router.post("/inspections/{inspection_id}/deliveries")
def post_delivery(
    inspection_id: UUID,
    visit: InspectionVisited,
    said: Line = "",
    side: Line = "",
    note: Line = "",
    records: Many = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Accept the ticked records of contractors, or return them with a note."""

    def act(conn: Connection, found: Inspection) -> None:
        chosen = [read_id(one, "page.insp.deliveries") for one in records]
        if said == "return":
            return_delivery(
                conn, visit.asker, found, chosen, note, side=side or None, today=visit.today
            )
        else:
            accept_delivery(conn, visit.asker, found, chosen, side=side or None, today=visit.today)

    typed = {"side": side, "note": note, "records": records}
    return do_form(
        visit, inspection_id, "delivery", typed, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip
