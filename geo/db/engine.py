"""Engines and transactions: who acts is set for each transaction, and the caller owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from geo.errors import DatabaseGoneError, DiskFullError

SEARCH_PATH = "yutu,public,jobs"
"""Ours first; ``jobs`` so that a job can be queued inside any transaction."""
DISK_FULL = "53100"
GONE_CLASSES = ("08", "57P")
"""SQLSTATE classes of a lost connection and of a server that shuts down or starts."""


def make_engine(
    url: str,
    *,
    pool_size: int = 5,
    statement_timeout_s: float | None = None,
    name: str = "yutu",
) -> Engine:
    """Make an engine whose connections see our schema first and are warm.

    Parameters
    ----------
    url
        SQLAlchemy URL, ``postgresql+psycopg://``; ``postgresql://`` is taken as the same.
    pool_size
        Connections kept; a third more may overflow. 0 keeps none (each use opens one).
    statement_timeout_s
        Longest one statement may run, seconds; None for no limit.
    name
        ``application_name``, as the server's list of connections shows it.
    """
    options = f"-c search_path={SEARCH_PATH} -c TimeZone=UTC"
    if statement_timeout_s is not None:
        options += f" -c statement_timeout={int(statement_timeout_s * 1000)}"
    pool: dict[str, Any] = (
        {"pool_size": pool_size, "max_overflow": pool_size // 3, "pool_timeout": 10}
        if pool_size
        else {"poolclass": NullPool}
    )
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        connect_args={"options": options, "application_name": name, "connect_timeout": 5},
        pool_pre_ping=True,
        **pool,
    )
    if pool_size:
        event.listen(engine, "connect", _warm)
    return engine


def _warm(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # PROJ is loaded by a connection's first ST_Transform, which takes 110 to 150 ms.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_extension WHERE extname = 'postgis' "
            "AND ST_Transform(ST_SetSRID(ST_MakePoint(0, 0), 3857), 4490) IS NOT NULL"
        )
    connection.commit()


@contextmanager
def transaction(engine: Engine, actor: str) -> Iterator[Connection]:
    """Open a transaction in which ``actor`` acts; commit at the end, roll back on an error.

    Parameters
    ----------
    actor
        A user's id, or ``system:<what>``. The audit trigger refuses writes without one.

    Raises
    ------
    DatabaseGoneError, DiskFullError
        In place of the driver's own errors.
    """
    with told_plainly(), engine.begin() as conn:
        act_as(conn, actor)
        yield conn


def act_as(conn: Connection, actor: str) -> None:
    """Set who acts until the end of the transaction."""
    conn.execute(text("SELECT set_config('yutu.actor', :actor, true)"), {"actor": actor})


def give_reason(conn: Connection, reason: str) -> None:
    """Say why the following changes are made, for the audit log, until the transaction ends."""
    conn.execute(text("SELECT set_config('yutu.reason', :reason, true)"), {"reason": reason})


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a read-only transaction in which several reads see the same state."""
    with told_plainly(), engine.connect() as conn:
        conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with conn.begin():
            # One plan for all values is a bad one where they differ as much as a province and the
            # country; what writes, row by row, is better off with it.
            conn.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
            yield conn


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the driver's "gone" and "disk full" into our own errors."""
    try:
        yield
    except OperationalError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == DISK_FULL:
            raise DiskFullError(folder="PostgreSQL", free_mb=0, needed_mb="?") from error
        if error.connection_invalidated or state is None or state.startswith(GONE_CLASSES):
            raise DatabaseGoneError from error
        raise
