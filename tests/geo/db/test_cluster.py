from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from geo.db import cluster as clusters
from geo.db.cluster import Cluster
from geo.db.cluster import place as places
from geo.db.cluster import server as process
from geo.db.engine import make_engine
from geo.errors import (
    ClusterOwnerError,
    ClusterStartError,
    ClusterVersionError,
    DiskFullError,
    HomeInUseError,
    LocaleError,
    PostgisMissingError,
    PostgresMissingError,
)

ROOT = os.geteuid() == 0


@contextmanager
def new_folder() -> Iterator[Path]:
    # Not pytest's own folder: the server's user must be able to pass through.
    folder = Path(tempfile.mkdtemp(prefix="yutu-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def empty() -> Iterator[Path]:
    """Return the path of a data folder that is not made yet."""
    with new_folder() as folder:
        yield folder / "data"
        clusters.discard(folder / "data")


@pytest.fixture(scope="module")
def model() -> Iterator[Path]:
    """Make a cluster once, so that most tests start with a copy of it."""
    with new_folder() as folder:
        clusters.start(folder / "data", durable=False)
        clusters.stop(folder / "data")
        yield folder / "data"
        clusters.discard(folder / "data")


@pytest.fixture
def home(empty: Path, model: Path) -> Path:
    """Return a data folder with a cluster that does not run."""
    places.make_home(empty)
    subprocess.run(["cp", "-a", str(model / "pg"), str(empty / "pg")], check=True)
    return empty


def ask(url: str, statement: str) -> Any:
    engine = make_engine(url, pool_size=0)
    with engine.connect() as conn:
        return conn.execute(text(statement)).scalar()


def install(root: Path, major: int, postgis: str | None, *, library: bool = True) -> None:
    """Lay out what Debian's packages of one PostgreSQL would."""
    lib = root / f"usr/lib/postgresql/{major}"
    share = root / f"usr/share/postgresql/{major}/extension"
    for folder in (lib / "bin", lib / "lib", share):
        folder.mkdir(parents=True)
    for program in ("postgres", "initdb"):
        (lib / "bin" / program).touch(mode=0o755)
    if postgis:
        (share / "postgis.control").write_text(f"default_version = '{postgis}'\n")
        if library:
            (lib / "lib/postgis-3.so").touch()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", "")
    return tmp_path


def test_the_newest_server_with_postgis_is_taken(machine: Path) -> None:
    install(machine, 15, "3.3.2")
    install(machine, 16, "3.4.2")
    install(machine, 17, None)
    found = clusters.find_binaries(root=machine)
    assert (found.major, found.postgis) == (16, "3.4.2")


def test_a_machine_without_postgresql_is_refused_with_the_command(machine: Path) -> None:
    install(machine, 13, "3.3.2")
    with pytest.raises(PostgresMissingError) as refused:
        clusters.find_binaries(root=machine)
    assert "apt-get install postgresql-postgis" in str(refused.value.facts["command"])


@pytest.mark.parametrize(("postgis", "library"), [(None, True), ("3.2.1", True), ("3.5.0", False)])
def test_a_server_without_a_postgis_that_loads_is_refused_with_the_command(
    machine: Path, postgis: str | None, *, library: bool
) -> None:
    install(machine, 17, postgis, library=library)
    with pytest.raises(PostgisMissingError) as refused:
        clusters.find_binaries(root=machine)
    assert "apt-get install postgresql-17-postgis-3" in str(refused.value.facts["command"])


def test_a_data_folder_is_run_by_its_own_version_or_refused(machine: Path) -> None:
    install(machine, 15, "3.3.2")
    install(machine, 17, "3.5.0")
    data = machine / "pg"
    data.mkdir()
    (data / "PG_VERSION").write_text("15\n")
    assert clusters.find_binaries(data=data, root=machine).major == 15
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(ClusterVersionError) as refused:
        clusters.find_binaries(data=data, root=machine)
    assert refused.value.facts == {"folder": data, "found": "16", "wanted": "17, 15"}


def test_a_second_start_reuses_the_running_server(server: Cluster) -> None:
    again = clusters.start(server.home)
    assert again == server
    assert clusters.status(server.home) == server


def test_the_database_knows_chinese_letters(server: Cluster) -> None:
    assert ask(server.app_url, "SELECT cardinality(show_trgm('泰山区'))") > 0
    locale = "SELECT datctype FROM pg_database WHERE datname = 'yutu'"
    assert ask(server.app_url, locale) == "C.UTF-8"


def test_the_serving_role_owns_nothing_and_makes_no_schema(server: Cluster) -> None:
    ask(server.owner_url, "SELECT 1 FROM pg_namespace")
    engine = make_engine(server.owner_url, pool_size=0)
    with engine.begin() as conn:
        conn.execute(text("CREATE SCHEMA tried"))
        conn.execute(text("DROP SCHEMA tried"))
    power = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = '{}'"
    for role in ("yutu_owner", "yutu_app"):
        assert ask(server.admin_url, power.format(role)) is False
    may = "SELECT has_database_privilege('yutu_app', 'yutu', 'CREATE')"
    assert ask(server.admin_url, may) is False


def test_only_the_owner_can_enter_the_folder_of_the_socket(server: Cluster) -> None:
    assert ask(server.app_url, "SHOW listen_addresses") == ""
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert len(bytes(server.sockets / ".s.PGSQL.65535.lock")) < 107


def test_a_throw_away_cluster_gives_up_fsync(server: Cluster) -> None:
    assert ask(server.app_url, "SHOW fsync") == "off"
    assert ask(server.app_url, "SHOW jit") == "off"


def test_a_port_in_the_environment_does_not_mislead(
    server: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    assert ask(server.app_url, "SELECT 1") == 1


def test_tcp_is_opened_only_when_asked_and_with_a_password(home: Path, free_port: int) -> None:
    first = clusters.start(home)
    assert (first.tcp_url, ask(first.app_url, "SHOW fsync")) == (None, "on")
    opened = clusters.start(home, port=free_port)
    assert opened.tcp_url is not None
    assert ask(opened.tcp_url, "SELECT current_user") == "yutu_app"
    assert ask(opened.app_url, "SHOW listen_addresses") == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={free_port} user=yutu_app dbname=yutu")
    assert (home / "cluster.json").stat().st_mode & 0o077 == 0


@pytest.fixture
def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def test_a_killed_server_starts_again_with_its_data(home: Path) -> None:
    first = clusters.start(home)
    engine = make_engine(first.owner_url, pool_size=0)
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE kept AS SELECT 42 AS n"))
    for _ in range(2):
        os.kill(first.pid, signal.SIGKILL)
        second = clusters.start(home)
        assert second.pid != first.pid
        assert ask(second.owner_url, "SELECT n FROM kept") == 42
        first = second


def test_a_number_that_now_is_another_program_does_not_stop_the_start(home: Path) -> None:
    first = clusters.start(home, durable=False)
    user = places.find_place(home).user
    with foreign_process(user) as foreign:
        pretend(first, foreign)
        second = clusters.start(home, durable=False)
        assert second.pid not in (first.pid, foreign)


def test_a_dead_server_that_nobody_reaped_does_not_stop_the_start(home: Path) -> None:
    first = clusters.start(home, durable=False)
    user = places.find_place(home).user
    with foreign_process(user) as foreign:
        os.kill(foreign, signal.SIGKILL)
        pretend(first, foreign)
        assert clusters.status(home) is None
        assert clusters.start(home, durable=False).pid not in (first.pid, foreign)


@contextmanager
def foreign_process(user: places.ServerUser) -> Iterator[int]:
    """Run a program of the server's user that is no server."""
    other: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []}
    with subprocess.Popen(["sleep", "300"], **(other if ROOT else {})) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def pretend(cluster: Cluster, pid: int) -> None:
    """Kill the server and let its lock files name another process."""
    os.kill(cluster.pid, signal.SIGKILL)
    for file in (
        cluster.folder / "postmaster.pid",
        cluster.sockets / f".s.PGSQL.{cluster.port}.lock",
    ):
        _, rest = file.read_text().split("\n", 1)
        file.write_text(f"{pid}\n{rest}")


def test_a_half_made_data_folder_is_made_anew(empty: Path) -> None:
    places.make_home(empty)
    half = empty / "pg.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n")
    found = clusters.start(empty, durable=False)
    assert found.folder == empty / "pg"
    assert not half.exists()


def test_two_data_folders_have_two_servers(home: Path, server: Cluster) -> None:
    other = clusters.start(home, durable=False)
    assert other.sockets != server.sockets
    assert clusters.stop(home) is True
    assert clusters.stop(home) is False
    assert clusters.status(home) is None
    assert ask(server.app_url, "SELECT 1") == 1


def test_starts_at_the_same_moment_give_one_server(empty: Path) -> None:
    code = "import sys, pathlib; from geo.db import cluster; "
    code += "print(cluster.start(pathlib.Path(sys.argv[1]), durable=False).pid)"

    def begin(_: int) -> str:
        argv = [sys.executable, "-c", code, str(empty)]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(begin, range(3)))) == 1


def test_a_moved_data_folder_takes_its_running_server_along(home: Path) -> None:
    first = clusters.start(home, durable=False)
    moved = home.with_name("moved")
    home.rename(moved)
    assert clusters.start(moved).pid == first.pid
    clusters.stop(moved)
    assert ask(clusters.start(moved, durable=False).app_url, "SELECT 1") == 1
    clusters.discard(moved)
    shutil.rmtree(moved)


def test_a_copy_of_a_running_data_folder_is_not_taken_for_it(home: Path) -> None:
    first = clusters.start(home, durable=False)
    copy = home.with_name("copy")
    shutil.copytree(home, copy, ignore=lambda folder, _: [] if folder == str(home) else ["base"])
    assert clusters.status(copy) is None
    assert clusters.status(home) == first


@pytest.mark.skipif(not ROOT, reason="only root's server runs as another user")
def test_the_cluster_of_a_closed_folder_is_put_aside_and_found_again(tmp_path: Path) -> None:
    home = tmp_path / "closed" / ".yutu"
    home.parent.mkdir(mode=0o700)
    first = clusters.start(home, durable=False)
    try:
        assert first.aside
        assert first.folder.parent == places.ASIDE
        assert first.folder.name.startswith("closed-")
        assert json.loads((home / "cluster.json").read_text())["folder"] == str(first.folder)
        assert home.parent.stat().st_mode & 0o777 == 0o700
        moved = home.parent.rename(tmp_path / "moved") / ".yutu"
        assert clusters.start(moved).pid == first.pid
        copy = tmp_path / "copy"
        shutil.copytree(moved, copy)
        assert places.find_place(copy).folder != first.folder
    finally:
        clusters.discard(moved)
    assert not first.folder.exists()


def test_a_nearly_full_disk_is_refused_before_anything_is_made(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=50 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskFullError) as refused:
        clusters.start(empty)
    assert refused.value.facts["free_mb"] == 50
    assert not (empty / "pg").exists()


def fake_server(home: Path, said: str) -> None:
    """Try to start a server that says something and ends."""
    clusters.stop(home)
    place = places.find_place(home)
    fake = home.parent / "bin"
    fake.mkdir(exist_ok=True)
    (fake / "postgres").write_text(f"#!/bin/sh\necho 'FATAL:  {said}'\nexit 1\n")
    (fake / "postgres").chmod(0o755)
    process.launch(place, clusters.Binaries(15, fake, "3.3"), port=None, durable=False)


def test_a_server_that_ends_at_once_says_why(home: Path) -> None:
    clusters.start(home, durable=False)
    with pytest.raises(ClusterStartError) as refused:
        fake_server(home, "no such thing")
    assert "no such thing" in str(refused.value.facts["tail"])
    with pytest.raises(DiskFullError):
        fake_server(home, "could not write: No space left on device")


def test_a_database_in_locale_c_is_refused(home: Path) -> None:
    found = clusters.start(home, durable=False)
    url = f"host={found.sockets} port={found.port} user=postgres dbname=postgres"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP DATABASE yutu")
        conn.execute("CREATE DATABASE yutu TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    with pytest.raises(LocaleError) as refused:
        clusters.start(home)
    assert refused.value.facts == {"locale": "C", "encoding": "UTF8"}


def test_a_socket_folder_that_others_can_enter_is_refused(empty: Path) -> None:
    places.make_home(empty)
    place = places.find_place(empty)
    place.sockets.mkdir(mode=0o755)
    with pytest.raises(ClusterOwnerError):
        clusters.start(empty)


def test_a_long_log_is_cut_while_the_server_writes_to_it(home: Path) -> None:
    found = clusters.start(home, durable=False)
    log = found.folder / "postgres.log"
    with log.open("a") as more:
        more.write("x" * 80 + "\n")
        more.truncate(20 * 1024 * 1024)
    clusters.trim_log(home)
    assert log.stat().st_size < 1024
    assert (found.folder / "postgres.log.1").stat().st_size == 8 * 1024 * 1024
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"host={found.sockets} port={found.port} user=nobody_known dbname=yutu")
    time.sleep(0.2)
    assert 0 < log.stat().st_size < 1024


def test_a_data_folder_serves_one_service_until_that_is_killed(tmp_path: Path) -> None:
    code = "import sys, time, pathlib; from geo.db.cluster import hold_home\n"
    code += "with hold_home(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    argv = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HomeInUseError) as refused, clusters.hold_home(tmp_path):
            pass
        assert refused.value.facts["pid"] == str(holder.pid)
        holder.kill()
        holder.wait()
    with clusters.hold_home(tmp_path):
        pass
