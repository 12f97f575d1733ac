"""Where surveyed positions lie: how far off their lines, on whose side, in whose county."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from geo.access.tables import division_closure
from geo.db.sql import any_uuid
from geo.deviation.offset import offsets_m
from geo.deviation.registered import Registered, find_containers, read_lines
from geo.exchange.findings import Finding
from geo.markers.read import DivisionRef, name_sides

Points = npt.NDArray[np.float64]


@dataclass(slots=True)
class LineOffset:
    """How far a position lies from the nearest of its marker's lines, and on whose side.

    Not frozen: that costs time for each of a province's markers.
    """

    line_id: UUID
    distance_m: float
    side: DivisionRef | None


def measure_lines(
    conn: Connection, known: Sequence[Registered | None], now: Points, at: date
) -> dict[int, LineOffset]:
    """Return the offset of each position (n, 2, EPSG:4490) from the nearest line of its marker."""
    whole = np.isfinite(now[:, 0] + now[:, 1])
    on: dict[UUID, list[int]] = {}
    for place, one in enumerate(known):
        for line_id in one.lines if one and whole[place] else ():
            on.setdefault(line_id, []).append(place)
    lines = read_lines(conn, on, at)
    names = name_sides(
        conn, {side for one in lines.values() for side in (one.left_id, one.right_id)}, at
    )
    found: dict[int, LineOffset] = {}
    for line_id, line in lines.items():
        there = np.array(on[line_id])
        offsets = offsets_m(line.shape, now[there])
        reached = np.isfinite(offsets)
        sides = names.get(line.right_id), names.get(line.left_id)
        for place, metres, is_left in zip(
            there[reached].tolist(),
            np.abs(offsets[reached]).round(3).tolist(),
            (offsets[reached] >= 0).tolist(),
            strict=True,
        ):
            before = found.get(place)
            if before is None or metres < before.distance_m:
                found[place] = LineOffset(line_id, metres, sides[is_left])
    return found


def find_elsewhere(
    conn: Connection,
    known: Sequence[Registered | None],
    now: Points,
    lines: Mapping[int, LineOffset],
    far_m: float,
    at: date,
) -> list[tuple[int, Finding]]:
    """Find the positions that lie in a county or province that does not share their marker.

    Only those further than ``far_m`` from their lines are looked up: the others lie at the line.
    """
    whole = np.isfinite(now[:, 0] + now[:, 1])
    far = {
        place: set(one.sides)
        for place, one in enumerate(known)
        if one is not None
        and whole[place]
        and (place not in lines or lines[place].distance_m > far_m)
    }
    if not far:
        return []
    above = _above(conn, set().union(*far.values()))
    found = []
    containers = find_containers(conn, now[list(far)], at)
    for (place, sides), container in zip(far.items(), containers, strict=True):
        if container is None or sides & container.above:
            continue
        if any(container.division_id in above.get(side, ()) for side in sides):
            continue
        lon, lat = now[place].tolist()
        facts = {"division": f"{container.name} {container.code}"}
        finding = Finding(
            rule="in_other_division", severity="warning", place=(lon, lat), facts=facts
        )
        found.append((place, finding))
    return found


def _above(conn: Connection, sides: set[UUID]) -> dict[UUID, set[UUID]]:
    closure = division_closure.c
    rows = conn.execute(
        select(closure.descendant_id, closure.ancestor_id).where(
            closure.descendant_id == any_uuid(sides)
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        found.setdefault(row.descendant_id, set()).add(row.ancestor_id)
    return found
