"""Papers of an inspection: minutes, signed records, decisions; a side gives and takes off its own.

A contractor neither gives nor sees them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.errors import FileUnknownError, GuestRefusedError, OptionInvalidError
from geo.files.attach import (
    Attachment,
    attach_file,
    list_attachments,
    read_attachment,
    withdraw_attachment,
)
from geo.inspections.facts import Inspection
from geo.inspections.feed import tell
from geo.inspections.parties import refuse_contractor, require_party
from geo.texts import Text


def give_paper(  # noqa: PLR0913 - who gives which file to which inspection, for whom
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    path: Path,
    *,
    files: Path,
    name: str,
    side: str | None,
    today: date,
    **facts: Any,
) -> Attachment:
    """Give a paper to an inspection for a side; the same given again is the one that stands.

    Parameters
    ----------
    files
        Folder of kept files.
    facts
        ``kind``, ``title``, ``number``, ``dated``, ``issuer``, ``note`` of the paper.

    Raises
    ------
    NotPartyError, GuestRefusedError, OptionInvalidError, FileRefusedError
    """
    what = Text("doing.give_document")
    acting = require_party(conn, viewer, found, side, what=what, today=today)
    if acting.via == "contractor":
        raise GuestRefusedError(reason=Text("reason.contractor_papers"))
    before = {one.id for one in list_attachments(conn, [found.id])[found.id]}
    given = attach_file(
        conn,
        viewer,
        path,
        files=files,
        object_kind="inspection",
        object_id=found.id,
        name=name,
        division_id=acting.party.id,
        **facts,
    )
    if given.id not in before:
        title = given.title or given.name
        tell(conn, viewer, found.id, "document_given", acting.party.id, name=title)
    return given


def withdraw_paper(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    attachment_id: UUID,
    reason: str,
    *,
    today: date,
) -> Attachment:
    """Take a paper off an inspection; its file and the record of it stay.

    Raises
    ------
    FileUnknownError
        If the inspection has no such paper, or has it no more.
    NotPartyError, GuestRefusedError
        Unless the viewer acts for the side that gave it.
    OptionInvalidError
        Without a reason.
    """
    given = read_paper(conn, found, attachment_id)
    side = str(given.division_id) if given.division_id else None
    what = Text("doing.give_document")
    acting = require_party(conn, viewer, found, side, what=what, today=today)
    if not reason.strip():
        raise OptionInvalidError(
            option="reason",
            value=Text("reason.not_given"),
            allowed=Text("allowed.withdrawal_reason"),
        )
    gone = withdraw_attachment(conn, viewer, attachment_id, reason.strip())
    title = given.title or given.name
    tell(conn, viewer, found.id, "document_withdrawn", acting.party.id, name=title)
    return gone


def list_papers(
    conn: Connection, found: Inspection, *, withdrawn: bool = False
) -> list[Attachment]:
    """List the papers of an inspection in the order they were given.

    Raises
    ------
    GuestRefusedError
        For a contractor. Who may see the inspection was asked before.
    """
    refuse_contractor(found, Text("reason.contractor_papers"))
    return list_attachments(conn, [found.id], withdrawn=withdrawn)[found.id]


def read_paper(conn: Connection, found: Inspection, attachment_id: UUID) -> Attachment:
    """Return a paper of an inspection, a withdrawn one too.

    Raises
    ------
    FileUnknownError, GuestRefusedError
    """
    refuse_contractor(found, Text("reason.contractor_papers"))
    given = read_attachment(conn, attachment_id)
    if given.object_id != found.id:
        raise FileUnknownError(attachment=attachment_id)
    return given
