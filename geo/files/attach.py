"""Give files to objects: agreements, maps, photos; recognised by content, withdrawn, never deleted.

Who may see the object may see its files, and who may write it may give and withdraw them: both are
for the caller to ask first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, get_args
from uuid import UUID

from sqlalchemy import Connection, Row, Select, Text, cast, func, insert, select, update

from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.errors import FileUnknownError, OptionInvalidError
from geo.files.above import app_user
from geo.files.recognise import make_safe, recognise
from geo.files.store import KeptFile, find_file, keep_file
from geo.files.tables import attachment, file
from geo.texts import Text as Words

ObjectKind = Literal[
    "line", "marker", "event", "section", "proposal", "package", "inspection", "past_round"
]  # fmt: skip
PaperKind = Literal[
    "agreement", "approval", "map", "request", "scheme", "minutes", "summary", "description",
    "register_card", "photo", "record", "consent", "receipt", "other",
]  # fmt: skip
PAPER_KINDS: tuple[PaperKind, ...] = get_args(PaperKind)
"""What a file may be to its object, ``paper_kind.<key>`` in the catalogue."""


class Actor(Protocol):
    """Who acts; a viewer is one."""

    @property
    def actor(self) -> str:
        """Return what the audit log names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file as it was given to an object.

    ``division_id`` is the side that gave it; ``number``, ``dated`` and ``issuer`` are those of the
    paper itself. ``size`` is in bytes, ``sha256`` in hex. One that was withdrawn stays.
    """

    id: UUID
    object_kind: str
    object_id: UUID
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str
    division_id: UUID | None
    title: str | None
    number: str | None
    dated: date | None
    issuer: str | None
    note: str | None
    actor_name: str
    at: datetime
    withdrawn_at: datetime | None


def attach_file(  # noqa: PLR0913 - each is one fact of a paper
    conn: Connection,
    viewer: Actor,
    path: Path,
    *,
    files: Path,
    object_kind: ObjectKind,
    object_id: UUID,
    kind: str,
    name: str,
    division_id: UUID | None = None,
    title: str | None = None,
    number: str | None = None,
    dated: date | None = None,
    issuer: str | None = None,
    note: str | None = None,
) -> Attachment:
    """Keep a file and give it to an object.

    The same content given again as the same to the same object is the attachment that stands; so
    an upload can be repeated.

    Parameters
    ----------
    files
        Folder of kept files.
    kind
        One of ``PAPER_KINDS``. A ``photo`` must be one; a ``receipt`` may be plain text too.
    name
        The sender's name of the file; it is made safe.

    Raises
    ------
    OptionInvalidError
        If there is no such kind.
    FileRefusedError
        If it is empty, cut, too large, no document or photo, or not what its suffix says.
    """
    if kind not in PAPER_KINDS:
        allowed = [Words(f"paper_kind.{one}") for one in PAPER_KINDS]
        raise OptionInvalidError(option="kind", value=kind, allowed=[*PAPER_KINDS, *allowed])
    found = recognise(path, name, photo=kind == "photo", text=kind == "receipt")
    kept = keep_file(conn, path, files)
    known = _standing(conn, kept.sha256, object_id, kind, division_id)
    if known is not None:
        return known
    made = new_id()
    conn.execute(
        insert(attachment).values(
            id=made,
            file_sha256=kept.sha256,
            object_kind=object_kind,
            object_id=object_id,
            kind=kind,
            name=make_safe(name, found),
            media_type=found.media_type,
            division_id=division_id,
            title=title,
            number=number,
            dated=dated,
            issuer=issuer,
            note=note,
            actor=viewer.actor,
        )
    )
    return read_attachment(conn, made)


def list_attachments(
    conn: Connection, object_ids: Collection[UUID], *, withdrawn: bool = False
) -> dict[UUID, list[Attachment]]:
    """List the files of objects in the order they were given, by object; each object is a key.

    Parameters
    ----------
    withdrawn
        Those that were withdrawn too.
    """
    chosen = _select().where(attachment.c.object_id == any_uuid(object_ids))
    if not withdrawn:
        chosen = chosen.where(attachment.c.withdrawn_at.is_(None))
    found: dict[UUID, list[Attachment]] = {one: [] for one in object_ids}
    for row in conn.execute(chosen.order_by(attachment.c.at, attachment.c.id)):
        found[row.object_id].append(_attachment(row))
    return found


def read_attachment(conn: Connection, attachment_id: UUID) -> Attachment:
    """Read one attachment, a withdrawn one too.

    Raises
    ------
    FileUnknownError
    """
    row = conn.execute(_select().where(attachment.c.id == attachment_id)).one_or_none()
    if row is None:
        raise FileUnknownError(attachment=attachment_id)
    return _attachment(row)


def find_content(conn: Connection, given: Attachment, files: Path) -> KeptFile:
    """Return the content of an attachment.

    Raises
    ------
    NotFoundError
        If the data folder does not have it any more.
    """
    return find_file(conn, given.sha256, files)


def withdraw_attachment(
    conn: Connection, viewer: Actor, attachment_id: UUID, reason: str
) -> Attachment:
    """Take a file off its object; the file and the record of it stay, the reason goes to the audit.

    Raises
    ------
    FileUnknownError
        If there is none, or it was withdrawn before.
    """
    give_reason(conn, f"{viewer.actor}: {reason}")
    done = conn.execute(
        update(attachment)
        .where(attachment.c.id == attachment_id, attachment.c.withdrawn_at.is_(None))
        .values(withdrawn_at=func.clock_timestamp())
    )
    if done.rowcount == 0:
        raise FileUnknownError(attachment=attachment_id)
    return read_attachment(conn, attachment_id)


def _standing(
    conn: Connection, sha256: str, object_id: UUID, kind: str, division_id: UUID | None
) -> Attachment | None:
    given = attachment.c
    row = conn.execute(
        _select()
        .where(given.file_sha256 == sha256, given.object_id == object_id, given.kind == kind)
        .where(given.division_id.is_not_distinct_from(division_id))
        .where(given.withdrawn_at.is_(None))
        .limit(1)
    ).one_or_none()
    return None if row is None else _attachment(row)


def _select() -> Select[Any]:
    given = attachment.c
    return (
        select(
            *(given[name] for name in Attachment.__dataclass_fields__ if name in given),
            file.c.sha256,
            file.c.size,
            func.coalesce(app_user.c.name, given.actor).label("actor_name"),
        )
        .select_from(attachment)
        .join(file, file.c.sha256 == given.file_sha256)
        .outerjoin(app_user, cast(app_user.c.id, Text) == given.actor)
    )


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
