"""A local fit from an old datum to CGCS2000, made from points known in both.

The national parameters from Xi'an 80 and Beijing 54 to CGCS2000 are not published. What an office
may do is fit its own: ``four`` (two shifts, a rotation, a scale in the plane of one Gauss-Krüger
zone; for a county or less) or ``seven`` (three shifts, three rotations, a scale in space; for more
than that). It holds inside the area of its points and says how good it is.

References
----------
Molodensky-Badekas transformation: EPSG Guidance Note 7-2 (IOGP 373-7-2), section 4.3; the rotations
turn about the middle of the points, so that shifts and rotations do not mix in a small area.
CH/T 1014: at least three common points for a plane, more than the least for a check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from shapely import MultiPoint, Polygon

from geo.crs.local import metres_on
from geo.crs.systems import (
    CGCS2000,
    IDENTICAL,
    datum_of,
    geographic,
    horizontal,
    name_of,
    read_crs,
    stored_name,
)
from geo.crs.transform import transform_points, transform_within_datum
from geo.errors import CrsRefusedError, FitRefusedError
from geo.texts import Text

Points = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Kind = Literal["four", "seven"]
KINDS: tuple[Kind, ...] = ("four", "seven")

LEAST_POINTS = 3
SAME_POINT_M = 1.0
FURTHEST_M = 1000.0
"""No old datum is further from CGCS2000; beyond it zone, axes or points are mixed up."""
FLATTEST = 0.05
"""Width to length of the points below which they lie in a line."""
MARGIN = 0.1
"""By which part of its length the area reaches beyond its points."""
FINEST_M = 0.05
"""Better than this no fit is said to be: old coordinates were never better."""
SPHERE_STEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonPoint:
    """A point known in both systems.

    ``x`` (easting or longitude) and ``y`` are in the source system, ``lon`` and ``lat`` in
    EPSG:4490. ``east_m`` and ``north_m`` are what the fit leaves (given minus fitted), metres.
    """

    name: str
    x: float
    y: float
    lon: float
    lat: float
    east_m: float = 0.0
    north_m: float = 0.0

    @property
    def residual_m(self) -> float:
        """Return how far the fit puts the point from where it is."""
        return float(np.hypot(self.east_m, self.north_m))


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFit:
    """A fit; ``accuracy_m`` is one sigma in the plane, ``area`` in EPSG:4490.

    ``source_crs`` is the system of its points (``EPSG:2363``); it serves every system of the same
    datum. ``parameters`` depend on the kind, metres and radians.
    """

    name: str
    kind: Kind
    source_crs: str
    parameters: Mapping[str, float]
    points: tuple[CommonPoint, ...]
    rms_m: float
    worst_m: float
    accuracy_m: float
    area: Polygon
    note: str | None = None
    id: UUID | None = None


def fit_points(
    name: str,
    kind: Kind,
    source: CRS,
    points: Sequence[CommonPoint],
    *,
    most_residual_m: float,
    accuracy_m: float | None = None,
) -> LocalFit:
    """Fit an old datum to CGCS2000 from points known in both.

    Parameters
    ----------
    most_residual_m
        A point that fits worse is no common point, and the fit is refused.
    accuracy_m
        One sigma in the plane as the surveyor states it; by default what the residuals say, and
        never better than 5 cm.

    Raises
    ------
    CrsRefusedError
        If the source needs no fit (its transformation is published or no change at all).
    FitRefusedError
        If there are less than three points, two of them at one place, all in a line, one more than
        1 km from its place, or one that does not fit.
    """
    source = horizontal(source)
    _check_source(source)
    xy = np.array([(one.x, one.y) for one in points], dtype=np.float64).reshape(-1, 2)
    lonlat = np.array([(one.lon, one.lat) for one in points], dtype=np.float64).reshape(-1, 2)
    meridian = _check_points(name, source, points, xy, lonlat)
    old = transform_within_datum(xy, source, geographic(source))
    solve = _solve_four if kind == "four" else _solve_seven
    parameters = solve(old, lonlat, source, meridian)
    fitted = _move(kind, parameters, old, source)
    left = _plane(lonlat, CGCS2000, meridian) - _plane(fitted, CGCS2000, meridian)
    away = np.hypot(left[:, 0], left[:, 1])
    worst = int(away.argmax())
    if away[worst] > most_residual_m:
        raise _refused(
            name, "fit_poor", point=points[worst].name, residual_m=f"{away[worst]:.2f}",
            limit_m=f"{most_residual_m:g}",
        )  # fmt: skip
    return LocalFit(
        name=name,
        kind=kind,
        source_crs=stored_name(source),
        parameters=parameters,
        points=tuple(
            CommonPoint(
                name=one.name, x=one.x, y=one.y, lon=one.lon, lat=one.lat,
                east_m=float(east), north_m=float(north),
            )
            for one, (east, north) in zip(points, left, strict=True)
        ),
        rms_m=float(np.sqrt(np.mean(away**2))),
        worst_m=float(away[worst]),
        accuracy_m=accuracy_m or _accuracy(kind, away),
        area=_area(lonlat, meridian),
    )  # fmt: skip


def apply_fit(fit: LocalFit, xy: Points, crs: CRS | None = None) -> Points:
    """Return the points (n, 2) in EPSG:4490; NaN for what the source projection cannot take.

    Parameters
    ----------
    xy
        Easting and northing, or longitude and latitude.
    crs
        Their system, by default the fit's own.

    Raises
    ------
    CrsRefusedError
        If it is of another datum than the fit's.
    """
    source = horizontal(read_crs(fit.source_crs))
    check_fit_serves(fit, crs or source)
    old = transform_within_datum(xy, horizontal(crs or source), geographic(source))
    moved = np.full(old.shape, np.nan)
    whole = np.isfinite(old).all(axis=1)
    if whole.any():
        moved[whole] = _move(fit.kind, fit.parameters, old[whole], source)
    return moved


def fit_geometries(geometries: Geometries, fit: LocalFit, crs: CRS) -> Geometries:
    """Return the geometries (None stays None) of a system of the fit's datum in EPSG:4490."""
    moved: Any = shapely.transform(geometries, lambda xy: apply_fit(fit, xy, crs))
    return np.asarray(moved, dtype=object)


def check_fit_serves(fit: LocalFit, crs: CRS) -> None:
    """Refuse a system of another datum than the fit's.

    Raises
    ------
    CrsRefusedError
    """
    own = read_crs(fit.source_crs)
    if datum_of(crs) != datum_of(own):
        facts = {"fit": fit.name, "datum": Text(f"crs.{datum_of(own)}")}
        raise CrsRefusedError(crs=name_of(crs), reason=Text("reason.fit_other_datum", facts))


def outside_fit(fit: LocalFit, lonlat: Points) -> npt.NDArray[np.bool_]:
    """Say which places (n, 2) of EPSG:4490 lie outside the area of a fit; NaN lies nowhere."""
    away = ~shapely.contains_xy(fit.area, lonlat[:, 0], lonlat[:, 1])
    return np.asarray(away & np.isfinite(lonlat).all(axis=1))


def _check_source(source: CRS) -> None:
    datum = datum_of(source)
    if datum in IDENTICAL or datum == "other":
        raise CrsRefusedError(crs=name_of(source), reason=Text("reason.fit_not_needed"))


def _check_points(
    name: str, source: CRS, points: Sequence[CommonPoint], xy: Points, lonlat: Points
) -> float:
    """Refuse points that give no fit; return the central meridian to fit at, degrees."""
    if len(points) < LEAST_POINTS:
        raise _refused(name, "fit_few_points", points=len(points), least=LEAST_POINTS)
    old = transform_within_datum(xy, source, geographic(source))
    meridian = float(np.round(np.median(lonlat[:, 0]) / 3) * 3)
    # Off by what the datums differ, which is nothing against a wrong zone or swapped axes.
    apart = _plane(lonlat, CGCS2000, meridian) - _plane(old, CGCS2000, meridian)
    far = np.hypot(apart[:, 0], apart[:, 1])
    far[~np.isfinite(far)] = np.inf
    if far.max() > FURTHEST_M:
        worst = int(far.argmax())
        shown = f"{far[worst] / 1000:.1f} km" if np.isfinite(far[worst]) else "∞"
        raise _refused(name, "fit_point_far", point=points[worst].name, distance=shown)
    flat = _plane(lonlat, CGCS2000, meridian)
    between = np.hypot(*(flat[:, None, :] - flat[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(between, np.inf)
    if between.min() < SAME_POINT_M:
        one, other = divmod(int(between.argmin()), len(points))
        raise _refused(name, "fit_same_point", points=[points[one].name, points[other].name])
    spread = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False)
    if spread[1] < FLATTEST * spread[0]:
        raise _refused(name, "fit_in_a_line", points=[one.name for one in points])
    return meridian


def _refused(name: str, reason: str, **facts: object) -> FitRefusedError:
    return FitRefusedError(fit=name, reason=Text(f"reason.{reason}", facts))


def _plane(lonlat: Points, crs: CRS, meridian: float) -> Points:
    return transform_within_datum(lonlat, geographic(crs), metres_on(geographic(crs), meridian))


def _solve_four(old: Points, new: Points, source: CRS, meridian: float) -> dict[str, float]:
    """Solve shift, rotation and scale in the plane; about the middle, for the numbers' sake."""
    start, end = _plane(old, source, meridian), _plane(new, CGCS2000, meridian)
    middle, goal = start.mean(axis=0), end.mean(axis=0)
    (x, y), (e, n) = (start - middle).T, (end - goal).T
    square = float((x**2 + y**2).sum())
    return {
        "meridian_deg": meridian,
        "from_east_m": float(middle[0]),
        "from_north_m": float(middle[1]),
        "to_east_m": float(goal[0]),
        "to_north_m": float(goal[1]),
        "cosine": float((x * e + y * n).sum()) / square,
        "sine": float((x * n - y * e).sum()) / square,
    }


def _solve_seven(old: Points, new: Points, source: CRS, meridian: float) -> dict[str, float]:
    """Solve shifts, rotations and scale in space; both surfaces count as height 0."""
    start, end = _in_space(old, source), _in_space(new, CGCS2000)
    middle = start.mean(axis=0)
    x, y, z = (start - middle).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = np.stack(
        [
            np.column_stack([one, zero, zero, x, zero, z, -y]),
            np.column_stack([zero, one, zero, y, -z, zero, x]),
            np.column_stack([zero, zero, one, z, y, -x, zero]),
        ],
        axis=1,
    ).reshape(-1, 7)
    found, *_ = np.linalg.lstsq(rows, (end - start).reshape(-1), rcond=None)
    shifts = dict(zip(("x_m", "y_m", "z_m"), found[:3].tolist(), strict=True))
    turns = dict(zip(("scale", "turn_x", "turn_y", "turn_z"), found[3:].tolist(), strict=True))
    about = dict(zip(("about_x_m", "about_y_m", "about_z_m"), middle.tolist(), strict=True))
    return {"meridian_deg": meridian, **shifts, **turns, **about}


def _move(kind: Kind, parameters: Mapping[str, float], old: Points, source: CRS) -> Points:
    return (_move_four if kind == "four" else _move_seven)(parameters, old, source)


def _move_four(by: Mapping[str, float], old: Points, source: CRS) -> Points:
    meridian = by["meridian_deg"]
    x, y = (_plane(old, source, meridian) - (by["from_east_m"], by["from_north_m"])).T
    east = by["to_east_m"] + by["cosine"] * x - by["sine"] * y
    north = by["to_north_m"] + by["sine"] * x + by["cosine"] * y
    plane = metres_on(CGCS2000, meridian)
    return transform_points(np.column_stack([east, north]), plane)


def _move_seven(by: Mapping[str, float], old: Points, source: CRS) -> Points:
    start = _in_space(old, source)
    away = start - np.array([by["about_x_m"], by["about_y_m"], by["about_z_m"]])
    turn = np.array([by["turn_x"], by["turn_y"], by["turn_z"]])
    shift = np.array([by["x_m"], by["y_m"], by["z_m"]])
    return _on_surface(start + shift + by["scale"] * away + np.cross(turn, away), CGCS2000)


def _in_space(lonlat: Points, crs: CRS) -> Points:
    """Return geocentric coordinates (n, 3) in metres of places at height 0."""
    axis, squared = _ellipsoid(crs)
    lon, lat = np.radians(lonlat).T
    radius = axis / np.sqrt(1 - squared * np.sin(lat) ** 2)
    flat = radius * np.cos(lat)
    return np.column_stack(
        [flat * np.cos(lon), flat * np.sin(lon), radius * (1 - squared) * np.sin(lat)]
    )


def _on_surface(xyz: Points, crs: CRS) -> Points:
    """Return longitude and latitude below geocentric coordinates; their height is let go."""
    axis, squared = _ellipsoid(crs)
    x, y, z = xyz.T
    flat = np.hypot(x, y)
    lat = np.arctan2(z, flat * (1 - squared))
    for _ in range(SPHERE_STEPS):  # to far below a millimetre near the surface
        radius = axis / np.sqrt(1 - squared * np.sin(lat) ** 2)
        lat = np.arctan2(z + squared * radius * np.sin(lat), flat)
    return np.column_stack([np.degrees(np.arctan2(y, x)), np.degrees(lat)])


def _ellipsoid(crs: CRS) -> tuple[float, float]:
    """Return the half axis in metres and the squared eccentricity."""
    found = crs.ellipsoid
    if found is None:
        raise CrsRefusedError(crs=name_of(crs), reason=Text("reason.crs_kind"))
    flattening = 1 / float(found.inverse_flattening)
    return float(found.semi_major_metre), flattening * (2 - flattening)


def _accuracy(kind: Kind, away: Points) -> float:
    """Return one sigma in the plane, with what the parameters used up of the points."""
    used = 2.0 if kind == "four" else 3.5
    spare = max(len(away) - used, 0.5)
    return max(FINEST_M, float(np.sqrt((away**2).sum() / spare)))


def _area(lonlat: Points, meridian: float) -> Polygon:
    hull = MultiPoint(_plane(lonlat, CGCS2000, meridian)).convex_hull
    length = 2 * float(shapely.minimum_bounding_radius(hull))
    grown = hull.buffer(MARGIN * length, quad_segs=4)
    plane = metres_on(CGCS2000, meridian)
    area = shapely.transform(grown, lambda xy: transform_points(xy, plane))
    assert isinstance(area, Polygon)  # noqa: S101 - for the type checker
    return area
