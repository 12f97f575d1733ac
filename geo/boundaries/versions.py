"""The versions of a line's course, from the first the register knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from geo.boundaries.tables import boundary_line_version

version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseVersion:
    """The line of record in ``[valid_from, valid_to)``; ``length_km`` is on the ellipsoid.

    ``source`` is the file or paper it comes from; None of before sources were kept.
    """

    version: int
    origin: str
    level: str
    length_km: float
    left_id: UUID
    right_id: UUID
    publication: str
    approval_number: str | None
    source: str | None
    import_id: UUID | None
    valid_from: date | None
    valid_to: date | None


def list_versions(conn: Connection, line_id: UUID) -> list[CourseVersion]:
    """List the versions of a line's course, the oldest first."""
    rows = conn.execute(
        select(
            version.version,
            version.origin,
            version.level,
            version.length_km,
            version.left_id,
            version.right_id,
            version.publication,
            version.approval_number,
            version.source,
            version.import_id,
            func.lower(version.valid).label("valid_from"),
            func.upper(version.valid).label("valid_to"),
        )
        .where(version.line_id == line_id)
        .order_by(func.lower(version.valid).nulls_first())
    ).mappings()
    return [CourseVersion(**row) for row in rows]
