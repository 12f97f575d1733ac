"""Bearings and distances from a marker to its reference objects, against the register.

Bearings of the register are grid bearings (坐标方位角): grid = true - convergence, and
true = magnetic + declination.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pyproj import Geod

from geo.crs.magnetic import declination_deg
from geo.crs.zones import convergence_deg
from geo.errors import OptionInvalidError
from geo.exchange.findings import Finding
from geo.markers.objects import ReferenceObject
from geo.office import Office
from geo.texts import Text

GEOD = Geod(ellps="GRS80")
FULL = 360.0
North = Literal["grid", "magnetic", "true"]
NORTHS: tuple[North, ...] = ("grid", "magnetic", "true")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReading:
    """What was read in the field to one reference object: tape or laser metres, a bearing."""

    ordinal: int
    distance_m: float | None = None
    bearing_deg: float | None = None
    bearing: North = "grid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A reference object as the register has it and as it is now; None where nobody knows.

    ``how`` is ``computed`` from its coordinates and the surveyed position, or ``read`` in the
    field; ``grid_bearing_deg`` is counted from grid north, ``compared`` names the north by which
    the bearings were compared. Differences are now minus register, metres and degrees.
    """

    ordinal: int
    name: str
    how: Literal["computed", "read"]
    registered_grid_deg: float | None
    registered_distance_m: float | None
    grid_bearing_deg: float | None
    true_bearing_deg: float | None
    distance_m: float | None
    compared: North | None
    bearing_off_deg: float | None
    distance_off_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Where the marker stands (EPSG:4490), how high, and on which day it was looked at."""

    lon: float
    lat: float
    height_m: float
    day: date


def compute_bearing(lon: float, lat: float, to_lon: float, to_lat: float) -> tuple[float, float]:
    """Return the grid bearing in degrees (0 to 360) and the ground distance in metres."""
    azimuth, _, distance = GEOD.inv(lon, lat, to_lon, to_lat)
    return turn(azimuth - convergence_deg(lon, lat)), float(distance)


def to_grid(bearing_deg: float, north: North, station: Station) -> float:
    """Return the grid bearing (0 to 360) of a bearing from another north.

    Raises
    ------
    OptionInvalidError
        If it is magnetic and no model knows the declination of the day.
    """
    if north == "grid":
        return turn(bearing_deg)
    true = bearing_deg
    if north == "magnetic":
        true += declination_deg(station.lon, station.lat, station.height_m, station.day)
    return turn(true - convergence_deg(station.lon, station.lat))


def turn(bearing_deg: float) -> float:
    """Return a bearing between 0 and 360 degrees."""
    return float(bearing_deg % FULL)


def bearing_off(now_deg: float, before_deg: float) -> float:
    """Return the smaller angle from one bearing to another, -180 to 180 degrees."""
    return (now_deg - before_deg + FULL / 2) % FULL - FULL / 2


def compare_objects(
    objects: Sequence[ReferenceObject],
    readings: Sequence[FieldReading],
    station: Station | None,
    office: Office,
    *,
    surveyed: bool,
) -> tuple[list[Seen], list[Finding]]:
    """Compare what is known of the objects now with the register.

    Parameters
    ----------
    station
        Where it is looked from, None where nobody knows; then only tape and grid are compared.
    surveyed
        Whether that is a surveyed position: only from one are bearings to known places computed.

    Raises
    ------
    OptionInvalidError
        If a reading names no object of the marker, or its declination is not known.
    """
    by_place = {one.ordinal: one for one in objects}
    seen: list[Seen] = []
    findings: list[Finding] = []
    for one in objects:
        if surveyed and station is not None and one.lon is not None and one.lat is not None:
            seen.append(_computed(one, station))
            findings.extend(_find(seen[-1], office, office_bearing(office, "grid")))
    for reading in readings:
        target = by_place.get(reading.ordinal)
        if target is None:
            allowed = sorted(by_place) or Text("reason.no_objects")
            raise OptionInvalidError(option="ordinal", value=reading.ordinal, allowed=allowed)
        seen.append(_read(target, reading, station))
        findings.extend(_find(seen[-1], office, office_bearing(office, reading.bearing)))
    return seen, findings


def office_bearing(office: Office, north: North) -> float:
    """Return by how many degrees a bearing may differ; a compass is read roughly."""
    key = "object_magnetic_deg" if north == "magnetic" else "object_bearing_deg"
    return office.number(f"deviation.{key}")


def _computed(one: ReferenceObject, station: Station) -> Seen:
    assert one.lon is not None  # noqa: S101 - for the type checker
    assert one.lat is not None  # noqa: S101 - for the type checker
    grid, distance = compute_bearing(station.lon, station.lat, one.lon, one.lat)
    return _seen(one, "computed", grid, distance, station)


def _read(one: ReferenceObject, reading: FieldReading, station: Station | None) -> Seen:
    said, north = reading.bearing_deg, reading.bearing
    # Two compass bearings compare without any model, but for the years between them.
    if said is not None and north == "magnetic" and one.grid_bearing_deg is None:
        before = one.magnetic_bearing_deg
        off = None if before is None else bearing_off(said, before)
        return _seen(one, "read", None, reading.distance_m, station, off=off, compared="magnetic")
    grid = None
    if said is not None and (station is not None or north == "grid"):
        grid = turn(said) if station is None else to_grid(said, north, station)
    return _seen(one, "read", grid, reading.distance_m, station)


def _seen(
    one: ReferenceObject,
    how: Literal["computed", "read"],
    grid: float | None,
    distance: float | None,
    station: Station | None,
    *,
    off: float | None = None,
    compared: North | None = None,
) -> Seen:
    if off is None and grid is not None and one.grid_bearing_deg is not None:
        off, compared = bearing_off(grid, one.grid_bearing_deg), "grid"
    true = None
    if grid is not None and station is not None:
        true = turn(grid + convergence_deg(station.lon, station.lat))
    known = distance is not None and one.distance_m is not None
    return Seen(
        ordinal=one.ordinal,
        name=one.name,
        how=how,
        registered_grid_deg=one.grid_bearing_deg,
        registered_distance_m=one.distance_m,
        grid_bearing_deg=grid,
        true_bearing_deg=true,
        distance_m=distance,
        compared=compared if off is not None else None,
        bearing_off_deg=off,
        distance_off_m=(distance or 0.0) - (one.distance_m or 0.0) if known else None,
    )


def _find(seen: Seen, office: Office, limit_deg: float) -> Iterator[Finding]:
    what = {"object": seen.name, "ordinal": seen.ordinal}
    limit_m = office.number("deviation.object_distance_m")
    if seen.distance_off_m is not None and abs(seen.distance_off_m) > limit_m:
        facts = {**what, "off_m": f"{seen.distance_off_m:+.2f}", "limit_m": f"{limit_m:g}"}
        yield Finding(rule="object_distance_differs", severity="warning", facts=facts)
    if seen.bearing_off_deg is not None and abs(seen.bearing_off_deg) > limit_deg:
        facts = {**what, "off_deg": f"{seen.bearing_off_deg:+.2f}", "limit_deg": f"{limit_deg:g}"}
        yield Finding(rule="object_bearing_differs", severity="warning", facts=facts)
