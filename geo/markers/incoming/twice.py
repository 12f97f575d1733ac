"""Whether the two positions agree that a table gives of a marker, such as JD/WD and ZZB/HZB.

One pair is taken, the other only compared: where the two are apart somebody must say which is
right. Nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from geo.crs.gcj02 import read_shifted
from geo.crs.local_fit import LocalFit, apply_fit
from geo.crs.systems import (
    CGCS2000,
    ZONE_WIDTH_M,
    ZONES_3,
    ZONES_6,
    geographic,
    name_of,
    read_crs,
    zone_of_easting,
)
from geo.crs.zones import NO_ZONE, crs_of_zone, from_zones, zones_of
from geo.divisions.area import GEOD
from geo.exchange.findings import Finding
from geo.exchange.stage import Staged
from geo.markers.incoming.rows import Row

Points = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Way = tuple[Sequence[str], Points]
"""How second pairs were read, and the places (n, 2) in EPSG:4490 they are then; NaN for none."""

MOST_DEGREES = 360.0
MOST_LON, MOST_LAT = 180.0, 90.0
ZONES_AROUND = (0, -1, 1)
"""Zones of 6 degrees have the meridian of the zone of 3 degrees a place lies in, or of the next."""


def find_two_places(
    rows: Sequence[Row], staged: Staged, fit: LocalFit | None, limit_m: float
) -> Iterator[Finding]:
    """Say which markers have two positions further apart than a limit, or one that is no place.

    The second pair may be in degrees or in metres of any zone near, with the zone's number or
    without, of CGCS2000 or of the system of the first: the reading nearest to the first counts, for
    the file does not say which it is.

    Parameters
    ----------
    limit_m
        Metres the two may be apart.
    """
    second = staged.second
    if second is None:
        return
    placed = [row for row in rows if row.point is not None and row.row in second.readings]
    for row, apart_m, read_as in _measure(placed, staged, fit):
        if apart_m <= limit_m:
            continue
        far = np.isfinite(apart_m)
        x, y = next(iter(second.readings[row.row]), ("", ""))
        facts = {"apart_m": f"{apart_m:.2f}", "limit_m": f"{limit_m:g}", "read_as": read_as}
        yield Finding(
            rule="place_twice_apart" if far else "place_twice_unread",
            severity="warning",
            row=row.row,
            column="、".join(second.heads),
            value=row.called,
            place=(row.point.x, row.point.y) if row.point else None,
            facts=facts if far else {"x": x, "y": y},
        )


def _measure(
    rows: Sequence[Row], staged: Staged, fit: LocalFit | None
) -> Iterator[tuple[Row, float, str]]:
    """Give by row the metres between its two positions, and how the second was read for that."""
    assert staged.second is not None  # noqa: S101 - for the type checker
    flat = [
        (place, x, y) for place, row in enumerate(rows) for x, y in staged.second.readings[row.row]
    ]
    whose = np.array([place for place, *_ in flat], dtype=np.int64)
    second = np.array([xy for _, *xy in flat], dtype=float).reshape(-1, 2)
    first = np.array([(row.point.x, row.point.y) for row in rows if row.point]).reshape(-1, 2)
    nearest = np.full(len(rows), np.inf)
    read_as = [""] * len(rows)
    for names, places in _readings(first[whose], second, staged, fit):
        apart = _apart_m(first[whose], places)
        for one in np.flatnonzero(apart < nearest[whose]).tolist():
            place = int(whose[one])
            if apart[one] < nearest[place]:
                nearest[place], read_as[place] = apart[one], names[one]
    yield from zip(rows, nearest.tolist(), read_as, strict=True)


def _readings(first: Points, second: Points, staged: Staged, fit: LocalFit | None) -> Iterator[Way]:
    degrees = np.abs(second).max(axis=1, initial=0.0) <= MOST_DEGREES
    yield _read_as(name_of(CGCS2000), degrees, second, lambda xy: xy)
    for step in ZONES_AROUND:
        yield _in_zones(first, second, ~degrees, step)
    shifted = read_shifted(staged.source_crs or "")
    if shifted is not None:
        yield _read_as(shifted.name, degrees, second, shifted.to_true)
    elif fit is not None and staged.source_crs is not None:
        crs = read_crs(staged.source_crs)
        flat = geographic(crs)
        yield _read_as(name_of(flat), degrees, second, lambda xy: apply_fit(fit, xy, flat))
        if crs.is_projected:
            yield _read_as(name_of(crs), ~degrees, second, lambda xy: apply_fit(fit, xy, crs))


def _read_as(name: str, there: Flags, second: Points, to_lonlat: Callable[[Points], Points]) -> Way:
    places = np.full(second.shape, np.nan)
    if there.any():
        places[there] = to_lonlat(second[there])
    return [name] * len(second), places


def _in_zones(first: Points, second: Points, metric: Flags, step: int) -> Way:
    """Read metres in the zone their number says; without one, so many zones from the first's."""
    said = np.array([zone_of_easting(x) or 0 for x in second[:, 0].tolist()], dtype=np.int64)
    # A zone of 6 degrees has the meridian of one of 3 degrees.
    number = np.where((said >= ZONES_6.start) & (said < ZONES_6.stop), 2 * said - 1, said)
    zones = np.where(said > 0, number, zones_of(first[:, 0]) + step)
    zones[~metric | (zones < ZONES_3.start) | (zones >= ZONES_3.stop)] = NO_ZONE
    en = np.column_stack([second[:, 0] - said * ZONE_WIDTH_M, second[:, 1]])
    names = {zone: name_of(crs_of_zone(zone)) for zone in np.unique(zones).tolist() if zone}
    return [names.get(zone, "") for zone in zones.tolist()], from_zones(en, zones)


def _apart_m(first: Points, second: Points) -> npt.NDArray[np.float64]:
    """Return the metres (n,) between places of EPSG:4490; infinity where one is no place."""
    apart = np.full(len(first), np.inf)
    lon, lat = second[:, 0], second[:, 1]
    # Beyond the poles there is no distance, and a latitude beyond is what swapped axes look like.
    whole = np.isfinite(second).all(axis=1) & (np.abs(lat) <= MOST_LAT) & (np.abs(lon) <= MOST_LON)
    if whole.any():
        apart[whole] = GEOD.inv(*first[whole].T, *second[whole].T)[2]
    return apart
