"""Keep files under their SHA-256 in the data folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from geo.errors import NotFoundError
from geo.files.tables import file

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in the data folder; ``size`` in bytes."""

    sha256: str
    size: int
    path: Path


def keep_file(conn: Connection, source: Path, folder: Path) -> KeptFile:
    """Copy a file into the folder under its SHA-256 and record it.

    The content is on the disk (fsync) before the row is written, so a committed row always has its
    content; content whose row was rolled back is only an unused file. The same content is kept
    once.
    """
    sha256 = hash_file(source)
    path = _path(folder, sha256)
    size = source.stat().st_size
    if not (path.exists() and path.stat().st_size == size):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.part")
        with source.open("rb") as reader, partial.open("wb") as writer:
            shutil.copyfileobj(reader, writer, CHUNK)
            writer.flush()
            os.fsync(writer.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    conn.execute(
        insert(file)
        .values(sha256=sha256, size=size)
        .on_conflict_do_nothing(index_elements=["sha256"])
    )
    return KeptFile(sha256, size, path)


def find_file(conn: Connection, sha256: str, folder: Path) -> KeptFile:
    """Return a kept file.

    Raises
    ------
    NotFoundError
        If it is not recorded, or its content is gone.
    """
    size = conn.execute(select(file.c.size).where(file.c.sha256 == sha256)).scalar()
    path = _path(folder, sha256)
    if size is None or not path.is_file():
        raise NotFoundError(what=sha256)
    return KeptFile(sha256, size, path)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def _path(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
