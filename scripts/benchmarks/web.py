"""Requests to a running service, one after the other on one connection, warm."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.benchmarks.show import show

REQUESTS = 100
TILES = (
    "0/0/0", "3/6/3", "4/13/6", "5/26/12", "6/52/25", "7/105/50", "8/210/100", "10/843/402",
)  # fmt: skip


@contextmanager
def serving(home: Path, app_url: str) -> Iterator[int]:
    """Serve the app on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "--factory", "scripts.web:make_app"]
    quiet = ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    environment = os.environ | {
        "YUTU_HOME": str(home),
        "YUTU_DATABASE_URL": app_url,
        "YUTU_PUBLIC_DEMO": "true",
    }
    silent = subprocess.DEVNULL
    web = subprocess.Popen([*command, *quiet], env=environment, stdout=silent, stderr=silent)  # noqa: S603
    try:
        _wait(port)
        yield port
    finally:
        web.terminate()
        web.wait()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def measure_requests(port: int) -> None:
    """Ask a running service, one request after the other on one connection, warm."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    division = "/api/v1/divisions/370902"
    province = "/api/v1/boundary-lines?within=37&level=county"
    show("GET a division", _ask(connection, division, REQUESTS), limit_s=0.020)
    show("GET a province's lines", _ask(connection, province, REQUESTS), limit_s=0.150)
    for tile in TILES:
        for layer in ("divisions", "boundary_lines"):
            path = f"/tiles/{layer}/{tile}.mvt"
            show(f"GET {path}", _ask(connection, path, REQUESTS // 5))
    connection.close()


def _ask(connection: http.client.HTTPConnection, path: str, times: int) -> list[float]:
    def once() -> None:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path} answered {answer.status}")

    for _ in range(5):
        once()
    return [_time(once) for _ in range(times)]


def _time(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
