"""How far two courses of a line are apart, measured along one of them; arrays only, no database.

The nearest place is looked for in a plane in metres round the middle of the line, the distance to
it is geodesic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.divisions.area import GEOD

Floats = npt.NDArray[np.float64]
ToPlane = Callable[[Floats], Floats]
LEAST_STEP_M = 1.0
STEP_M = 20.0
MOST_POINTS = 20_000
"""Points on a line; a longer one is measured at wider steps."""
MOST_BINS = 200
"""Stretches of a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the line, kilometres along it: its mean and its worst difference, metres."""

    from_km: float
    to_km: float
    mean_m: float
    worst_m: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two courses of one line, metres.

    ``worst_m`` is the discrete Hausdorff distance, both ways, at ``place`` (lon, lat), which is
    ``worst_at_km`` along the line of record; ``mean_m`` the mean along it, ``p95_m`` what 95 % of
    it stays within. ``side`` says on which side of the line of record, seen in its
    direction, the other runs at the worst place; None where they meet. ``profile`` has the
    stretches in order; ``step_m`` is the distance between the points that were measured.
    """

    worst_m: float
    mean_m: float
    p95_m: float
    place: tuple[float, float]
    worst_at_km: float
    side: str | None
    record_km: float
    other_km: float
    step_m: float
    profile: tuple[Stretch, ...]


def compare_lines(record: shapely.Geometry, other: shapely.Geometry) -> Comparison:
    """Compare the line of record with another course of it.

    Both are measured at steps of 20 m (wider on lines of more than 400 km, closer on short ones)
    and at their vertices: the discrete Hausdorff distance is short of the true one by half a step
    at most.

    Parameters
    ----------
    record, other
        LineString or MultiLineString in EPSG:4490, not empty.

    References
    ----------
    Order 353 of the State Council, art. 7: the agreed line does not move with what it follows.
    """
    length_m = length_km(record) * 1000
    step_m = max(LEAST_STEP_M, min(STEP_M, length_m / 100), length_m / MOST_POINTS)
    to_plane = _plane(record)
    mine, at_m = dense_points(record, step_m)
    theirs, _ = dense_points(other, step_m)
    there, away = distances(mine, other, to_plane, step_m)
    back, nearest = distances(theirs, record, to_plane, step_m)
    first, last = int(np.argmax(there)), int(np.argmax(back))
    ahead = bool(there[first] >= back[last])
    place = mine[first] if ahead else theirs[last]
    worst_at = at_m[first] if ahead else _along(nearest[last], mine, at_m)
    weights = _weights(at_m)
    return Comparison(
        worst_m=float(max(there[first], back[last])),
        mean_m=float((there * weights).sum() / weights.sum()),
        p95_m=float(np.percentile(there, 95)),
        place=(float(place[0]), float(place[1])),
        worst_at_km=float(worst_at / 1000),
        side=_side(mine, first, away[first], to_plane) if there[first] > 0 else None,
        record_km=length_m / 1000,
        other_km=length_km(other),
        step_m=step_m,
        profile=_profile(mine, at_m, there),
    )


def length_km(line: shapely.Geometry) -> float:
    """Return the length of a line on the ellipsoid, all its parts together."""
    xy, part = _vertices(line)
    if len(xy) < 2:  # noqa: PLR2004 - a single place has no length
        return 0.0
    metres = GEOD.inv(*xy[:-1].T, *xy[1:].T)[2]
    return math.fsum(np.where(part[1:] == part[:-1], metres, 0.0).tolist()) / 1000


def dense_points(line: shapely.Geometry, step_m: float) -> tuple[Floats, Floats]:
    """Return the vertices of a line with points between them, and how far along it each is.

    Returns
    -------
    tuple
        Places (n, 2), lon and lat; metres along the line (n). The way between two parts of a line
        counts nothing.
    """
    xy, part = _vertices(line)
    leg_m = np.zeros(len(xy) - 1)
    if len(leg_m):
        leg_m = np.where(part[1:] == part[:-1], GEOD.inv(*xy[:-1].T, *xy[1:].T)[2], 0.0)
    # Between two parts nothing is measured: one point there, the end of the first.
    pieces = np.maximum(np.ceil(leg_m / step_m).astype(np.int64), 1)
    leg = np.repeat(np.arange(len(leg_m)), pieces)
    share = (np.arange(len(leg)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[leg]
    begun = np.concatenate([[0.0], np.cumsum(leg_m)])
    share_xy = xy[leg] + share[:, None] * (xy[leg + 1] - xy[leg])
    return (
        np.vstack([share_xy, xy[-1:]]),
        np.concatenate([begun[leg] + share * leg_m[leg], begun[-1:]]),
    )


def distances(
    points: Floats, line: shapely.Geometry, to_plane: ToPlane, step_m: float
) -> tuple[Floats, Floats]:
    """Return the distance of points (n, 2) to a line, metres, and the nearest places on it.

    Parameters
    ----------
    to_plane
        Takes lon and lat (n, 2) to a plane in metres.
    step_m
        Longest piece of the line that is taken as straight in that plane.
    """
    segments = _segments(line, step_m)
    flat = np.asarray(shapely.transform(segments, to_plane), dtype=object)
    spots = np.atleast_1d(np.asarray(shapely.points(to_plane(points)), dtype=object))
    found = shapely.STRtree(flat).query_nearest(spots, all_matches=False)
    nearest = np.asarray(
        shapely.line_locate_point(flat[found[1]], spots[found[0]], normalized=True)
    )
    ends = shapely.get_coordinates(segments[found[1]]).reshape(-1, 2, 2)
    places = ends[:, 0] + nearest[:, None] * (ends[:, 1] - ends[:, 0])
    return np.asarray(GEOD.inv(*points.T, *places.T)[2], dtype=np.float64), places


def farthest(line: shapely.Geometry, other: shapely.Geometry) -> tuple[float, tuple[float, float]]:
    """Return the largest difference of two courses both ways, in metres, and its place."""
    found = compare_lines(line, other)
    return found.worst_m, found.place


def _vertices(line: shapely.Geometry) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the vertices of a line, and of which of its parts each is."""
    parts = np.atleast_1d(np.asarray(shapely.get_parts(line), dtype=object))
    xy, part = shapely.get_coordinates(parts, return_index=True)
    return np.asarray(xy, dtype=np.float64), np.asarray(part, dtype=np.int64)


def _plane(line: shapely.Geometry) -> ToPlane:
    west, _, east, _ = shapely.bounds(line).tolist()
    # To a tenth of a degree, so that neighbouring lines share their frame.
    frame = local_metres(round((west + east) / 2, 1))
    return lambda xy: transform_points(np.asarray(xy, dtype=np.float64), CGCS2000, frame)


def _segments(line: shapely.Geometry, step_m: float) -> npt.NDArray[Any]:
    parts = np.atleast_1d(np.asarray(shapely.get_parts(line), dtype=object))
    dense = [dense_points(part, step_m)[0] for part in parts.tolist()]
    ends = [np.stack([xy[:-1], xy[1:]], axis=1) for xy in dense]
    return np.asarray(shapely.linestrings(np.concatenate(ends)), dtype=object)


def _weights(at_m: Floats) -> Floats:
    """Return the length of line each point stands for, metres."""
    legs = np.diff(at_m)
    weights = np.zeros(len(at_m))
    weights[:-1] += legs / 2
    weights[1:] += legs / 2
    return weights if weights.any() else np.ones(len(at_m))


def _along(place: Floats, mine: Floats, at_m: Floats) -> float:
    """Return how far along the line of record a place on it is: that of the nearest point of it."""
    return float(at_m[int(np.argmin(np.hypot(*(mine - place).T)))])


def _side(mine: Floats, worst: int, nearest: Floats, to_plane: ToPlane) -> str:
    before, after = max(worst - 1, 0), min(worst + 1, len(mine) - 1)
    here, there, start, end = to_plane(np.array([mine[worst], nearest, mine[before], mine[after]]))
    ahead, away = end - start, there - here
    return "left" if ahead[0] * away[1] - ahead[1] * away[0] > 0 else "right"


def _profile(mine: Floats, at_m: Floats, there: Floats) -> tuple[Stretch, ...]:
    bins = min(MOST_BINS, len(at_m) - 1) or 1
    edges = np.linspace(0.0, at_m[-1], bins + 1)
    number = np.clip(np.searchsorted(edges, at_m, side="right") - 1, 0, bins - 1)
    profile = []
    for one in np.unique(number).tolist():
        chosen = np.flatnonzero(number == one)
        worst = int(chosen[np.argmax(there[chosen])])
        profile.append(
            Stretch(
                from_km=float(edges[one] / 1000),
                to_km=float(edges[one + 1] / 1000),
                mean_m=float(there[chosen].mean()),
                worst_m=float(there[worst]),
                lon=float(mine[worst, 0]),
                lat=float(mine[worst, 1]),
            )
        )
    return tuple(profile)
