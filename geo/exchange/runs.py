"""The record of imports: what was offered, concluded, found and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from geo.errors import ImportUnknownError
from geo.exchange.tables import import_run


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import as it is recorded; conclusions and findings are JSON with both languages."""

    id: UUID
    kind: str
    file_sha256: str
    file_name: str
    options: Mapping[str, Any]
    state: str
    rows: int
    applied: int
    conclusions: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    actor: str
    created_at: datetime


def open_run(conn: Connection, **values: Any) -> None:
    """Record an import before its rows, which refer to it."""
    conn.execute(insert(import_run).values(**values))


def close_run(conn: Connection, run_id: UUID, **values: Any) -> None:
    """Record how an import ended."""
    conn.execute(update(import_run).where(import_run.c.id == run_id).values(**values))


def read_run(conn: Connection, run_id: UUID) -> ImportRun:
    """Read one import.

    Raises
    ------
    ImportUnknownError
    """
    row = conn.execute(select(import_run).where(import_run.c.id == run_id)).one_or_none()
    if row is None:
        raise ImportUnknownError(what=run_id)
    return ImportRun(**row._mapping)  # noqa: SLF001 - the public name of SQLAlchemy for it


def list_runs(conn: Connection, *, actor: str | None = None, limit: int = 50) -> list[ImportRun]:
    """List the newest imports, of one actor or of all."""
    chosen = select(import_run).order_by(import_run.c.created_at.desc()).limit(limit)
    if actor is not None:
        chosen = chosen.where(import_run.c.actor == actor)
    return [ImportRun(**row._mapping) for row in conn.execute(chosen)]  # noqa: SLF001
