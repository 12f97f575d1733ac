"""Whether a database is fit for Yutu, and what its administrator has to run if it is not."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from sqlalchemy import make_url

from geo.db.needs import EXTENSIONS, POSTGIS_MIN
from geo.db.state import driver_url, schema_digest
from geo.errors import DatabaseGoneError

POSTGRES_MIN = 15


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the serving role sees of its database."""

    database: str
    role: str
    server: int
    """Major version."""
    encoding: str
    ctype: str
    postgis: str | None
    extensions: tuple[str, ...]
    """Those of ours that are missing."""
    superuser: bool
    writes_audit: bool
    """Whether the role could change or delete the audit log; it must not."""
    migrated: bool
    current: bool

    @property
    def locale_fits(self) -> bool:
        """Return whether Chinese can be stored and searched."""
        return self.encoding == "UTF8" and self.ctype not in ("C", "POSIX")

    @property
    def postgis_fits(self) -> bool:
        """Return whether PostGIS is there and not too old."""
        parts = tuple(int(part) for part in (self.postgis or "0").split(".")[:2])
        return parts >= POSTGIS_MIN


def inspect_database(url: str) -> DatabaseFacts:
    """Look at a database with the eyes of its serving role.

    Raises
    ------
    DatabaseGoneError
        If it does not answer.
    """
    try:
        with psycopg.connect(driver_url(url), connect_timeout=5) as conn:
            return _read(conn)
    except psycopg.OperationalError as error:
        raise DatabaseGoneError from error


def _read(conn: psycopg.Connection[tuple[object, ...]]) -> DatabaseFacts:
    row = conn.execute(
        "SELECT d.datname, current_user, current_setting('server_version_num')::int / 10000, "
        "pg_encoding_to_char(d.encoding), d.datctype, "
        "(SELECT extversion FROM pg_extension WHERE extname = 'postgis'), "
        "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user), "
        "to_regclass('yutu.audit_log') IS NOT NULL, "
        "obj_description(to_regnamespace('yutu'), 'pg_namespace') "
        "FROM pg_database d WHERE d.datname = current_database()"
    ).fetchone()
    if row is None:
        raise DatabaseGoneError
    name, role, server, encoding, ctype, postgis, superuser, migrated, digest = row
    known = {found[0] for found in conn.execute("SELECT extname FROM pg_extension")}
    writes = False
    if migrated:
        right = conn.execute(
            "SELECT has_table_privilege('yutu.audit_log', 'INSERT, UPDATE, DELETE, TRUNCATE')"
        ).fetchone()
        writes = bool(right and right[0])
    return DatabaseFacts(
        database=str(name),
        role=str(role),
        server=int(str(server)),
        encoding=str(encoding),
        ctype=str(ctype),
        postgis=None if postgis is None else str(postgis),
        extensions=tuple(one for one in EXTENSIONS if one not in known),
        superuser=bool(superuser),
        writes_audit=writes,
        migrated=bool(migrated),
        current=digest == schema_digest(str(role)),
    )


def administrators_sql(app_url: str, owner_url: str | None) -> str:
    """Return what an administrator of an existing server runs once, as a superuser in ``psql``.

    Two roles: the owner migrates, the serving role can neither change nor delete the audit log.
    Passwords are left to be filled in.
    """
    app, owner = make_url(app_url), make_url(owner_url or app_url)
    serving = app.username or "yutu_app"
    owning = owner.username or "yutu_owner"
    if owning == serving:
        owning = "yutu_owner"
    database = app.database or "yutu"
    return "\n".join(
        [
            f"CREATE ROLE {_name(owning)} LOGIN PASSWORD '...';",
            f"CREATE ROLE {_name(serving)} LOGIN PASSWORD '...';",
            f"CREATE DATABASE {_name(database)} OWNER {_name(owning)}",
            "  TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';",
            f"\\connect {_name(database)}",
            *(f"CREATE EXTENSION IF NOT EXISTS {one} SCHEMA public;" for one in EXTENSIONS),
        ]
    )


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
