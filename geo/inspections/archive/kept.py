"""Read the archive packages that are kept, those made here and those taken in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, or_, select, true

from geo.access.jurisdiction import Viewer, in_reach, refuse_hidden, require_some_role
from geo.access.tables import app_user
from geo.errors import ArchiveUnknownError, FileUnknownError
from geo.files.store import KeptFile, find_file
from geo.inspections.archive.verify import read_json
from geo.inspections.tables import inspection_archive

kept = inspection_archive.c
MOST_SIDES = 8
"""Two sides, and the third ones of the tripoints of a line."""
PHOTO_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A kept archive package; ``imported`` from another instance, ``final`` or interim."""

    id: UUID
    inspection_id: UUID
    file_sha256: str
    content_sha256: str
    fingerprint: str
    title: str
    state: str
    final: bool
    made_at: str
    imported: bool
    sides: tuple[UUID, ...]
    actor_name: str
    at: datetime


def list_archives(conn: Connection, viewer: Viewer, *, limit: int = 200) -> list[Archive]:
    """List the archives of the viewer's jurisdiction, the newest first.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    require_some_role(viewer, "viewer")
    rows = conn.execute(
        _select().where(_seen_by(viewer)).order_by(kept.at.desc(), kept.id).limit(limit)
    )
    return [_archive(row) for row in rows.mappings()]


def read_archive(conn: Connection, viewer: Viewer, archive_id: UUID) -> Archive:
    """Read one archive's head.

    Raises
    ------
    ArchiveUnknownError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
        If none of its sides lies in the viewer's jurisdiction.
    """
    row = conn.execute(
        _select().add_columns(_seen_by(viewer).label("seen")).where(kept.id == archive_id)
    ).mappings().one_or_none()  # fmt: skip
    if row is None:
        raise ArchiveUnknownError(archive=archive_id)
    if not row["seen"]:
        refuse_hidden(conn, viewer, list(row["sides"]) or [None], what=row["title"])
    return _archive(row)


def find_archive_file(conn: Connection, given: Archive, files: Path) -> KeptFile:
    """Return the package.

    Raises
    ------
    NotFoundError
        If the data folder does not have it any more.
    """
    return find_file(conn, given.file_sha256, files)


def read_contents(conn: Connection, given: Archive, files: Path) -> dict[str, Any]:
    """Return what is in a package: content, signatures, steps, documents; photos by their hash."""
    with _open(conn, given, files) as archive:
        said = {
            name: read_json(archive, f"{name}.json")
            for name in ("content", "signatures", "steps", "documents", "work_orders")
        }
        photos = [PurePosixPath(one).stem for one in archive.namelist() if "photos/" in one]
    return {**said, "photos": sorted(set(photos))}


def read_archived_photo(
    conn: Connection, given: Archive, sha256: str, files: Path
) -> tuple[bytes, str]:
    """Return a photo of a package and its media type.

    Raises
    ------
    FileUnknownError
        If the package has no photo of that hash.
    """
    with _open(conn, given, files) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            if path.parent.name == "photos" and path.stem == sha256:
                kind = PHOTO_TYPES.get(path.suffix, "application/octet-stream")
                return archive.read(name), kind
    raise FileUnknownError(attachment=sha256)


@contextmanager
def _open(conn: Connection, given: Archive, files: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(find_archive_file(conn, given, files).path) as archive:
        yield archive


def _seen_by(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.is_country_wide:
        return true()
    # Each side is looked up by itself: the overlap of two arrays compares all with all.
    places = range(1, MOST_SIDES + 1)
    return func.coalesce(or_(*(in_reach(viewer, kept.sides[place]) for place in places)), False)


def _select() -> Select[Any]:
    manifest = kept.content["manifest"]
    return select(
        *(kept[name] for name in Archive.__dataclass_fields__ if name in kept),
        manifest["state"].astext.label("state"),
        (manifest["final"].astext == "true").label("final"),
        manifest["made_at"].astext.label("made_at"),
        func.coalesce(app_user.c.name, kept.actor).label("actor_name"),
    ).outerjoin(app_user, cast(app_user.c.id, Text) == kept.actor)


def _archive(row: Any) -> Archive:
    said = {name: row[name] for name in Archive.__dataclass_fields__}
    return Archive(**said | {"sides": tuple(row["sides"])})
