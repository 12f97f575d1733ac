"""Directions in words: the sixteen of a 走向说明, from true north, and how one is measured.

References
----------
The sixteen sectors are those taught for describing boundary lines (界线走向说明): each is 22.5
degrees wide and 北 lies round true north, from 348.75 to 11.25 degrees.
"""

from __future__ import annotations

from bisect import bisect_right
from math import isfinite
from typing import NamedTuple

from pyproj import Geod

GRS80 = Geod(ellps="GRS80")
"""CGCS2000 has an ellipsoid that differs from GRS 80 in the 11th digit of the flattening."""
SECTOR_DEG = 22.5
DIRECTIONS = (
    "北",
    "北偏东北",
    "东北",
    "东偏东北",
    "东",
    "东偏东南",
    "东南",
    "南偏东南",
    "南",
    "南偏西南",
    "西南",
    "西偏西南",
    "西",
    "西偏西北",
    "西北",
    "北偏西北",
)
"""The words clockwise from north."""
UPPER_EDGES = tuple(SECTOR_DEG / 2 + SECTOR_DEG * place for place in range(len(DIRECTIONS)))


class Leg(NamedTuple):
    """From one place to another: azimuth from true north in degrees (0 to 360), metres."""

    azimuth_deg: float
    distance_m: float

    @property
    def word(self) -> str:
        """Return the direction in words."""
        return name_direction(self.azimuth_deg)


def name_direction(azimuth_deg: float) -> str:
    """Return the word for an azimuth from true north, in degrees; any turn round is taken off.

    A sector begins at its lower edge: 11.25 is 北偏东北.

    Raises
    ------
    ValueError
        If the azimuth is not finite.
    """
    if not isfinite(azimuth_deg):
        raise ValueError(azimuth_deg)
    # Looked up, not worked out: adding half a sector would round over an edge.
    return DIRECTIONS[bisect_right(UPPER_EDGES, azimuth_deg % 360.0) % len(DIRECTIONS)]


def measure_leg(begin: tuple[float, float], end: tuple[float, float]) -> Leg:
    """Measure from one place to another (lon, lat in EPSG:4490) along the geodesic on GRS 80.

    The azimuth is that at the beginning, from true north: no zone and no convergence come in.
    Between equal places it is 0 and 0 m.
    """
    azimuth, _, distance = GRS80.inv(*begin, *end)
    return Leg(azimuth_deg=float(azimuth) % 360.0 if distance else 0.0, distance_m=float(distance))
