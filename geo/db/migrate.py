"""Bring a database to the present schema: migrations, functions, rights, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from geo.db.engine import make_engine, told_plainly
from geo.db.metadata import SCHEMA
from geo.db.needs import EXTENSIONS, POSTGIS_MIN, check_locale
from geo.db.queue import install_queue
from geo.db.sql import run_script
from geo.db.state import schema_digest
from geo.errors import MigrationError, PostgisMissingError

HERE = Path(__file__).parent
LOCK = 0x79757475  # "yutu"; one migration at a time on one database


def migrate(owner_url: str, serving_role: str) -> None:
    """Migrate the database to the newest schema and re-create functions, triggers and rights.

    Everything happens in one transaction under an advisory lock: a failure leaves the database as
    it was, and two processes do not migrate at once.

    Parameters
    ----------
    owner_url
        SQLAlchemy URL of the role that owns the schema.
    serving_role
        Role of the running service; it gets no right to change or delete the audit log.

    Raises
    ------
    LocaleError
        If the database is not UTF-8 or its character type is C: no trigrams for Chinese.
    PostgisMissingError, MigrationError
    """
    engine = make_engine(owner_url, pool_size=0, name="yutu migrate")
    with told_plainly(), engine.begin() as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        check_locale(conn)
        conn.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        conn.execute(text(f"SET LOCAL search_path = {SCHEMA}, public"))
        _create_extensions(conn)
        _upgrade(conn)
        install_queue(conn)
        _create_functions(conn, serving_role)
        # What was applied stands in the schema's comment, where a start finds it in no time.
        run_script(conn, f"COMMENT ON SCHEMA {SCHEMA} IS '{schema_digest(serving_role)}'")
    engine.dispose()


def _create_extensions(conn: Connection) -> None:
    for name in EXTENSIONS:
        known = conn.execute(
            text("SELECT 1 FROM pg_extension WHERE extname = :name"), {"name": name}
        ).scalar()
        if known:
            continue
        command_text = f"CREATE EXTENSION {name} SCHEMA public"
        try:
            with conn.begin_nested():
                conn.execute(text(command_text))
        except ProgrammingError as error:
            raise PostgisMissingError(needed="3.3", found="-", command=command_text) from error
    found = conn.execute(text("SELECT postgis_lib_version()")).scalar_one()
    if tuple(int(part) for part in found.split(".")[:2]) < POSTGIS_MIN:
        raise PostgisMissingError(
            needed="3.3", found=found, command="ALTER EXTENSION postgis UPDATE"
        )


def _upgrade(conn: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        # A database of a newer Yutu has a revision that this one does not know.
        raise MigrationError(reason=str(error)) from error


def _create_functions(conn: Connection, serving_role: str) -> None:
    conn.execute(
        text("SELECT set_config('yutu.serving_role', :role, true)"), {"role": serving_role}
    )
    for path in sorted((HERE / "functions").glob("*.sql")):
        run_script(conn, path.read_text(encoding="utf-8"))
