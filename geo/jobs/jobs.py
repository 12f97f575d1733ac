"""Long work as people see it: opened, looked at, cancelled. How it runs is in ``running``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, update

from geo.access.jurisdiction import Viewer
from geo.db.ids import new_id
from geo.errors import JobEndedError, JobUnknownError, UnauthenticatedError
from geo.jobs.queue import enqueue
from geo.jobs.tables import job as jobs

State = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work; ``progress`` is the share done, ``error`` a problem by language."""

    id: UUID
    kind: str
    args: dict[str, Any]
    user_id: UUID | None
    state: State
    progress: float
    note: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    cancel_asked: bool
    attempts: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


FIELDS = tuple(jobs.c[name] for name in Job.__dataclass_fields__)


def as_job(row: Row[Any]) -> Job:
    """Return the job of a row of :data:`FIELDS`."""
    return Job(**row._asdict())


def open_job(
    conn: Connection,
    kind: str,
    args: Mapping[str, Any],
    viewer: Viewer,
    *,
    job_id: UUID | None = None,
) -> UUID:
    """Write a job down and queue it, both in the caller's transaction.

    Parameters
    ----------
    kind
        Which of the worker's tasks.
    args
        What the task needs, as JSON can hold it.
    job_id
        Its id, where the task has to know it; a new one by default.

    Raises
    ------
    UnauthenticatedError
        If nobody is logged in.
    """
    if viewer.is_public:
        raise UnauthenticatedError
    job_id = job_id or new_id()
    row = {"id": job_id, "kind": kind, "args": dict(args), "user_id": viewer.user_id}
    conn.execute(insert(jobs), row)
    enqueue(conn, job_id)
    return job_id


def read_job(conn: Connection, job_id: UUID, viewer: Viewer) -> Job:
    """Return a job to the one who opened it, or to an administrator of the whole office.

    Raises
    ------
    UnauthenticatedError
        If nobody is logged in.
    JobUnknownError
        If there is none, or it is somebody else's.
    """
    if viewer.is_public:
        raise UnauthenticatedError
    row = conn.execute(select(*FIELDS).where(jobs.c.id == job_id)).one_or_none()
    if row is None or not _may_see(as_job(row), viewer):
        raise JobUnknownError(job=job_id)
    return as_job(row)


def list_jobs(
    conn: Connection, viewer: Viewer, *, limit: int = 100, before: UUID | None = None
) -> list[Job]:
    """Return the viewer's own jobs, the newest first; the program itself sees everybody's.

    Parameters
    ----------
    before
        Only jobs opened before this one.
    """
    found = select(*FIELDS).where(_own(viewer)).order_by(jobs.c.id.desc()).limit(limit)
    if before is not None:
        found = found.where(jobs.c.id < before)
    return [as_job(row) for row in conn.execute(found)]


def count_jobs(conn: Connection, viewer: Viewer) -> int:
    """Return how many jobs :func:`list_jobs` would list in all."""
    return conn.execute(select(func.count()).where(_own(viewer)).select_from(jobs)).scalar_one()


def ask_cancel(conn: Connection, job_id: UUID, viewer: Viewer) -> Job:
    """Cancel a job that waits, at once; ask one that runs to stop at its next step.

    Raises
    ------
    JobEndedError
        If it has ended already.
    JobUnknownError, UnauthenticatedError
    """
    conn.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())
    found = read_job(conn, job_id, viewer)
    if found.state in ENDED:
        raise JobEndedError(job=job_id, state=found.state)
    change: dict[str, Any] = {"cancel_asked": True}
    if found.state == "waiting":
        change |= {"state": "cancelled", "ended_at": func.now()}
    changed = update(jobs).where(jobs.c.id == job_id).values(change).returning(*FIELDS)
    return as_job(conn.execute(changed).one())


def _may_see(found: Job, viewer: Viewer) -> bool:
    own = viewer.user_id is not None and found.user_id == viewer.user_id
    return own or any(
        grant.role == "administrator" and grant.division_id is None for grant in viewer.grants
    )


def _own(viewer: Viewer) -> Any:
    return True if viewer.user_id is None else jobs.c.user_id == viewer.user_id
