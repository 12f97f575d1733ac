"""Read what a map of divisions needs: thinned shapes, their extent, sources and state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Connection, Select, func, select

from geo.access.jurisdiction import Viewer, visible
from geo.divisions.tables import division_version

version = division_version.c

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees, EPSG:4490."""


@dataclass(frozen=True, slots=True)
class DivisionShape:
    """A division as a picture shows it; ``label`` is lon, lat, ``shape`` a polygon, EPSG:4490."""

    code: str
    name: str
    label: tuple[float, float]
    shape: shapely.Geometry


def read_extent(conn: Connection, viewer: Viewer, at: date) -> Box | None:
    """Return the box round all polygons a viewer may see on a date; None when there are none."""
    boxes = _seen(viewer, at, select(func.ST_Extent(version.geom).label("box"))).subquery()
    sides = ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
    row = conn.execute(select(*(getattr(func, side)(boxes.c.box) for side in sides))).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def read_shapes(
    conn: Connection, viewer: Viewer, at: date, *, level: str, box: Box, tolerance_deg: float
) -> list[DivisionShape]:
    """Read the polygons of a level that reach into a box, thinned by a tolerance.

    Neighbours are thinned one by one, so their edges may part by up to the tolerance; a polygon
    smaller than it is left out.
    """
    chosen = _seen(
        viewer,
        at,
        select(
            version.code,
            version.name,
            func.ST_X(version.label).label("label_lon"),
            func.ST_Y(version.label).label("label_lat"),
            func.ST_AsBinary(func.ST_Simplify(version.geom, tolerance_deg)).label("wkb"),
        ),
    ).where(
        version.level == level,
        version.geom.op("&&")(func.ST_MakeEnvelope(*box, 4490)),
    )
    rows = conn.execute(chosen.order_by(version.code)).all()
    shapes = shapely.from_wkb([row.wkb for row in rows])
    return [
        DivisionShape(row.code, row.name, (row.label_lon, row.label_lat), shape)
        for row, shape in zip(rows, shapes, strict=True)
        if shape is not None and not shape.is_empty
    ]


def list_sources(conn: Connection, viewer: Viewer, at: date) -> list[str]:
    """List where the divisions a viewer may see on a date come from, in order."""
    may = visible(viewer, version.publication, version.division_id)
    found = select(version.source).distinct().where(version.valid.contains(at), may)
    return list(conn.execute(found.order_by(version.source)).scalars())


def has_unapproved(conn: Connection, viewer: Viewer, at: date) -> bool:
    """Return whether any polygon a viewer sees on a date is not of an approved depiction."""
    some = _seen(viewer, at, select(version.id)).where(version.publication != "published")
    return bool(conn.execute(select(some.exists())).scalar_one())


def _seen(viewer: Viewer, at: date, chosen: Select[Any]) -> Select[Any]:
    may: ColumnElement[bool] = visible(viewer, version.publication, version.division_id)
    return chosen.where(version.geom.is_not(None), version.valid.contains(at), may)
