"""What no longer fits after lines of record have changed: polygons, neighbours, tripoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from geo.boundaries.check import check_topology
from geo.boundaries.ends import Ends, Place, ends_of, find_open
from geo.boundaries.follow import list_faults
from geo.boundaries.pieces import derive_level
from geo.boundaries.sides import Sides, read_many_sides, read_sides
from geo.boundaries.surveys import read_course
from geo.exchange.findings import Finding
from geo.office import office


def recheck_lines(
    conn: Connection, changed: Mapping[UUID, Collection[Place]], at: date
) -> list[Finding]:
    """Check both polygons of changed lines and the lines that met them, on a date.

    Parameters
    ----------
    changed
        The lines, each with the ends it had before.

    Returns
    -------
    list
        Warnings: gaps and overlaps at the polygons, polygons that leave the line of record, lines
        that meet it no longer. Nothing is changed.
    """
    by_level: defaultdict[str, list[Sides]] = defaultdict(list)
    for sides in read_many_sides(conn, changed, at).values():
        by_level[sides.unit_level].append(sides)
    found: list[Finding] = []
    limit = office(conn).number("lines.end_gap_m")
    for unit_level, lines in by_level.items():
        among = {one for sides in lines for one in sides.ids}
        derived = derive_level(conn, unit_level, at, near=among)
        if len(derived.units):
            checked = check_topology(conn, unit_level, at, among=among, derived=derived)
            found += list_faults(checked)
        for sides in lines:
            found += find_open_ends(conn, sides, changed[sides.line_id], at, tolerance_m=limit)
    return found


def find_open_ends(
    conn: Connection,
    sides: Sides,
    before: Collection[Place],
    at: date,
    *,
    tolerance_m: float,
) -> list[Finding]:
    """Return a warning for each line that met a changed line at its end and does not any more."""
    shape = read_course(conn, sides.line_id, at)
    if shape is None:
        return []
    line = Ends(line_id=sides.line_id, sides=frozenset(sides.ids), places=ends_of(shape))
    found = []
    for other, place, gap in find_open(
        conn, line, before, at, unit_level=sides.unit_level, tolerance_m=tolerance_m
    ):
        facts = {
            "neighbour": read_sides(conn, other, at).name,
            "gap_m": f"{gap:.1f}" if gap < float("inf") else "∞",
            "limit": f"{tolerance_m:g}",
        }
        found.append(
            Finding(
                rule="tripoint_open",
                severity="warning",
                value=sides.name,
                place=place,
                facts=facts,
            )
        )
    return found
