"""The two sides of a line, whoever asks: for rights, names and findings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.sql import any_uuid
from geo.divisions.tables import division_version
from geo.errors import LineUnknownError

version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A division on a side of a line, as it is named on the date."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The sides of a line on a date, or on the nearest date there is a version of it.

    ``left`` and ``right`` are seen in the direction of its points; ``length_km`` is that of its
    shape on the ellipsoid.
    """

    line_id: UUID
    left: Side
    right: Side
    unit_level: str
    level: str
    origin: str
    length_km: float

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """Return both divisions."""
        return self.left.id, self.right.id

    @property
    def name(self) -> str:
        """Return both names, such as ``泰山区—岱岳区``."""
        return f"{self.left.name}—{self.right.name}"


def read_sides(conn: Connection, line_id: UUID, at: date) -> Sides:
    """Return the sides of a line; as of the nearest date it has any.

    Raises
    ------
    LineUnknownError
    """
    found = read_many_sides(conn, [line_id], at)
    if line_id not in found:
        raise LineUnknownError(line=line_id)
    return found[line_id]


def read_many_sides(conn: Connection, line_ids: Collection[UUID], at: date) -> dict[UUID, Sides]:
    """Return the sides of lines, each as of the nearest date it has any."""
    rows = conn.execute(
        select(
            version.line_id,
            version.left_id,
            version.right_id,
            version.level,
            version.origin,
            version.length_km,
            boundary_line.c.unit_level,
        )
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(version.line_id == any_uuid(line_ids))
        # The version of the date comes last, so it stands.
        .order_by(version.valid.contains(at), func.lower(version.valid).nulls_first())
    ).all()
    named = name_divisions(conn, {id_ for row in rows for id_ in (row.left_id, row.right_id)}, at)
    return {
        row.line_id: Sides(
            line_id=row.line_id,
            left=named[row.left_id],
            right=named[row.right_id],
            unit_level=row.unit_level,
            level=row.level,
            origin=row.origin,
            length_km=row.length_km,
        )
        for row in rows
    }


def name_divisions(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, Side]:
    """Return code and name of divisions as of a date, or the nearest date they have one."""
    side = division_version.c
    rows = conn.execute(
        select(side.division_id, side.code, side.name)
        .where(side.division_id == any_uuid(ids))
        # The version of the date comes last, so it stands.
        .order_by(side.valid.contains(at), func.lower(side.valid).nulls_first())
    )
    return {row.division_id: Side(id=row.division_id, code=row.code, name=row.name) for row in rows}
