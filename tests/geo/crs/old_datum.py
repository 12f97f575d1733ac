"""A Xi'an 80 of our own: CGCS2000 moved by known parameters in space, heights let go."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from geo.crs.local_fit import CommonPoint

Points = npt.NDArray[np.float64]

PARAMETERS = "+x=24.7 +y=-93.1 +z=-41.2 +rx=-0.82 +ry=1.13 +rz=-1.91 +s=-2.4"
"""Metres, seconds of arc, parts per million: of the size published for other old datums."""
_PIPELINE = Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=GRS80 "
    f"+step +proj=helmert {PARAMETERS} +convention=coordinate_frame "
    "+step +inv +proj=cart +a=6378140 +rf=298.257 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def as_xian80(lonlat: Points, epsg: int = 4610) -> Points:
    """Return places of EPSG:4490 as that Xi'an 80 has them: degrees, or metres of a zone."""
    lon, lat, _ = _PIPELINE.transform(lonlat[:, 0], lonlat[:, 1], np.zeros(len(lonlat)))
    if epsg != 4610:
        step = Transformer.from_crs(CRS.from_epsg(4610), CRS.from_epsg(epsg), always_xy=True)
        lon, lat = step.transform(lon, lat)
    return np.column_stack([lon, lat])


def common_points(lonlat: Points, epsg: int = 4610) -> list[CommonPoint]:
    """Return places known in both, named P1, P2 …."""
    old = as_xian80(lonlat, epsg)
    return [
        CommonPoint(name=f"P{place}", x=x, y=y, lon=lon, lat=lat)
        for place, ((x, y), (lon, lat)) in enumerate(
            zip(old.tolist(), lonlat.tolist(), strict=True), 1
        )
    ]
