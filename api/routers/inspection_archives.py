"""Archive packages over HTTP: that of an inspection, and all that are kept here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response, status
from fastapi.responses import FileResponse, JSONResponse

from api.attachments import HEADERS
from api.deps import Asker, Now, ReadConn, Today, WriteConn
from api.opened import opened
from geo.inspections.archive.kept import (
    find_archive_file,
    list_archives,
    read_archive,
    read_archived_photo,
    read_contents,
)
from geo.inspections.archive.make import Made, find_archive, make_archive, read_basis
from geo.inspections.read import read_inspection
from geo.inspections.signing.content import require_whole
from geo.inspections.signing.instance import load_instance_key
from geo.jobs.jobs import open_job
from geo.settings import MIB, settings

router = APIRouter(prefix="/api/v1/inspections", tags=["inspections"])

LARGE = 32 * MIB
"""Bytes of photos and documents from which an archive is made by a job."""


@router.get("/archives")
def get_archives(conn: ReadConn, asker: Asker) -> dict[str, Any]:
    """List the archives of the asker's jurisdiction, made here or taken in; the newest first."""
    items = [asdict(one) for one in list_archives(conn, asker)]
    return {"items": items, "total": len(items), "next": None}


@router.get("/archives/{archive_id}")
def get_one(archive_id: UUID, conn: ReadConn, asker: Asker) -> dict[str, Any]:
    """Give what is in an archive: content, signatures, steps, documents, photos by their hash."""
    found = read_archive(conn, asker, archive_id)
    return asdict(found) | read_contents(conn, found, settings().files)


@router.get("/archives/{archive_id}/file")
def download(archive_id: UUID, conn: ReadConn, asker: Asker) -> FileResponse:
    """Send an archive as the file it is."""
    found = read_archive(conn, asker, archive_id)
    kept = find_archive_file(conn, found, settings().files)
    return FileResponse(
        kept.path,
        media_type="application/zip",
        filename=f"{found.title}.zip",
        headers={**HEADERS, "ETag": f'"{found.file_sha256}"'},
    )


@router.get("/archives/{archive_id}/photos/{sha256}")
def get_photo(archive_id: UUID, sha256: str, conn: ReadConn, asker: Asker) -> Response:
    """Send a photo of an archive as it was taken."""
    found = read_archive(conn, asker, archive_id)
    content, kind = read_archived_photo(conn, found, sha256, settings().files)
    return Response(content, media_type=kind, headers={**HEADERS, "ETag": f'"{sha256}"'})


@router.get("/{inspection_id}/archive", response_model=None)
def get_archive(
    inspection_id: UUID, conn: WriteConn, asker: Asker, today: Today, now: Now
) -> FileResponse | JSONResponse:
    """Send the archive package of an inspection, made now if there is none of its present state.

    Before the acceptance it is an interim one (``X-Archive: interim``). A large one is made by a
    job (202); ask again when that is done.
    """
    found = read_inspection(conn, inspection_id, asker, today)
    require_whole(found)
    key, files = load_instance_key(settings().instance_key), settings().files
    basis, size = read_basis(conn, found, key)
    made = find_archive(conn, found.id, basis, files)
    if made is None and size > LARGE:
        job = open_job(conn, "inspection_archive", {"inspection": str(found.id)}, asker)
        said = {name: str(value) for name, value in asdict(opened(job)).items()}
        return JSONResponse(said, status.HTTP_202_ACCEPTED)
    if made is None:
        made = make_archive(conn, asker, found, key, files=files, now=now)
    return _send(made)


def _send(made: Made) -> FileResponse:
    return FileResponse(
        made.path,
        media_type="application/zip",
        filename=f"{made.title}.zip",
        headers={
            **HEADERS,
            "ETag": f'"{made.sha256}"',
            "X-Archive": "final" if made.final else "interim",
            "X-Fingerprint": made.fingerprint,
        },
    )
