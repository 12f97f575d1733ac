"""Read the shapes of boundary lines for a picture, and who lies beside whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import shapely
from sqlalchemy import Connection, and_, func, select

from geo.access.jurisdiction import Viewer, visible
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.divisions.codes import LEVELS
from geo.divisions.shapes import Box
from geo.divisions.tables import division_version

version = boundary_line_version.c

WHOLE = 0.97
"""Share of the longest drawing of a level from which another counts as whole; they differ a little
where polygons of two levels do not quite agree."""


@dataclass(frozen=True, slots=True)
class LineShape:
    """A boundary line as a picture shows it; ``shape`` is in EPSG:4490."""

    id: UUID
    level: str
    shape: shapely.Geometry


def read_line_shapes(
    conn: Connection, viewer: Viewer, at: date, *, unit_level: str, box: Box, tolerance_deg: float
) -> list[LineShape]:
    """Read the lines between units of a level that reach into a box, thinned by a tolerance."""
    rows = conn.execute(
        select(
            version.line_id,
            version.level,
            func.ST_AsBinary(func.ST_Simplify(version.geom, tolerance_deg, True)).label("wkb"),
        )
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(boundary_line.c.unit_level == unit_level, version.valid.contains(at))
        .where(visible(viewer, version.publication, version.left_id, version.right_id))
        .where(version.geom.op("&&")(func.ST_MakeEnvelope(*box, 4490)))
        .order_by(version.line_id)
    ).all()
    shapes = shapely.from_wkb([row.wkb for row in rows])
    return [
        LineShape(row.line_id, row.level, shape) for row, shape in zip(rows, shapes, strict=True)
    ]


def list_neighbours(
    conn: Connection, viewer: Viewer, at: date, *, unit_level: str
) -> list[tuple[str, str]]:
    """List the codes of the units of a level that share a line, each pair once, in order."""
    one, other = division_version.alias("one"), division_version.alias("other")
    low = func.least(one.c.code, other.c.code)
    high = func.greatest(one.c.code, other.c.code)
    rows = conn.execute(
        select(low, high)
        .distinct()
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .join(one, and_(one.c.division_id == version.left_id, one.c.valid.contains(at)))
        .join(other, and_(other.c.division_id == version.right_id, other.c.valid.contains(at)))
        .where(boundary_line.c.unit_level == unit_level, version.valid.contains(at))
        .where(visible(viewer, version.publication, version.left_id, version.right_id))
        .order_by(low, high)
    )
    return [(row[0], row[1]) for row in rows]


def choose_units(conn: Connection, viewer: Viewer, at: date) -> dict[str, str]:
    """Return, for each level of lines, the units whose lines draw it.

    A provincial line is there up to three times: between provinces, between prefectures and between
    counties. It is to be drawn once: from the highest units whose lines are all there, else from
    those with most of it.
    """
    rows = conn.execute(
        select(version.level, boundary_line.c.unit_level, func.sum(version.length_km))
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(version.valid.contains(at))
        .where(visible(viewer, version.publication, version.left_id, version.right_id))
        .group_by(version.level, boundary_line.c.unit_level)
    )
    lengths: dict[str, dict[str, float]] = {}
    for level, unit, length_km in rows:
        lengths.setdefault(level, {})[unit] = length_km
    return {
        level: next(unit for unit in LEVELS if units.get(unit, 0.0) >= WHOLE * max(units.values()))
        for level, units in lengths.items()
    }


def has_unapproved_lines(conn: Connection, viewer: Viewer, at: date) -> bool:
    """Return whether any line a viewer sees on a date is not of an approved depiction."""
    some = (
        select(version.id)
        .where(version.valid.contains(at), version.publication != "published")
        .where(visible(viewer, version.publication, version.left_id, version.right_id))
    )
    return bool(conn.execute(select(some.exists())).scalar_one())
