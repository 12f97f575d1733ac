"""Area on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import shapely
from pyproj import Geod

GEOD = Geod(ellps="GRS80")
"""CGCS2000 has an ellipsoid that differs from GRS 80 in the 11th digit of the flattening."""


def area_km2(geom: shapely.Geometry | None) -> float | None:
    """Return the area of a polygon in EPSG:4490 in square kilometres; None without a polygon.

    Holes are taken off; the direction in which rings run does not matter.

    References
    ----------
    Karney 2013, Algorithms for geodesics, doi:10.1007/s00190-012-0578-z.
    """
    if geom is None:
        return None
    parts = shapely.get_parts(geom)
    return math.fsum(_polygon_m2(part) for part in parts) / 1e6


def _polygon_m2(polygon: shapely.Geometry) -> float:
    rings: Sequence[shapely.Geometry] = list(shapely.get_rings(polygon))
    outer, *holes = (abs(_ring_m2(ring)) for ring in rings)
    return outer - math.fsum(holes)


def _ring_m2(ring: shapely.Geometry) -> float:
    xy = shapely.get_coordinates(ring)
    area, _ = GEOD.polygon_area_perimeter(xy[:, 0], xy[:, 1])
    return float(area)
