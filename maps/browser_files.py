"""The files the browser loads: our own of ``web/static`` and, as ``vendor/``, other people's.

Their address carries a version made from all of them, so a browser may keep them for ever, and
modules that import each other by relative names are always of one version.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

MAPS = Path(__file__).parent
STATIC = MAPS / "web" / "static"
VENDOR = MAPS / "assets" / "vendor"
PREFIX = "/static"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What is served at all; a file of another kind is not found."""


@cache
def version() -> str:
    """Return the version of all files together, 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, path in sorted(_files().items()):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Return the address of a file, such as ``map.css`` or ``vendor/maplibre-gl.mjs``."""
    return f"{PREFIX}/{version()}/{name}"


def find_file(name: str) -> Path | None:
    """Return the path of a file by its name in the address; None when it is not one of ours."""
    return _files().get(name)


@cache
def _files() -> dict[str, Path]:
    return {
        lead + path.relative_to(folder).as_posix(): path
        for lead, folder in (("", STATIC), ("vendor/", VENDOR))
        for path in folder.rglob("*")
        if path.suffix in MEDIA_TYPES
    }
