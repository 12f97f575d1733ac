"""Make a package of what changed for a platform."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from geo.access.jurisdiction import Viewer, name_divisions, require_role
from geo.db.ids import new_id
from geo.files.store import keep_file
from geo.progress import Progress, never_stop, report
from geo.reports.changed import Item, count_changes, find_changes
from geo.reports.files import write_package
from geo.reports.packages import Package, read_package
from geo.reports.platforms import Platform, find_platform
from geo.reports.tables import report_item, report_package
from geo.settings import settings

LOCK = 0x59755265706F7274
"""Packages are numbered one after the other ("YuReport")."""


def make_package(
    conn: Connection,
    viewer: Viewer,
    platform: str,
    within: UUID | None,
    *,
    files: Path,
    today: date,
    progress: Progress = never_stop,
) -> Package:
    """Make a package of what is new, changed or ended since the platform last accepted it.

    With nothing to report it is a zero report (零报告): a package without rows.

    Parameters
    ----------
    within
        The division that reports; None for everything.
    files
        Folder of kept files.

    Raises
    ------
    PlatformUnknownError
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of the division.
    """
    described = find_platform(platform)
    require_role(conn, viewer, "editor", [within], what=described.title)
    conn.execute(select(func.pg_advisory_xact_lock(LOCK)))
    report(progress, 0.0, "doing.report_rows")
    changes = find_changes(conn, viewer, described, within, today)
    number = _next_number(conn, platform, within)
    counts = count_changes(changes)
    facts = _facts(conn, described, within, number, today) | {"counts": counts}
    report(progress, 0.5, "doing.report_files")
    scratch = settings().tmp if settings().tmp.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yutu-", dir=scratch) as folder:
        path = Path(folder) / "package.zip"
        counts["files"] = write_package(
            conn, path, described, changes.items, files=files, facts=facts
        )
        kept = keep_file(conn, path, files)
    made = new_id()
    conn.execute(
        insert(report_package).values(
            id=made,
            platform=platform,
            number=number,
            division_id=within,
            file_sha256=kept.sha256,
            counts=counts,
            actor=viewer.actor,
            created_at=func.clock_timestamp(),
        )
    )
    _store_items(conn, made, changes.items)
    return read_package(conn, viewer, made)


def _next_number(conn: Connection, platform: str, within: UUID | None) -> int:
    package = report_package.c
    newest = conn.execute(
        select(func.coalesce(func.max(package.number), 0)).where(
            package.platform == platform, package.division_id.is_not_distinct_from(within)
        )
    ).scalar_one()
    return int(newest) + 1


def _facts(
    conn: Connection, platform: Platform, within: UUID | None, number: int, today: date
) -> dict[str, Any]:
    return {
        "platform": platform.title,
        "verified": platform.verified,
        "note": platform.note,
        "number": number,
        "division": name_divisions(conn, [within])[within] if within else None,
        "date": today.isoformat(),
        "encoding": platform.encoding,
        "crs": "EPSG:4490",
    }


def _store_items(conn: Connection, package_id: UUID, items: Sequence[Item]) -> None:
    rows = [
        {
            "package_id": package_id,
            "object_id": one.row.object_id,
            "object_kind": one.row.kind,
            "key": one.row.key,
            "what": one.what,
            "digest": one.row.digest,
        }
        for one in items
    ]
    if rows:
        conn.execute(insert(report_item), rows)
