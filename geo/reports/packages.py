"""Packages as they were made: list, read, find their file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Text, cast, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.jurisdiction import (
    Viewer,
    in_reach,
    name_divisions,
    require_role,
    require_some_role,
)
from geo.access.tables import app_user
from geo.boundaries.tables import boundary_line_record
from geo.db.sql import any_uuid
from geo.errors import PackageUnknownError
from geo.files.store import KeptFile, find_file
from geo.markers.tables import marker_version
from geo.reports.tables import report_item, report_package

package, item = report_package.c, report_item.c
Answer = Literal["accepted", "refused", "open"]
ANSWERS: Mapping[Answer, bool | None] = {"accepted": True, "refused": False, "open": None}
"""What a platform says of a row; open is not yet."""
ItemKey = tuple[str, str, str]
"""Kind, key and object of a row: what a list of rows is sorted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package for a platform; ``number`` counts those of the platform and the division.

    ``counts`` has the rows by kind and operation, the files, and the lines that were left out for
    want of a record. ``state`` is made, accepted, partly or refused; ``receipt`` says by which
    paper. Without ``division_id`` it is of everything.
    """

    id: UUID
    platform: str
    number: int
    division_id: UUID | None
    division: str | None
    sha256: str
    counts: Mapping[str, Any]
    state: str
    receipt: Mapping[str, Any] | None
    actor_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageItem:
    """A row of a package: what was done with it, and what the platform said; None not yet.

    ``name`` is what people call the object: a marker's number, a line's name. None if it has none.
    """

    object_id: UUID
    object_kind: str
    key: str
    name: str | None
    what: str
    accepted: bool | None
    reason: str | None


def list_packages(
    conn: Connection, viewer: Viewer, *, platform: str | None = None, limit: int = 100
) -> list[Package]:
    """List the newest packages of the divisions in reach.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    require_some_role(viewer, "viewer")
    chosen = _select().where(in_reach(viewer, package.division_id)).limit(limit)
    if platform is not None:
        chosen = chosen.where(package.platform == platform)
    rows = conn.execute(chosen.order_by(package.created_at.desc(), package.number.desc())).all()
    named = name_divisions(conn, [row.division_id for row in rows if row.division_id])
    return [_package(row, named) for row in rows]


def read_package(conn: Connection, viewer: Viewer, package_id: UUID) -> Package:
    """Read one package.

    Raises
    ------
    PackageUnknownError
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
    """
    row = conn.execute(_select().where(package.id == package_id)).one_or_none()
    if row is None:
        require_some_role(viewer, "viewer")
        raise PackageUnknownError(package=package_id)
    require_role(conn, viewer, "viewer", [row.division_id], what=f"{row.platform} {row.number}")
    named = name_divisions(conn, [row.division_id] if row.division_id else [])
    return _package(row, named)


def list_items(
    conn: Connection,
    package_id: UUID,
    *,
    answer: Answer | None = None,
    after: ItemKey | None = None,
    limit: int | None = None,
    named: bool = True,
) -> list[PackageItem]:
    """List the rows of a package; whose it is was asked before.

    Parameters
    ----------
    answer
        Only rows of which the platform said this.
    after
        Only rows behind this one.
    limit
        Most rows; None for all.
    named
        Whether the names people use are looked up; without, they are None.
    """
    chosen = select(
        item.object_id, item.object_kind, item.key, item.what, item.accepted, item.reason
    ).where(item.package_id == package_id)
    if answer is not None:
        chosen = chosen.where(item.accepted.is_not_distinct_from(ANSWERS[answer]))
    if after is not None:
        kind, key, object_id = after
        chosen = chosen.where(
            tuple_(item.object_kind, item.key, item.object_id) > (kind, key, UUID(object_id))
        )
    order = (item.object_kind, item.key, item.object_id)
    rows = conn.execute(chosen.order_by(*order).limit(limit)).mappings().all()
    names = name_objects(conn, [row["object_id"] for row in rows]) if named else {}
    return [PackageItem(**row, name=names.get(row["object_id"])) for row in rows]


def count_items(conn: Connection, package_id: UUID, *, answer: Answer | None = None) -> int:
    """Return how many rows :func:`list_items` would list in all."""
    chosen = select(func.count()).where(item.package_id == package_id)
    if answer is not None:
        chosen = chosen.where(item.accepted.is_not_distinct_from(ANSWERS[answer]))
    return conn.execute(chosen.select_from(report_item)).scalar_one()


def name_objects(conn: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what people call lines and markers now, or called them last; the nameless are left."""
    number, record = marker_version.c, boundary_line_record.c
    markers = (
        select(number.marker_id, (number.number + number.member).label("name"))
        .where(number.marker_id == any_uuid(ids))
        .ext(distinct_on(number.marker_id))
        .order_by(number.marker_id, func.lower(number.valid).desc().nulls_last())
    )
    lines = (
        select(record.line_id, func.coalesce(record.name, record.code).label("name"))
        .where(record.line_id == any_uuid(ids))
        .ext(distinct_on(record.line_id))
        .order_by(record.line_id, func.lower(record.valid).desc().nulls_last())
    )
    found = [*conn.execute(markers), *conn.execute(lines)]
    return {one: name for one, name in found if name}


def find_package_file(conn: Connection, one: Package, files: Path) -> KeptFile:
    """Return the file of a package.

    Raises
    ------
    NotFoundError
        If the data folder does not have it any more.
    """
    return find_file(conn, one.sha256, files)


def _select() -> Select[Any]:
    return select(
        report_package,
        func.coalesce(app_user.c.name, package.actor).label("actor_name"),
    ).outerjoin(app_user, cast(app_user.c.id, Text) == package.actor)


def _package(row: Row[Any], named: Mapping[UUID, str]) -> Package:
    return Package(
        id=row.id,
        platform=row.platform,
        number=row.number,
        division_id=row.division_id,
        division=named.get(row.division_id),
        sha256=row.file_sha256,
        counts=row.counts,
        state=row.state,
        receipt=row.receipt,
        actor_name=row.actor_name,
        created_at=row.created_at,
    )
