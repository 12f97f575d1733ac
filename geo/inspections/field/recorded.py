"""Read what was recorded of an inspection, each side's records with their photos."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Text, cast, func, select

from geo.access.tables import app_user
from geo.errors import RecordUnknownError
from geo.files.tables import file
from geo.inspections.facts import Photo, Record
from geo.inspections.tables import (
    inspection_photo,
    inspection_record,
    inspection_record_version,
)

head = inspection_record.c
version = inspection_record_version.c
photo = inspection_photo.c


def list_records(conn: Connection, inspection_id: UUID) -> list[Record]:
    """List the records of an inspection in the order they came, withdrawn ones too."""
    rows = conn.execute(
        _select().where(head.inspection_id == inspection_id).order_by(head.recorded_at, head.id)
    ).all()
    photos = _photos(conn, head.inspection_id == inspection_id)
    return [_record(row, photos.get(row.id, ())) for row in rows]


def read_record(conn: Connection, record_id: UUID) -> Record:
    """Read one record in its present version; who may see it was asked before.

    Raises
    ------
    RecordUnknownError
    """
    row = conn.execute(_select().where(head.id == record_id)).one_or_none()
    if row is None:
        raise RecordUnknownError(record=record_id)
    photos = _photos(conn, head.id == record_id)
    return _record(row, photos.get(row.id, ()))


def list_record_versions(conn: Connection, record_id: UUID) -> list[dict[str, Any]]:
    """List all that was ever sent for a record, in the order it came."""
    rows = conn.execute(
        select(
            version.version, version.sha256, version.body, version.edited_at, version.at,
            func.coalesce(app_user.c.name, version.actor).label("actor_name"),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == version.actor)
        .where(version.record_id == record_id)
        .order_by(version.version)
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def _select() -> Any:
    return select(
        *inspection_record.c, func.coalesce(app_user.c.name, head.actor).label("actor_name")
    ).outerjoin(app_user, cast(app_user.c.id, Text) == head.actor)


def _photos(conn: Connection, condition: Any) -> dict[UUID, tuple[Photo, ...]]:
    rows = conn.execute(
        select(
            photo.record_id, photo.file_sha256, file.c.size, photo.media_type, photo.shows,
            photo.object_ordinal, photo.taken_at, photo.note, photo.at,
            func.coalesce(app_user.c.name, photo.actor).label("actor_name"),
        )
        .select_from(inspection_photo)
        .join(inspection_record, head.id == photo.record_id)
        .join(file, file.c.sha256 == photo.file_sha256)
        .outerjoin(app_user, cast(app_user.c.id, Text) == photo.actor)
        .where(condition, photo.withdrawn_at.is_(None))
        .order_by(photo.record_id, photo.at, photo.file_sha256)
    )  # fmt: skip
    found: dict[UUID, tuple[Photo, ...]] = {}
    for row in rows:
        one = Photo(
            sha256=row.file_sha256, size=row.size, media_type=row.media_type, shows=row.shows,
            object_ordinal=row.object_ordinal, taken_at=row.taken_at, note=row.note,
            actor_name=row.actor_name, at=row.at,
        )  # fmt: skip
        found[row.record_id] = (*found.get(row.record_id, ()), one)
    return found


def _record(row: Row[Any], photos: tuple[Photo, ...]) -> Record:
    names = [name for name in Record.__dataclass_fields__ if name != "photos"]
    return Record(**{name: getattr(row, name) for name in names}, photos=photos)
