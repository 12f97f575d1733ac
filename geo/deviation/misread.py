"""What a position would be if it were read otherwise: axes swapped, another zone, packed degrees.

A reading that lies kilometres from its marker while another reading of the same numbers lies at it
is most likely misread. It is named; the numbers are never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.crs.dms import fits_packed, read_dms
from geo.crs.systems import WORLD, ZONE_WIDTH_M
from geo.crs.zones import NO_ZONE, crs_of_zone, from_zones, to_zones, zones_of

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ToLonLat = Callable[[Points], Points]

FAR_M = 5000.0
"""A position read this far from its marker is looked at again; no stone wanders so far."""
FITS_M = 1000.0
"""Another reading this near the marker is likely the one that was meant."""


@dataclass(frozen=True, slots=True)
class Misread:
    """How a position is likely meant: the finding it is, the system, the distance then (m)."""

    rule: str
    crs: str
    lon: float
    lat: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class _Other:
    rule: str
    lonlat: Points
    zones: Ints | None = None
    crs: str | None = None


def find_misread(
    xy: Points, read: Points, registered: Points, *, crs: str, to_lonlat: ToLonLat
) -> dict[int, Misread]:
    """Return, by place in the arrays, what fits the marker although what was read does not.

    Parameters
    ----------
    xy
        The numbers as given (n, 2), easting or longitude first as they were declared.
    read, registered
        What they were read as, and where the markers stand: (n, 2) in EPSG:4490, NaN for no place.
    crs
        Name of the declared system, ``to_lonlat`` its way to EPSG:4490.
    """
    apart = distances_m(read, registered)
    chosen = np.flatnonzero(~(apart <= FAR_M) & np.isfinite(registered).all(axis=1))
    if len(chosen) == 0:
        return {}
    given, goal = xy[chosen], registered[chosen]
    best = np.full(len(chosen), FITS_M)
    found: dict[int, Misread] = {}
    for other in _others(given, goal, to_lonlat):
        distance = distances_m(other.lonlat, goal)
        for one in np.flatnonzero(distance < best).tolist():
            best[one] = distance[one]
            name = other.crs or crs
            if other.zones is not None:
                name = _zone_name(int(other.zones[one]))
            lon, lat = other.lonlat[one].tolist()
            found[int(chosen[one])] = Misread(other.rule, name, lon, lat, float(distance[one]))
    return found


def distances_m(one: Points, other: Points) -> Floats:
    """Return how far places of EPSG:4490 lie apart, in the grid of the other's 3-degree zone.

    NaN where one of them is none, or lies too far from the zone to be in its grid.
    """
    zones = zones_of(other[:, 0])
    apart = to_zones(one, zones) - to_zones(other, zones)
    return np.hypot(apart[:, 0], apart[:, 1])


def _others(xy: Points, goal: Points, to_lonlat: ToLonLat) -> Iterator[_Other]:
    """Return the other readings, the plainest first: a nearer one must be nearer to be taken."""
    swapped = xy[:, ::-1]
    yield _Other("axes_swapped", to_lonlat(swapped))
    if _in_degrees(xy):
        yield _Other("degrees_packed", to_lonlat(_unpack(xy)))
        yield _Other("zone_differs", xy, crs="EPSG:4490")
        return
    zones = zones_of(goal[:, 0])
    for order, rule in ((xy, "zone_differs"), (swapped, "axes_swapped")):
        bare = np.column_stack([order[:, 0] % ZONE_WIDTH_M, order[:, 1]])
        for step in (0, -1, 1):
            near = np.where(zones == NO_ZONE, NO_ZONE, zones + step)
            near = np.where((near >= 25) & (near <= 45), near, NO_ZONE)  # noqa: PLR2004 - zones
            yield _Other(rule, from_zones(bare, near), near)


def _in_degrees(xy: Points) -> bool:
    _, _, east, _ = WORLD
    return bool(np.nanmedian(np.abs(xy)) <= east) if np.isfinite(xy).any() else False


def _unpack(xy: Points) -> Points:
    """Return degrees of numbers that may be DDD.MMSSss; NaN where they cannot be."""
    unpacked = [
        [
            read_dms(repr(one), form="dms_packed") if fits_packed(repr(one)) else np.nan
            for one in two
        ]
        for two in xy.tolist()
    ]
    return np.array(unpacked, dtype=np.float64).reshape(-1, 2)


def _zone_name(zone: int) -> str:
    by_meridian, numbered = crs_of_zone(zone), crs_of_zone(zone, numbered=True)
    return f"EPSG:{by_meridian.to_epsg()} / EPSG:{numbered.to_epsg()}"
