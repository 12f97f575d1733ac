"""Packages as they were made: list, read, find their file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Text, cast, func, select

from geo.access.jurisdiction import (
    Viewer,
    in_reach,
    name_divisions,
    require_role,
    require_some_role,
)
from geo.access.tables import app_user
from geo.errors import PackageUnknownError
from geo.files.store import KeptFile, find_file
from geo.reports.tables import report_item, report_package

package, item = report_package.c, report_item.c


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
    """A row of a package: what was done with it, and what the platform said; None not yet."""

    object_id: UUID
    object_kind: str
    key: str
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


def list_items(conn: Connection, package_id: UUID) -> list[PackageItem]:
    """List the rows of a package; whose it is was asked before."""
    rows = conn.execute(
        select(item.object_id, item.object_kind, item.key, item.what, item.accepted, item.reason)
        .where(item.package_id == package_id)
        .order_by(item.object_kind, item.key)
    ).mappings()
    return [PackageItem(**row) for row in rows]


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
