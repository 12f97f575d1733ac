"""Read the audit log; triggers write it, nobody else can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select

from geo.access.jurisdiction import Viewer, require_role
from geo.access.tables import app_user
from geo.db.tables import audit_log


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of one row.

    ``actor`` is an account's id or ``system:<what>``, ``actor_name`` the account's name. Shapes are
    left out of ``old``; the log keeps them.
    """

    id: int
    at: datetime
    actor: str
    actor_name: str
    table: str
    row: str
    action: str
    reason: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None for all."""

    table: str | None = None
    row: str | None = None
    actor: str | None = None


def read_audit(
    conn: Connection,
    viewer: Viewer,
    wanted: AuditFilter,
    *,
    before: int | None = None,
    limit: int = 100,
) -> tuple[list[AuditEntry], int]:
    """Return entries of the log, the newest first, and how many there are in all.

    Parameters
    ----------
    before
        Only entries older than this one; for the next page.

    Raises
    ------
    RoleMissingError
        Unless the viewer is an administrator of the whole country.
    """
    require_role(conn, viewer, "administrator", [None], what="audit_log")
    log = audit_log.c
    query = (
        select(
            log.id,
            log.at,
            log.actor,
            func.coalesce(app_user.c.name, log.actor).label("actor_name"),
            log.table_name.label("table"),
            log.row_id.label("row"),
            log.action,
            log.reason,
            log.old.op("-")("geom").label("old"),
            log.new,
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == log.actor)
        .order_by(log.id.desc())
    )
    if wanted.table is not None:
        query = query.where(log.table_name == wanted.table)
    if wanted.row is not None:
        query = query.where(log.row_id == wanted.row)
    if wanted.actor is not None:
        query = query.where((log.actor == wanted.actor) | (app_user.c.name == wanted.actor))
    total = conn.execute(select(func.count()).select_from(query.order_by(None).subquery()))
    if before is not None:
        query = query.where(log.id < before)
    rows = conn.execute(query.limit(limit)).mappings()
    return [AuditEntry(**row) for row in rows], total.scalar_one()
