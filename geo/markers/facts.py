"""What is written of a marker: the facts of its register card, before they are in the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a marker or a reference object stands.

    ``lon`` and ``lat`` are in EPSG:4490. ``given_x`` (easting or longitude) and ``given_y``
    (northing or latitude) are the coordinates as they were written, in ``source_crs`` (such as
    ``EPSG:2363``, as :func:`geo.crs.systems.stored_name` writes it); ``fit_id`` is the local fit
    that moved them. ``accuracy_m`` is one sigma in the plane.
    """

    lon: float
    lat: float
    given_x: str | None = None
    given_y: str | None = None
    source_crs: str | None = None
    fit_id: UUID | None = None
    method: str | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFacts:
    """A reference object (方位物) seen from the marker; bearings in degrees, distance in metres."""

    ordinal: int
    name: str
    part: str | None = None
    grid_bearing_deg: float | None = None
    magnetic_bearing_deg: float | None = None
    distance_m: float | None = None
    position: Position | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFacts:
    """A side's own part of a marker."""

    site: str | None = None
    custodian: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerFacts:
    """A marker as the register is to say it.

    ``known`` is the marker it is, None for a new one. ``lines`` are the lines it stands on,
    ``sides`` the divisions that share it (three at a tripoint). ``state`` is the state of a new
    marker; ``position_text`` a 位置说明 written by hand.
    """

    number: str
    member: str = ""
    set_up: str = "single"
    faces: int = 2
    lines: tuple[UUID, ...]
    sides: tuple[UUID, ...]
    known: UUID | None = None
    material: str | None = None
    grade: str | None = None
    managing_id: UUID | None = None
    position: Position | None = None
    height_m: float | None = None
    height_datum: str | None = None
    set_on: date | None = None
    surveyed_on: date | None = None
    note: str | None = None
    state: str = "in_place"
    own: Mapping[UUID, SideFacts] = field(default_factory=dict)
    objects: tuple[ObjectFacts, ...] = ()
    position_text: str | None = None
