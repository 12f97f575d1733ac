"""What comes from the field over HTTP: photos of records, piece by piece; papers, return files."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api import uploads
from api.attachments import HEADERS
from api.bodies import WithdrawalBody
from api.deps import Asker, AskerLang, Now, ReadConn, Today, WriteConn
from api.paging import Page
from api.photo_upload import PhotoUpload, Sha256
from api.uploads import Upload, read_form
from geo.files.photos import PRINTED_PX, shrink_photo
from geo.files.recognise import XLSX
from geo.files.small import shrink_photos
from geo.inspections.facts import SHOWS, Inspection, Photo
from geo.inspections.field import photos, returns
from geo.inspections.field.photos import PhotoFacts
from geo.inspections.field.return_form import make_return_form
from geo.inspections.field.returns import Return
from geo.inspections.parties import refuse_contractor
from geo.inspections.read import read_inspection
from geo.settings import settings
from geo.texts import Lang, Text, text

router = APIRouter(prefix="/api/v1/inspections/{inspection_id}", tags=["inspections"])

BODY: dict[str, Any] = {
    "requestBody": {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    }
}
UPLOAD = uploads.BODY
Shows = Annotated[
    str | None,
    Query(max_length=20, description=f"{' | '.join(SHOWS)}; other by default."),
]
Ordinal = Annotated[
    int | None, Query(alias="object", ge=1, le=99, description="Which reference object it shows.")
]


class PhotoBody(BaseModel):
    """What a photo shows, said anew."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    shows: str = Field("other", max_length=20)
    object: int | None = Field(None, ge=1, le=99)
    taken_at: AwareDatetime | None = None
    note: str | None = Field(None, max_length=1000)


class ReturnForm(BaseModel):
    """What is said of a return file."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    side: str | None = Field(None, max_length=100)


@router.put(
    "/records/{record_id}/photos/{sha256}",
    openapi_extra=BODY,
    responses={
        201: {"description": "The photo is whole and given."},
        308: {"description": "So much of it has come: `Range`, `received`, `total`."},
    },
)
def put_photo(  # noqa: PLR0913 - what is sent, and what is said of it
    inspection_id: UUID,
    record_id: UUID,
    sha256: Sha256,
    upload: PhotoUpload,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    now: Now,
    shows: Shows = None,
    ordinal: Ordinal = None,
    taken_at: Annotated[
        AwareDatetime | None, Query(description="Instant of the photo, with its time zone.")
    ] = None,
    note: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Give a photo to a record: the body is the photo, or a piece of it by ``Content-Range``.

    Repeated it changes nothing (200). ``Content-Range: bytes */TOTAL`` without a body asks how much
    has come. Every piece begins at most where the last one ended; a gap answers 409 with
    ``received``.
    """
    if not upload.is_whole:
        return _tell_progress(upload.received, upload.total)
    inspection = read_inspection(conn, inspection_id, asker, today)
    if upload.partial is None:
        found = photos.require_photo(conn, record_id, sha256)
        return _answer(inspection_id, record_id, found, lang, HTTPStatus.OK)
    given = photos.put_photo(
        conn,
        asker,
        inspection,
        record_id,
        upload.partial.path,
        PhotoFacts(
            shows=shows or ("object" if ordinal else "other"),
            object_ordinal=ordinal,
            taken_at=taken_at,
            note=(note or "").strip() or None,
        ),
        sha256=sha256,
        files=settings().files,
        now=now,
        today=today,
    )
    upload.is_done = True
    # Made now, one by one: a report with a hundred photos would wait for all of them.
    shrink_photos({sha256: upload.partial.path}, PRINTED_PX, settings().small)
    status = HTTPStatus.CREATED if given.is_new else HTTPStatus.OK
    return _answer(inspection_id, record_id, given.photo, lang, status)


@router.patch("/records/{record_id}/photos/{sha256}")
def correct_photo(  # noqa: PLR0913 - who says what of which photo
    inspection_id: UUID,
    record_id: UUID,
    sha256: Sha256,
    body: PhotoBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    now: Now,
) -> dict[str, Any]:
    """Say anew what a photo shows, by the side that gave it; it voids signatures given before."""
    inspection = read_inspection(conn, inspection_id, asker, today)
    given = PhotoFacts(
        shows=body.shows,
        object_ordinal=body.object,
        taken_at=body.taken_at,
        note=body.note or None,
    )
    found = photos.correct_photo(
        conn, asker, inspection, record_id, sha256, given, now=now, today=today
    )
    return show_photo(inspection_id, record_id, found, lang)


@router.post("/records/{record_id}/photos/{sha256}/withdrawal", status_code=204)
def withdraw_photo(
    inspection_id: UUID,
    record_id: UUID,
    sha256: Sha256,
    body: WithdrawalBody,
    conn: WriteConn,
    asker: Asker,
    today: Today,
) -> None:
    """Take a photo off its record with a reason; its file stays, and it is not given again."""
    inspection = read_inspection(conn, inspection_id, asker, today)
    photos.withdraw_photo(conn, asker, inspection, record_id, sha256, body.reason, today=today)


@router.get("/records/{record_id}/photos/{sha256}", response_class=Response)
def get_photo(
    inspection_id: UUID,
    record_id: UUID,
    sha256: Sha256,
    conn: ReadConn,
    asker: Asker,
    today: Today,
    small: Annotated[bool, Query(description="For a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a photo as it came, or made small for a screen."""
    inspection = read_inspection(conn, inspection_id, asker, today)
    found, kept = photos.open_photo(conn, inspection, record_id, sha256, settings().files)
    if small:
        return Response(shrink_photo(kept.path), media_type="image/jpeg", headers=HEADERS)
    headers = {**HEADERS, "ETag": f'"{found.sha256}"'}
    return FileResponse(kept.path, media_type=found.media_type, headers=headers)


@router.get("/return-form", response_class=Response)
def get_return_form(
    inspection_id: UUID,
    conn: ReadConn,
    asker: Asker,
    today: Today,
    side: Annotated[str, Query(max_length=100, description="Whose form: code, name or role.")],
) -> Response:
    """Make the form (.xlsx) in which a side without accounts fills in its records."""
    found = read_inspection(conn, inspection_id, asker, today)
    party = returns.require_filler(conn, asker, found, side, today=today)
    content = make_return_form(found, party)
    name = quote(f"回传表_{party.name}_{found.year}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=XLSX.media_type, headers=HEADERS | headers)


@router.post("/returns", status_code=HTTPStatus.CREATED, openapi_extra=UPLOAD)
def post_return(
    inspection_id: UUID,
    upload: Upload,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    today: Today,
    now: Now,
) -> dict[str, Any]:
    """Read a filled-in form: all of it, or nothing with a finding for each wrong cell.

    The same file again changes nothing and answers 200 with ``already``. Field beside ``file``:
    ``side``, whose file it is to be.
    """
    form = read_form(ReturnForm, upload.fields)
    found = read_inspection(conn, inspection_id, asker, today)
    done = returns.read_return(
        conn,
        asker,
        found,
        upload.path,
        name=upload.name,
        side=form.side,
        files=settings().files,
        today=today,
        now=now,
    )
    if done.already:
        response.status_code = HTTPStatus.OK
    return show_return(done, found)


@router.get("/returns")
def list_returns(
    inspection_id: UUID, conn: ReadConn, asker: Asker, today: Today
) -> Page[dict[str, Any]]:
    """List the return files that were read in, in their order."""
    found = read_inspection(conn, inspection_id, asker, today)
    refuse_contractor(found, Text("reason.contractor_papers"))
    items = [show_return(one, found) for one in returns.list_returns(conn, found)]
    return Page(items, len(items), None)


def show_return(one: Return, found: Inspection) -> dict[str, Any]:
    """Return a return file for JSON."""
    return {
        "id": str(one.id),
        "side": next(party.code for party in found.parties if party.id == one.division_id),
        "sha256": one.file_sha256,
        "records": one.records,
        "already": one.already,
        "actor": one.actor_name,
        "at": one.at.isoformat(),
    }


def show_photo(inspection_id: UUID, record_id: UUID, found: Photo, lang: Lang) -> dict[str, Any]:
    """Return a photo for JSON, with its address and what it shows in words."""
    return {
        "sha256": found.sha256,
        "size": found.size,
        "media_type": found.media_type,
        "shows": found.shows,
        "shows_name": text(f"photo_shows.{found.shows}", lang),
        "object": found.object_ordinal,
        "taken_at": _instant(found.taken_at),
        "note": found.note,
        "actor": found.actor_name,
        "at": _instant(found.at),
        "url": f"/api/v1/inspections/{inspection_id}/records/{record_id}/photos/{found.sha256}",
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _answer(
    inspection_id: UUID, record_id: UUID, found: Photo, lang: Lang, status: HTTPStatus
) -> JSONResponse:
    return JSONResponse(show_photo(inspection_id, record_id, found, lang), status.value)


def _tell_progress(received: int, total: int) -> JSONResponse:
    """Answer how much has come, as resumable uploads do: 308 with ``Range``, no ``Location``."""
    headers = {"Range": f"bytes=0-{received - 1}"} if received else {}
    content = {"received": received, "total": total}
    return JSONResponse(content, HTTPStatus.PERMANENT_REDIRECT.value, headers)
