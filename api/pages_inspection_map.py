"""The map of an inspection: its subjects as GeoJSON for the script, and a picture without one."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

import shapely
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.deps import ReadConn
from api.inspection_visit import InspectionVisited
from api.register import RegisterRoute
from geo.boundaries.read import read_line
from geo.errors import LineUnknownError
from geo.inspections.facts import Outcome
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.read import read_inspection
from geo.inspections.signing.content import READER
from geo.sections.register import shape_sections
from maps.page_inspection_map import OUTCOME_MARKS, group_of, place_of, write_features
from maps.papers.inspections.line_map import LineMap, MapMarker, draw_line_map
from maps.scene import draw_svg

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PRIVATE = {"Cache-Control": "no-cache, private"}


@router.get("/inspections/{inspection_id}/map.json")
def get_map(inspection_id: UUID, visit: InspectionVisited, conn: ReadConn) -> JSONResponse:
    """Give the markers and sections of an inspection with what was found, and how it is drawn."""
    found = read_inspection(conn, inspection_id, visit.asker, visit.today)
    outcomes = list_outcomes(conn, found, list_records(conn, found.id))
    try:
        shapes = shape_sections(conn, found.line_id, visit.today)
    except LineUnknownError:
        shapes = {}
    drawn = write_features(outcomes, shapes, visit.frame.lang)
    marks = {group: asdict(mark) for group, mark in OUTCOME_MARKS.items()}
    return JSONResponse(drawn | {"marks": marks}, headers=PRIVATE)


@router.get("/inspections/{inspection_id}/map.svg")
def get_picture(inspection_id: UUID, visit: InspectionVisited, conn: ReadConn) -> Response:
    """Draw the sketch map of an inspection: the line, its markers, and where something is found.

    Raises
    ------
    LineUnknownError
        For a line that has no shape today.
    """
    found = read_inspection(conn, inspection_id, visit.asker, visit.today)
    outcomes = list_outcomes(conn, found, list_records(conn, found.id))
    line, shape = read_line(conn, found.line_id, visit.today, READER)
    given = LineMap(
        shapely.geometry.shape(shape),
        [one for outcome in outcomes for one in _marker(outcome)],
        line.left_name,
        line.right_name,
    )
    return Response(draw_svg(draw_line_map(given)), media_type="image/svg+xml", headers=PRIVATE)


def _marker(one: Outcome) -> list[MapMarker]:
    place = place_of(one.subject)
    good = group_of(one) in ("good", "open")
    return [] if place is None else [MapMarker(one.subject.label, *place, good)]
