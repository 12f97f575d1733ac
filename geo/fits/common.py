"""Common points as they are given: old and new coordinates, each in its own system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.crs.local_fit import CommonPoint
from geo.crs.systems import IDENTICAL, datum_of, horizontal, name_of, read_crs
from geo.crs.transform import transform_points
from geo.errors import CrsRefusedError
from geo.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A point by name: easting or longitude first, old and new."""

    name: str
    old: tuple[float, float]
    new: tuple[float, float]


def common_points(rows: Sequence[PointRow], target_crs: str) -> list[CommonPoint]:
    """Return points with their new coordinates in EPSG:4490.

    Parameters
    ----------
    target_crs
        System of the new coordinates, CGCS2000 or WGS 84, in degrees or a zone.

    Raises
    ------
    CrsRefusedError
        If it is of another datum.
    """
    target = horizontal(read_crs(target_crs, option="target_crs"))
    if datum_of(target) not in IDENTICAL:
        raise CrsRefusedError(crs=name_of(target), reason=Text("reason.fit_target"))
    new = np.array([row.new for row in rows], dtype=np.float64).reshape(-1, 2)
    lonlat = transform_points(new, target).tolist()
    return [
        CommonPoint(name=row.name, x=row.old[0], y=row.old[1], lon=lon, lat=lat)
        for row, (lon, lat) in zip(rows, lonlat, strict=True)
    ]
