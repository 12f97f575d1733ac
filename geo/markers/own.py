"""A side's own part of a marker: where it stands on that side, and who looks after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from geo.access.jurisdiction import Viewer, require_role
from geo.db.sql import any_uuid
from geo.db.versions import Put, put_versions
from geo.markers.facts import SideFacts
from geo.markers.read import DivisionRef, Marker
from geo.markers.tables import marker_side
from geo.revisions.changes import change_object

side = marker_side.c


def read_own(
    conn: Connection, marker_ids: Collection[UUID], at: date
) -> dict[UUID, dict[UUID, SideFacts]]:
    """Return each side's own part, by marker and by division."""
    rows = conn.execute(
        select(side.marker_id, side.division_id, side.site, side.custodian, side.phone).where(
            side.marker_id == any_uuid(marker_ids), side.valid.contains(at)
        )
    )
    found: dict[UUID, dict[UUID, SideFacts]] = {}
    for row in rows:
        facts = SideFacts(site=row.site, custodian=row.custodian, phone=row.phone)
        found.setdefault(row.marker_id, {})[row.division_id] = facts
    return found


def put_own(
    conn: Connection, given: Mapping[UUID, Mapping[UUID, SideFacts]], *, valid_from: date
) -> Put:
    """Put sides' own parts into the register from a day on; what is not given stays."""
    rows = [
        {"marker_id": marker_id, "division_id": division_id, **asdict(facts)}
        for marker_id, parts in given.items()
        for division_id, facts in parts.items()
    ]
    return put_versions(
        conn, marker_side, ["marker_id", "division_id"], rows, valid_from=valid_from
    )


def write_own(
    conn: Connection,
    viewer: Viewer,
    marker: Marker,
    of: DivisionRef,
    facts: SideFacts,
    *,
    valid_from: date,
    seen: int | None,
) -> int:
    """Write a side's own part of a marker; return the marker's new revision.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of that side.
    ChangedMeanwhileError, RevisionMissingError
    """
    number = f"{marker.number}{marker.member}"
    require_role(conn, viewer, "editor", [of.id], what=number)
    revision = change_object(
        conn, viewer, "marker", marker.id, "marker_own", seen=seen, side=of.name
    )
    put_own(conn, {marker.id: {of.id: facts}}, valid_from=valid_from)
    return revision
