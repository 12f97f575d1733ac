"""Places of markers in the plane: northing X and easting Y of one central meridian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.crs.zones import ZONE_DEG, to_zones, zones_of
from geo.markers.read import Marker


@dataclass(frozen=True, slots=True)
class Place:
    """X to the north and Y to the east in metres (500 km at the meridian), None where unknown.

    ``beyond`` says that the marker lies in another zone than the one it is given in.
    """

    northing_m: float | None
    easting_m: float | None
    beyond: bool = False


def choose_meridian(markers: Sequence[Marker]) -> int | None:
    """Return the central meridian of the 3-degree zone in which most markers lie.

    A list gives all its coordinates in one zone, or they could not be compared.
    """
    zones = zones_of(np.array([one.lon for one in markers if one.lon is not None], dtype=float))
    there = zones[zones > 0]
    return int(np.bincount(there).argmax()) * ZONE_DEG if len(there) else None


def place_markers(markers: Sequence[Marker], meridian: int | None) -> list[Place]:
    """Return where markers lie in the zone of a central meridian."""
    if meridian is None:
        return [Place(None, None)] * len(markers)
    lonlat = np.array([(one.lon, one.lat) for one in markers], dtype=float).reshape(-1, 2)
    zone = meridian // ZONE_DEG
    moved = to_zones(lonlat, np.full(len(markers), zone, dtype=np.int64))
    other = zones_of(lonlat[:, 0]) != zone
    return [
        Place(float(y), float(x), bool(beyond)) if np.isfinite((x, y)).all() else Place(None, None)
        for (x, y), beyond in zip(moved, other, strict=True)
    ]
