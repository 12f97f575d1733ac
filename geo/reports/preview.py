"""Look at what a package would have to say, before one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role
from geo.progress import Progress, never_stop, report
from geo.reports.changed import count_changes, find_changes
from geo.reports.packages import PackageItem, name_objects
from geo.reports.platforms import find_platform

MOST_TOLD = 500
"""So many rows are told one by one; the counts are of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is new, changed or ended since a platform last accepted it.

    ``counts`` are those a package would have, ``total`` the sum of its rows, ``items`` the first
    :data:`MOST_TOLD` of them.
    """

    counts: Mapping[str, Any]
    total: int
    items: list[PackageItem]


def preview_changes(
    conn: Connection,
    viewer: Viewer,
    platform: str,
    within: UUID | None,
    *,
    today: date,
    progress: Progress = never_stop,
) -> Preview:
    """Compare the register of today with what the platform last accepted; nothing is stored.

    Parameters
    ----------
    within
        The division that reports; None for everything.

    Raises
    ------
    PlatformUnknownError
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
        Unless the viewer has a role at the division.
    """
    described = find_platform(platform)
    require_role(conn, viewer, "viewer", [within], what=described.title)
    report(progress, 0.0, "doing.report_rows")
    changes = find_changes(conn, viewer, described, within, today)
    told = changes.items[:MOST_TOLD]
    named = name_objects(conn, [one.row.object_id for one in told])
    items = [
        PackageItem(
            object_id=one.row.object_id,
            object_kind=one.row.kind,
            key=one.row.key,
            name=named.get(one.row.object_id),
            what=one.what,
            accepted=None,
            reason=None,
        )
        for one in told
    ]
    return Preview(counts=count_changes(changes), total=len(changes.items), items=items)
