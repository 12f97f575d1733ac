"""Read boundary lines as of a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from geo.access.jurisdiction import Viewer, refuse_hidden, visible
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.divisions.tables import division_version
from geo.errors import LineUnknownError

version = boundary_line_version.c
LEFT, RIGHT = division_version.alias("left_side"), division_version.alias("right_side")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryLine:
    """A line with its two sides; left and right are seen in the direction of its points.

    ``unit_level`` is the level of the two sides, ``level`` the highest level at which they differ,
    ``length_km`` is on the ellipsoid, ``bbox`` is west, south, east, north in EPSG:4490.
    """

    id: UUID
    left_code: str
    left_name: str
    right_code: str
    right_name: str
    unit_level: str
    level: str
    length_km: float
    origin: str
    version: int
    valid_from: date | None
    valid_to: date | None
    bbox: tuple[float, float, float, float]
    publication: str


def read_line(
    conn: Connection, line_id: UUID, at: date, viewer: Viewer
) -> tuple[BoundaryLine, dict[str, Any]]:
    """Read one line of a date with its shape as a GeoJSON geometry.

    Raises
    ------
    LineUnknownError, NotPublishedError, OutsideJurisdictionError, RoleMissingError
    """
    found = conn.execute(
        select_lines(at)
        .add_columns(
            cast(func.ST_AsGeoJSON(version.geom, 9, 0), JSONB).label("shape"),
            seen_by(viewer).label("seen"),
            version.left_id,
            version.right_id,
        )
        .where(version.line_id == line_id)
    ).one_or_none()
    if found is None:
        raise LineUnknownError(line=line_id)
    if not found.seen:
        sides = [found.left_id, found.right_id]
        refuse_hidden(conn, viewer, sides, what=f"{found.left_name}–{found.right_name}")
    return as_line(found), found.shape


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Return the SQL condition under which a viewer may see a version of a line."""
    return visible(viewer, version.publication, version.left_id, version.right_id)


def select_lines(at: date) -> Select[Any]:
    """Return the select that :func:`as_line` reads; the sides are as of ``at``."""
    box = func.Box2D(version.geom)
    joined = (
        boundary_line_version.join(boundary_line, boundary_line.c.id == version.line_id)
        .join(LEFT, and_(LEFT.c.division_id == version.left_id, LEFT.c.valid.contains(at)))
        .join(RIGHT, and_(RIGHT.c.division_id == version.right_id, RIGHT.c.valid.contains(at)))
    )
    return (
        select(
            version.line_id,
            LEFT.c.code.label("left_code"),
            LEFT.c.name.label("left_name"),
            RIGHT.c.code.label("right_code"),
            RIGHT.c.name.label("right_name"),
            boundary_line.c.unit_level,
            version.level,
            version.length_km,
            version.origin,
            version.version,
            version.valid,
            func.ST_XMin(box).label("west"),
            func.ST_YMin(box).label("south"),
            func.ST_XMax(box).label("east"),
            func.ST_YMax(box).label("north"),
            version.publication,
            func.concat(LEFT.c.code, RIGHT.c.code, version.line_id).label("key"),
        )
        .select_from(joined)
        .where(version.valid.contains(at))
    )


def as_line(row: Row[Any]) -> BoundaryLine:
    """Return a row of :func:`select_lines` as a line."""
    return BoundaryLine(
        id=row.line_id,
        left_code=row.left_code,
        left_name=row.left_name,
        right_code=row.right_code,
        right_name=row.right_name,
        unit_level=row.unit_level,
        level=row.level,
        length_km=row.length_km,
        origin=row.origin,
        version=row.version,
        valid_from=row.valid.lower,
        valid_to=row.valid.upper,
        bbox=(row.west, row.south, row.east, row.north),
        publication=row.publication,
    )
