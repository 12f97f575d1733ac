"""What the worker can do: ``TASKS`` names the kinds of job.

A task opens its own transactions, may be begun anew at any time and stops when told to.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

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
from geo.files.store import find_file, keep_file
from geo.imports import run_import
from geo.incoming import ImportOptions
from geo.inspections.archive.make import make_archive
from geo.inspections.read import read_inspection
from geo.inspections.signing.content import require_whole
from geo.inspections.signing.instance import load_instance_key
from geo.progress import Progress, report
from geo.reports.make import make_package
from geo.reports.preview import preview_changes
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


def run_paper(
    engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Make a paper: ``paper``, ``object``, ``format``, ``at``, the ``name`` of the file, ``job``.

    A plan is of a ``year``.

    Fonts that stand in for those the paper asks for are named in the result. Begun anew it makes
    the paper anew.
    """
    # Here and not above: only some jobs draw.
    from api.paper_facts import gather_facts  # noqa: PLC0415
    from maps.papers import check_format, find_paper, make_paper  # noqa: PLC0415

    paper = find_paper(args["paper"])
    wanted = check_format(paper, args["format"])
    at, files = date.fromisoformat(args["at"]), settings().files
    report(progress, 0.05, "doing.paper_facts")
    with reading(engine) as conn:
        facts = gather_facts(conn, viewer, paper, UUID(args["object"]), at, files, args.get("year"))
    report(progress, 0.2, "doing.paper")
    made = make_paper(paper, facts, wanted, settings().home)
    with (
        tempfile.NamedTemporaryFile(prefix="paper-", dir=settings().tmp) as file,
        transaction(engine, viewer.actor) as conn,
    ):
        file.write(made.content)
        file.flush()
        kept = keep_file(conn, Path(file.name), files)
    return {
        "url": f"/api/v1/papers/files/{args['job']}",
        "name": args["name"],
        "media_type": made.media_type,
        "sha256": kept.sha256,
        "size": kept.size,
        "stand_ins": [asdict(one) for one in made.stand_ins],
    }


def run_report(
    engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Make a package for a platform: ``platform``, ``within`` (a division's id or None).

    Begun anew it makes another package of the same.
    """
    within = _read_id(args["within"])
    with transaction(engine, viewer.actor) as conn:
        done = make_package(
            conn,
            viewer,
            args["platform"],
            within,
            files=settings().files,
            today=china_day(),
            progress=progress,
        )
    return {
        "url": f"/api/v1/reports/packages/{done.id}",
        "package_id": str(done.id),
        "number": done.number,
        "counts": dict(done.counts),
    }


def run_report_changes(
    engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Say what a package for a platform would hold: ``platform``, ``within`` as of a package."""
    with reading(engine) as conn:
        found = preview_changes(
            conn,
            viewer,
            args["platform"],
            _read_id(args["within"]),
            today=china_day(),
            progress=progress,
        )
    items = [asdict(one) | {"object_id": str(one.object_id)} for one in found.items]
    return {"counts": dict(found.counts), "total": found.total, "items": items}


def run_inspection_archive(
    engine: Engine, viewer: Viewer, args: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Make the archive package of an inspection: ``inspection``, its id.

    Begun anew it finds the one that was made.
    """
    now = datetime.now(UTC)
    with transaction(engine, viewer.actor) as conn:
        found = read_inspection(conn, UUID(args["inspection"]), viewer, china_day(now))
        require_whole(found)
        key = load_instance_key(settings().instance_key)
        done = make_archive(
            conn, viewer, found, key, files=settings().files, now=now, progress=progress
        )
    return {
        "url": f"/api/v1/inspections/{found.id}/archive",
        "archive": str(done.id),
        "size": done.size,
        "fingerprint": done.fingerprint,
        "final": done.final,
    }


def _read_id(said: str | None) -> UUID | None:
    return None if said is None else UUID(said)


TASKS: dict[str, Task] = {
    "import": run_file_import,
    "topology": run_topology,
    "coverage": run_coverage,
    "paper": run_paper,
    "report": run_report,
    "report_changes": run_report_changes,
    "inspection_archive": run_inspection_archive,
}
"""Kind of job → what does it."""
