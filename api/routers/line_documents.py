"""The papers of boundary lines over HTTP: agreements, approvals, maps; not for the public."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.attachments import send_attachment, send_photo, show_attachment
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.paging import Page
from api.revision import Seen, tell_revision
from api.uploads import BODY, Upload, read_form
from geo.access.jurisdiction import Viewer, require_role, roles_at
from geo.boundaries import papers
from geo.boundaries.sides import Sides, read_sides
from geo.files.attach import find_content, list_attachments
from geo.revisions.changes import read_revision
from geo.settings import settings

router = APIRouter(prefix="/api/v1/boundary-lines/{line_id}/documents", tags=["boundary lines"])


class PaperForm(BaseModel):
    """What is said of a paper; ``side`` is the code or name of the side that gives it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: str = Field("agreement", max_length=40)
    side: str | None = Field(None, max_length=100)
    title: str | None = Field(None, max_length=200)
    number: str | None = Field(None, max_length=100)
    dated: date | None = None
    issuer: str | None = Field(None, max_length=200)
    note: str | None = Field(None, max_length=1000)


class Withdrawal(BaseModel):
    """Why a paper is taken off."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=400)


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=BODY)
def give_paper(  # noqa: PLR0913 - who gives what, having seen which revision
    line_id: UUID,
    upload: Upload,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Give a paper to a line, by an editor of either side; a shared one by an editor of both.

    Fields beside ``file``: ``kind`` (agreement, approval, map, request, scheme, minutes, summary,
    description, other), ``side``, ``title``, ``number``, ``dated``, ``issuer``, ``note``. The
    answer shows the SHA-256 that was kept.
    """
    form = read_form(PaperForm, upload.fields)
    given = papers.give_paper(
        conn,
        asker,
        read_sides(conn, line_id, today),
        upload.path,
        files=settings().files,
        name=upload.name,
        seen=seen,
        **form.model_dump(),
    )
    tell_revision(response, read_revision(conn, line_id))
    return show_attachment(given, lang)


@router.get("")
def list_papers(
    line_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    withdrawn: Annotated[bool, Query(description="Those taken off too.")] = False,  # noqa: FBT002 - a query key
) -> Page[dict[str, Any]]:
    """List the papers of a line in the order they were given."""
    _require_reader(conn, asker, read_sides(conn, line_id, today))
    found = list_attachments(conn, [line_id], withdrawn=withdrawn)[line_id]
    return Page([show_attachment(one, lang) for one in found], len(found), None)


@router.get("/{attachment_id}", response_class=Response)
def get_paper(
    line_id: UUID,
    attachment_id: UUID,
    conn: ReadConn,
    asker: Asker,
    today: Today,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a paper of a line as it came."""
    _require_reader(conn, asker, read_sides(conn, line_id, today))
    given = papers.read_paper(conn, line_id, attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


@router.post("/{attachment_id}/withdrawal")
def withdraw_paper(  # noqa: PLR0913 - who takes off what, and why
    line_id: UUID,
    attachment_id: UUID,
    body: Withdrawal,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Take a paper off a line, by an editor of the side that gave it; the file stays on record."""
    sides = read_sides(conn, line_id, today)
    gone = papers.withdraw_paper(conn, asker, sides, attachment_id, body.reason, seen=seen)
    tell_revision(response, read_revision(conn, line_id))
    return show_attachment(gone, lang)


def _require_reader(conn: Connection, asker: Viewer, sides: Sides) -> None:
    """Refuse who has no role at one of the sides or above: papers are not the public's."""
    if not roles_at(conn, asker, "viewer", sides.ids):
        require_role(conn, asker, "viewer", sides.ids, what=sides.name)
