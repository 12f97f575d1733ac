"""A position as it was surveyed: its numbers, the system they are in, how and when it was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from geo.deviation.bearings import FieldReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A surveyed position of a marker, and what was read there of its reference objects.

    ``x`` is the easting or longitude and ``y`` the northing or latitude, in ``crs`` (a code or
    name as :func:`geo.crs.systems.read_crs` reads it, GCJ-02 and BD-09 too). ``fit`` names the
    local fit of an old datum. ``accuracy_m`` is one sigma in the plane; without it that of the
    method counts. Without ``x`` and ``y`` only the readings are compared.
    """

    marker_id: UUID
    x: float | None = None
    y: float | None = None
    crs: str = "EPSG:4490"
    fit: str | None = None
    method: str | None = None
    accuracy_m: float | None = None
    on: date | None = None
    readings: tuple[FieldReading, ...] = ()
