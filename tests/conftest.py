"""One embedded PostGIS for the whole run, a migrated template, and a copy for whoever needs one."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

from api.main import create_app
from geo.access.users import make_first_admin
from geo.db import cluster
from geo.db.cluster import Cluster
from geo.db.engine import make_engine, transaction
from geo.db.migrate import migrate
from geo.db.needs import EXTENSIONS
from geo.settings import ROOT, settings

# Compiled loops outlive a run; otherwise each run would spend its first walk on compiling.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".pytest_cache" / "numba"))

TEMPLATE = "yutu_template"
ADMIN_PASSWORD = "correct horse 电池"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A migrated database of its own."""

    owner_url: str
    app_url: str
    engine: Engine


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    # Argon2id as it is meant takes a quarter of a second and 64 MB; tests make hundreds.
    cheap = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.access.users._hasher", lambda: cheap)
        patch.setattr("geo.access.keys.COST", 2)
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    # Not pytest's own temporary folder: the server's user could not reach it.
    with tempfile.TemporaryDirectory(prefix="yutu-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        started = cluster.start(home, durable=False)
        yield started
        cluster.discard(home)


@pytest.fixture(scope="session")
def template(server: Cluster) -> str:
    _run(server, f"CREATE DATABASE {TEMPLATE} OWNER yutu_owner")
    for name in EXTENSIONS:
        _run(server, f"CREATE EXTENSION {name} SCHEMA public", database=TEMPLATE)
    migrate(_url(server.owner_url, TEMPLATE), "yutu_app")
    return TEMPLATE


@contextmanager
def copy_database(server: Cluster, template: str) -> Iterator[Database]:
    """Copy a database that nobody is connected to, for as long as the block lasts."""
    name = f"yutu_{os.getpid()}_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template} OWNER yutu_owner STRATEGY FILE_COPY")
    app_url = _url(server.app_url, name)
    engine = make_engine(app_url, pool_size=4, name="yutu tests")
    try:
        yield Database(_url(server.owner_url, name), app_url, engine)
    finally:
        engine.dispose()
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(server: Cluster, template: str) -> Iterator[Database]:
    with copy_database(server, template) as made:
        yield made


@pytest.fixture(scope="module")
def module_database(server: Cluster, template: str) -> Iterator[Database]:
    with copy_database(server, template) as made:
        yield made


@pytest.fixture
def conn(module_database: Database) -> Iterator[Connection]:
    with transaction(module_database.engine, "system:test") as made:
        yield made
        made.rollback()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("YUTU_HOME", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def client(
    database: Database,
    home: Path,  # noqa: ARG001 - the app's settings point at it
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()
    with TestClient(create_app(), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def admin(client: TestClient, database: Database) -> TestClient:
    with transaction(database.engine, "system:test") as conn:
        make_first_admin(conn, ADMIN_PASSWORD)
    answer = client.post(
        "/api/v1/auth/token", data={"username": "admin", "password": ADMIN_PASSWORD}
    )
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def _url(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _run(server: Cluster, statement: str, *, database: str = "postgres") -> None:
    engine = create_engine(
        _url(server.admin_url, database), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with engine.connect() as made:
        made.execute(text(statement))
    engine.dispose()
