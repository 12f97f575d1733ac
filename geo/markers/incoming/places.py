"""Whether the markers of a table stand where they can: near their lines, and all in one datum.

A marker far from its line may have its axes swapped, or be in another zone: what it would be then
is tried and named, never corrected. A part of a table in another datum shows by itself: the
distances of its markers from their lines come from one and the same shift.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from sqlalchemy import Connection, func, select

from geo.crs.systems import (
    CGCS2000,
    EPSG,
    check_datum,
    epsg_of_zone,
    false_easting,
    name_of,
    read_crs,
    zone_of_easting,
)
from geo.crs.transform import transform_points
from geo.divisions.tables import division_version
from geo.errors import CrsRefusedError, OptionInvalidError
from geo.exchange.findings import Finding, Severity
from geo.markers.incoming.rows import Row
from geo.markers.incoming.whereabouts import Whereabouts
from geo.office import Office
from geo.texts import Text

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEAR_M = 300.0
"""Read another way, a marker must come so near its line for it to be said."""
MOST_NAMED = 50
"""Markers off their lines whose division is looked up."""

SAME_DATUM_M = 12.0
"""Markers nearer to their lines than this speak of no shift."""
SHIFTS_M = (20.0, 1_000.0)
"""Old datums lie some 30 to 150 m from CGCS2000 in China; GCJ-02 some hundred."""
FITS_M = 10.0
FITS_SHARE = 0.15
"""A shift explains a marker to 10 m, or 15 % of itself: lines bend between the two places."""
LEAST_MARKERS = 5
LEAST_SHARE = 0.75
"""Of the markers off their lines, so many must be explained by the one shift."""
WHOLE_SHARE = 0.75
LEAST_ANGLE = 0.3
"""Sine of the angle between two lines from which together they show a shift."""
MOST_TRIED = 60
ROWS_NAMED = 10
ZONES_AROUND = (-2, -1, 1, 2)


def find_misplaced(
    conn: Connection, rows: Sequence[Row], known: Whereabouts, office: Office, day: date
) -> list[Finding]:
    """Return which markers are too far from a line of theirs: a warning, or an error far away."""
    limit_m = office.number("lines.marker_distance_m")
    most_m = office.number("markers.most_line_distance_m")
    off: list[tuple[Row, UUID, float]] = []
    for row in rows:
        if row.point is None or known.frame is None:
            continue
        away = [(known.frame.distance(known.at[row.row], one), one) for one in row.lines]
        distance_m, line = max(away)
        if distance_m > limit_m:
            off.append((row, line, distance_m))
    there = _divisions_at(conn, [row for row, *_ in off[:MOST_NAMED]], day)
    return [
        Finding(
            rule="marker_far_from_line" if distance_m > most_m else "marker_beside_line",
            severity="error" if distance_m > most_m else "warning",
            row=row.row,
            value=row.called,
            place=(row.point.x, row.point.y) if row.point else None,
            facts={
                "line": known.lines.lines[line].name,
                "distance_m": round(distance_m),
                "limit_m": round(most_m if distance_m > most_m else limit_m),
                "where": there.get(row.row, Text("reason.no_division_there")),
                "hint": _hint(row, line, known, limit_m),
            },
        )
        for row, line, distance_m in off
    ]


def _divisions_at(conn: Connection, rows: Sequence[Row], day: date) -> dict[int, str]:
    """Return in which division each place lies, the smallest with a polygon."""
    version, found = division_version.c, {}
    for row in rows:
        if row.point is None:
            continue
        point = func.ST_SetSRID(func.ST_MakePoint(row.point.x, row.point.y), EPSG)
        named = conn.execute(
            select(version.name, version.code)
            .where(version.valid.contains(day), func.ST_Intersects(version.geom, point))
            .order_by(func.ST_Area(version.geom))
            .limit(1)
        ).one_or_none()
        if named is not None:
            found[row.row] = f"{named.name} {named.code}"
    return found


def _hint(row: Row, line: UUID, known: Whereabouts, limit_m: float) -> Text:
    """Return what the coordinates of a marker far off would be right as; nothing is corrected."""
    stored = known.staged.source_crs
    if row.given is None or stored is None or known.frame is None:
        return Text("reason.marker_no_hint")
    x, y = row.given.x, row.given.y
    for crs, (east, north), hint in _readings(stored, x, y):
        lonlat = transform_points(np.array([[east, north]]), crs)
        metres = transform_points(lonlat, CGCS2000, known.frame.crs)
        if not np.isfinite(metres).all():
            continue
        if known.frame.distance(shapely.Point(metres[0]), line) <= max(limit_m, NEAR_M):
            return hint
    return Text("reason.marker_no_hint")


def _readings(stored: str, x: float, y: float) -> Iterator[tuple[CRS, tuple[float, float], Text]]:
    """Give what else coordinates may be: the two turned round, or those of another zone."""
    try:
        crs = read_crs(stored)
        check_datum(crs)
    except (OptionInvalidError, CrsRefusedError):
        return
    yield crs, (y, x), Text("reason.marker_swapped")
    epsg = crs.to_epsg()
    base = false_easting(crs)
    if base is None or epsg is None:
        return
    zone = zone_of_easting(x)
    if zone is not None:
        other = CRS.from_epsg(epsg_of_zone(zone))
        yield other, (x, y), Text("reason.marker_zone", {"crs": name_of(other)})
    for step in ZONES_AROUND:
        neighbour = CRS.from_epsg(epsg + step)
        again = false_easting(neighbour)
        if again is not None:
            at = (x - base + again, y)
            yield neighbour, at, Text("reason.marker_zone", {"crs": name_of(neighbour)})


def find_shift(rows: Sequence[Row], known: Whereabouts) -> list[Finding]:
    """Say that a part of a table, or all of it, is off its lines by one and the same shift.

    Only the part of a shift across a line shows; lines of different directions together show it
    whole. Chance is kept out: at least five markers and three quarters of all that are off their
    lines must be explained by it. A part is an error where rows of one line disagree; else, and for
    the whole table, the line itself may be what is off, and it is a warning.
    """
    placed = [row for row in rows if row.point is not None]
    if known.frame is None or len(placed) < LEAST_MARKERS:
        return []
    offsets = np.array([known.frame.offset(known.at[row.row], row.lines[0]) for row in placed])
    away = np.hypot(*offsets.T)
    off = np.flatnonzero((away > SAME_DATUM_M) & (away < SHIFTS_M[1]))
    best = _best_shift(offsets[off], away[off]) if len(off) >= LEAST_MARKERS else None
    if best is None:
        return []
    shifted = [placed[one] for one in off[best[1]].tolist()]
    if len(shifted) >= WHOLE_SHARE * len(placed):
        return [_shifted("datum_differs", "warning", best[0], shifted, len(placed))]
    still = {row.lines[0] for row, metres in zip(placed, away, strict=True)
             if metres <= SAME_DATUM_M}  # fmt: skip
    severity: Severity = "error" if any(row.lines[0] in still for row in shifted) else "warning"
    return [
        _shifted("datum_mixed", severity, best[0], shifted, len(placed), row.row)
        for row in (shifted if severity == "error" else shifted[:1])
    ]


def _shifted(
    rule: str, severity: Severity, back: Floats, rows: Sequence[Row], placed: int,
    row: int | None = None,
) -> Finding:  # fmt: skip
    """Return the finding; ``back`` is what would bring the markers to their lines, metres."""
    east, north = (round(-metres) for metres in back.tolist())
    facts = {
        "east_m": east,
        "north_m": north,
        "shift_m": round(float(np.hypot(*back))),
        "markers": len(rows),
        "placed": placed,
        "rows": [one.row for one in rows[:ROWS_NAMED]],
    }
    return Finding(rule=rule, severity=severity, row=row, facts=facts)


def _best_shift(offsets: Floats, away: Floats) -> tuple[Floats, Flags] | None:
    """Try the shift that each two markers would have, and take that which explains most."""
    normals = offsets / away[:, np.newaxis]
    chosen = np.unique(np.linspace(0, len(away) - 1, MOST_TRIED).astype(int)).tolist()
    tried = [offsets[one] for one in chosen]
    for pair in combinations(chosen, 2):
        two = normals[list(pair)]
        if abs(float(np.linalg.det(two))) >= LEAST_ANGLE:
            tried.append(np.linalg.solve(two, away[list(pair)]))
    fits = [_explained(shift, normals, away) for shift in tried]
    most = fits[int(np.argmax([one.sum() for one in fits]))]
    # The least change that fits them all, where their lines run in one direction.
    solved = np.linalg.lstsq(normals[most], away[most], rcond=0.1)[0]
    shift: Floats = np.asarray(solved, dtype=np.float64)
    explained = _explained(shift, normals, away)
    enough = explained.sum() >= max(LEAST_MARKERS, LEAST_SHARE * len(away))
    fine = SHIFTS_M[0] <= float(np.hypot(*shift)) <= SHIFTS_M[1]
    return (shift, explained) if enough and fine else None


def _explained(shift: Floats, normals: Floats, away: Floats) -> Flags:
    limit_m = max(FITS_M, FITS_SHARE * float(np.hypot(*shift)))
    return np.asarray(np.abs(normals @ shift - away) <= limit_m)
