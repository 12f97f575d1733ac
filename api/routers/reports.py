"""Packages for platforms over HTTP: make one, fetch it, enter what the platform answered."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from api.attachments import HEADERS
from api.deps import Asker, AskerLang, ReadConn, WriteConn
from api.opened import OpenedJob, opened
from api.paging import Cursor, Limit, decode_cursor, encode_cursor
from api.uploads import BODY, Upload
from geo.access.jurisdiction import Viewer, require_role, require_some_role
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError
from geo.jobs.jobs import open_job
from geo.reports.packages import (
    Answer,
    ItemKey,
    Package,
    PackageItem,
    count_items,
    find_package_file,
    list_items,
    list_packages,
    read_package,
)
from geo.reports.platforms import find_platform, list_platforms
from geo.settings import settings
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])

MOST_ROWS = 100_000
LONGEST_KEY = 64
LONGEST_REASON = 500


class PackageBody(BaseModel):
    """What is reported: to which platform, of which division (a code; none is everything)."""

    model_config = ConfigDict(extra="forbid")

    platform: str = Field(max_length=64)
    within: str | None = Field(None, max_length=12)


class RefusedRow(BaseModel):
    """A row the platform refused, by its key, and why."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=LONGEST_KEY)
    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class ReceiptHead(BaseModel):
    """The receipt's own number and date; ``corrects`` says why an earlier one was wrong."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=100)
    dated: date
    corrects: str | None = Field(None, min_length=1, max_length=LONGEST_REASON)


class ReceiptBody(ReceiptHead):
    """A receipt by hand: what is not refused is accepted, unless ``accepted`` names the keys."""

    refused: list[RefusedRow] = Field([], max_length=MOST_ROWS)
    accepted: list[str] | None = Field(None, max_length=MOST_ROWS)


@router.get("/platforms")
def read_platforms(asker: Asker) -> list[dict[str, Any]]:
    """List the platforms that are described, and whether anybody verified the description."""
    require_some_role(asker, "viewer")
    found = [find_platform(name) for name in list_platforms()]
    return [
        {"name": one.name, "title": one.title, "verified": one.verified, "note": one.note}
        for one in found
    ]


@router.post("/packages", status_code=status.HTTP_202_ACCEPTED)
def open_package(body: PackageBody, conn: WriteConn, asker: Asker) -> OpenedJob:
    """Make a package of what changed since the platform last accepted it, by a job."""
    platform = find_platform(body.platform)
    within = find_division(conn, body.within) if body.within else None
    require_role(conn, asker, "editor", [within], what=platform.title)
    return opened(open_report(conn, asker, "report", body.platform, within))


@router.post("/changes", status_code=status.HTTP_202_ACCEPTED)
def open_changes(body: PackageBody, conn: WriteConn, asker: Asker) -> OpenedJob:
    """Say what changed since the platform last accepted it, by a job; no package is made."""
    platform = find_platform(body.platform)
    within = find_division(conn, body.within) if body.within else None
    require_role(conn, asker, "viewer", [within], what=platform.title)
    return opened(open_report(conn, asker, "report_changes", body.platform, within))


@router.get("/packages")
def read_packages(
    conn: ReadConn, asker: Asker, lang: AskerLang, platform: str | None = None
) -> dict[str, Any]:
    """List the newest packages of the divisions in reach."""
    items = [show_package(one, lang) for one in list_packages(conn, asker, platform=platform)]
    return {"items": items, "total": len(items), "next": None}


@router.get("/packages/{package_id}")
def read_one(
    package_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    *,
    answer: Answer | None = None,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Give a package with its rows and what the platform said of each, page by page."""
    found = read_package(conn, asker, package_id)
    after = read_item_key(cursor)
    rows = list_items(conn, package_id, answer=answer, after=after, limit=limit + 1)
    return show_package(found, lang) | {
        "items": [asdict(one) for one in rows[:limit]],
        "total": count_items(conn, package_id, answer=answer),
        "next": write_item_key(rows[limit - 1]) if len(rows) > limit else None,
    }


def read_item_key(cursor: str | None) -> ItemKey | None:
    """Return the row a cursor stands behind; None at the start.

    Raises
    ------
    OptionInvalidError
    """
    key = decode_cursor(cursor, 3)
    if key is None:
        return None
    kind, name, object_id = key
    try:
        return kind, name, str(UUID(object_id))
    except ValueError as error:
        raise OptionInvalidError(option="cursor", value=object_id, allowed="next") from error


def write_item_key(one: PackageItem) -> str:
    """Return the cursor that stands behind a row."""
    return encode_cursor(one.object_kind, one.key, str(one.object_id))


@router.get("/packages/{package_id}/file")
def download(package_id: UUID, conn: ReadConn, asker: Asker) -> FileResponse:
    """Send the package; it has positions of markers, so it is for who reaches the division."""
    found = read_package(conn, asker, package_id)
    kept = find_package_file(conn, found, settings().files)
    return FileResponse(
        kept.path,
        media_type="application/zip",
        filename=f"{find_platform(found.platform).title}-{found.number:04d}.zip",
        headers={**HEADERS, "ETag": f'"{found.sha256}"'},
    )


@router.post("/packages/{package_id}/receipt")
def enter_by_hand(
    package_id: UUID, body: ReceiptBody, conn: WriteConn, asker: Asker, lang: AskerLang
) -> dict[str, Any]:
    """Enter the platform's receipt; refused rows come again in the next package."""
    # Here and not above: what reads a receipt's file brings pandas, which costs every start.
    from geo.reports.receipts import Receipt, enter_receipt  # noqa: PLC0415

    receipt = Receipt(
        number=body.number,
        dated=body.dated,
        refused={one.key: one.reason for one in body.refused},
        accepted=None if body.accepted is None else frozenset(body.accepted),
    )
    done = enter_receipt(conn, asker, package_id, receipt, corrects=body.corrects)
    return show_package(done, lang)


@router.post("/packages/{package_id}/receipt-file", openapi_extra=BODY)
def enter_file(
    package_id: UUID, upload: Upload, conn: WriteConn, asker: Asker, lang: AskerLang
) -> dict[str, Any]:
    """Enter the receipt the platform sent as a table; ``number`` and ``dated`` are form fields."""
    from geo.reports.receipts import enter_receipt, read_receipt_file  # noqa: PLC0415 - as above

    head = _read_head(upload.fields)
    found = read_package(conn, asker, package_id)
    receipt = read_receipt_file(
        conn,
        found.platform,
        upload.path,
        name=upload.name,
        files=settings().files,
        number=head.number,
        dated=head.dated,
    )
    done = enter_receipt(conn, asker, package_id, receipt, corrects=head.corrects)
    return show_package(done, lang)


def open_report(
    conn: Connection, asker: Viewer, kind: str, platform: str, within: UUID | None
) -> UUID:
    """Open a job of reports: ``report`` makes a package, ``report_changes`` only looks."""
    args = {"platform": platform, "within": None if within is None else str(within)}
    return open_job(conn, kind, args, asker)


def show_package(one: Package, lang: Lang) -> dict[str, Any]:
    """Return a package for JSON, with its state in words and where its file is."""
    return asdict(one) | {
        "state_word": text(f"report_state.{one.state}", lang),
        "file": f"/api/v1/reports/packages/{one.id}/file",
    }


def _read_head(fields: dict[str, str]) -> ReceiptHead:
    try:
        return ReceiptHead.model_validate(fields)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error
