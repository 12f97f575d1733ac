"""Surveyed positions against the register, over HTTP: one marker, or many at once.

Nothing is stored: the answer is a proposal, and what follows from it is an event of the marker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, AskerLang, AsOf, ReadConn
from geo.access.jurisdiction import require_some_role
from geo.crs.dms import DegreesForm
from geo.crs.gcj02 import read_shifted
from geo.crs.systems import read_crs
from geo.deviation.bearings import FieldReading, North
from geo.deviation.markers import Deviation, judge_many, judge_one
from geo.deviation.registered import find_by_number
from geo.deviation.survey import Survey
from geo.errors import OptionInvalidError
from geo.exchange.findings import Finding
from geo.fits.typed import read_coordinate
from geo.markers.tables import METHODS
from geo.texts import Lang, Text

router = APIRouter(prefix="/api/v1/markers", tags=["markers"])

MOST_POSITIONS = 20_000
Degree = float | Annotated[str, Field(max_length=40)]


class ReadingBody(BaseModel):
    """What was read in the field to one reference object (方位物)."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    ordinal: int = Field(ge=1, le=99, description="Number of the reference object.")
    distance_m: float | None = Field(None, gt=0, le=100_000, description="Tape or laser, metres.")
    bearing_deg: float | None = Field(None, ge=0, lt=360)
    bearing: North = Field("grid", description="North the bearing is counted from.")


class PositionBody(BaseModel):
    """A surveyed position: `x`, `y` or `lon`, `lat`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    x: Degree | None = Field(
        None,
        description="Easting in metres (with the zone number before it where `crs` has one), or "
        "longitude. In Chinese survey tables this is the column Y.",
    )
    y: Degree | None = Field(None, description="Northing in metres, or latitude.")
    lon: Degree | None = Field(
        None,
        description="Longitude: a number is decimal degrees; a text may be in degrees, minutes "
        "and seconds in any spelling. A text such as `117.051234` that may be DDD.MMSSss is "
        "refused until `degrees` says what it is.",
    )
    lat: Degree | None = Field(None, description="Latitude, as `lon`.")
    degrees: DegreesForm | None = Field(
        None, description="What a text that is a plain number means in degrees."
    )
    crs: str | None = Field(
        None,
        max_length=100,
        description="System of the position, EPSG:4490 by default for `lon` and `lat`. Xi'an 80 "
        "and Beijing 54 need a `fit`.",
    )
    fit: str | None = Field(None, max_length=100, description="Name of a local fit.")
    method: str | None = Field(None, max_length=40, description=" | ".join(METHODS))
    accuracy_m: float | None = Field(
        None, gt=0, le=100_000, description="One sigma in the plane; by default the method's."
    )
    on: date | None = Field(None, description="Day of the survey, for the magnetic declination.")
    readings: Annotated[list[ReadingBody], Field(max_length=50)] = []


class ManyItem(PositionBody):
    """A surveyed position and whose it is: `marker` (its id), or `number` and `line`."""

    marker: UUID | None = None
    number: str | None = Field(None, max_length=64)
    line: str | None = Field(None, max_length=64, description="Line by id or statutory code.")


class ManyBody(BaseModel):
    """Many surveyed positions; what stands beside the list holds where an item says nothing."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    items: Annotated[list[ManyItem], Field(min_length=1, max_length=MOST_POSITIONS)]
    crs: str | None = Field(None, max_length=100)
    fit: str | None = Field(None, max_length=100)
    method: str | None = Field(None, max_length=40)
    accuracy_m: float | None = Field(None, gt=0, le=100_000)
    degrees: DegreesForm | None = None
    on: date | None = None


def refuse_public(asker: Asker) -> None:
    """Refuse who has no role anywhere, before a look at the body."""
    require_some_role(asker, "viewer")


@router.post("/{marker_id}/deviation", dependencies=[Depends(refuse_public)])
def judge_deviation(
    marker_id: UUID,
    body: PositionBody,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
) -> dict[str, Any]:
    """Hold a surveyed position against the registered one; a verdict is a proposal, never more."""
    survey = as_survey(marker_id, body)
    return show_deviation(judge_one(conn, asker, survey, at), lang)


@router.post("/deviations", dependencies=[Depends(refuse_public)])
def judge_deviations(
    body: ManyBody, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> dict[str, Any]:
    """Hold up to 20,000 surveyed positions against the register, in their order."""
    pairs = {(one.number, one.line) for one in body.items if one.marker is None and one.number}
    ids = find_by_number(conn, asker, [(number or "", line) for number, line in pairs], at)
    items: list[dict[str, Any] | None] = []
    surveys: list[Survey] = []
    for one in body.items:
        found = [one.marker] if one.marker else ids.get((one.number or "", one.line), [])
        if len(found) == 1:
            shared = {name: getattr(body, name) for name in SHARED if getattr(one, name) is None}
            surveys.append(as_survey(found[0], one.model_copy(update=shared)))
            items.append(None)
        else:
            items.append(_not_one(one, len(found), lang))
    judged = iter(judge_many(conn, asker, surveys, at))
    shown = [one or show_deviation(next(judged), lang) for one in items]
    return {"items": shown, "total": len(shown), "next": None}


SHARED = ("crs", "fit", "method", "accuracy_m", "degrees", "on")


def as_survey(marker_id: UUID, body: PositionBody) -> Survey:
    """Return a body as the register's functions take it.

    Raises
    ------
    OptionInvalidError
        If it has no position, two of them, or metres without a system.
    """
    pairs = [(one, two) for one, two in (("x", "y"), ("lon", "lat")) if _has(body, one, two)]
    if len(pairs) > 1 or not (pairs or body.readings):
        allowed = Text("reason.position_or_readings")
        raise OptionInvalidError(option="x, y", value=Text("reason.not_given"), allowed=allowed)
    x = y = None
    if pairs:
        names = pairs[0]
        if names == ("x", "y") and body.crs is None:
            allowed = Text("reason.crs_needed")
            raise OptionInvalidError(option="crs", value=Text("reason.not_given"), allowed=allowed)
        x, y = (_coordinate(body, name) for name in names)
    return Survey(
        marker_id=marker_id,
        x=x,
        y=y,
        crs=body.crs or "EPSG:4490",
        fit=body.fit,
        method=body.method,
        accuracy_m=body.accuracy_m,
        on=body.on,
        readings=tuple(FieldReading(**one.model_dump()) for one in body.readings),
    )


def _has(body: PositionBody, *names: str) -> bool:
    """Return whether a pair of coordinates is given; half a pair is refused."""
    given = [name for name in names if getattr(body, name) is not None]
    if len(given) == 1:
        missing = next(name for name in names if name not in given)
        allowed = Text("reason.position_or_readings")
        raise OptionInvalidError(option=missing, value=Text("reason.not_given"), allowed=allowed)
    return bool(given)


def _coordinate(body: PositionBody, name: str) -> float:
    value = getattr(body, name)
    assert value is not None  # noqa: S101 - for the type checker
    if name in ("x", "y") and isinstance(value, str) and _is_metric(body.crs or ""):
        return read_coordinate(value, name, form="decimal")
    return read_coordinate(value, name, form=body.degrees)


def _is_metric(crs: str) -> bool:
    return read_shifted(crs) is None and read_crs(crs, option="crs").is_projected


def show_deviation(one: Deviation, lang: Lang) -> dict[str, Any]:
    """Return a deviation as JSON has it, its findings in words."""
    # Not asdict() of all: it copies every value, for seconds where there are 20,000.
    shown = {name: getattr(one, name) for name in PLAIN}
    return {
        **shown,
        "line": None if one.line is None else asdict(one.line),
        "otherwise": None if one.otherwise is None else asdict(one.otherwise),
        "objects": [asdict(seen) for seen in one.objects],
        "findings": show_findings(one.findings, lang),
    }


PLAIN = tuple(
    one.name
    for one in fields(Deviation)
    if one.name not in {"line", "otherwise", "objects", "findings"}
)


def show_findings(findings: Sequence[Finding], lang: Lang) -> list[dict[str, Any]]:
    """Return findings as JSON has them, with their facts."""
    return [
        {**one.as_dict(lang), "facts": {key: str(fact) for key, fact in one.facts.items()}}
        for one in findings
    ]


def _not_one(one: ManyItem, count: int, lang: Lang) -> dict[str, Any]:
    if count:
        facts = {"number": one.number, "count": count}
        finding = Finding(rule="marker_ambiguous", severity="error", facts=facts)
    else:
        finding = Finding(rule="marker_unknown", severity="error", facts={"marker": one.number})
    return {
        "marker_id": None,
        "number": one.number,
        "verdict": "undecidable",
        "distance_m": None,
        "limit_m": None,
        "findings": show_findings([finding], lang),
    }
