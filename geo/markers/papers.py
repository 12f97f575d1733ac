"""Files that a side gives to a marker, and takes off again: photos and papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.errors import FileUnknownError, OptionInvalidError
from geo.files.attach import Attachment, attach_file, read_attachment, withdraw_attachment
from geo.markers.events import find_side
from geo.markers.read import Marker
from geo.revisions.changes import change_object
from geo.texts import Text


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


def withdraw_file(
    conn: Connection, viewer: Viewer, marker: Marker, attachment_id: UUID, reason: str
) -> Attachment:
    """Take a file off a marker; the file and the record of it stay, the reason goes to the audit.

    Raises
    ------
    FileUnknownError
        If the marker has no such file, or has it no more.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of the side that gave it; of all sides where none is named.
    OptionInvalidError
        Without a reason.
    """
    given = read_attachment(conn, attachment_id)
    if given.object_id != marker.id:
        raise FileUnknownError(attachment=attachment_id)
    of = [given.division_id] if given.division_id else [one.id for one in marker.sides]
    require_role(conn, viewer, "editor", of, what=f"{marker.number}{marker.member}")
    if not reason.strip():
        raise OptionInvalidError(
            option="reason",
            value=Text("reason.not_given"),
            allowed=Text("allowed.withdrawal_reason"),
        )
    name = given.title or given.name
    change_object(
        conn, viewer, "marker", marker.id, "marker_file_withdrawn", seen=None, needs_seen=False,
        name=name,
    )  # fmt: skip
    return withdraw_attachment(conn, viewer, attachment_id, reason.strip())


def _giving_side(conn: Connection, viewer: Viewer, marker: Marker, said: str | None) -> UUID | None:
    wanted = [find_side(marker, said).id] if said else [one.id for one in marker.sides]
    mine = roles_at(conn, viewer, "editor", wanted)
    if not mine:
        require_role(conn, viewer, "editor", wanted, what=f"{marker.number}{marker.member}")
    return next(iter(mine)) if len(mine) == 1 else None
