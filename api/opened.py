"""The answer 202: work that goes on as a job."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenedJob:
    """A job that was opened, and where to ask for it."""

    job: UUID
    url: str


def opened(job_id: UUID) -> OpenedJob:
    """Return the answer for a job that was just opened."""
    return OpenedJob(job_id, f"/api/v1/jobs/{job_id}")
