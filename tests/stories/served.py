"""A running ``./scripts/serve``, started as a process as an office starts it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from geo.db import cluster
from geo.settings import ROOT

PATIENCE_S = 180
PASSWORD = "correct horse 电池"
SERVE = (str(ROOT / "scripts" / "serve"),)


@dataclass
class Served:
    """One start of the service."""

    process: subprocess.Popen[str]
    url: str
    said: Path

    def words(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", **{"timeout": 30, **options})

    def log_in(self, password: str = PASSWORD) -> str:
        form = {"username": "admin", "password": password}
        answer = httpx.post(f"{self.url}/api/v1/auth/token", data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def folder() -> Iterator[Path]:
    """Make a data folder that the database's user can reach, and clean up after it."""
    made = Path(tempfile.mkdtemp(prefix="yutu-story-"))
    made.chmod(0o755)
    home = made / "home"
    try:
        yield home
    finally:
        if home.exists():
            cluster.discard(home)
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def serve(home: Path, *options: str, port: int | None = None, **env: str) -> Iterator[Served]:
    """Start the service and wait until it says that it is ready."""
    port = port or free_port()
    said = home.parent / f"said-{port}-{time.monotonic_ns()}"
    argv = [*SERVE, "--port", str(port), *options]
    given = {**os.environ, "YUTU_HOME": str(home), "YUTU_ADMIN_PASSWORD": PASSWORD, **env}
    with said.open("w") as out:
        process = subprocess.Popen(argv, env=given, stdout=out, stderr=out, text=True)
    scheme = "https" if "--tls" in options else "http"
    started = Served(process, f"{scheme}://127.0.0.1:{port}", said)
    try:
        wait_for(lambda: "Ctrl-C" in started.words() or process.poll() is not None)
        yield started
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(one) for one in listed.split()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"
