"""What the register has of many markers at once, to hold surveyed positions against."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Text, and_, cast, func, or_, select

from geo.access.jurisdiction import Viewer, reach_some
from geo.boundaries.tables import boundary_line_record, boundary_line_version
from geo.db.sql import any_uuid, ids_of_array, load
from geo.fits.tables import local_fit
from geo.markers.tables import marker_on_line, marker_version

HERE = Path(__file__).parent
version = marker_version.c


@dataclass(slots=True)
class Registered:
    """Where the register has a marker (EPSG:4490), how well, and whose it is.

    ``accuracy_m`` is one sigma of the survey itself, ``fit_m`` what the local fit that moved it
    adds, 0 without one. Not frozen: that costs time for each of a province's markers.
    """

    marker_id: UUID
    number: str
    member: str
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    fit_m: float
    method: str | None
    height_m: float | None
    sides: tuple[UUID, ...]
    lines: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of record; left and right are seen in its direction."""

    id: UUID
    left_id: UUID
    right_id: UUID
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Container:
    """A county, or else province, in which a place lies."""

    division_id: UUID
    name: str
    code: str
    level: str
    above: frozenset[UUID]


def read_registered(
    conn: Connection, viewer: Viewer, marker_ids: Collection[UUID], at: date
) -> dict[UUID, Registered]:
    """Return the markers of a date that the viewer may see; the others are left out."""
    wanted = any_uuid(marker_ids)
    on = (
        select(
            marker_on_line.c.marker_id,
            cast(func.array_agg(marker_on_line.c.line_id), Text).label("lines"),
        )
        .where(marker_on_line.c.marker_id == wanted, marker_on_line.c.valid.contains(at))
        .group_by(marker_on_line.c.marker_id)
        .subquery()
    )
    rows = conn.execute(
        select(
            version.marker_id, version.number, version.member,
            func.ST_X(version.geom), func.ST_Y(version.geom), version.accuracy_m,
            func.coalesce(local_fit.c.accuracy_m, 0.0), version.method, version.height_m,
            # As texts: many markers have the same, and each is taken apart once.
            cast(version.sides, Text), func.coalesce(on.c.lines, ""),
        )
        .select_from(marker_version)
        .outerjoin(on, on.c.marker_id == version.marker_id)
        .outerjoin(local_fit, local_fit.c.id == version.fit_id)
        .where(version.marker_id == wanted, version.valid.contains(at))
        .where(reach_some(viewer, version.sides))
    ).all()  # fmt: skip
    ids: dict[Any, tuple[Any, ...]] = {
        texts: tuple(ids_of_array(text) for text in texts) for texts in {row[-2:] for row in rows}
    }
    return {row[0]: Registered(*row[:-2], *ids[row[-2:]]) for row in rows}


def read_lines(conn: Connection, line_ids: Iterable[UUID], at: date) -> dict[UUID, Line]:
    """Return the lines of record of a date with their shapes."""
    line = boundary_line_version.c
    rows = conn.execute(
        select(
            line.line_id, line.left_id, line.right_id, func.ST_AsBinary(line.geom).label("wkb")
        ).where(line.line_id == any_uuid(set(line_ids)), line.valid.contains(at))
    )
    return {
        row.line_id: Line(row.line_id, row.left_id, row.right_id, shapely.from_wkb(bytes(row.wkb)))
        for row in rows
    }


def find_by_number(
    conn: Connection, viewer: Viewer, wanted: Collection[tuple[str, str | None]], at: date
) -> dict[tuple[str, str | None], list[UUID]]:
    """Return the markers of each number (with its member letter) on a line, as of a date.

    Parameters
    ----------
    wanted
        Number and line, the line as its UUID or statutory code; None where the number alone must
        do, which several lines may have.
    """
    on, record = marker_on_line.c, boundary_line_record.c
    numbers = [number for number, _ in wanted]
    rows = conn.execute(
        select(on.marker_id, on.line_id, on.number, on.member, record.code)
        .select_from(marker_on_line)
        .join(
            marker_version,
            and_(version.marker_id == on.marker_id, version.valid.contains(at)),
        )
        .outerjoin(
            boundary_line_record, and_(record.line_id == on.line_id, record.valid.contains(at))
        )
        .where(or_(on.number.in_(numbers), (on.number + on.member).in_(numbers)))
        .where(on.valid.contains(at), reach_some(viewer, version.sides))
    )
    found: dict[tuple[str, str | None], dict[UUID, None]] = {one: {} for one in wanted}
    for row in rows:
        for number in {row.number, f"{row.number}{row.member}"}:
            for line in (None, row.code, str(row.line_id)):
                if (number, line) in found:
                    found[number, line][row.marker_id] = None
    return {one: list(ids) for one, ids in found.items()}


def find_containers(
    conn: Connection, lonlat: np.ndarray[tuple[int, int], np.dtype[np.float64]], at: date
) -> list[Container | None]:
    """Return in which county, or else province, each place (n, 2) of EPSG:4490 lies."""
    found: list[Container | None] = [None] * len(lonlat)
    places = {"lons": lonlat[:, 0].tolist(), "lats": lonlat[:, 1].tolist(), "at": at}
    for row in conn.execute(load(HERE / "containers.sql"), places):
        found[row.place - 1] = Container(
            row.division_id, row.name, row.code, row.level, frozenset(row.above)
        )
    return found
