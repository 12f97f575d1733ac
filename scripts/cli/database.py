"""How a command comes to its database, and what it leaves behind.

Every process that uses the embedded cluster (a command, ``serve``) holds a shared lock on
``users.lock`` meanwhile. Who leaves last stops the server, unless ``yutu db start`` asked it to
stay: two commands at once, or one beside ``serve``, never stop it under each other's hands.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from sqlalchemy import Engine

from geo.db import cluster
from geo.db.cluster.place import make_home
from geo.db.engine import make_engine
from geo.db.state import DatabaseState, read_state
from geo.errors import OwnerUnknownError
from geo.settings import settings

USERS_LOCK = "users.lock"
STAYS = "stays-running"
"""File in the data folder that says the embedded database is to go on without users."""


@dataclass(frozen=True, slots=True)
class Database:
    """A database that runs."""

    app_url: str
    """URL of the serving role."""
    owner_url: str | None
    """URL of the role that may migrate; None if nobody told us."""
    embedded: bool


@contextmanager
def open_database() -> Iterator[Engine]:
    """Open the database of this instance, migrated, for as long as the command needs it.

    That is the one of ``YUTU_DATABASE_URL``, or the embedded cluster of the data folder: reused
    if it runs, else started and stopped afterwards.
    """
    with use_database() as found:
        bring_up_to_date(read_state(found.app_url))
        # A pool would warm each connection for a long life, which takes longer than most commands.
        engine = make_engine(found.app_url, pool_size=0, name="yutu cli")
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def use_database() -> Iterator[Database]:
    """Have the database run until the end of the block, whatever its schema."""
    given = settings()
    if given.database_url:
        yield Database(given.database_url, given.database_owner_url, embedded=False)
        return
    with using(given.home):
        found = cluster.start(given.home)
        yield Database(found.app_url, found.owner_url, embedded=True)


@contextmanager
def using(home: Path) -> Iterator[None]:
    """Count as a user of the embedded cluster; the last one to leave stops it."""
    make_home(home)
    lock = os.open(home / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            if not (home / STAYS).exists() and take_alone(lock):
                cluster.stop(home)
    finally:
        os.close(lock)


def stop_unless_used(home: Path) -> bool:
    """Stop the embedded cluster; False if other processes use it."""
    lock = os.open(home / USERS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        alone = take_alone(lock)
        if alone:
            cluster.stop(home)
    finally:
        os.close(lock)
    return alone


def take_alone(lock: int) -> bool:
    """Make the shared lock exclusive; False if others use the database too."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def bring_up_to_date(state: DatabaseState) -> None:
    """Migrate a database that is behind.

    By a process of its own, because the libraries that migrate take longer to load than most
    commands to run.
    """
    if state.current:
        return
    run_child("scripts.prepare")


def run_child(*argv: str) -> None:
    """Run a module of ours to its end; if it fails, it has said why and we end as it did.

    Ctrl-C does not reach it, but ends it with us; its first argument is the process to die with.
    """
    module, *rest = argv
    command = [sys.executable, "-m", module, str(os.getpid()), *rest]
    process = subprocess.Popen(command, stdout=sys.stderr, start_new_session=True)  # noqa: S603 - our own program
    try:
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if code:
        raise typer.Exit(code)


def owner_url(database: Database) -> str:
    """Return the URL for migrations.

    Raises
    ------
    OwnerUnknownError
        If an existing database is used and nobody named its owner.
    """
    if database.owner_url is None:
        raise OwnerUnknownError
    return database.owner_url


def dump_programs(database: Database) -> Path:
    """Return the folder of ``pg_dump`` and ``pg_restore`` that fit the database."""
    running = cluster.status(settings().home) if database.embedded else None
    return cluster.find_binaries(data=running.folder if running else None).folder
