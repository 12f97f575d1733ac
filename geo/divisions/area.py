"""Area on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

GEOD = Geod(ellps="GRS80")
"""CGCS2000's ellipsoid differs from GRS 80 in the 11th digit of the flattening: under 1 mm² a km²."""


def area_km2(geom: BaseGeometry | None) -> float | None:
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


def _polygon_m2(polygon: BaseGeometry) -> float:
    rings: Sequence[BaseGeometry] = list(shapely.get_rings(polygon))
    outer, *holes = (abs(_ring_m2(ring)) for ring in rings)
    return outer - math.fsum(holes)


def _ring_m2(ring: BaseGeometry) -> float:
    xy = shapely.get_coordinates(ring)
    area, _ = GEOD.polygon_area_perimeter(xy[:, 0], xy[:, 1])
    return float(area)
