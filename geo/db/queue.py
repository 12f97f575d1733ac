"""The tables of the job queue (procrastinate's own), in the schema ``jobs``."""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

from geo.db.metadata import QUEUE_SCHEMA
from geo.db.sql import run_script


def install_queue(conn: Connection) -> None:
    """Create the queue's tables, or bring them to the installed release of procrastinate.

    The last migration that was applied stands in the comment of the schema, because the library
    keeps no record of its own. The search path is put back as it was.
    """
    migrations = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    before = conn.execute(text("SHOW search_path")).scalar_one()
    conn.execute(text(f"CREATE SCHEMA IF NOT EXISTS {QUEUE_SCHEMA}"))
    conn.execute(text(f"SET LOCAL search_path = {QUEUE_SCHEMA}, public"))
    applied = conn.execute(
        text("SELECT obj_description(to_regnamespace(:name), 'pg_namespace')"),
        {"name": QUEUE_SCHEMA},
    ).scalar()
    if applied is None:
        run_script(conn, SchemaManager.get_schema())
    else:
        for path in migrations:
            if path.name > applied:
                run_script(conn, path.read_text(encoding="utf-8"))
    run_script(conn, f"COMMENT ON SCHEMA {QUEUE_SCHEMA} IS '{migrations[-1].name}'")
    conn.execute(text("SELECT set_config('search_path', :path, true)"), {"path": before})
