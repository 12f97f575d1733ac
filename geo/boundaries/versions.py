"""The versions of a line's course: what it was derived from, agreed or surveyed as, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from geo.boundaries.sides import name_divisions
from geo.boundaries.tables import boundary_line_version

version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVersion:
    """A version of a line in ``[valid_from, valid_to)``; ``length_km`` is on the ellipsoid."""

    version: int
    origin: str
    level: str
    left_name: str
    right_name: str
    length_km: float
    valid_from: date | None
    valid_to: date | None
    publication: str


def list_line_versions(conn: Connection, line_id: UUID, at: date) -> list[LineVersion]:
    """List the versions of a line, the oldest first; who may see them was asked before.

    The sides are named as of ``at``. A line nobody knows has none.
    """
    rows = conn.execute(
        select(
            version.version,
            version.origin,
            version.level,
            version.left_id,
            version.right_id,
            version.length_km,
            func.lower(version.valid).label("valid_from"),
            func.upper(version.valid).label("valid_to"),
            version.publication,
        )
        .where(version.line_id == line_id)
        .order_by(func.lower(version.valid).nulls_first())
    ).all()
    sides = {one for row in rows for one in (row.left_id, row.right_id)}
    named = name_divisions(conn, list(sides), at)
    return [
        LineVersion(
            version=row.version,
            origin=row.origin,
            level=row.level,
            left_name=named[row.left_id].name,
            right_name=named[row.right_id].name,
            length_km=row.length_km,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            publication=row.publication,
        )
        for row in rows
    ]
