"""The page at ``/inspections/{id}``, its papers, and the page again after a form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.attachments import send_attachment, send_photo
from api.deps import ReadConn
from api.inspection_visit import InspectionVisited
from api.pages import answer_page
from api.pages_papers import list_papers as list_printed
from api.register import RegisterRoute, Visit, tell_said
from geo.access.jurisdiction import Viewer
from geo.boundaries.read import read_line
from geo.db.engine import reading
from geo.errors import LineUnknownError
from geo.files.attach import find_content
from geo.inspections.facts import Inspection, Record
from geo.inspections.feed import list_newest
from geo.inspections.field import papers
from geo.inspections.field.deliveries import list_deliveries
from geo.inspections.field.guests import list_guests
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.field.tasks import propose_tasks
from geo.inspections.missing import list_gaps
from geo.inspections.parties import is_superior, own_parties
from geo.inspections.read import list_inspections, read_inspection
from geo.inspections.signing.content import READER, build_content, content_sha256
from geo.inspections.signing.signatures import list_signatures
from geo.inspections.workflow import list_actions, list_steps
from geo.office import office
from geo.settings import settings
from geo.upkeep.orders import list_orders
from maps.page_inspection import InspectionView, Mine, render_inspection
from maps.page_inspection_map import Box, box_round
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

MOST_EVENTS = 40
UNSIGNED = ("planned", "scheme_agreed", "desk", "field", "withdrawn")
"""States in which nobody signs yet, so that no content is to be shown."""
SHEETS = ("marker_records", "section_records")
"""Papers that a contractor may have made of its own subjects."""


@router.get("/inspections/{inspection_id}")
def get_inspection(
    inspection_id: UUID,
    visit: InspectionVisited,
    conn: ReadConn,
    said: Annotated[str, Query(max_length=30)] = "",
) -> HTMLResponse:
    """Return the page of an inspection; ``said`` is what a form has just done."""
    done = tell_said(said, visit.frame.lang)
    return answer_page(visit.request, show_inspection(conn, visit, inspection_id, said=done))


@router.get("/inspections/{inspection_id}/files/{attachment_id}")
def get_file(
    inspection_id: UUID,
    attachment_id: UUID,
    visit: InspectionVisited,
    conn: ReadConn,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a paper of an inspection to who may see it."""
    found = read_inspection(conn, inspection_id, visit.asker, visit.today)
    given = papers.read_paper(conn, found, attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


def show_inspection(
    conn: Connection,
    visit: Visit,
    inspection_id: UUID,
    *,
    said: str | None = None,
    refused: Refused | None = None,
    password: str | None = None,
) -> str:
    """Read all that the page of an inspection shows, and render it.

    Parameters
    ----------
    password
        Of a guest who was just invited, told this once.

    Raises
    ------
    InspectionUnknownError, OutsideJurisdictionError, RoleMissingError, GuestRefusedError
    """
    asker, today = visit.asker, visit.today
    found = read_inspection(conn, inspection_id, asker, today)
    records = list_records(conn, found.id)
    outcomes = list_outcomes(conn, found, records)
    mine = find_mine(conn, asker, found, today)
    orders = list_orders(conn, today, objects=[one.id for one in found.subjects])
    gaps = list_gaps(conn, found, outcomes, office(conn))
    parts = list_inspections(conn, asker, today, parent_id=found.id).items if found.parts else []
    view = InspectionView(
        found=found,
        mine=mine,
        outcomes=outcomes,
        missing=gaps,
        actions=list_actions(conn, asker, found, today=today, gaps=gaps),
        steps=list_steps(conn, found.id),
        events=list_newest(conn, [found.id, *found.parts], limit=MOST_EVENTS),
        parts=parts,
        guests=list_guests(conn, asker, found, today),
        orders=orders,
        proposed=propose_tasks(found, outcomes, orders),
        deliveries=list_deliveries(conn, asker, found),
        **_read_whole(conn, found, records),
        box=box_round(found.subjects) or _read_box(conn, found, today),
        said=said,
        refused=refused,
        password=password,
    )
    return render_inspection(visit.frame, today, view)


def refuse_inspection(
    visit: Visit, inspection_id: UUID, refused: Refused, status: HTTPStatus
) -> HTMLResponse:
    """Return the page of an inspection with a form that could not be done, as it was typed."""
    with reading(visit.engine) as conn:
        html = show_inspection(conn, visit, inspection_id, refused=refused)
    return answer_page(visit.request, html, status)


def find_mine(conn: Connection, asker: Viewer, found: Inspection, today: date) -> Mine:
    """Return what the viewer may do here, and for which sides."""
    own = own_parties(conn, asker, found, today)
    helps = any(one.via != "contractor" for one in own.values())
    accounts = {one.party.id for one in own.values() if one.via == "account"}
    by_paper = {one.id for one in found.parties if one.takes_part == "paper" and one.id not in own}
    superior = is_superior(conn, asker, found)
    return Mine(
        acting=own,
        records_for=[
            one for one in found.parties if one.id in own or (helps and one.id in by_paper)
        ],
        concludes_for=[
            one for one in found.parties if one.id in accounts or (accounts and one.id in by_paper)
        ],
        signs_for=[one for one in found.parties if one.id in accounts],
        superior=superior,
    )


def _read_box(conn: Connection, found: Inspection, today: date) -> Box | None:
    """Return the box round the line, for an inspection of parts; None of a line of another day."""
    try:
        return read_line(conn, found.line_id, today, READER)[0].bbox
    except LineUnknownError:
        return None


def _read_whole(conn: Connection, found: Inspection, records: Sequence[Record]) -> dict[str, Any]:
    """Return what only who sees all of it gets: papers, signatures, what is signed."""
    if not found.is_whole:
        printed = [one for one in list_printed("inspection", found.id) if one.name in SHEETS]
        return {"whole": False, "papers": printed}
    present = None
    if found.state not in UNSIGNED:
        present = content_sha256(build_content(conn, found, records))
    return {
        "whole": True,
        "papers": list_printed("inspection", found.id),
        "documents": papers.list_papers(conn, found),
        "signatures": list_signatures(conn, found, present=present),
        "content_sha256": present,
    }
