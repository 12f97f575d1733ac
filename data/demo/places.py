"""The facilities of the synthetic county, in the numbers of the county's own work report.

References
----------
郯城's work report: 98 public cemeteries, one county centre and 13 township stations that protect
minors, 96 希望小屋, 5 public care institutions (three central homes, one base for the disabled, one
more), 612 stations and 1,423 points that grant wishes, one social-work station at 马头.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.demo.country import Country, Village
from data.demo.ground import Floats, Ground

CEMETERIES, CEMETERIES_UNPLACED = 98, 20
URBAN_CEMETERIES = 2
WISH_POINTS = 1_423
WISH_UNPLACED = 0.04
HOPE_CABINS = 96
MATOU = "371322101"


@dataclass(frozen=True, slots=True)
class Facility:
    """A made-up facility; ``at`` in metres, None where nobody knows the place."""

    kind: str
    name: str
    township: int
    at: Floats | None
    quality: str
    capacity: int | None = None
    beds: int | None = None
    nursing_beds: int | None = None


def place_facilities(rng: np.random.Generator, ground: Ground, country: Country) -> list[Facility]:
    """Place all facilities; some have no place or a rough one, as in an office's lists."""
    return [
        *_cemeteries(rng, country),
        *_children(rng, ground),
        *_care(rng, ground),
        *_single(ground),
        *_wishes(rng, country),
    ]


def count_hope_cabins(rng: np.random.Generator, ground: Ground) -> list[tuple[str, int]]:
    """Return how many 希望小屋 each township has, by code."""
    numbers = rng.multinomial(
        HOPE_CABINS, np.full(len(ground.townships), 1 / len(ground.townships))
    )
    return [
        (code, int(number)) for (code, _), number in zip(ground.townships, numbers, strict=True)
    ]


def _cemeteries(rng: np.random.Generator, country: Country) -> list[Facility]:
    rural = [village for village in country.villages if village.township]
    chosen = rng.choice(len(rural), CEMETERIES, replace=False).tolist()
    unplaced = set(rng.choice(CEMETERIES, CEMETERIES_UNPLACED, replace=False).tolist())
    found = []
    for number, place in enumerate(chosen):
        village = rural[place]
        quality = str(rng.choice(["village", "mapped", "measured"], p=[0.35, 0.5, 0.15]))
        at = village.at if quality == "village" else _beside(rng, village.at, 220, 400)
        if number in unplaced:
            at, quality = None, "none"
        urban = number < URBAN_CEMETERIES
        found.append(
            Facility(
                "urban_public_cemetery" if urban else "rural_public_cemetery",
                f"{village.name}公益性公墓",
                village.township,
                at,
                quality,
                capacity=int(rng.integers(8, 60)) * (100 if urban else 25),
            )
        )
    return found


def _children(rng: np.random.Generator, ground: Ground) -> list[Facility]:
    centre = Facility(
        "child_protection_centre", "示例郯城县未成年人救助保护中心", 0,
        ground.seats[0] + np.array([420.0, 260.0]), "measured",
    )  # fmt: skip
    stations = [
        Facility(
            "child_protection_station", f"示例{name}未成年人保护工作站", place,
            _beside(rng, ground.seats[place], 60, 260), "mapped",
        )
        for place, (_, name) in enumerate(ground.townships)
    ]  # fmt: skip
    return [centre, *stations]


def _care(rng: np.random.Generator, ground: Ground) -> list[Facility]:
    homes = [
        Facility(
            "rural_care_home", f"示例{ground.townships[place][1]}中心敬老院", place,
            _beside(rng, ground.seats[place], 200, 420), "mapped", beds=beds, nursing_beds=nursing,
        )
        for place, beds, nursing in ((1, 240, 160), (3, 220, 140), (9, 200, 130))
    ]  # fmt: skip
    base = Facility(
        "disabled_support_base", "示例郯城县失能特困人员供养基地", 6,
        _beside(rng, ground.seats[6], 200, 420), "measured", beds=300, nursing_beds=260,
    )  # fmt: skip
    town = Facility(
        "care_home", "示例郯城县社会福利中心", 0, np.array([1_050.0, -640.0]), "measured",
        beds=360, nursing_beds=240,
    )  # fmt: skip
    return [*homes, base, town]


def _single(ground: Ground) -> list[Facility]:
    matou = [code for code, _ in ground.townships].index(MATOU)
    return [
        Facility(
            "social_work_station", "示例马头镇社会工作服务站（三站合一）", matou,
            ground.seats[matou] + np.array([90.0, 40.0]), "mapped",
        ),
        Facility(
            "marriage_office", "示例郯城县婚姻登记处", 0, np.array([-180.0, 380.0]), "measured"
        ),
    ]  # fmt: skip


def _wishes(rng: np.random.Generator, country: Country) -> list[Facility]:
    """Return one station in each village and the points, which come after them in turn."""
    order = rng.permutation(len(country.villages)).tolist()
    stations = [_wish(rng, village, "微愿服务站") for village in country.villages]
    points = [
        _wish(
            rng,
            country.villages[order[number % len(order)]],
            f"微愿服务点{'一二三四'[number // len(order)]}",
        )
        for number in range(WISH_POINTS)
    ]
    return stations + points


def _wish(rng: np.random.Generator, village: Village, what: str) -> Facility:
    known, rough = rng.random() >= WISH_UNPLACED, rng.random() < 0.45  # noqa: PLR2004
    home = village.homes[int(rng.integers(len(village.homes)))]
    at = village.at if rough else _beside(rng, home, 5, 60)
    return Facility(
        "wish_point",
        f"{village.name}{what}",
        village.township,
        at if known else None,
        "none" if not known else "village" if rough else "mapped",
    )


def _beside(rng: np.random.Generator, at: Floats, least: float, most: float) -> Floats:
    """Return a place some metres beside another, in any direction."""
    turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(least, most)
    return at + away * np.array([np.cos(turn), np.sin(turn)])
