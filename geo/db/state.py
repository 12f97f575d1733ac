"""What state a database is in, asked cheaply.

A start, and every command, must learn that nothing is to be done without loading the libraries
that would do it; so this module needs the driver alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from geo.errors import DatabaseGoneError

HERE = Path(__file__).parent
SOURCES = ("migrations/versions/*", "functions/*.sql")


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What a start has to do; all False in a new database."""

    current: bool
    """Migrated by this release, for this serving role."""
    has_users: bool
    has_divisions: bool


@cache
def schema_digest(serving_role: str) -> str:
    """Return a digest of all that :func:`geo.db.migrate.migrate` would apply for a role."""
    digest = hashlib.sha256(f"{serving_role} {version('procrastinate')}".encode())
    for pattern in SOURCES:
        for path in sorted(HERE.glob(pattern)):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def known_revisions() -> set[str]:
    """Return the migrations this release knows, by their number."""
    return {path.stem.partition("_")[0] for path in HERE.glob("migrations/versions/[0-9]*.py")}


def read_state(url: str) -> DatabaseState:
    """Read the state of the database behind the URL of its serving role.

    Raises
    ------
    DatabaseGoneError
        If it does not answer within 5 seconds.
    """
    try:
        with psycopg.connect(driver_url(url), connect_timeout=5) as conn:
            role = conn.info.user
            applied = conn.execute(
                "SELECT obj_description(to_regnamespace('yutu'), 'pg_namespace')"
            ).fetchone()
            if applied is None or applied[0] != schema_digest(role):
                return DatabaseState(current=False, has_users=False, has_divisions=False)
            cursor = conn.cursor(row_factory=class_row(DatabaseState))
            return cursor.execute(
                "SELECT true AS current, EXISTS (SELECT FROM yutu.app_user) AS has_users, "
                "EXISTS (SELECT FROM yutu.division) AS has_divisions"
            ).fetchall()[0]
    except psycopg.OperationalError as error:
        raise DatabaseGoneError from error


def driver_url(url: str) -> str:
    """Return a URL of SQLAlchemy's as the driver and PostgreSQL's own programs read it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
