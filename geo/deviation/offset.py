"""How far places lie from a line, and on which side of it, for many places at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.crs.zones import ZONE_DEG

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STRETCH = 16
"""Segments looked at together."""
NEAR_END = 1e-7
"""Part of a segment below which its nearest point is its end."""


def offsets_m(line: BaseGeometry, lonlat: Points) -> Floats:
    """Return how far places lie from a line, in metres; left of its direction is positive.

    Parameters
    ----------
    line
        LineString or MultiLineString in EPSG:4490, not empty.
    lonlat
        Shape (n, 2), EPSG:4490; NaN gives NaN.

    Notes
    -----
    Measured in a transverse Mercator of the nearest 3-degree meridian, true to 3 in 10,000. Where
    the nearest point is a bend, the two segments there decide together: either alone may say the
    wrong side of a sharp one.
    """
    west, _, east, _ = line.bounds
    frame = local_metres(float(round((west + east) / (2 * ZONE_DEG)) * ZONE_DEG))
    parts = shapely.get_parts(line)
    bends, of_part = shapely.get_coordinates(parts, return_index=True)
    # Moved together: a call takes longer than some hundred points of it.
    moved = transform_points(np.vstack([lonlat, bends]), CGCS2000, frame)
    places, bends = moved[: len(lonlat)], moved[len(lonlat) :]
    found = np.full(len(places), np.nan)
    whole = np.flatnonzero(np.isfinite(places).all(axis=1))
    if len(whole) == 0:
        return found
    for part in range(len(parts)):
        offset = _offsets(bends[of_part == part], places[whole])
        nearer = ~(np.abs(found[whole]) <= np.abs(offset))
        found[whole[nearer]] = offset[nearer]
    return found


def _offsets(xy: Points, at: Points) -> Floats:
    """Return the offsets of places (n, 2) from one part of a line, both in metres."""
    steps = np.hypot(*(xy[1:] - xy[:-1]).T)
    xy = xy[np.r_[True, steps > 0]]
    ways = xy[1:] - xy[:-1]
    squares = (ways**2).sum(axis=1)
    near = _nearest_stretch(xy, at)[:, None] * STRETCH + np.arange(STRETCH)
    # Beyond the end the last segment once more: it is never nearer than itself.
    near = near.clip(max=len(ways) - 1)
    from_start = at[:, None, :] - xy[near]
    along = ((from_start * ways[near]).sum(axis=2) / squares[near]).clip(0.0, 1.0)
    away = from_start - along[:, :, None] * ways[near]
    best = (away**2).sum(axis=2).argmin(axis=1)
    rows = np.arange(len(at))
    on, along, away = near[rows, best], along[rows, best], away[rows, best]
    forward = ways / np.sqrt(squares)[:, None]
    ahead = forward[on].copy()
    begins, ends = (along < NEAR_END) & (on > 0), (along > 1 - NEAR_END) & (on < len(ways) - 1)
    ahead[begins] += forward[on[begins] - 1]
    ahead[ends] += forward[on[ends] + 1]
    side = ahead[:, 0] * away[:, 1] - ahead[:, 1] * away[:, 0]
    return np.asarray(np.where(side >= 0, 1.0, -1.0) * np.hypot(away[:, 0], away[:, 1]))


def _nearest_stretch(xy: Points, at: Points) -> Ints:
    """Return which stretch of some segments each place is nearest to."""
    starts = np.arange(0, len(xy) - 1, STRETCH)
    ends = np.minimum(starts + STRETCH, len(xy) - 1)
    vertices = np.concatenate([xy[one : two + 1] for one, two in zip(starts, ends, strict=True)])
    stretch = np.repeat(np.arange(len(starts)), ends - starts + 1)
    lines: Any = shapely.linestrings(vertices, indices=stretch)
    return np.asarray(shapely.STRtree(lines).nearest(shapely.points(at)), dtype=np.int64)
