from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from geo.access.jurisdiction import system_viewer
from geo.db.engine import reading, transaction
from geo.jobs.jobs import Job, ask_cancel, open_job, read_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

SYSTEM = system_viewer("test")
WORKER = Path(__file__).with_name("worker_of_tests.py")
PATIENCE_S = 120


@contextmanager
def worker(database: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, str(WORKER), database.app_url])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], Any]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.05)


def start(database: Any, kind: str, **args: Any) -> UUID:
    with transaction(database.engine, "system:test") as conn:
        return open_job(conn, kind, args, SYSTEM)


def look(database: Any, job_id: UUID) -> Job:
    with reading(database.engine) as conn:
        return read_job(conn, job_id, SYSTEM)


@pytest.fixture
def waiting(database: Any, tmp_path: Path) -> Any:
    """Return a job that goes on until ``go`` is there, and the file that notes each begin."""
    begun, go = tmp_path / "begun", tmp_path / "go"
    begun.touch()
    return start(database, "wait", begun=str(begun), go=str(go)), begun, go


def test_a_job_of_a_killed_worker_is_finished_by_the_next(database: Any, waiting: Any) -> None:
    job_id, begun, go = waiting
    with worker(database) as first:
        wait_for(begun.read_text)
        first.kill()
        first.wait()
    go.touch()
    with worker(database):
        wait_for(lambda: look(database, job_id).state == "done")
    found = look(database, job_id)
    assert begun.read_text().splitlines() == ["begun", "begun"]
    assert (found.attempts, found.progress, found.result) == (
        2,
        1,
        {"by": "system:worker", "url": "/somewhere"},
    )


def test_a_second_worker_leaves_a_living_ones_job_alone(database: Any, waiting: Any) -> None:
    job_id, begun, go = waiting
    with worker(database) as first:
        wait_for(begun.read_text)
        # Silent as in a computation that keeps every thread waiting: no beats, but it lives.
        first.send_signal(signal.SIGSTOP)
        with worker(database):
            time.sleep(3)
            assert look(database, job_id).attempts == 1
            first.send_signal(signal.SIGCONT)
            go.touch()
            wait_for(lambda: look(database, job_id).state == "done")
    assert begun.read_text().splitlines() == ["begun"]


def test_a_running_job_stops_when_it_is_cancelled(database: Any, waiting: Any) -> None:
    job_id, begun, _ = waiting
    with worker(database):
        wait_for(begun.read_text)
        wait_for(lambda: look(database, job_id).note == "job.waits")
        with transaction(database.engine, "system:test") as conn:
            ask_cancel(conn, job_id, SYSTEM)
        wait_for(lambda: look(database, job_id).state == "cancelled")


def test_a_worker_told_to_stop_leaves_its_job_to_the_next(database: Any, waiting: Any) -> None:
    job_id, begun, go = waiting
    with worker(database) as first:
        wait_for(begun.read_text)
        first.send_signal(signal.SIGTERM)
        assert first.wait(10) == 0
    assert (look(database, job_id).state, look(database, job_id).attempts) == ("waiting", 0)
    go.touch()
    with worker(database):
        wait_for(lambda: look(database, job_id).state == "done")
    assert look(database, job_id).attempts == 1


def test_a_failed_job_says_why_in_both_languages(database: Any) -> None:
    foreseen = start(database, "fail", foreseen=True)
    unforeseen = start(database, "fail", foreseen=False)
    unknown = start(database, "no such kind")
    with worker(database):
        wait_for(lambda: look(database, unknown).state == "failed")
    error = look(database, foreseen).error
    assert error is not None
    assert (error["zh"]["code"], error["zh"]["division"]) == ("division_unknown", "370999")
    assert error["zh"]["detail"] != error["en"]["detail"]
    for job_id in (unforeseen, unknown):
        found = look(database, job_id)
        assert found.error is not None
        assert (found.state, found.error["en"]["code"]) == ("failed", "failed")
