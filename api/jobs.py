"""The worker: it takes jobs from the queue, one at a time, and runs the task of their kind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.errors import as_json, make_problem
from geo.access.jurisdiction import Viewer, load_viewer, system_viewer
from geo.db.engine import make_engine, reading, transaction
from geo.db.metadata import QUEUE_SCHEMA
from geo.db.state import driver_url
from geo.errors import DatabaseGoneError, StoppedError, YutuError
from geo.files.partial import sweep_partials
from geo.jobs.jobs import Job, State
from geo.jobs.queue import RUN
from geo.jobs.running import (
    STALE_S,
    beat,
    begin_job,
    end_job,
    holding,
    note_progress,
    put_back,
    sweep_jobs,
)
from geo.progress import Progress
from geo.settings import settings
from geo.texts import LANGS

Task = Callable[[Engine, Viewer, Mapping[str, Any], Progress], dict[str, Any]]
"""A kind of job: opens its own transactions, may be begun anew at any time, stops when told."""

ACTOR = "system:worker"
NOTE_S = 0.5
"""Progress is written at most this often, seconds."""
STATEMENT_S = 3600
FAR_S = 86_400.0

log = structlog.get_logger("yutu.worker")


@dataclass(frozen=True)
class Pace:
    """How often a worker says that it lives, and when it takes another for dead, seconds."""

    beat_s: float = 5.0
    stale_s: float = STALE_S


@dataclass
class Watched:
    """What the threads around a running job tell each other."""

    begun: Job
    stopping: Callable[[], bool]
    """Whether the worker is being stopped."""
    asked: threading.Event = field(default_factory=threading.Event)
    """Set when somebody cancelled the job, or another worker has it."""
    over: threading.Event = field(default_factory=threading.Event)


def run_worker(url: str, tasks: Mapping[str, Task], pace: Pace | None = None) -> None:
    """Take jobs and run them until SIGTERM or SIGINT.

    A job that runs then is told to stop at its next step and waits for the next worker.

    Parameters
    ----------
    url
        SQLAlchemy URL of the serving role.
    tasks
        Kind of job → what does it.
    """
    pace = pace or Pace()
    engine = make_engine(url, pool_size=3, statement_timeout_s=STATEMENT_S, name="yutu worker")
    # What a pool gets back would keep its locks.
    unpooled = make_engine(url, pool_size=0, name="yutu worker lock")
    app = _make_app(url, engine, unpooled, tasks, pace)
    with _sweeping(engine, pace):
        app.run_worker(
            concurrency=1,
            # At once: the job itself decides how soon it can stop, the supervisor how long it may.
            shutdown_graceful_timeout=0,
            # An entry is worth nothing when it was worked off; the job's row is kept.
            delete_jobs="always",
            # The library would let go of a dead worker's entries by its own measure; we sweep.
            stalled_worker_timeout=FAR_S,
        )
    engine.dispose()


def _make_app(
    url: str, engine: Engine, unpooled: Engine, tasks: Mapping[str, Task], pace: Pace
) -> App:
    app = App(
        connector=PsycopgConnector(
            conninfo=driver_url(url),
            kwargs={
                "options": f"-c search_path={QUEUE_SCHEMA},public",
                "application_name": "yutu queue",
            },
            min_size=1,
            max_size=4,
        )
    )

    @app.task(name=RUN, pass_context=True)
    def _run(context: JobContext, job: str) -> None:
        should_stop = context.should_abort
        run_job(engine, unpooled, UUID(job), tasks=tasks, stopping=should_stop, pace=pace)

    return app


def run_job(
    engine: Engine,
    unpooled: Engine,
    job_id: UUID,
    *,
    tasks: Mapping[str, Task],
    stopping: Callable[[], bool],
    pace: Pace,
) -> None:
    """Run one job from begin to end; if it does not wait, or another worker has it, do nothing.

    When the database goes away in the middle, nothing can be written; the job is found by the
    next sweep.
    """
    with holding(unpooled, job_id) as held:
        if not held:
            return
        with transaction(engine, ACTOR) as conn:
            begun = begin_job(conn, job_id)
        if begun is None:
            return
        watched = Watched(begun, stopping)
        try:
            with _beating(engine, watched, pace):
                state, told = _do(engine, watched, tasks)
            with transaction(engine, ACTOR) as conn:
                if state == "waiting":
                    put_back(conn, begun)
                else:
                    end_job(conn, begun, state, **told)
        except DatabaseGoneError:
            log.warning("job_left", job=str(job_id), kind=begun.kind, reason="database gone")


def explain(error: YutuError) -> dict[str, Any]:
    """Return an error as a job keeps it: the problem document in each language."""
    return {lang: json.loads(bytes(make_problem(error, lang).body)) for lang in LANGS}


def _do(
    engine: Engine, watched: Watched, tasks: Mapping[str, Task]
) -> tuple[State, dict[str, Any]]:
    begun = watched.begun
    started = time.monotonic()
    try:
        viewer = _load_viewer(engine, begun)
        result = tasks[begun.kind](engine, viewer, begun.args, _progress(engine, watched))
    except StoppedError:
        # Not cancelled by anybody: the worker is being stopped, so the job waits for the next.
        again = watched.stopping() and not watched.asked.is_set()
        return ("waiting" if again else "cancelled"), {}
    except DatabaseGoneError:
        raise
    except YutuError as error:
        log.info("job_failed", job=str(begun.id), kind=begun.kind, code=error.code)
        return "failed", {"error": explain(error)}
    except Exception:
        log.exception("job_broke", job=str(begun.id), kind=begun.kind)
        return "failed", {"error": explain(YutuError())}
    seconds = round(time.monotonic() - started, 3)
    log.info("job_done", job=str(begun.id), kind=begun.kind, seconds=seconds)
    return "done", {"result": as_json(result, "zh")}


def _load_viewer(engine: Engine, begun: Job) -> Viewer:
    if begun.user_id is None:
        return system_viewer("worker")
    with reading(engine) as conn:
        return load_viewer(conn, begun.user_id, demo_open=False)


def _progress(engine: Engine, watched: Watched) -> Progress:
    noted = -NOTE_S

    def progress(share: float, doing: str) -> bool:
        nonlocal noted
        if watched.asked.is_set() or watched.stopping():
            return False
        now = time.monotonic()
        if now - noted >= NOTE_S:
            noted = now
            with transaction(engine, ACTOR) as conn:
                if not note_progress(conn, watched.begun, share, doing):
                    watched.asked.set()
        return not watched.asked.is_set()

    return progress


@contextmanager
def _beating(engine: Engine, watched: Watched, pace: Pace) -> Iterator[None]:
    def keep_beating() -> None:
        while not watched.over.wait(pace.beat_s):
            try:
                with transaction(engine, ACTOR) as conn:
                    if not beat(conn, watched.begun):
                        watched.asked.set()
            except (YutuError, SQLAlchemyError) as error:
                # The database may be back at the next beat.
                log.warning("beat_missed", job=str(watched.begun.id), reason=repr(error))

    thread = threading.Thread(target=keep_beating, name="beat")
    thread.start()
    try:
        yield
    finally:
        watched.over.set()
        thread.join()


@contextmanager
def _sweeping(engine: Engine, pace: Pace) -> Iterator[None]:
    over = threading.Event()

    def keep_sweeping() -> None:
        while True:
            try:
                with transaction(engine, ACTOR) as conn:
                    for job_id in sweep_jobs(conn, explain, stale_s=pace.stale_s):
                        log.warning("job_queued_again", job=str(job_id))
            except (YutuError, SQLAlchemyError) as error:
                log.warning("sweep_missed", reason=repr(error))
            sweep_partials(settings().uploads, now_s=time.time())
            if over.wait(pace.stale_s):
                return

    thread = threading.Thread(target=keep_sweeping, name="sweep")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
