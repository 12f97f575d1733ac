"""What the worker can do: ``TASKS`` names the kinds of job.

A task opens its own transactions, may be begun anew at any time and stops when told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Engine

from api.clock import china_day
from api.jobs import Task
from geo.access.jurisdiction import Viewer
from geo.boundaries.check import check_topology
from geo.coverage.question import read_question
from geo.coverage.runs import ask
from geo.db.engine import reading, transaction
from geo.divisions.read import find_division, units_below
from geo.exchange.stage import Options
from geo.files.store import find_file
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.progress import Progress
from geo.settings import settings


def run_topology(
    engine: Engine, _viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Check the polygons of a level: ``level``, ``within`` (a code or None), ``at``."""
    at = date.fromisoformat(args["at"])
    with reading(engine) as conn:
        within = args["within"]
        among = units_below(conn, find_division(conn, within), at) if within else None
        return asdict(check_topology(conn, args["level"], at, among=among, progress=progress))


def run_file_import(
    engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Import a kept file: ``kind``, ``sha256``, ``name`` and the options of the import.

    Begun anew it finds what it did before unchanged, so it can be repeated.
    """
    options = ImportOptions(
        valid_from=date.fromisoformat(args["valid_from"]),
        facts=args.get("facts", {}),
        reading=Options(
            crs=args["crs"],
            encoding=args["encoding"],
            mapping=args["mapping"],
            layer=args["layer"],
        ),
        dry_run=args["dry_run"],
        accept_findings=args["accept_findings"],
    )
    with transaction(engine, viewer.actor) as conn:
        done = run_import(
            conn,
            args["kind"],
            find_file(conn, args["sha256"], settings().files).path,
            options,
            viewer=viewer,
            today=china_day(),
            files=settings().files,
            name=args["name"],
            progress=progress,
        )
    return {
        "url": f"/api/v1/imports/{done.id}",
        "state": done.state,
        "rows": done.rows,
        "counts": dict(done.counts),
        "errors": done.errors,
        "warnings": len(done.findings) - done.errors,
    }


def run_coverage(
    engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Answer who lives within a walk of what: the fields of a question; the run is stored.

    Begun anew it makes another run of the same question.
    """
    with transaction(engine, viewer.actor) as conn:
        done = ask(conn, viewer, read_question(args), settings().files, progress)
    return {"url": f"/api/v1/coverage/runs/{done.id}", "run_id": str(done.id)}


TASKS: dict[str, Task] = {
    "import": run_file_import,
    "topology": run_topology,
    "coverage": run_coverage,
}
"""Kind of job → what does it."""
