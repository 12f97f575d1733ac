"""What requests about markers hold: events, cards, own parts, files."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.markers.events import GOALS


class Strict(BaseModel):
    """A body that holds nothing unknown."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PresentBody(Strict):
    """Somebody who was there; ``side`` is the code, name or id of one of the marker's sides."""

    name: str = Field(max_length=100)
    side: str = Field(max_length=100)


class EventBody(Strict):
    """What happened to a marker. ``files`` are attachments of the marker, by id or SHA-256."""

    kind: str = Field(max_length=40)
    at: date
    present: list[PresentBody] = Field([], max_length=50)
    note: str | None = Field(None, max_length=2000)
    files: list[str] = Field([], max_length=50)
    goals: dict[str, bool] | None = Field(None, description=f"Of {', '.join(GOALS)}.")


class PositionBody(Strict):
    """Coordinates: ``lon``, ``lat``, or ``x`` (easting or longitude), ``y`` with a ``crs``."""

    lon: float | str | None = None
    lat: float | str | None = None
    x: float | str | None = None
    y: float | str | None = None
    crs: str | None = Field(None, max_length=100)
    degrees: Literal["decimal", "dms_packed"] | None = None
    fit: str | None = Field(None, max_length=100)
    method: str | None = Field(None, max_length=40)
    accuracy_m: float | None = Field(None, gt=0, le=10_000, allow_inf_nan=False)


class ObjectBody(Strict):
    """A reference object; bearings in degrees, distance in metres."""

    ordinal: int | None = Field(None, ge=1, le=20)
    name: str = Field(min_length=1, max_length=100)
    part: str | None = Field(None, max_length=100)
    grid_bearing_deg: float | None = Field(None, allow_inf_nan=False)
    magnetic_bearing_deg: float | None = Field(None, allow_inf_nan=False)
    distance_m: float | None = Field(None, allow_inf_nan=False)
    position: PositionBody | None = None
    note: str | None = Field(None, max_length=500)


class CardBody(Strict):
    """The shared part of a card; what is left out stays as it is.

    A *correction* amends the present version and needs a reason; a change makes a version from
    ``at``. Another place is a move and needs a proposal, unless it is a correction.
    """

    number: str | None = Field(None, min_length=1, max_length=40)
    member: str | None = Field(None, max_length=4)
    set_up: Literal["single", "double", "triple"] | None = None
    faces: Literal[2, 3] | None = None
    lines: list[str] | None = Field(None, min_length=1, max_length=3)
    managing: str | None = Field(None, max_length=12)
    material: str | None = Field(None, max_length=40)
    grade: str | None = Field(None, max_length=40)
    position: PositionBody | None = None
    height_m: float | None = Field(None, allow_inf_nan=False)
    height_datum: str | None = Field(None, max_length=60)
    set_on: date | None = None
    surveyed_on: date | None = None
    note: str | None = Field(None, max_length=2000)
    objects: list[ObjectBody] | None = Field(None, max_length=20)
    at: date | None = None
    correction: bool = False
    reason: str | None = Field(None, max_length=500)


class PaperBody(Strict):
    """The paper by which something was agreed or approved."""

    number: str = Field(min_length=1, max_length=100)
    dated: date


class NewCardBody(CardBody):
    """A marker that stands already; ``paper`` is its agreement or approval."""

    number: str = Field(min_length=1, max_length=40)
    lines: list[str] = Field(min_length=1, max_length=3)
    paper: PaperBody


class OwnBody(Strict):
    """A side's own part of a marker."""

    site: str | None = Field(None, max_length=200)
    custodian: str | None = Field(None, max_length=100)
    phone: str | None = Field(None, max_length=40)
    at: date | None = None


class FileForm(Strict):
    """What is said of a file; ``side`` is the side that gives it."""

    kind: str = Field("photo", max_length=40)
    side: str | None = Field(None, max_length=100)
    title: str | None = Field(None, max_length=200)
    number: str | None = Field(None, max_length=100)
    dated: date | None = None
    issuer: str | None = Field(None, max_length=200)
    note: str | None = Field(None, max_length=1000)


class WithdrawalBody(Strict):
    """Why a file is taken off."""

    reason: str = Field(min_length=1, max_length=400)
