"""Start, stop and status of the embedded cluster, and the database in it."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, text

from geo.db.cluster import place as places
from geo.db.cluster import server
from geo.db.cluster.binaries import find_binaries
from geo.db.engine import make_engine, told_plainly
from geo.db.needs import EXTENSIONS, check_locale
from geo.errors import DatabaseGoneError

DATABASE = "yutu"
OWNER = "yutu_owner"
APP = "yutu_app"
DYING_TRIES = 10


@dataclass(frozen=True)
class Cluster:
    """A running cluster and how to reach it."""

    home: Path
    folder: Path
    """PostgreSQL's data folder."""
    sockets: Path
    port: int
    tcp: bool
    """Whether it also listens on 127.0.0.1."""
    pid: int
    user: str
    """The system's user who runs it."""
    aside: bool
    """Whether it is outside the data folder, because root's server cannot reach that."""
    password: str | None
    """Password of the serving role for TCP; None if TCP was never asked for."""

    @property
    def owner_url(self) -> str:
        """Return the SQLAlchemy URL of the role that owns the database, for migrations."""
        return _url(self, OWNER)

    @property
    def app_url(self) -> str:
        """Return the SQLAlchemy URL of the serving role."""
        return _url(self, APP)

    @property
    def admin_url(self) -> str:
        """Return the SQLAlchemy URL of the superuser, for backups and tests."""
        return _url(self, server.ADMIN)

    @property
    def tcp_url(self) -> str | None:
        """Return the SQLAlchemy URL by TCP for other programs of this machine."""
        if not self.tcp:
            return None
        return f"postgresql+psycopg://{APP}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"


def start(home: Path, *, port: int | None = None, durable: bool = True) -> Cluster:
    """Start the cluster of a data folder and make its roles, database and extensions.

    What exists is kept and what runs is reused, so it may be called at any time.

    Parameters
    ----------
    home
        The data folder; it is made if there is none.
    port
        TCP port on 127.0.0.1. A server that runs without it is started anew. None asks for none,
        but lets a server that runs go on as it is.
    durable
        False gives up ``fsync`` and ``synchronous_commit``: for tests, whose data nobody needs.

    Raises
    ------
    PostgresMissingError, PostgisMissingError, ClusterVersionError
        Before anything is made.
    LocaleError
        If the database there is not UTF-8 or has the character type C.
    ClusterOwnerError, ClusterStartError, DiskFullError
    """
    home = home.absolute()
    places.make_home(home)
    with places.one_at_a_time(home):
        place = places.find_place(home)
        for _ in range(DYING_TRIES):
            postmaster = _running_as_asked(place, port)
            if postmaster is None:
                postmaster = _bring_up(place, port=port, durable=durable)
            try:
                return _prepare(place, postmaster)
            except DatabaseGoneError as error:
                # A server that has just been killed still looks alive for a moment.
                gone = error
                time.sleep(0.2)
        raise gone


def stop(home: Path) -> bool:
    """Stop the cluster of a data folder; return whether one ran."""
    home = home.absolute()
    if not home.is_dir():
        return False
    with places.one_at_a_time(home):
        place = places.find_place(home)
        server.wait_settled(place)
        postmaster = server.running(place)
        if postmaster is None:
            return False
        server.end(place, postmaster.pid)
        with suppress(OSError):
            postmaster.sockets.rmdir()
    return True


def status(home: Path) -> Cluster | None:
    """Return the cluster of a data folder if it runs; None if it does not."""
    home = home.absolute()
    if not home.is_dir():
        return None
    place = places.find_place(home)
    postmaster = server.running(place)
    return None if postmaster is None else _describe(place, postmaster)


def trim_log(home: Path) -> None:
    """Keep the log of the server small; a service calls it now and then."""
    server.trim_log(places.find_place(home.absolute()))


def discard(home: Path) -> None:
    """Stop the cluster of a data folder and delete its data. For throw-away clusters."""
    stop(home)
    place = places.find_place(home.absolute())
    for folder in (place.folder, place.sockets):
        if folder.exists():
            shutil.rmtree(folder)
    (place.home / places.RECORD).unlink(missing_ok=True)


def _running_as_asked(place: places.Place, port: int | None) -> server.Postmaster | None:
    server.wait_settled(place)
    found = server.running(place)
    if found is None or port is None or (found.listens and found.port == port):
        return found
    server.end(place, found.pid)
    return None


def _bring_up(place: places.Place, *, port: int | None, durable: bool) -> server.Postmaster:
    fresh = not place.folder.exists()
    binaries = find_binaries(data=None if fresh else place.folder)
    places.make_sockets(place)
    if fresh:
        server.initialise(place, binaries, durable=durable)
    return server.launch(place, binaries, port=port, durable=durable)


def _describe(place: places.Place, postmaster: server.Postmaster) -> Cluster:
    return Cluster(
        home=place.home,
        folder=place.folder,
        sockets=postmaster.sockets,
        port=postmaster.port,
        tcp=bool(postmaster.listens),
        pid=postmaster.pid,
        user=place.user.name,
        aside=place.aside,
        password=places.read_record(place.home).get("password"),
    )


def _prepare(place: places.Place, postmaster: server.Postmaster) -> Cluster:
    cluster = _describe(place, postmaster)
    password = cluster.password or (secrets.token_urlsafe(24) if cluster.tcp else None)
    cluster = replace(cluster, password=password)
    with _admin(cluster, "postgres") as conn:
        _make_roles(conn, password)
        _make_database(conn)
    with _admin(cluster, DATABASE) as conn:
        check_locale(conn)
        _make_extensions(conn)
    places.write_record(place, port=cluster.port, tcp=cluster.tcp, password=password)
    return cluster


def _url(cluster: Cluster, role: str, database: str = DATABASE) -> str:
    # The port is named, because PGPORT in somebody's environment would count otherwise.
    query = f"host={cluster.sockets}&port={cluster.port}"
    return f"postgresql+psycopg://{role}@/{database}?{query}"


@contextmanager
def _admin(cluster: Cluster, database: str) -> Iterator[Connection]:
    url = _url(cluster, server.ADMIN, database)
    engine = make_engine(url, pool_size=0, name="yutu start")
    with told_plainly(), engine.connect() as conn:
        yield conn.execution_options(isolation_level="AUTOCOMMIT")
    engine.dispose()


def _make_roles(conn: Connection, password: str | None) -> None:
    there = set(conn.execute(text("SELECT rolname FROM pg_roles")).scalars())
    for role in (OWNER, APP):
        if role not in there:
            conn.execute(text(f"CREATE ROLE {role} LOGIN"))
    if password is not None:
        # ALTER ROLE takes no parameters; the server itself quotes the value.
        quoted = text(f"SELECT format('ALTER ROLE {APP} PASSWORD %L', CAST(:password AS text))")
        statement = conn.execute(quoted, {"password": password}).scalar_one()
        conn.exec_driver_sql(statement)


def _make_database(conn: Connection) -> None:
    known = text("SELECT 1 FROM pg_database WHERE datname = :name")
    if conn.execute(known, {"name": DATABASE}).scalar() is None:
        conn.execute(
            text(
                f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 "
                "ENCODING 'UTF8' LOCALE 'C.UTF-8'"
            )
        )


def _make_extensions(conn: Connection) -> None:
    for name in EXTENSIONS:
        conn.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public"))
    # After an upgrade of the packages the database still has the functions of the old version.
    behind = text(
        "SELECT e.extname FROM pg_extension e JOIN pg_available_extensions a "
        "ON a.name = e.extname WHERE a.default_version <> e.extversion"
    )
    for name in conn.execute(behind).scalars().all():
        conn.execute(text(f'ALTER EXTENSION "{name}" UPDATE'))
