"""The people of the synthetic county: points by block and village, whole numbers, fixed totals.

References
----------
郯城 has about 860,000 people; 247,700 minors are the county's own figure (its work report). Shares
of 60+ and 80+ follow the prefecture's (22 % and 2.6 %); all else is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.demo.core import RADIUS_M, Core
from data.demo.country import Country
from data.demo.ground import Floats, Ground

AGES = ("total", "0-17", "60+", "80+")
TOTALS = (860_000, 247_700, 189_200, 22_400)
TOWN, SEATS = 172_000, 118_000
"""People of the town and of the seats of townships; the others live in villages."""
FARMSTEAD = 12.0
OFFICIAL = 1.018
"""What the office counts for one that the points have: those who are away for work."""

Wholes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class People:
    """Where people live (n, 2) in metres, how many by age group (n, 4), the township of each."""

    at: Floats
    people: Wholes
    township: Wholes
    name: tuple[str, ...]


def settle_people(rng: np.random.Generator, ground: Ground, core: Core, country: Country) -> People:
    """Settle the people of the county at blocks, seats and villages."""
    groups = [
        _town(rng, core),
        *_seats(rng, country),
        *_villages(rng, country),
        *_farmsteads(ground, country),
    ]
    at = np.concatenate([group[0] for group in groups])
    weight = np.concatenate([group[1] for group in groups])
    township = np.concatenate([np.full(len(group[0]), group[2]) for group in groups])
    name = tuple(group[3] for group in groups for _ in range(len(group[0])))
    rural = np.where(township == 0, 0.72, 1.0)
    total = whole(weight, TOTALS[0])
    minors = whole(total * rng.normal(1.0, 0.07, len(total)).clip(0.7, 1.3), TOTALS[1])
    old = whole(total * rural * rng.normal(1.0, 0.12, len(total)).clip(0.6, 1.5), TOTALS[2])
    oldest = whole(old * rng.normal(1.0, 0.15, len(total)).clip(0.5, 1.6), TOTALS[3])
    return People(at, np.column_stack([total, minors, old, oldest]), township, name)


def whole(weights: Floats, total: int) -> Wholes:
    """Return whole numbers in proportion to weights that add up to a total (largest remainders)."""
    exact = weights / weights.sum() * total
    floor: Wholes = np.floor(exact).astype(np.int64)
    first = np.argsort(floor - exact, kind="stable")[: total - int(floor.sum())]
    floor[first] += 1
    return floor


_Group = tuple[Floats, Floats, int, str]


def _town(rng: np.random.Generator, core: Core) -> _Group:
    out = np.hypot(core.blocks[:, 0] / RADIUS_M[0], core.blocks[:, 1] / RADIUS_M[1])
    weight = np.exp(-1.3 * out**2) * rng.lognormal(0, 0.35, len(out))
    return core.blocks, weight / weight.sum() * TOWN, 0, "示例城区街坊"


def _seats(rng: np.random.Generator, country: Country) -> list[_Group]:
    sizes = rng.lognormal(0, 0.25, len(country.seats) - 1)
    sizes = sizes / sizes.sum() * SEATS
    return [
        (homes, np.full(len(homes), size / len(homes)), place, "示例镇驻地街坊")
        for place, (homes, size) in enumerate(zip(country.seats[1:], sizes, strict=True), 1)
    ]


def _villages(rng: np.random.Generator, country: Country) -> list[_Group]:
    rural = [village for village in country.villages if village.township or len(village.homes) > 1]
    sizes = rng.lognormal(0, 0.45, len(rural)) * np.array([len(one.homes) for one in rural]) ** 0.5
    sizes = sizes / sizes.sum() * (TOTALS[0] - TOWN - SEATS)
    return [
        (one.homes, np.full(len(one.homes), size / len(one.homes)), one.township, one.name)
        for one, size in zip(rural, sizes, strict=True)
    ]


def _farmsteads(ground: Ground, country: Country) -> list[_Group]:
    return [
        (at[np.newaxis, :], np.array([FARMSTEAD]), _township(ground, at), "示例散户")
        for at in country.farmsteads
    ]


def _township(ground: Ground, at: Floats) -> int:
    return int(np.argmin(np.hypot(*(ground.seats - at).T)))
