"""Divisions and their lines together: when polygons come in, the derived lines follow at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from geo.boundaries.check import Found, TopologyReport, check_topology
from geo.boundaries.pieces import derive_level
from geo.boundaries.store import store_lines
from geo.divisions.apply import Applied, Source, apply_divisions
from geo.divisions.parents import Row
from geo.exchange.findings import Finding
from geo.progress import Progress, never_stop, report


def apply_with_lines(
    conn: Connection,
    rows: Sequence[Row],
    *,
    valid_from: date,
    today: date,
    source: Source,
    progress: Progress = never_stop,
) -> tuple[Applied, list[Finding]]:
    """Put divisions into the register, derive their lines again and check the polygons.

    Returns
    -------
    tuple
        What was done, and a warning for each gap, overlap or line that the new polygons leave.
        Faults that concern none of them are not reported.
    """
    applied = apply_divisions(conn, rows, valid_from=valid_from, today=today, source=source)
    warnings: list[Finding] = []
    for done, level in enumerate(sorted(applied.reshaped_levels)):
        report(progress, 0.3 + 0.7 * done / len(applied.reshaped_levels), "doing.lines")
        derived = derive_level(conn, level, valid_from)
        store_lines(conn, level, valid_from, source=source, derived=derived)
        checked = check_topology(conn, level, valid_from, among=applied.reshaped, derived=derived)
        warnings.extend(list_faults(checked))
    return applied, warnings


def list_faults(checked: TopologyReport) -> list[Finding]:
    """Return a warning for each overlap, gap and line that polygons leave."""
    gaps = [_fault("gap", found) for found in checked.gaps]
    overlaps = [_fault("overlap", found) for found in checked.overlaps]
    differs = [
        Finding(
            rule="line_differs",
            severity="warning",
            value=differ.line_id,
            place=differ.place,
            facts={"worst_m": "∞" if differ.worst_m is None else f"{differ.worst_m:.1f}"},
        )
        for differ in checked.differs
    ]
    return [*overlaps, *gaps, *differs]


def _fault(rule: str, found: Found) -> Finding:
    return Finding(
        rule=rule,
        severity="warning",
        value=" ".join(found.codes),
        place=found.place,
        facts={"names": list(found.names), "area_m2": f"{found.area_m2 or 0:.0f}"},
    )
