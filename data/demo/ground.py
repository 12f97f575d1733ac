"""The ground of the synthetic town: the county 郯城 in metres, its rivers, its railway.

Only the county's polygon and the names of its townships are real; rivers, railway and motorway are
made up, though they run as such things run there, from north to south.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.demo.sources import read_layer, read_rows
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries, transform_points

Floats = npt.NDArray[np.float64]

COUNTY = "371322"
TOWN = "371322001"
"""The street office of the county town."""
CENTRE = (118.35, 34.61)
REACH_M = 60_000.0
STEP_M = 250.0
BESIDE_M = 900.0

TOWNSHIPS_AT: dict[str, tuple[float, float]] = {
    "371322101": (118.235, 34.665),
    "371322102": (118.130, 34.570),
    "371322103": (118.372, 34.800),
    "371322105": (118.330, 34.440),
    "371322107": (118.154, 34.642),
    "371322108": (118.365, 34.520),
    "371322109": (118.450, 34.790),
    "371322111": (118.240, 34.520),
    "371322112": (118.392, 34.479),
    "371322113": (118.273, 34.708),
    "371322114": (118.447, 34.695),
    "371322203": (118.250, 34.590),
}
"""About where the seats of the townships are drawn, degrees; no survey."""


@dataclass(frozen=True, slots=True)
class Barrier:
    """What is crossed at few places only; ``every_m`` is about how far these lie apart."""

    line: shapely.LineString
    every_m: float


@dataclass(frozen=True, slots=True)
class Ground:
    """The county on a frame in metres about the town; x east, y north.

    ``townships`` are code and name of each, the town's own first; ``seats`` their middles (n, 2).
    """

    county: shapely.MultiPolygon
    rivers: tuple[Barrier, ...]
    railway: Barrier
    motorway: shapely.LineString
    townships: tuple[tuple[str, str], ...]
    seats: Floats

    @property
    def barriers(self) -> tuple[Barrier, ...]:
        """Return all that streets cross at few places only."""
        return (*self.rivers, self.railway)


def to_lonlat(xy: Floats) -> Floats:
    """Return points of the frame (n, 2) in EPSG:4490, to 7 decimals (a centimetre)."""
    frame = local_metres(CENTRE[0])
    return np.round(transform_points(xy + _origin(), frame, CGCS2000), 7)


def _origin() -> Floats:
    """Return the town's middle on the frame of its meridian."""
    at = transform_points(np.array([CENTRE]), CGCS2000, local_metres(CENTRE[0]))
    return np.asarray(at[0], dtype=np.float64)


def read_ground() -> Ground:
    """Read the county and its townships from their packages and lay rivers and rails over it."""
    townships = _townships()
    at = np.array([CENTRE, *(TOWNSHIPS_AT[code] for code, _ in townships[1:])])
    frame = local_metres(CENTRE[0])
    origin = _origin()
    polygon = transform_geometries(np.array([_polygon()], dtype=object), CGCS2000, frame)[0]
    county: Any = shapely.transform(polygon, lambda xy: xy - origin)
    rivers = (
        Barrier(_winding(-11_200.0, 900.0, 5_200.0, 0.4), 9_000.0),
        Barrier(_winding(-850.0, 190.0, 1_500.0, 0.9), 5_000.0),
        Barrier(_winding(7_600.0, 700.0, 6_100.0, 2.2), 9_000.0),
    )
    railway = Barrier(_winding(2_050.0, 900.0, 26_000.0, 0.0), 3_500.0)
    seats = transform_points(at, CGCS2000, frame) - origin
    return Ground(
        county=county,
        rivers=rivers,
        railway=railway,
        motorway=_winding(-5_900.0, 1_200.0, 21_000.0, 1.1),
        townships=townships,
        seats=np.array([seats[0], *(_beside(seat, (*rivers, railway)) for seat in seats[1:])]),
    )


def river_x(y: Floats) -> Floats:
    """Return where the river of the town runs at these northings, metres."""
    return _sway(-850.0, 190.0, 1_500.0, 0.9, y)


def _winding(x: float, sway: float, length: float, phase: float) -> shapely.LineString:
    y = np.arange(-REACH_M, REACH_M, STEP_M)
    return shapely.LineString(np.column_stack([_sway(x, sway, length, phase, y), y]))


def _sway(x: float, sway: float, length: float, phase: float, y: Floats) -> Floats:
    turns = y / length
    return x + sway * (np.sin(turns + phase) + 0.35 * np.sin(2.7 * turns + 2 * phase))


def _beside(seat: Floats, barriers: tuple[Barrier, ...]) -> Floats:
    """Move the seat of a township that would lie in a river or on the rails beside them."""
    for barrier in barriers:
        near = shapely.shortest_line(barrier.line, shapely.Point(seat))
        bank = np.asarray(shapely.get_coordinates(near)[0], dtype=np.float64)
        away = float(np.hypot(*(seat - bank)))
        if 0 < away < BESIDE_M:
            seat = bank + (seat - bank) / away * BESIDE_M
    return seat


def _polygon() -> shapely.Geometry:
    shape = next(
        feature["geometry"]
        for feature in read_layer("district")["features"]
        if feature["properties"]["gb"].endswith(COUNTY)
    )
    return shapely.from_geojson(json.dumps(shape))


def _townships() -> tuple[tuple[str, str], ...]:
    found = sorted((str(row[1]), str(row[3])) for row in read_rows() if str(row[2]) == COUNTY)
    return tuple(one for one in found if one[0] == TOWN or one[0] in TOWNSHIPS_AT)
