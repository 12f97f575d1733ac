"""Gauss-Krüger zones of CGCS2000, 3 degrees wide: which one a place is in, and its grid north.

A place on the edge of two zones belongs to the eastern one. West of 73.5 E, the edge of zone 25,
China has a few kilometres more; they are measured in zone 25 too.

References
----------
GB/T 18316, CH/T 2009: 3-degree zones for scales of 1:10,000 and larger; zone number times 3 is the
central meridian. EPSG 4534-4554: CGCS2000 by central meridian 75-135 E, without zone number.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Proj

from geo.crs.systems import CGCS2000, CHINA, ZONES_3
from geo.crs.transform import transform_points
from geo.errors import CrsRefusedError
from geo.texts import Text

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]

ZONE_DEG = 3
NO_ZONE = 0
EPSG_BY_MERIDIAN = 4534
EPSG_BY_NUMBER = 4513


def zone_of(lon: float) -> int:
    """Return the 3-degree zone, 25 to 45, of a longitude in degrees.

    Raises
    ------
    CrsRefusedError
        If it is not in China (73 to 136 E).
    """
    zone = int(zones_of(np.array([lon]))[0])
    if zone == NO_ZONE:
        raise CrsRefusedError(crs=f"{lon:.6f}°", reason=Text("reason.no_zone"))
    return zone


def zones_of(lons: Floats) -> Integers:
    """Return the zones of longitudes (n,) in degrees; 0 outside China and for NaN."""
    west, _, east, _ = CHINA
    inside = (lons >= west) & (lons <= east)
    rounded = np.floor(np.where(inside, lons, 0.0) / ZONE_DEG + 0.5).astype(np.int64)
    return np.where(inside, rounded.clip(ZONES_3.start, ZONES_3.stop - 1), NO_ZONE)


def crs_of_zone(zone: int, *, numbered: bool = False) -> CRS:
    """Return the system of a zone; with ``numbered`` its eastings begin with the zone's number."""
    first = EPSG_BY_NUMBER if numbered else EPSG_BY_MERIDIAN
    return CRS.from_epsg(first + zone - ZONES_3.start)


def cm_crs(lon: float) -> CRS:
    """Return the system of the zone a longitude lies in, by central meridian, without zone number.

    Raises
    ------
    CrsRefusedError
        If the longitude is not in China.
    """
    return crs_of_zone(zone_of(lon))


def convergence_deg(lon: float, lat: float) -> float:
    """Return the meridian convergence at a place in degrees, on the zone it lies in.

    It is positive east of the central meridian in the north: grid bearing = true bearing -
    convergence.

    Raises
    ------
    CrsRefusedError
        If the longitude is not in China.
    """
    zone_of(lon)
    return float(convergences_deg(np.array([lon]), np.array([lat]))[0])


def convergences_deg(lons: Floats, lats: Floats, zones: Integers | None = None) -> Floats:
    """Return the meridian convergence (n,) in degrees at places of EPSG:4490.

    Parameters
    ----------
    zones
        The zone in whose grid each bearing is counted; by default the one the place lies in.

    Returns
    -------
    Floats
        NaN where there is no zone.
    """
    zones = zones_of(lons) if zones is None else zones
    found = np.full(len(lons), np.nan)
    for zone in _there(zones):
        there = zones == zone
        factors = _projection(zone).get_factors(lons[there], lats[there])
        found[there] = factors.meridian_convergence
    return found


def to_zones(lonlat: Points, zones: Integers) -> Points:
    """Return easting and northing (n, 2) in metres of places in EPSG:4490, each in its zone.

    Eastings are without zone number (500 km at the central meridian). NaN where there is no zone.
    """
    moved = np.full(lonlat.shape, np.nan)
    for zone in _there(zones):
        moved[zones == zone] = transform_points(lonlat[zones == zone], CGCS2000, crs_of_zone(zone))
    return moved


def from_zones(en: Points, zones: Integers) -> Points:
    """Return longitude and latitude (n, 2) of eastings without zone number and northings, m."""
    moved = np.full(en.shape, np.nan)
    for zone in _there(zones):
        moved[zones == zone] = transform_points(en[zones == zone], crs_of_zone(zone))
    return moved


def _there(zones: Integers) -> list[int]:
    found: list[int] = np.unique(zones[zones != NO_ZONE]).tolist()
    return found


@lru_cache(maxsize=64)
def _projection(zone: int) -> Any:
    return Proj(crs_of_zone(zone))
