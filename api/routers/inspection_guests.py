"""Who takes part in an inspection over HTTP: sides, invited people, contractors and deliveries."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import Field

from api.bodies import Strict
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.inspection_views import show_party
from api.paging import Page
from api.revision import Seen, tell_revision
from geo.inspections.facts import Inspection
from geo.inspections.field import deliveries, guests
from geo.inspections.field.deliveries import Delivery
from geo.inspections.field.guests import Guest, GuestFacts
from geo.inspections.field.taking_part import PartyFacts, set_party
from geo.inspections.parties import find_party
from geo.inspections.read import read_inspection
from geo.texts import Lang, say, text

router = APIRouter(prefix="/api/v1/inspections/{inspection_id}", tags=["inspections"])


class GuestBody(Strict):
    """An invitation, from ``valid_from`` (today by default) to before ``valid_to``."""

    side: str | None = Field(None, max_length=100)
    role: str = Field("invited", max_length=20, description="invited | contractor")
    user: str | None = Field(None, max_length=64, description="Name of the account; made if new.")
    display_name: str | None = Field(None, max_length=100)
    organisation: str | None = Field(None, max_length=200)
    subjects: list[UUID] | None = Field(
        None, max_length=5000, description="Markers and sections of a contractor, by id."
    )
    valid_from: date | None = None
    valid_to: date


class PartyBody(Strict):
    """How a side takes part; ``clerk`` is the name of an account of that side."""

    takes_part: str = Field("account", max_length=20, description="account | paper")
    contact: str | None = Field(None, max_length=500)
    clerk: str | None = Field(None, max_length=64)


class AcceptanceBody(Strict):
    """Which records of its contractors a side accepts; all that wait where none is named."""

    side: str | None = Field(None, max_length=100)
    records: list[UUID] | None = Field(None, max_length=5000)


class ReturnBody(Strict):
    """Which records go back to the contractor, and what is to be corrected."""

    side: str | None = Field(None, max_length=100)
    records: list[UUID] = Field(min_length=1, max_length=5000)
    note: str = Field(max_length=1000)


@router.put("/parties/{code}")
def put_party(  # noqa: PLR0913 - who says what of which side, having seen which revision
    inspection_id: UUID,
    code: str,
    body: PartyBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Say how a side takes part: itself, the superior of all, or others where it has no accounts.

    A side that takes part by ``paper`` has its records entered by the others, from return files or
    signed paper.
    """
    found = read_inspection(conn, inspection_id, asker, today)
    facts = PartyFacts(
        takes_part=body.takes_part, contact=body.contact or None, clerk=body.clerk or None
    )
    tell_revision(response, set_party(conn, asker, found, code, facts, today=today, seen=seen))
    return show_party(find_party(read_inspection(conn, inspection_id, asker, today), code), lang)


@router.post("/guests", status_code=status.HTTP_201_CREATED)
def invite_guest(
    inspection_id: UUID,
    body: GuestBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Invite somebody, or a contractor, for a side; ``password`` is told this once.

    The account reaches this inspection only. A guest records and confirms; it never signs or
    concludes. A contractor records at its ``subjects``, and its county accepts what it delivers.
    """
    found = read_inspection(conn, inspection_id, asker, today)
    facts = GuestFacts(
        **body.model_dump(exclude={"valid_from"}), valid_from=body.valid_from or today
    )
    done = guests.invite_guest(conn, asker, found, facts, today=today)
    return show_guest(done.guest, found, lang) | {"password": done.password}


@router.get("/guests")
def list_guests(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List the invitations of an inspection, ended ones too; a guest sees its own."""
    found = read_inspection(conn, inspection_id, asker, today)
    items = [show_guest(one, found, lang) for one in guests.list_guests(conn, asker, found, today)]
    return Page(items, len(items), None)


@router.post("/guests/{guest_id}/revocation")
def revoke_guest(
    inspection_id: UUID,
    guest_id: UUID,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """End an invitation at once; what was recorded under it stays."""
    found = read_inspection(conn, inspection_id, asker, today)
    done = guests.revoke_guest(conn, asker, found, guest_id, today=today)
    return show_guest(done, found, lang)


@router.get("/deliveries")
def list_deliveries(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List what contractors recorded, and whether their county accepted it."""
    found = read_inspection(conn, inspection_id, asker, today)
    listed = deliveries.list_deliveries(conn, asker, found)
    items = [show_delivery(one, found, lang) for one in listed]
    return Page(items, len(items), None)


@router.post("/deliveries/acceptance")
def accept_delivery(
    inspection_id: UUID, body: AcceptanceBody, conn: WriteConn, asker: Asker, today: Today
) -> dict[str, int]:
    """Accept a contractor's records: from now on they are what the side says."""
    found = read_inspection(conn, inspection_id, asker, today)
    count = deliveries.accept_delivery(
        conn, asker, found, body.records, side=body.side, today=today
    )
    return {"accepted": count}


@router.post("/deliveries/return")
def return_delivery(
    inspection_id: UUID, body: ReturnBody, conn: WriteConn, asker: Asker, today: Today
) -> dict[str, int]:
    """Return records to their contractor with a note; they wait for a new version."""
    found = read_inspection(conn, inspection_id, asker, today)
    count = deliveries.return_delivery(
        conn, asker, found, body.records, body.note, side=body.side, today=today
    )
    return {"returned": count}


def show_guest(one: Guest, found: Inspection, lang: Lang) -> dict[str, Any]:
    """Return an invitation for JSON; ``ended`` says in words why it does not hold."""
    return {
        "id": str(one.id),
        "side": _code(found, one.division_id),
        "role": one.role,
        "role_name": text(f"guest_role.{one.role}", lang),
        "user": one.user,
        "display_name": one.display_name,
        "organisation": one.organisation,
        "subjects": None if one.subjects is None else [str(each) for each in one.subjects],
        "valid_from": one.valid_from.isoformat(),
        "valid_to": one.valid_to.isoformat(),
        "ended": None if one.ended is None else say(one.ended, lang),
        "actor": one.actor_name,
        "at": one.at.isoformat(),
    }


def show_delivery(one: Delivery, found: Inspection, lang: Lang) -> dict[str, Any]:
    """Return a contractor's record for JSON, with how it stands."""
    return {
        "record": str(one.record_id),
        "kind": one.subject.kind,
        "subject": str(one.subject.id),
        "label": one.subject.label,
        "side": _code(found, one.division_id),
        "organisation": one.organisation,
        "user": one.user,
        "result": one.result,
        "result_name": text(f"result.{one.subject.kind}.{one.result}", lang),
        "delivered_at": one.delivered_at.isoformat(),
        "state": one.state,
        "state_name": text(f"delivery_state.{one.state}", lang),
        "note": one.note,
    }


def _code(found: Inspection, division_id: UUID) -> str:
    return next(one.code for one in found.parties if one.id == division_id)
