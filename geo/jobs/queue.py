"""Putting a job into the queue inside the caller's transaction, and taking dead entries out."""

from __future__ import annotations

from uuid import UUID

from procrastinate import SyncPsycopgConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task
from sqlalchemy import Connection, text

RUN = "yutu:run"
"""Name of the queue's one task; its argument is the id of the job."""

# Never opened: it only speaks over the caller's connection, so that an entry in the queue exists
# exactly when the job's row does.
_manager = JobManager(SyncPsycopgConnector())


def enqueue(conn: Connection, job_id: UUID) -> None:
    """Queue a job; a worker hears of it when the transaction commits."""
    driver = conn.connection.driver_connection
    configure_task(name=RUN, job_manager=_manager, connection=driver).defer(job=str(job_id))


def drop_entry(conn: Connection, job_id: UUID) -> None:
    """Take away the entry that a dead worker left as being done."""
    conn.execute(
        text(
            "DELETE FROM jobs.procrastinate_jobs "
            "WHERE task_name = :task AND args ->> 'job' = :job AND status = 'doing'"
        ),
        {"task": RUN, "job": str(job_id)},
    )
