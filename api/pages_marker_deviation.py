"""The form that holds what was measured at a marker against the register; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import ValidationError

from api.errors import status_of
from api.forms import read_bearing, read_day, read_metres
from api.pages import answer_page
from api.pages_marker import refuse_marker, show_marker
from api.register import FormVisited, RegisterRoute, tell_refused
from api.routers.deviation import PositionBody, as_survey
from geo.db.engine import reading
from geo.deviation.markers import judge_one
from geo.errors import YutuError
from geo.texts import text
from maps.page_marker import Checked
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PLAIN = ("x", "y", "crs", "method", "accuracy_m", "degrees", "fit", "on")
MOST_TYPED = 200
Words = Annotated[list[str], Form(max_length=50)]


async def read_survey_form(
    request: Request,
    ordinal: Words = [],  # noqa: B006 - FastAPI copies it
    distance: Words = [],  # noqa: B006
    bearing: Words = [],  # noqa: B006
    north: Words = [],  # noqa: B006
) -> dict[str, Any]:
    """Return what was typed; ``readings`` are those to the reference objects, by their number."""
    sent = await request.form()
    typed: dict[str, Any] = {name: str(sent.get(name) or "")[:MOST_TYPED] for name in PLAIN}
    typed["crs"] = typed["crs"] or "EPSG:4490"
    rows = zip(ordinal, distance, bearing, north, strict=False)
    typed["readings"] = {
        number: {"distance": metres.strip(), "bearing": degrees.strip(), "north": of}
        for number, metres, degrees, of in rows
    }
    return typed


@router.post("/markers/{marker_id}/deviation")
def post_deviation(
    marker_id: UUID,
    visit: FormVisited,
    typed: Annotated[dict[str, Any], Depends(read_survey_form)],
) -> Response:
    """Hold a surveyed position, readings to reference objects, or both against the register."""
    lang = visit.frame.lang
    try:
        survey = as_survey(marker_id, _read_body(typed))
        with reading(visit.engine) as conn:
            result = judge_one(conn, visit.asker, survey, visit.today)
            checked = Checked(result=result, typed=typed)
            return answer_page(visit.request, show_marker(conn, visit, marker_id, checked=checked))
    except ValidationError as error:
        names = [str(one["loc"][-1]) for one in error.errors()]
        problem = text("page.form_unreadable", lang, names=names)
        refused = Refused(form="deviation", problem=problem, typed=typed)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    except YutuError as error:
        refused, status = tell_refused("deviation", error, typed, lang), status_of(error)
    return refuse_marker(visit, marker_id, refused, status)


def _read_body(typed: Mapping[str, Any]) -> PositionBody:
    """Return what was typed as the body the API takes; empty fields say nothing.

    Raises
    ------
    OptionInvalidError, ValidationError
    """
    body: dict[str, Any] = {name: typed[name] for name in PLAIN if typed[name] and name != "on"}
    if typed["on"]:
        body["on"] = read_day(typed["on"], "on")
    body["readings"] = _read_readings(typed["readings"])
    if not (typed["x"] or typed["y"]):
        body.pop("crs", None)
    return PositionBody.model_validate(body)


def _read_readings(typed: Mapping[str, Mapping[str, str]]) -> Sequence[dict[str, Any]]:
    found = []
    for number, row in typed.items():
        place = int(number) if number.isdecimal() else None
        metres = read_metres(row["distance"], "distance", place)
        degrees = read_bearing(row["bearing"], "bearing", place)
        if metres is not None or degrees is not None:
            found.append(
                {
                    "ordinal": number,
                    "distance_m": metres,
                    "bearing_deg": degrees,
                    "bearing": row["north"],
                }
            )
    return found
