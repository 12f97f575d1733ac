"""The page at ``/inspections/{id}/parts``: divide a long line, and add up what its parts found."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.inspection_visit import InspectionVisited
from api.pages import answer_page
from api.register import SEE_OTHER, RegisterRoute, Visit, tell_refused, tell_said
from geo.db.engine import reading, transaction
from geo.errors import YutuError
from geo.inspections.facts import Inspection
from geo.inspections.parties import is_superior, own_parties
from geo.inspections.planning.pairs import find_pairs
from geo.inspections.planning.parts import OPEN_STATES, open_parts, roll_up
from geo.inspections.read import read_inspection
from maps.page_inspection_parts import PartsView, render_parts
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

HERE = "/inspections/{inspection_id}/parts"
Unit = Literal["county", "prefecture"]


@router.get(HERE)
def get_parts(
    inspection_id: UUID,
    visit: InspectionVisited,
    conn: ReadConn,
    unit: Annotated[Unit, Query()] = "county",
    said: Annotated[str, Query(max_length=30)] = "",
) -> HTMLResponse:
    """Return the parts of an inspection, or the pairs of neighbours it can be divided between."""
    html = _show(conn, visit, inspection_id, unit, said=tell_said(said, visit.frame.lang))
    return answer_page(visit.request, html)


@router.post(HERE)
def post_parts(
    inspection_id: UUID,
    visit: InspectionVisited,
    unit: Annotated[Unit, Form()] = "county",
    seen: Annotated[int | None, Form()] = None,
) -> Response:
    """Divide an inspection between the pairs that the page showed."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            found = read_inspection(conn, inspection_id, visit.asker, visit.today)
            pairs = find_pairs(conn, found, visit.today, unit_level=unit)
            parts = [pair.as_part() for pair in pairs]
            open_parts(conn, visit.asker, found, parts, today=visit.today, seen=seen)
    except YutuError as error:
        refused = tell_refused("parts", error, {}, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show(conn, visit, inspection_id, unit, refused=refused)
        return answer_page(visit.request, html, status_of(error))
    to = HERE.format(inspection_id=inspection_id)
    return RedirectResponse(f"{to}?said=parts_opened", SEE_OTHER)


def _show(
    conn: Connection,
    visit: Visit,
    inspection_id: UUID,
    unit: Unit,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    found = read_inspection(conn, inspection_id, visit.asker, visit.today)
    total = roll_up(conn, found, visit.today)
    divisible = not total.parts and found.parent_id is None and found.state in OPEN_STATES
    pairs = find_pairs(conn, found, visit.today, unit_level=unit) if divisible else []
    view = PartsView(
        found=found,
        total=total,
        unit=unit,
        pairs=pairs,
        may_open=divisible and _may_open(conn, visit, found),
        said=said,
        refused=refused,
    )
    return render_parts(visit.frame, visit.today, view)


def _may_open(conn: Connection, visit: Visit, found: Inspection) -> bool:
    acting = own_parties(conn, visit.asker, found, visit.today)
    return is_superior(conn, visit.asker, found) or any(
        one.via != "contractor" for one in acting.values()
    )
