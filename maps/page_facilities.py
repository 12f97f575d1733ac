"""Facilities on the page: the facts of one, lists of them, the filter of their kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from geo.facilities.kinds import KINDS
from geo.facilities.read import Facility, KindCount, Page
from geo.texts import Lang
from maps.rendering import render_panel, write_box

AROUND_DEG = 0.004
"""How far round a facility the map shows, some 400 m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindShare:
    """A kind with how many facilities it has, ``unplaced`` of them without a place."""

    key: str
    symbol: str
    total: int
    unplaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of kinds that have facilities."""

    key: str
    kinds: Sequence[KindShare]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityList:
    """A list of facilities: which (``all``, ``unplaced`` or a division's code), and of whom."""

    which: str
    place: str
    page: Page
    kinds: Sequence[str]


def group_kinds(counts: Iterable[KindCount]) -> list[Group]:
    """Sum facilities by kind and put the kinds into their groups, in the order of ``KINDS``."""
    total: dict[str, list[int]] = {}
    for one in counts:
        sums = total.setdefault(one.kind, [0, 0])
        sums[0] += one.facilities
        sums[1] += one.unplaced
    groups: dict[str, list[KindShare]] = {}
    for key, kind in KINDS.items():
        if key in total:
            share = KindShare(
                key=key, symbol=kind.symbol, total=total[key][0], unplaced=total[key][1]
            )
            groups.setdefault(kind.group, []).append(share)
    return [Group(key=key, kinds=kinds) for key, kinds in groups.items()]


def box_round(
    facility: Facility, around: float = AROUND_DEG
) -> tuple[float, float, float, float] | None:
    """Return the box so many degrees round a facility; None without a place."""
    if facility.lon is None or facility.lat is None:
        return None
    lon, lat = facility.lon, facility.lat
    return (lon - around, lat - around, lon + around, lat + around)


def render_facility(lang: Lang, at: date, facility: Facility) -> str:
    """Render the facts of a facility."""
    bbox = write_box(box_round(facility))
    symbol = KINDS[facility.kind].symbol
    return render_panel("panel_facility.html", lang, at, f=facility, bbox=bbox, symbol=symbol)


def render_facilities(lang: Lang, at: date, listed: FacilityList) -> str:
    """Render a list of facilities; those without a place are marked."""
    return render_panel(
        "panel_facilities.html",
        lang,
        at,
        which=listed.which,
        place=listed.place,
        facilities=listed.page.items,
        total=listed.page.total,
        kinds=listed.kinds,
    )
