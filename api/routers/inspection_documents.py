"""Papers of inspections over HTTP: minutes, signed records, decisions; not for the public."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from api.attachments import send_attachment, send_photo, show_attachment
from api.bodies import FileForm, WithdrawalBody
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.paging import Page
from api.uploads import BODY, Upload, read_form
from geo.files.attach import find_content
from geo.inspections.field import papers
from geo.inspections.read import read_inspection
from geo.settings import settings

router = APIRouter(prefix="/api/v1/inspections/{inspection_id}/documents", tags=["inspections"])


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=BODY)
def give_paper(
    inspection_id: UUID,
    upload: Upload,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Give a paper to an inspection for one's side; ``id`` of the answer names it elsewhere.

    Fields beside ``file``: ``kind`` (minutes, scheme, record, approval, photo, other …), ``side``,
    ``title``, ``number``, ``dated``, ``issuer``, ``note``.
    """
    form = read_form(FileForm, {"kind": "other", **upload.fields})
    given = papers.give_paper(
        conn,
        asker,
        read_inspection(conn, inspection_id, asker, today),
        upload.path,
        files=settings().files,
        name=upload.name,
        today=today,
        **form.model_dump(),
    )
    return show_attachment(given, lang)


@router.get("")
def list_papers(
    inspection_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    withdrawn: Annotated[bool, Query(description="Those taken off too.")] = False,  # noqa: FBT002 - a query key
) -> Page[dict[str, Any]]:
    """List the papers of an inspection in the order they were given."""
    found = read_inspection(conn, inspection_id, asker, today)
    listed = papers.list_papers(conn, found, withdrawn=withdrawn)
    return Page([show_attachment(one, lang) for one in listed], len(listed), None)


@router.get("/{attachment_id}", response_class=Response)
def get_paper(
    inspection_id: UUID,
    attachment_id: UUID,
    conn: ReadConn,
    asker: Asker,
    today: Today,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a paper of an inspection as it came."""
    found = read_inspection(conn, inspection_id, asker, today)
    given = papers.read_paper(conn, found, attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


@router.post("/{attachment_id}/withdrawal")
def withdraw_paper(
    inspection_id: UUID,
    attachment_id: UUID,
    body: WithdrawalBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Take a paper off an inspection, by the side that gave it; the file stays on record."""
    found = read_inspection(conn, inspection_id, asker, today)
    gone = papers.withdraw_paper(conn, asker, found, attachment_id, body.reason, today=today)
    return show_attachment(gone, lang)
