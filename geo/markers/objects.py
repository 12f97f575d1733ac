"""Reference objects (方位物) of markers as of a date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, func, select

from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.db.versions import Put, end_versions, put_versions
from geo.markers.facts import ObjectFacts
from geo.markers.tables import reference_object_version

version = reference_object_version.c
LEAST_OBJECTS = 3
"""A marker has at least three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceObject:
    """A 方位物: bearings in degrees from grid and from magnetic north, distance in metres.

    ``part`` is the part of it that was measured; ``lon`` and ``lat`` (EPSG:4490) are there where
    its own place is known.
    """

    object_id: UUID
    marker_id: UUID
    ordinal: int
    name: str
    part: str | None
    grid_bearing_deg: float | None
    magnetic_bearing_deg: float | None
    distance_m: float | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    note: str | None
    valid_from: date | None
    valid_to: date | None


def read_objects(
    conn: Connection, marker_ids: Collection[UUID], at: date
) -> dict[UUID, list[ReferenceObject]]:
    """Return the reference objects of each marker on a date, in their order."""
    return _read(conn, marker_ids, at)


def list_object_versions(conn: Connection, marker_id: UUID) -> list[ReferenceObject]:
    """Return all versions of a marker's reference objects, the oldest first in each place."""
    return _read(conn, [marker_id], None).get(marker_id, [])


def put_objects(
    conn: Connection, given: Mapping[UUID, Sequence[ObjectFacts]], *, valid_from: date
) -> Put:
    """Make these the reference objects of markers from a day on.

    An object in a place that had one of the same name is a version of it; another name in that
    place is another object, and the old one ends. Places that are not given end too. What is
    touched are markers.
    """
    now = read_objects(conn, list(given), valid_from)
    owners = {one.object_id: id_ for id_, known in now.items() for one in known}
    rows: list[dict[str, Any]] = []
    ended: list[tuple[UUID]] = []
    for marker_id, objects in given.items():
        known = {one.ordinal: one for one in now.get(marker_id, [])}
        for facts in objects:
            before = known.get(facts.ordinal)
            if before is not None and before.name == facts.name:
                object_id = known.pop(facts.ordinal).object_id
            else:
                object_id = new_id()
                owners[object_id] = marker_id
            rows.append(_row(marker_id, object_id, facts))
        ended.extend((one.object_id,) for one in known.values())
    put = end_versions(conn, reference_object_version, ["object_id"], ended, day=valid_from)
    done = put_versions(conn, reference_object_version, ["object_id"], rows, valid_from=valid_from)
    put.counts.update(done.counts)
    put.touched = {(owners[one[0]],) for one in put.touched | done.touched}
    return put


def _row(marker_id: UUID, object_id: UUID, facts: ObjectFacts) -> dict[str, Any]:
    position = facts.position
    place = None if position is None else shapely.Point(position.lon, position.lat)
    return {
        "object_id": object_id,
        "marker_id": marker_id,
        "ordinal": facts.ordinal,
        "name": facts.name,
        "part": facts.part,
        "grid_bearing_deg": facts.grid_bearing_deg,
        "magnetic_bearing_deg": facts.magnetic_bearing_deg,
        "distance_m": facts.distance_m,
        "geom_wkb": None if place is None else shapely.to_wkb(place),
        "given_x": position.given_x if position else None,
        "given_y": position.given_y if position else None,
        "source_crs": position.source_crs if position else None,
        "accuracy_m": position.accuracy_m if position else None,
        "note": facts.note,
    }


def _read(
    conn: Connection, marker_ids: Collection[UUID], at: date | None
) -> dict[UUID, list[ReferenceObject]]:
    query = (
        select(
            version.object_id,
            version.marker_id,
            version.ordinal,
            version.name,
            version.part,
            version.grid_bearing_deg,
            version.magnetic_bearing_deg,
            version.distance_m,
            func.ST_X(version.geom).label("lon"),
            func.ST_Y(version.geom).label("lat"),
            version.accuracy_m,
            version.note,
            func.lower(version.valid).label("valid_from"),
            func.upper(version.valid).label("valid_to"),
        )
        .where(version.marker_id == any_uuid(marker_ids))
        .order_by(version.marker_id, version.ordinal, func.lower(version.valid))
    )
    if at is not None:
        query = query.where(version.valid.contains(at))
    found: dict[UUID, list[ReferenceObject]] = {}
    for row in conn.execute(query).mappings():
        found.setdefault(row["marker_id"], []).append(ReferenceObject(**row))
    return found
