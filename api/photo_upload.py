"""Receive a photo in one piece or in several: what came before a break is kept and resumed."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, NamedTuple
from uuid import UUID

from anyio import CancelScope, to_thread
from fastapi import Depends, Header, Path, Request
from sqlalchemy import Engine

from api.deps import Asker, DbEngine, Today
from api.limits import SCOPE_KEY, Body
from api.uploads import told_when_full
from geo.access.jurisdiction import Viewer
from geo.db.engine import reading
from geo.errors import (
    FileRefusedError,
    OptionInvalidError,
    PhotoCutError,
    PhotoDiffersError,
    PhotoGapError,
    TooLargeError,
    UnauthenticatedError,
)
from geo.files.partial import Partial, find_partial, write_at
from geo.files.recognise import MOST_PHOTO_BYTES
from geo.inspections.field.photos import find_photo, find_place
from geo.inspections.read import read_inspection
from geo.settings import MIB, settings

RANGE = re.compile(r"bytes (?:(\d{1,12})-(\d{1,12})|\*)/(\d{1,12})")
ALLOWED = "bytes 0-1048575/5242880, bytes */5242880"

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="Of the whole content, hex.")]


class Piece(NamedTuple):
    """Bytes of a file: from ``start`` to before ``end``; None is not known before they came.

    ``total`` is the size of the whole file. A question holds none: start and end are the same.
    """

    start: int
    end: int | None
    total: int | None


@dataclass(slots=True)
class ReceivedPhoto:
    """What has come of a photo so far; ``partial`` is None where the record has it already.

    It is thrown away after the request where ``is_done``.
    """

    partial: Partial | None
    received: int
    total: int
    is_done: bool = False

    @property
    def is_whole(self) -> bool:
        """Return whether all of it has come."""
        return self.received == self.total


async def receive_photo(  # noqa: PLR0913 - where it goes, who sends it, which piece it is
    request: Request,
    inspection_id: UUID,
    record_id: UUID,
    sha256: Sha256,
    asker: Asker,
    engine: DbEngine,
    today: Today,
    content_range: Annotated[
        str | None,
        Header(description=f"{ALLOWED}; without it the body is the whole photo."),
    ] = None,
) -> AsyncIterator[ReceivedPhoto]:
    """Take in a piece of a photo; nothing is read of who may not give it.

    Raises
    ------
    OptionInvalidError, TooLargeError, DiskFullError
    PhotoGapError
        If the piece begins after what is there.
    PhotoCutError
        If fewer bytes came than were announced; they are kept.
    """
    if asker.is_public:
        raise UnauthenticatedError
    piece = read_range(content_range)
    body: Body = request.scope[SCOPE_KEY]
    if await to_thread.run_sync(
        _is_there, engine, asker, (inspection_id, record_id, sha256), today
    ):
        yield ReceivedPhoto(None, 0, 0)
        return
    body.allow(MOST_PHOTO_BYTES)
    partial = find_partial(settings().uploads, f"{record_id}-{sha256}")
    try:
        with told_when_full(settings().home, needed=body.declared or 0):
            received = await _receive(request, partial, piece, body)
        yield received
    except (FileRefusedError, PhotoDiffersError, TooLargeError):
        # What is whole and no photo never becomes one. All else may be put right: it is kept.
        partial.drop()
        raise
    if received.is_done:
        partial.drop()


PhotoUpload = Annotated[ReceivedPhoto, Depends(receive_photo, scope="function")]


def read_range(said: str | None) -> Piece:
    """Return which bytes of the whole a body holds.

    Raises
    ------
    OptionInvalidError
        If it is no range.
    TooLargeError
        If the whole is larger than a photo may be.
    """
    if said is None:
        return Piece(0, None, None)
    found = RANGE.fullmatch(said.strip())
    first, last, total = (
        (None if part is None else int(part) for part in found.groups())
        if found
        else (None, None, None)
    )
    if total is None or (last is not None and not (first or 0) <= last < total):
        raise OptionInvalidError(option="Content-Range", value=said, allowed=ALLOWED)
    if total > MOST_PHOTO_BYTES:
        raise TooLargeError(limit_mb=MOST_PHOTO_BYTES // MIB)
    if first is None or last is None:
        return Piece(0, 0, total)
    return Piece(first, last + 1, total)


def _is_there(engine: Engine, asker: Viewer, where: tuple[UUID, UUID, str], today: Today) -> bool:
    """Return whether the record has the photo, after refusing who may not give it."""
    inspection_id, record_id, sha256 = where
    with reading(engine) as conn:
        inspection = read_inspection(conn, inspection_id, asker, today)
        find_place(conn, asker, inspection, record_id, today=today)
        return find_photo(conn, record_id, sha256) is not None


async def _receive(request: Request, partial: Partial, piece: Piece, body: Body) -> ReceivedPhoto:
    held = partial.size
    if piece.start > held:
        raise PhotoGapError(start=piece.start, received=held, total=piece.total)
    end = piece.end if piece.end is not None else body.declared
    # A question has no body.
    came = await _write(request, partial, piece.start, end) if piece.end != 0 else 0
    if end is not None and came < end:
        raise PhotoCutError(received=partial.size, expected=end)
    total = piece.total if piece.total is not None else came
    # Longer than the whole: another file was begun under this name.
    partial.cut(total)
    return ReceivedPhoto(partial, partial.size, total)


async def _write(request: Request, partial: Partial, at: int, end: int | None) -> int:
    """Write the body to its place; return where it ended. What came is on the disk in any case."""
    handle = await to_thread.run_sync(partial.open)
    try:
        async for part in request.stream():
            if end is not None and at + len(part) > end:
                length = f"{at + len(part)} > {end}"
                raise OptionInvalidError(option="Content-Range", value=length, allowed=ALLOWED)
            await to_thread.run_sync(write_at, handle, at, part)
            at += len(part)
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(_close, handle)
    return at


def _close(handle: int) -> None:
    os.fsync(handle)
    os.close(handle)
