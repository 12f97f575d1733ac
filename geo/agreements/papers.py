"""Papers of a proposal: the letter by which a side consents, the approval from above."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.errors import FileUnknownError, ProposalEndedError
from geo.files.attach import Attachment, attach_file, read_attachment
from geo.proposals.proposals import Proposal, read_proposal
from geo.texts import Text


def give_paper(
    conn: Connection,
    viewer: Viewer,
    proposal_id: UUID,
    path: Path,
    *,
    files: Path,
    name: str,
    **facts: Any,
) -> Attachment:
    """Give a paper to an open proposal, by an editor of one of its sides.

    Parameters
    ----------
    files
        Folder of kept files.
    facts
        ``kind``, ``title``, ``number``, ``dated``, ``issuer``, ``note`` of the paper.

    Raises
    ------
    ProposalUnknownError, OutsideJurisdictionError, RoleMissingError
    ProposalEndedError
    OptionInvalidError, FileRefusedError
        If there is no such kind of paper, or the file is no document or photo.
    """
    found = read_proposal(conn, proposal_id, viewer)
    what = Text(f"proposal_kind.{found.kind}")
    mine = roles_at(conn, viewer, "editor", found.sides)
    if not mine:
        require_role(conn, viewer, "editor", found.sides, what=str(what))
    if found.state != "proposed":
        raise ProposalEndedError(proposal=what, state=Text(f"proposal_state.{found.state}"))
    return attach_file(
        conn,
        viewer,
        path,
        files=files,
        object_kind="proposal",
        object_id=proposal_id,
        name=name,
        division_id=next(iter(mine)) if len(mine) == 1 else None,
        **facts,
    )


def read_paper(conn: Connection, found: Proposal, attachment_id: UUID) -> Attachment:
    """Return a paper of a proposal: one given to it, or one of its object that a voice names.

    Who may read the proposal was asked before.

    Raises
    ------
    FileUnknownError
    """
    given = read_attachment(conn, attachment_id)
    named = {one.document["file"] for one in found.voices if one.document}
    of_object = str(attachment_id) in named and given.object_id == found.object_id
    if given.object_id != found.id and not of_object:
        raise FileUnknownError(attachment=attachment_id)
    return given
