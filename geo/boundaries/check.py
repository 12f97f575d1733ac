"""Check the polygons of a level in the database: lines, faults, and the masters among the lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from geo.boundaries.masters import LineDiffers, compare_masters
from geo.boundaries.pieces import Derived, derive_level
from geo.boundaries.topology import Fault, Faults, find_faults
from geo.boundaries.units import Units, mask_of
from geo.office import office
from geo.progress import Progress, never_stop, report


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A fault with the codes and names of the units it concerns; place is lon, lat."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    place: tuple[float, float] | None
    area_m2: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyReport:
    """What the polygons of one level give on a day, and what is wrong with them.

    ``pairs`` are unordered neighbours, ``lines`` connected pieces, both with two sides within the
    area; ``differs`` are the lines of other origin that the polygons do not follow.
    """

    level: str
    at: date
    units: int
    pairs: int
    lines: int
    length_km: float
    overlaps: list[Found]
    gaps: list[Found]
    invalid: list[Found]
    slivers: int
    differs: list[LineDiffers]
    settings: dict[str, object]


def check_topology(
    conn: Connection,
    level: str,
    at: date,
    *,
    among: Collection[UUID] | None = None,
    derived: Derived | None = None,
    progress: Progress = never_stop,
) -> TopologyReport:
    """Derive the lines of a level from its polygons and look for faults; nothing is stored.

    Parameters
    ----------
    among
        Only these units, such as :func:`geo.divisions.read.units_below` gives; their neighbours are
        taken into account, so that what those cover is no gap, but lines need both sides among
        them. By default all.
    derived
        What :func:`geo.boundaries.pieces.derive_level` gave for the level and the day, where the
        caller has it.
    """
    if derived is None:
        derived = derive_level(conn, level, at, near=among, progress=progress)
    units, settings = derived.units, office(conn)
    inside = np.ones(len(units), dtype=bool) if among is None else mask_of(units, among)
    report(progress, 0.6, "doing.faults")
    faults = find_faults(
        units.polygons, derived.matched, inside=inside, min_area_m2=settings.topology_min_area_m2
    )
    sides = None if among is None else derived.sides_of(among)
    both_inside = [piece for piece in derived.pieces if sides is None or piece.pair <= sides]
    return TopologyReport(
        level=level,
        at=at,
        units=int(inside.sum()),
        pairs=len({piece.pair for piece in both_inside}),
        lines=len(both_inside),
        length_km=sum(piece.length_km for piece in both_inside),
        **_named(faults, units),
        slivers=faults.slivers,
        differs=compare_masters(conn, derived, sides, tolerance_m=settings.line_tolerance_m),
        settings=settings.printed(),
    )


def _named(faults: Faults, units: Units) -> dict[str, list[Found]]:
    return {
        "overlaps": [_found(fault, units) for fault in faults.overlaps],
        "gaps": [_found(fault, units) for fault in faults.gaps],
        "invalid": [_found(fault, units) for fault in faults.invalid],
    }


def _found(fault: Fault, units: Units) -> Found:
    return Found(
        codes=tuple(units.codes[number] for number in fault.units),
        names=tuple(units.names[number] for number in fault.units),
        place=fault.place,
        area_m2=fault.area_m2,
        reason=fault.reason,
    )
