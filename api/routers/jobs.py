"""Jobs over HTTP: how far one is, one's own, and cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import Asker, AskerLang, ReadConn, WriteConn
from api.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from geo.errors import OptionInvalidError
from geo.jobs import jobs
from geo.jobs.jobs import Job, State
from geo.texts import Lang, catalogue

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """A job for its user; ``progress`` is the share done, ``error`` a problem document."""

    id: UUID
    kind: str
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
    url: str
    cancel_url: str | None
    result_url: str | None


@router.get("/{job_id}")
def read_job(job_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang) -> JobAnswer:
    """Say how far a job is and, when it has ended, what came of it."""
    return show_job(jobs.read_job(conn, job_id, asker), lang)


@router.get("")
def list_jobs(
    conn: ReadConn, asker: Asker, lang: AskerLang, limit: Limit = 100, cursor: Cursor = None
) -> Page[JobAnswer]:
    """List one's own jobs, the newest first."""
    key = decode_cursor(cursor, 1)
    found = jobs.list_jobs(conn, asker, limit=limit + 1, before=_as_id(key[0]) if key else None)
    more = len(found) > limit
    items = [show_job(one, lang) for one in found[:limit]]
    following = encode_cursor(str(items[-1].id)) if more else None
    return Page(items, total=jobs.count_jobs(conn, asker), next=following)


@router.post("/{job_id}/cancel")
def cancel_job(job_id: UUID, conn: WriteConn, asker: Asker, lang: AskerLang) -> JobAnswer:
    """Cancel a job: at once while it waits, at its next step while it runs."""
    return show_job(jobs.ask_cancel(conn, job_id, asker), lang)


def show_job(job: Job, lang: Lang) -> JobAnswer:
    """Return a job as the API shows it, in the asker's language."""
    url = f"/api/v1/jobs/{job.id}"
    return JobAnswer(
        id=job.id,
        kind=job.kind,
        state=job.state,
        progress=job.progress,
        note=catalogue(lang).get(job.note, job.note),
        result=job.result,
        error=job.error[lang] if job.error else None,
        cancel_asked=job.cancel_asked,
        attempts=job.attempts,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        url=url,
        cancel_url=None if job.state in jobs.ENDED else f"{url}/cancel",
        result_url=job.result.get("url") if job.result else None,
    )


def _as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise OptionInvalidError(option="cursor", value=text, allowed="next") from error
