"""A worker with tasks of its own, run as a process by ``test_jobs.py``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.jobs import Pace, run_worker
from geo.errors import DivisionUnknownError
from geo.progress import Progress, report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from geo.access.jurisdiction import Viewer


def wait_for_file(
    _engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Note the begin in one file, then go on until another is there."""
    begun, go = Path(args["begun"]), Path(args["go"])
    with begun.open("a") as file:
        file.write("begun\n")
    while not go.exists():
        report(progress, 0.5, "job.waits")
        time.sleep(0.05)
    return {"by": viewer.actor, "url": "/somewhere"}


def fail(
    _engine: Engine, _viewer: Viewer, args: Mapping[str, Any], _progress: Progress
) -> dict[str, Any]:
    """Fail as foreseen, or not."""
    if args["foreseen"]:
        raise DivisionUnknownError(division="370999")
    raise ZeroDivisionError


if __name__ == "__main__":
    run_worker(sys.argv[1], {"wait": wait_for_file, "fail": fail}, Pace(beat_s=0.2, stale_s=1.0))
