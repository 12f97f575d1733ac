"""Files that a side gives to a marker: photos and papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.files.attach import Attachment, attach_file
from geo.markers.events import find_side
from geo.markers.read import Marker
from geo.revisions.changes import change_object


def give_file(
    conn: Connection,
    viewer: Viewer,
    marker: Marker,
    path: Path,
    *,
    files: Path,
    name: str,
    side: str | None,
    **facts: Any,
) -> Attachment:
    """Give a file to a marker for a side; it only adds, so no revision need have been seen.

    Parameters
    ----------
    files
        Folder of kept files.
    side
        Code, name or id of the side; by default the viewer's own, nobody's where the viewer is an
        editor of several.
    facts
        ``kind``, ``title``, ``number``, ``dated``, ``issuer``, ``note`` of the paper.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of the side.
    OptionInvalidError, FileRefusedError
        If the side is none of the marker's, or the file no document or photo.
    """
    of = _giving_side(conn, viewer, marker, side)
    given = attach_file(
        conn,
        viewer,
        path,
        files=files,
        object_kind="marker",
        object_id=marker.id,
        name=name,
        division_id=of,
        **facts,
    )
    change_object(
        conn,
        viewer,
        "marker",
        marker.id,
        "marker_file",
        seen=None,
        needs_seen=False,
        name=given.title or given.name,
    )
    return given


def _giving_side(conn: Connection, viewer: Viewer, marker: Marker, said: str | None) -> UUID | None:
    wanted = [find_side(marker, said).id] if said else [one.id for one in marker.sides]
    mine = roles_at(conn, viewer, "editor", wanted)
    if not mine:
        require_role(conn, viewer, "editor", wanted, what=f"{marker.number}{marker.member}")
    return next(iter(mine)) if len(mine) == 1 else None
