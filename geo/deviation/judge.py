"""How far a surveyed position lies from the registered one, and what that may mean.

The answer is a proposal. A stone is declared moved by people on the ground, never by a computer.

References
----------
No official tolerance for 联检 was found; the rule is the office's: limit = max(floor, k * sqrt(
registered accuracy² + surveyed accuracy²)), both one sigma, all of it in the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geo.crs.zones import NO_ZONE, to_zones, zones_of
from geo.errors import OptionInvalidError
from geo.markers.tables import METHODS
from geo.office import Office

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Verdict = Literal["within", "suspicious", "moved", "undecidable"]
VERDICTS: tuple[Verdict, ...] = ("within", "suspicious", "moved", "undecidable")
WITHIN, SUSPICIOUS, MOVED, UNDECIDABLE = range(4)
OLD_DATUM_M = (25.0, 200.0)
"""By how much Xi'an 80 and Beijing 54 taken for CGCS2000 are wrong, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the office decided about deviations; metres, accuracies one sigma in the plane."""

    floor_m: float
    k: float
    moved_factor: float
    most_limit_m: float

    @classmethod
    def of(cls, office: Office) -> Limits:
        """Read them from the settings."""
        return cls(
            floor_m=office.number("deviation.floor_m"),
            k=office.number("deviation.k"),
            moved_factor=office.number("deviation.moved_factor"),
            most_limit_m=office.number("deviation.most_limit_m"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Deviations of many positions, an element each.

    ``east_m`` and ``north_m`` are surveyed minus registered in the grid of ``zone``, the 3-degree
    zone of the registered position (0 where there is none); NaN where one of the two is missing.
    ``verdict`` is a place in :data:`VERDICTS`.
    """

    east_m: Floats
    north_m: Floats
    distance_m: Floats
    limit_m: Floats
    zone: Ints
    verdict: Ints


def judge(
    registered: Points, registered_m: Floats, now: Points, now_m: Floats, limits: Limits
) -> Judged:
    """Judge surveyed positions against registered ones.

    Parameters
    ----------
    registered, now
        Shape (n, 2), longitude and latitude in EPSG:4490; NaN for no position.
    registered_m, now_m
        Accuracies (n,), one sigma in the plane, metres; NaN where nobody knows.

    Notes
    -----
    Undecidable is what has no position or no accuracy on either side, and what has a limit above
    the most one: an accuracy too low to judge.
    """
    zone = zones_of(registered[:, 0])
    apart = to_zones(now, zone) - to_zones(registered, zone)
    distance = np.hypot(apart[:, 0], apart[:, 1])
    limit = np.maximum(limits.floor_m, limits.k * np.hypot(registered_m, now_m))
    verdict = np.select(
        [
            ~np.isfinite(distance) | ~np.isfinite(limit) | (zone == NO_ZONE),
            limit > limits.most_limit_m,
            distance <= limit,
            distance <= limit * limits.moved_factor,
        ],
        [UNDECIDABLE, UNDECIDABLE, WITHIN, SUSPICIOUS],
        MOVED,
    )
    return Judged(
        east_m=apart[:, 0],
        north_m=apart[:, 1],
        distance_m=distance,
        limit_m=limit,
        zone=zone,
        verdict=verdict.astype(np.int64),
    )


def accuracies_m(
    given: Sequence[float | None], methods: Sequence[str | None], office: Office
) -> Floats:
    """Return accuracies (n,) as given, or as the office supposes of the method; NaN for neither.

    Raises
    ------
    OptionInvalidError
        If a method is none.
    """
    supposed = {
        method: office.number(f"deviation.accuracy_{method}_m")
        for method in METHODS
        if method != "unknown"
    }
    for method in set(methods):
        if method is not None and method not in METHODS:
            raise OptionInvalidError(option="method", value=method, allowed=METHODS)
    return np.array(
        [
            accuracy if accuracy is not None else supposed.get(method or "", np.nan)
            for accuracy, method in zip(given, methods, strict=True)
        ],
        dtype=np.float64,
    )


def looks_old(judged: Judged, declared_new: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Say which deviations are of the size an old datum taken for CGCS2000 gives.

    Parameters
    ----------
    declared_new
        Which positions were declared to be in CGCS2000 or WGS 84.
    """
    least, most = OLD_DATUM_M
    beyond = judged.distance_m > judged.limit_m
    sized = (judged.distance_m >= least) & (judged.distance_m <= most)
    return np.asarray(declared_new & beyond & sized)
