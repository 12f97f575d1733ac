"""The browser's files, kept by the browser for ever under the address of their version."""

from __future__ import annotations

import gzip
from functools import cache
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response

from maps import browser_files

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"


@router.get(browser_files.PREFIX + "/{version}/{name:path}")
def get_static(request: Request, version: str, name: str) -> Response:
    """Return a file of the page; under an old version's address it is not to be kept."""
    path = browser_files.find_file(name)
    if path is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    kept = FOR_EVER if version == browser_files.version() else "no-cache"
    kind = browser_files.MEDIA_TYPES[PurePosixPath(name).suffix]
    headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(path, media_type=kind, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(_pack(path), media_type=kind, headers=headers)


@cache
def _pack(path: Path) -> bytes:
    """Return a file packed; the map's own script is a third of its size then."""
    return gzip.compress(path.read_bytes(), mtime=0)


@router.get("/favicon.ico")
def get_favicon() -> Response:
    """Return the seal to browsers that ask without having read the page."""
    path = browser_files.find_file("seal.svg")
    assert path is not None  # noqa: S101 - a file of this repository
    return FileResponse(path, media_type="image/svg+xml")
