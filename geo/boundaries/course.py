"""A course of a line on its way into the register: is it a line, and of this place, and which way.

Nothing is moved: a course is taken as it is, turned at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import shapely

from geo.crs.systems import CHINA
from geo.divisions.area import GEOD
from geo.exchange.findings import Finding

ORIGINS_GIVEN = ("agreed", "surveyed", "imported")
"""Origins of a course that somebody brings; derived lines come from polygons."""
ELSEWHERE_M = 10_000.0
"""A course that comes nowhere nearer to the line it is to be is another line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course of a line: a MultiLineString in EPSG:4490, and where and when it is from."""

    shape: shapely.Geometry
    origin: str
    as_of: date
    accuracy_m: float | None = None
    fit_id: UUID | None = None


def as_lines(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a line as MultiLineString with touching parts joined, its points as they are."""
    return _multi(shapely.get_parts(shapely.line_merge(shapely.force_2d(shape))).tolist())


def find_course_faults(
    course: Course, standing: shapely.Geometry | None, *, row: int | None = None
) -> list[Finding]:
    """Return what keeps a course out: it is no line, not in China, or far from the one it is to be.

    Parameters
    ----------
    standing
        The line of record, EPSG:4490; None where the register has none.
    """
    shape = course.shape
    if not is_line(shape):
        return [Finding(rule="line_no_line", severity="error", row=row)]
    west, south, east, north = shapely.bounds(shape).tolist()
    box = CHINA
    if not (box[0] <= west and east <= box[2] and box[1] <= south and north <= box[3]):
        place = (float(west), float(south))
        return [Finding(rule="line_outside_china", severity="error", row=row, place=place)]
    if standing is None:
        return []
    metres, place = gap_between(shape, standing)
    if metres <= ELSEWHERE_M:
        return []
    facts = {"distance_km": f"{metres / 1000:.0f}", "limit_km": f"{ELSEWHERE_M / 1000:g}"}
    return [Finding(rule="line_elsewhere", severity="error", row=row, place=place, facts=facts)]


def is_line(shape: shapely.Geometry) -> bool:
    """Return whether a shape is a line with a length and finite coordinates."""
    return (
        isinstance(shape, shapely.LineString | shapely.MultiLineString)
        and not shape.is_empty
        and bool(np.isfinite(shapely.get_coordinates(shape)).all())
        and shape.length > 0
    )


def gap_between(
    one: shapely.Geometry, other: shapely.Geometry
) -> tuple[float, tuple[float, float]]:
    """Return how far apart two shapes are, metres, and the place on the first."""
    (lon, lat), (lon2, lat2) = shapely.get_coordinates(shapely.shortest_line(one, other)).tolist()
    return float(GEOD.inv(lon, lat, lon2, lat2)[2]), (lon, lat)


def follow_direction(shape: shapely.Geometry, standing: shapely.Geometry) -> shapely.Geometry:
    """Return a course in the direction of the line of record: left and right sides stay so.

    A ring is compared by the way it turns, any other line by where its ends come on the other.
    """
    old = shapely.get_parts(shapely.line_merge(standing)).tolist()
    turned = []
    for part in shapely.get_parts(shape).tolist():
        nearest = min(old, key=part.distance)
        turned.append(part.reverse() if _against(part, nearest) else part)
    return _multi(turned)


def _multi(parts: list[shapely.LineString]) -> shapely.Geometry:
    return shapely.MultiLineString(parts)


def _against(part: shapely.LineString, old: shapely.LineString) -> bool:
    if part.is_ring and old.is_ring:
        return bool(shapely.is_ccw(part) != shapely.is_ccw(old))
    # A few places in order, for one end alone may lie anywhere.
    spots = [part.interpolate(share, normalized=True) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    along = np.diff([old.project(spot) for spot in spots])
    return bool(along.sum() < 0)
