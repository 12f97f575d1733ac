"""The one place where coordinates change their system; x is longitude or easting, always.

PROJ takes CGCS2000 to WGS 84, and so to Web Mercator, only by what it calls a ballpark
transformation. Here the two are taken as identical: the difference is centimetres to decimetres
(plate motion since 2000.0). Every other ballpark transformation is refused, for it hands the
coordinates back unchanged and calls that an answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from geo.crs.systems import (
    CGCS2000,
    IDENTICAL,
    check_datum,
    datum_of,
    geographic,
    horizontal,
    name_of,
)
from geo.errors import CrsRefusedError
from geo.texts import Text

Points = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]


def transform_points(xy: Points, source: CRS, target: CRS = CGCS2000) -> Points:
    """Return the points (n, 2) in another system.

    A point that the projection cannot take (swapped axes, a zone number too many) comes back as
    NaN: PROJ says infinity without an exception, and NaN cannot pass for a place.

    Raises
    ------
    CrsRefusedError
        If the two systems have no published transformation better than ballpark.
    """
    x, y = xy[:, 0], xy[:, 1]
    for step in _steps(source, target):
        x, y = step.transform(x, y)
    moved = np.column_stack([x, y]).astype(np.float64, copy=False)
    moved[~np.isfinite(moved).all(axis=1)] = np.nan
    return moved


def transform_within_datum(xy: Points, source: CRS, target: CRS) -> Points:
    """Return the points (n, 2) in another system of the same datum, whichever it is.

    The way for old datums whose transformation to CGCS2000 nobody published: zones and degrees of
    one datum are pure geometry. Points the projection cannot take are NaN.

    Raises
    ------
    CrsRefusedError
        If the two are of different datums.
    """
    if datum_of(source) != datum_of(target):
        reason = Text("reason.ballpark", {"target": name_of(target)})
        raise CrsRefusedError(crs=name_of(source), reason=reason)
    step = _within(source.to_wkt(), target.to_wkt())
    moved = np.column_stack(step.transform(xy[:, 0], xy[:, 1])).astype(np.float64, copy=False)
    moved[~np.isfinite(moved).all(axis=1)] = np.nan
    return moved


@lru_cache(maxsize=64)
def _within(source_wkt: str, target_wkt: str) -> Transformer:
    source, target = (horizontal(CRS.from_wkt(wkt)) for wkt in (source_wkt, target_wkt))
    return _transformer(source, target)


def transform_geometries(geometries: Geometries, source: CRS, target: CRS = CGCS2000) -> Geometries:
    """Return the geometries (None stays None) in another system; points without a place are NaN.

    Heights are kept as they are: a change of system here is horizontal.
    """
    if not _steps(source, target):
        return geometries
    moved: Any = shapely.transform(geometries, lambda xy: transform_points(xy, source, target))
    return np.asarray(moved, dtype=object)


def _steps(source: CRS, target: CRS) -> tuple[Transformer, ...]:
    """Return the transformers to apply one after the other; none where the systems are one."""
    return _steps_of(source.to_wkt(), target.to_wkt())


@lru_cache(maxsize=64)
def _steps_of(source_wkt: str, target_wkt: str) -> tuple[Transformer, ...]:
    source, target = (horizontal(CRS.from_wkt(wkt)) for wkt in (source_wkt, target_wkt))
    check_datum(source)
    check_datum(target)
    if datum_of(source) in IDENTICAL and datum_of(target) in IDENTICAL:
        down = () if source.is_geographic else (_transformer(source, geographic(source)),)
        up = () if target.is_geographic else (_transformer(geographic(target), target),)
        return down + up
    if datum_of(target) in IDENTICAL:
        wgs84 = CRS.from_epsg(4326)
        rest = () if target.is_geographic else (_transformer(geographic(target), target),)
        return (_transformer(source, wgs84), *rest)
    if datum_of(source) in IDENTICAL:
        first = () if source.is_geographic else (_transformer(source, geographic(source)),)
        return (*first, _transformer(CRS.from_epsg(4326), target))
    return (_transformer(source, target),)


def _transformer(source: CRS, target: CRS) -> Transformer:
    try:
        return Transformer.from_crs(source, target, always_xy=True, allow_ballpark=False)
    except ProjError:
        raise CrsRefusedError(
            crs=name_of(source), reason=Text("reason.ballpark", {"target": name_of(target)})
        ) from None
