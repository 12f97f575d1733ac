"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, and the way back from them.

Web maps in China publish GCJ-02 ("Mars coordinates": 高德, 腾讯, Google in China), Baidu BD-09
on top of it. Neither is a datum and PROJ knows neither. They live only at the edges: coordinates
declared so are put back before anything is stored, and nothing is ever shown in them.

The shift is 100 to 1,000 m, different at each place. Outside the rectangle 72.004-137.8347 E,
0.8293-55.8271 N nothing is shifted; the rectangle is the one of the formula, not China's border, so
within some hundred metres of its edge a shifted coordinate has two readings, and the one inside is
taken.

References
----------
The formula was never published by its makers; it is the one known since 2010 from map software and
in use everywhere (semi-major axis of Krasovsky 1940, e² = 0.00669342162296594323). Against real
GCJ-02 coordinates it is good to about a metre. The inverse here is exact for the formula (iterated
to under a millimetre), not the one-step approximation, which is off by metres.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[np.object_]
Points = npt.NDArray[np.float64]
"""Shape (n, 2): longitude, latitude in degrees."""

AXIS_M = 6378245.0
ECCENTRICITY_2 = 0.00669342162296594323
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
BAIDU_TURN = np.pi * 3000 / 180
BAIDU_LON, BAIDU_LAT = 0.0065, 0.006
NEAR = 0.05
"""Degrees; no shift is longer."""
ENOUGH = 1e-11
"""Degrees (a micrometre) between two steps at which the inverse is found."""
MOST_STEPS = 50
"""The shift changes by at most 1 in 100 over its own length, so ten steps do."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """A way of shifting coordinates; both functions take and give (n, 2) degrees, NaN stays NaN."""

    name: str
    to_true: Callable[[Points], Points]
    from_true: Callable[[Points], Points]


def to_gcj02(lonlat: Points) -> Points:
    """Return WGS 84 longitudes and latitudes as GCJ-02; outside the rectangle unchanged."""
    return _where_inside(lonlat, lambda true: true + _shift(true))


def from_gcj02(lonlat: Points) -> Points:
    """Return GCJ-02 longitudes and latitudes as WGS 84, to under a millimetre of the formula."""
    return _where_inside(lonlat, lambda moved: _undo(moved, _shift), NEAR)


def to_bd09(lonlat: Points) -> Points:
    """Return WGS 84 longitudes and latitudes as BD-09; outside the rectangle unchanged."""

    def move(true: Points) -> Points:
        moved = true + _shift(true)
        return moved + _shift_baidu(moved)

    return _where_inside(lonlat, move)


def from_bd09(lonlat: Points) -> Points:
    """Return BD-09 longitudes and latitudes as WGS 84, to under a millimetre of the formula."""
    return _where_inside(lonlat, lambda moved: _undo(_undo(moved, _shift_baidu), _shift), NEAR)


def read_shifted(name: str) -> Shifted | None:
    """Return the shift of a name (``gcj02``, 高德, 火星坐标, ``BD-09``, 百度), or None."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    bare = "".join(char for char in plain if char.isalnum())
    return NAMES.get(bare.removesuffix("坐标系").removesuffix("坐标"))


def true_geometries(geometries: Geometries, shifted: Shifted) -> Geometries:
    """Return geometries (None stays None) as they were before the shift; empty ones stay so."""
    moved: Any = shapely.transform(geometries, shifted.to_true)
    return np.array(moved, dtype=object)


def _where_inside(lonlat: Points, change: Callable[[Points], Points], reach: float = 0.0) -> Points:
    """Return the points, changed where they lie in the rectangle and, on the way back, come to it.

    ``reach`` is how far outside, in degrees, a shifted point of the inside may lie.
    """
    near = _inside(lonlat, reach)
    changed = lonlat.copy()
    found = change(lonlat[near])
    changed[near] = np.where(_inside(found)[:, np.newaxis] | (reach == 0), found, lonlat[near])
    return changed


def _inside(lonlat: Points, reach: float = 0.0) -> npt.NDArray[np.bool_]:
    """Return, shape (n,), which points lie in the rectangle widened by so much; NaN does not."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    in_lon = (lon >= WEST - reach) & (lon <= EAST + reach)
    inside: npt.NDArray[np.bool_] = in_lon & (lat >= SOUTH - reach) & (lat <= NORTH + reach)
    return inside


def _undo(moved: Points, shift: Callable[[Points], Points]) -> Points:
    """Return where the points were before the shift, by iteration."""
    found = moved
    for _ in range(MOST_STEPS):
        better = moved - shift(found)
        step = np.abs(better - found)
        found = better
        if not np.any(step > ENOUGH):
            break
    return found


def _shift(lonlat: Points) -> Points:
    """Return by how many degrees GCJ-02 lies from the point, east and north."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north_m = north_m + (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north_m = north_m + (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east_m = east_m + (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east_m = east_m + (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    lat = np.radians(lonlat[:, 1])
    flattening = 1 - ECCENTRICITY_2 * np.sin(lat) ** 2
    meridian_m = AXIS_M * (1 - ECCENTRICITY_2) / flattening**1.5
    parallel_m = AXIS_M / np.sqrt(flattening) * np.cos(lat)
    return np.column_stack([np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)])


def _shift_baidu(gcj: Points) -> Points:
    """Return by how many degrees BD-09 lies from GCJ-02, east and north."""
    x, y = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BAIDU_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BAIDU_TURN)
    return np.column_stack(
        [radius * np.cos(angle) + BAIDU_LON - x, radius * np.sin(angle) + BAIDU_LAT - y]
    )


GCJ02 = Shifted("GCJ-02", from_gcj02, to_gcj02)
BD09 = Shifted("BD-09", from_bd09, to_bd09)
SHIFTED: Mapping[str, Shifted] = {one.name: one for one in (GCJ02, BD09)}
"""By the name that is stored as the system the coordinates came in."""
NAMES: Mapping[str, Shifted] = {
    **dict.fromkeys(
        ("gcj02", "gcj", "火星", "国测局", "国测局02", "高德", "高德地图", "腾讯", "腾讯地图",
         "amap", "autonavi", "mars"), GCJ02,
    ),
    **dict.fromkeys(("bd09", "bd09ll", "百度", "百度地图", "baidu", "百度经纬度"), BD09),
}  # fmt: skip
