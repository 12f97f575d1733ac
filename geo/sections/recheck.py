"""Find markers that stand off their line after it has changed; a marker is never moved to it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, func, select

from geo.boundaries.sides import read_sides
from geo.errors import LineUnknownError
from geo.exchange.findings import Finding
from geo.markers.tables import marker_on_line, marker_version
from geo.office import office
from geo.sections.along import Track, measure_places, read_track


def recheck_markers(conn: Connection, line_ids: Collection[UUID], at: date) -> list[Finding]:
    """Return a warning for each marker of these lines that is too far off the line of a date.

    How far is the office's setting ``lines.marker_distance_m``. A double marker stands on two banks
    and may be off by the width of the river; a marker without a position is not judged.
    """
    limit = office(conn).number("lines.marker_distance_m")
    found: list[Finding] = []
    for line_id in line_ids:
        try:
            track = read_track(conn, line_id, at)
        except LineUnknownError:
            continue
        found += _off_line(conn, line_id, track, at, limit)
    return found


def _off_line(
    conn: Connection, line_id: UUID, track: Track, at: date, limit: float
) -> list[Finding]:
    on, card = marker_on_line.c, marker_version.c
    rows = conn.execute(
        select(
            card.number,
            card.member,
            func.ST_X(card.geom).label("lon"),
            func.ST_Y(card.geom).label("lat"),
        )
        .join_from(marker_on_line, marker_version, card.marker_id == on.marker_id)
        .where(on.line_id == line_id, on.valid.contains(at), card.valid.contains(at))
        .where(card.geom.is_not(None))
        .order_by(card.number, card.member)
    ).all()
    if not rows:
        return []
    line = read_sides(conn, line_id, at).name
    _, off_m = measure_places(track, np.array([(row.lon, row.lat) for row in rows]))
    return [
        Finding(
            rule="marker_off_line",
            severity="warning",
            value=f"{row.number}{row.member}",
            place=(row.lon, row.lat),
            facts={"line": line, "distance_m": f"{off:.1f}", "limit": f"{limit:g}"},
        )
        for row, off in zip(rows, off_m.tolist(), strict=True)
        if off > limit
    ]
