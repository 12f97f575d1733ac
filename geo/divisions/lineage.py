"""Who lies under whom, and who took over from whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from geo.db.sql import load
from geo.divisions.tables import division_succession

HERE = Path(__file__).parent


def refresh_closure(conn: Connection, today: date) -> None:
    """Bring the closure table to the parents that are valid today.

    A division that has ended keeps the place of its last version, so that old records and the
    grants of its successors still find their superiors.
    """
    conn.execute(load(HERE / "refresh_closure.sql"), {"today": today})


def record_succession(conn: Connection, predecessor: UUID, successor: UUID, since: date) -> None:
    """Record that a division took over from another; grants at the old one reach the new one."""
    conn.execute(
        insert(division_succession)
        .values(predecessor_id=predecessor, successor_id=successor, since=since)
        .on_conflict_do_nothing()
    )
