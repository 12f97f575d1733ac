"""A frame in metres round one's own place: a transverse Mercator without false easting.

Within 150 km of its middle meridian lengths are true to 3 in 10,000, so distances of some hundred
metres (a snap to a street) are true to decimetres.
"""

from __future__ import annotations

from functools import lru_cache

from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from geo.crs.systems import CGCS2000


@lru_cache(maxsize=64)
def local_metres(middle_lon: float) -> CRS:
    """Return the frame whose middle meridian is at a longitude in degrees; x east, y north, m."""
    return metres_on(CGCS2000, middle_lon)


def metres_on(geographic: CRS, middle_lon: float) -> CRS:
    """Return such a frame on the longitudes and latitudes of any datum."""
    conversion = TransverseMercatorConversion(
        latitude_natural_origin=0, longitude_natural_origin=middle_lon, false_easting=0,
        false_northing=0, scale_factor_natural_origin=1,
    )  # fmt: skip
    return ProjectedCRS(conversion=conversion, geodetic_crs=geographic)
