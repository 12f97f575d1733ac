"""How a job runs, as its row tells: begun, noted, ended; and what becomes of a dead worker's job.

Two things tell whether a job is still being worked on, and only when both say no is it begun anew:

- its *beat*, moved every few seconds by a thread of the worker. It stops when the process dies, but
  also while the database is away or a computation keeps every thread waiting;
- its *lock*, a session's advisory lock that the worker's own connection holds. The server lets go
  of it the moment the process dies, on whatever host it ran (a lock on a file would bind all
  workers to one host). But it is also lost when the database restarts under a living worker.

Should both be wrong at once, the attempt's number keeps order: whoever writes for an attempt that
is no longer the present one writes nothing, and is told to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    func,
    or_,
    select,
    text,
    update,
)

from geo.db.engine import told_plainly
from geo.errors import JobLostError, YutuError
from geo.jobs.jobs import FIELDS, Job, State, as_job
from geo.jobs.queue import RUN, drop_entry, enqueue
from geo.jobs.tables import job as jobs

MOST_ATTEMPTS = 3
STALE_S = 15.0
"""A job whose beat is older than this, seconds, may have lost its worker."""


@contextmanager
def holding(engine: Engine, job_id: UUID) -> Iterator[bool]:
    """Hold a job for this process; False if another one holds it.

    Parameters
    ----------
    engine
        One that keeps no connections: what a pool gets back would keep the lock.
    """
    with told_plainly(), engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT")
        yield bool(conn.execute(select(func.pg_try_advisory_lock(_key(job_id)))).scalar())


def begin_job(conn: Connection, job_id: UUID) -> Job | None:
    """Begin a job that waits; None if it does not (cancelled, or done by somebody else)."""
    begun = {
        "state": "running",
        "attempts": jobs.c.attempts + 1,
        "progress": 0.0,
        "note": "",
        "started_at": func.coalesce(jobs.c.started_at, func.now()),
        "beat_at": func.clock_timestamp(),
    }
    waiting = (jobs.c.id == job_id) & (jobs.c.state == "waiting")
    row = conn.execute(update(jobs).where(waiting).values(begun).returning(*FIELDS)).one_or_none()
    return None if row is None else as_job(row)


def note_progress(conn: Connection, begun: Job, share: float, note: str) -> bool:
    """Note how far a job is; False if it should stop: cancelled, or no longer this attempt's.

    Parameters
    ----------
    share
        What is done, 0 to 1; what lies outside is cut.
    """
    change = {"progress": min(max(share, 0.0), 1.0), "note": note}
    return _beat(conn, begun, change)


def beat(conn: Connection, begun: Job) -> bool:
    """Say that a job is being worked on; False if it should stop."""
    return _beat(conn, begun, {})


def end_job(
    conn: Connection,
    begun: Job,
    state: State,
    *,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> bool:
    """End a job; False if it was no longer this attempt's, and nothing was written."""
    change: dict[str, Any] = {"state": state, "ended_at": func.now()}
    if state == "done":
        change |= {"progress": 1.0, "result": result}
    if error is not None:
        change |= {"error": error}
    return conn.execute(update(jobs).where(_is_this(begun)).values(change)).rowcount == 1


def put_back(conn: Connection, begun: Job) -> None:
    """Let a job wait again whose worker is told to stop; that attempt does not count."""
    change = {"state": "waiting", "attempts": jobs.c.attempts - 1}
    if conn.execute(update(jobs).where(_is_this(begun)).values(change)).rowcount:
        enqueue(conn, begun.id)


def sweep_jobs(
    conn: Connection, explain: Callable[[YutuError], dict[str, Any]], *, stale_s: float = STALE_S
) -> list[UUID]:
    """Queue again what lost its worker, or give it up after three attempts.

    Parameters
    ----------
    explain
        Makes of an error what is kept as the job's.

    Returns
    -------
    The jobs that were queued again.
    """
    again = []
    orphaned = select(*FIELDS).where(_orphaned(stale_s)).with_for_update(skip_locked=True)
    for lost in [as_job(row) for row in conn.execute(orphaned)]:
        if not conn.execute(select(func.pg_try_advisory_xact_lock(_key(lost.id)))).scalar():
            continue  # its worker lives
        drop_entry(conn, lost.id)
        if lost.cancel_asked:
            change: dict[str, Any] = {"state": "cancelled", "ended_at": func.now()}
        elif lost.attempts >= MOST_ATTEMPTS:
            error = explain(JobLostError(attempts=lost.attempts))
            change = {"state": "failed", "error": error, "ended_at": func.now()}
        else:
            change = {"state": "waiting"}
            enqueue(conn, lost.id)
            again.append(lost.id)
        conn.execute(update(jobs).where(jobs.c.id == lost.id).values(change))
    return again


def _orphaned(stale_s: float) -> ColumnElement[bool]:
    before = func.now() - timedelta(seconds=stale_s)
    # A worker that dies between taking an entry and beginning the job leaves it waiting for ever.
    queued = (
        select(text("1"))
        .select_from(text("jobs.procrastinate_jobs AS entry"))
        .where(
            text("entry.task_name = :task AND entry.status = 'todo'").bindparams(task=RUN),
            text("entry.args ->> 'job' = job.id::text"),
        )
        .exists()
    )
    return or_(
        (jobs.c.state == "running") & (jobs.c.beat_at < before),
        (jobs.c.state == "waiting") & (jobs.c.created_at < before) & ~queued,
    )


def _beat(conn: Connection, begun: Job, change: dict[str, Any]) -> bool:
    change = {**change, "beat_at": func.clock_timestamp()}
    asked = conn.execute(
        update(jobs).where(_is_this(begun)).values(change).returning(jobs.c.cancel_asked)
    ).scalar()
    return asked is False


def _is_this(begun: Job) -> ColumnElement[bool]:
    return (
        (jobs.c.id == begun.id) & (jobs.c.attempts == begun.attempts) & (jobs.c.state == "running")
    )


def _key(job_id: UUID) -> int:
    # The second half of a UUIDv7 is random; advisory locks are numbered by signed 64-bit integers.
    return int.from_bytes(job_id.bytes[8:], signed=True)
