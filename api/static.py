"""The browser's files, kept by the browser for ever under the address of their version."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import PurePosixPath

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from maps import browser_files

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"


@router.get(browser_files.PREFIX + "/{version}/{name:path}")
def get_static(version: str, name: str) -> Response:
    """Return a file of the page; under an old version's address it is not to be kept."""
    path = browser_files.find_file(name)
    if path is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    kept = FOR_EVER if version == browser_files.version() else "no-cache"
    kind = browser_files.MEDIA_TYPES[PurePosixPath(name).suffix]
    return FileResponse(path, media_type=kind, headers={"Cache-Control": kept})


@router.get("/favicon.ico")
def get_favicon() -> Response:
    """Return the seal to browsers that ask without having read the page."""
    path = browser_files.find_file("seal.svg")
    assert path is not None  # noqa: S101 - a file of this repository
    return FileResponse(path, media_type="image/svg+xml")
