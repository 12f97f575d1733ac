"""Papers of a line: agreements, approvals, maps; a side gives them, and takes its own off again."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.boundaries.sides import Side, Sides
from geo.errors import FileUnknownError, OptionInvalidError
from geo.files.attach import Attachment, attach_file, read_attachment, withdraw_attachment
from geo.revisions.changes import change_object
from geo.texts import Text


def give_paper(  # noqa: PLR0913 - who gives which file to which line, for whom
    conn: Connection,
    viewer: Viewer,
    sides: Sides,
    path: Path,
    *,
    files: Path,
    name: str,
    side: str | None,
    seen: int | None = None,
    **facts: Any,
) -> Attachment:
    """Give a paper to a line for a side; it only adds, so no revision need have been seen.

    Parameters
    ----------
    files
        Folder of kept files.
    side
        Code, name or id of the side; by default the only one the viewer is an editor of, else both
        together, which needs an editor of both.
    facts
        ``kind``, ``title``, ``number``, ``dated``, ``issuer``, ``note`` of the paper.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of the side.
    OptionInvalidError, FileRefusedError
        If the side is none of the line's, or the file no document or photo.
    ChangedMeanwhileError
    """
    of = _giving_side(conn, viewer, sides, side)
    _note(conn, viewer, sides, "line_document", facts.get("title") or name, seen)
    return attach_file(
        conn,
        viewer,
        path,
        files=files,
        object_kind="line",
        object_id=sides.line_id,
        name=name,
        division_id=of,
        **facts,
    )


def withdraw_paper(
    conn: Connection,
    viewer: Viewer,
    sides: Sides,
    attachment_id: UUID,
    reason: str,
    *,
    seen: int | None = None,
) -> Attachment:
    """Take a paper off a line; its file and the record of it stay, the reason goes to the audit.

    Raises
    ------
    FileUnknownError
        If the line has no such paper, or has it no more.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of the side that gave it; of both for what both gave.
    OptionInvalidError
        Without a reason.
    ChangedMeanwhileError
    """
    given = read_paper(conn, sides.line_id, attachment_id)
    require_role(conn, viewer, "editor", giving_sides(sides, given), what=sides.name)
    if not reason.strip():
        raise OptionInvalidError(
            option="reason",
            value=Text("reason.not_given"),
            allowed=Text("allowed.withdrawal_reason"),
        )
    _note(conn, viewer, sides, "line_document_withdrawn", given.title or given.name, seen)
    return withdraw_attachment(conn, viewer, attachment_id, reason.strip())


def read_paper(conn: Connection, line_id: UUID, attachment_id: UUID) -> Attachment:
    """Return a paper of a line, a withdrawn one too; who may read the line was asked before.

    Raises
    ------
    FileUnknownError
    """
    given = read_attachment(conn, attachment_id)
    if given.object_id != line_id:
        raise FileUnknownError(attachment=attachment_id)
    return given


def giving_sides(sides: Sides, given: Attachment) -> tuple[UUID, ...]:
    """Return the sides a paper is of: the one that gave it, or both."""
    return sides.ids if given.division_id is None else (given.division_id,)


def find_side(sides: Sides, said: str) -> Side:
    """Return the side of a line that a code, a name or an id names.

    Raises
    ------
    OptionInvalidError
    """
    for one in (sides.left, sides.right):
        if said.strip() in (one.code, one.name, str(one.id)):
            return one
    allowed = [f"{one.code} {one.name}" for one in (sides.left, sides.right)]
    raise OptionInvalidError(option="side", value=said, allowed=allowed)


def _giving_side(conn: Connection, viewer: Viewer, sides: Sides, said: str | None) -> UUID | None:
    """Return the side a paper is given for; None stands for both together."""
    wanted = (find_side(sides, said).id,) if said else sides.ids
    mine = roles_at(conn, viewer, "editor", wanted)
    if len(mine) == 1:
        return mine.pop()
    require_role(conn, viewer, "editor", wanted, what=sides.name)
    return None


def _note(
    conn: Connection, viewer: Viewer, sides: Sides, what: str, name: str, seen: int | None
) -> None:
    change_object(
        conn,
        viewer,
        "line",
        sides.line_id,
        what,
        seen=seen,
        needs_seen=False,
        name=name,
    )
