"""The newcomer's first day: one command, and what may happen to it."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from api.tls import init_tls
from geo.db import cluster
from tests.stories.served import (
    PASSWORD,
    PATIENCE_S,
    SERVE,
    children_of,
    folder,
    free_port,
    is_alive,
    serve,
    wait_for,
)

pytestmark = pytest.mark.slow

EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Return a data folder with a first start behind it."""
    with folder() as made:
        with serve(made, "--no-demo") as first:
            assert first.get("/healthz").status_code == 200
            assert first.get("/readyz").status_code == 200
            assert PASSWORD not in first.words()
            token = first.log_in()
            mine = first.get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}"})
            assert mine.json() == {"items": [], "total": 0, "next": None}
            started = time.monotonic()
            assert first.stop() == 0
            assert time.monotonic() - started < 15
        assert cluster.status(made) is None
        yield made


def test_after_sigkill_its_children_are_gone_and_the_next_start_needs_no_repair(
    home: Path,
) -> None:
    port = free_port()
    with serve(home, "--no-demo", port=port) as first:
        wait_for(lambda: len(children_of(first.process.pid)) == 2)
        children = children_of(first.process.pid)
        first.process.kill()
        first.process.wait()
        wait_for(lambda: not any(is_alive(child) for child in children))
    with serve(home, "--no-demo", port=port) as second:
        assert second.get("/readyz").status_code == 200
        second.log_in()
        assert second.stop(signal.SIGTERM) == 0
    assert cluster.status(home) is None


def test_what_dies_is_started_again_and_a_second_ctrl_c_makes_haste(home: Path) -> None:
    with serve(home, "--no-demo") as one:
        wait_for(lambda: len(children_of(one.process.pid)) == 2)
        before = set(children_of(one.process.pid))
        for child in before:
            os.kill(child, signal.SIGKILL)
        wait_for(lambda: len(set(children_of(one.process.pid)) - before) == 2)
        # Callers wait meanwhile; nobody is refused.
        assert one.get("/healthz", timeout=PATIENCE_S).status_code == 200
        found = cluster.status(home)
        assert found is not None
        os.kill(found.pid, signal.SIGQUIT)
        wait_for(lambda: "stopped unexpectedly" in one.words())
        wait_for(lambda: one.get("/readyz").status_code == 200)
        one.log_in()
        one.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        one.process.send_signal(signal.SIGINT)
        assert one.process.wait(30) == 0
    assert cluster.status(home) is None


def test_two_instances_run_side_by_side_and_a_third_on_the_same_folder_does_not(
    home: Path,
) -> None:
    with (
        folder() as other,
        serve(home, "--no-demo") as one,
        serve(other, "--no-demo", YUTU_ADMIN_PASSWORD="") as two,
    ):
        assert one.get("/healthz").status_code == two.get("/healthz").status_code == 200
        with serve(home, "--no-demo") as third:
            assert third.process.wait(60) == 3
            assert str(one.process.pid) in third.words()
        assert one.get("/readyz").status_code == 200
        # A password that was made is on the terminal alone, and opens the door.
        found = re.search(r"Password of .*: (\S+)", two.words())
        assert found is not None
        two.log_in(found[1])
        for log in (other / "logs").iterdir():
            assert found[1] not in log.read_text()


def test_a_port_in_use_is_told_in_words_with_another_one(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serve(home, port=port) as refused:
            assert refused.process.wait(30) == 3
            assert f"端口 {port} 已被别的程序占用" in refused.words()


def test_beyond_this_machine_it_serves_only_encrypted(home: Path) -> None:
    done = subprocess.run(
        [*SERVE, "--host", EVERYWHERE, "--port", str(free_port())],
        env={**os.environ, "YUTU_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "--insecure" in done.stderr


def test_with_the_offices_certificate_it_serves_https_to_who_trusts_the_ca(home: Path) -> None:
    with serve(home, "--tls", "--no-demo") as refused:
        assert refused.process.wait(60) == 3
        assert "yutu tls init" in refused.words()
    made = init_tls(home, ["localhost", "127.0.0.1"])
    with serve(home, "--tls", "--no-demo", "--host", EVERYWHERE) as one:
        trusting = ssl.create_default_context(cafile=made.ca)
        assert one.get("/healthz", verify=trusting).status_code == 200
        assert made.fingerprint in one.get("/tls", verify=trusting).text
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"):
            one.get("/healthz")
