"""Photos of records: given by the side that recorded, taken off with a reason, never replaced.

What is signed names its photos by their SHA-256, so a photo given or taken off after signing voids
the signatures.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, exists, func, insert, select, update

from geo.access.jurisdiction import Viewer
from geo.db.engine import give_reason
from geo.errors import (
    NotPartyError,
    OptionInvalidError,
    PhotoDiffersError,
    PhotoUnknownError,
    PhotoWithdrawnError,
    RecordUnknownError,
)
from geo.files.recognise import recognise
from geo.files.store import KeptFile, find_file, hash_file, keep_file
from geo.inspections.facts import SHOWS, Inspection, Photo, Subject
from geo.inspections.feed import tell
from geo.inspections.field.recorded import read_record
from geo.inspections.field.records import require_recording
from geo.inspections.parties import Acting, require_party
from geo.inspections.read import lock_inspection
from geo.inspections.tables import inspection_photo, inspection_record
from geo.inspections.voiding import void_signatures
from geo.texts import Text as Words

CLOCKS_DIFFER = timedelta(days=1)
"""How far a camera's clock may be ahead of ours."""
record = inspection_record.c
photo = inspection_photo.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFacts:
    """What is said of a photo; ``object_ordinal`` says which 方位物 of the marker it shows."""

    shows: str = "other"
    object_ordinal: int | None = None
    taken_at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The record a photo is of, and who gives it for which side."""

    record_id: UUID
    subject: Subject
    acting: Acting
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPhoto:
    """A photo as it stands; ``is_new`` is False where it was there already."""

    photo: Photo
    is_new: bool


def find_place(
    conn: Connection, viewer: Viewer, inspection: Inspection, record_id: UUID, *, today: date
) -> Place:
    """Return the record photos are given to, after refusing who may not.

    Raises
    ------
    RecordUnknownError
        If the inspection has no such record, the viewer's part of it has none, or it was withdrawn.
    NotPartyError, GuestRefusedError, UnauthenticatedError
        Unless the viewer acts for the side that recorded; a contractor for its own records.
    RecordsClosedError
        If the inspection takes nothing now.
    """
    row, subject = _read_record(conn, inspection, record_id)
    what = Words("doing.photo", {"label": subject.label})
    acting = require_party(conn, viewer, inspection, str(row.division_id), what=what, today=today)
    if acting.via == "contractor" and row.via != "contractor":
        raise NotPartyError(
            what=what,
            parties=[f"{acting.party.name} {acting.party.code}"],
            grants=Words("record_via.contractor"),
        )
    if row.withdrawn_at is not None:
        raise RecordUnknownError(record=record_id)
    require_recording(inspection.state)
    counts = row.via != "contractor" or row.accepted_at is not None
    return Place(record_id=record_id, subject=subject, acting=acting, counts=counts)


def find_photo(conn: Connection, record_id: UUID, sha256: str) -> Photo | None:
    """Return a photo of a record; None where it has none of that content.

    Raises
    ------
    PhotoWithdrawnError
        If it was taken off.
    """
    for one in read_record(conn, record_id).photos:
        if one.sha256 == sha256:
            return one
    gone = select(exists().where(photo.record_id == record_id, photo.file_sha256 == sha256))
    if conn.execute(gone).scalar_one():
        raise PhotoWithdrawnError(photo=sha256)
    return None


def put_photo(  # noqa: PLR0913 - who gives which content to which record, and when
    conn: Connection,
    viewer: Viewer,
    inspection: Inspection,
    record_id: UUID,
    path: Path,
    given: PhotoFacts,
    *,
    sha256: str,
    files: Path,
    now: datetime,
    today: date,
) -> GivenPhoto:
    """Give a photo to a record; one that is there already stays as it is.

    Parameters
    ----------
    path
        The whole content; it is copied.
    sha256
        What the sender says the content is, in hex.
    files
        Folder of kept files.
    now
        The instant, for a day that lies ahead.

    Raises
    ------
    PhotoDiffersError
        If the content has another SHA-256.
    FileRefusedError
        If it is no photo, cut, or too large.
    PhotoWithdrawnError
        If it was taken off before.
    OptionInvalidError
        If what it shows is none of those allowed, or the marker has no such object.
    RecordUnknownError, NotPartyError, GuestRefusedError, RecordsClosedError
    """
    lock_inspection(conn, inspection.id)
    place = find_place(conn, viewer, inspection, record_id, today=today)
    known = find_photo(conn, record_id, sha256)
    if known is not None:
        return GivenPhoto(photo=known, is_new=False)
    _check(given, place.subject, now)
    found = hash_file(path)
    if found != sha256:
        raise PhotoDiffersError(expected=sha256, found=found)
    media_type = recognise(path, sha256[:12], photo=True).media_type
    kept = keep_file(conn, path, files)
    conn.execute(
        insert(inspection_photo).values(
            record_id=record_id,
            file_sha256=kept.sha256,
            media_type=media_type,
            actor=viewer.actor,
            **asdict(given),
        )
    )
    _note(conn, viewer, inspection, place, "photo_given")
    made = find_photo(conn, record_id, sha256)
    assert made is not None  # noqa: S101 - for the type checker
    return GivenPhoto(photo=made, is_new=True)


def correct_photo(  # noqa: PLR0913 - who says what of which photo, and when
    conn: Connection,
    viewer: Viewer,
    inspection: Inspection,
    record_id: UUID,
    sha256: str,
    given: PhotoFacts,
    *,
    now: datetime,
    today: date,
) -> Photo:
    """Say anew what a photo shows; the audit keeps what was said before.

    Raises
    ------
    PhotoUnknownError, PhotoWithdrawnError, OptionInvalidError
    RecordUnknownError, NotPartyError, GuestRefusedError, RecordsClosedError
    """
    lock_inspection(conn, inspection.id)
    place = find_place(conn, viewer, inspection, record_id, today=today)
    before = require_photo(conn, record_id, sha256)
    _check(given, place.subject, now)
    facts = asdict(given)
    if all(getattr(before, name) == value for name, value in facts.items()):
        return before
    conn.execute(
        update(inspection_photo)
        .where(photo.record_id == record_id, photo.file_sha256 == sha256)
        .values(facts)
    )
    _note(conn, viewer, inspection, place, "photo_corrected")
    return require_photo(conn, record_id, sha256)


def withdraw_photo(
    conn: Connection,
    viewer: Viewer,
    inspection: Inspection,
    record_id: UUID,
    sha256: str,
    reason: str,
    *,
    today: date,
) -> None:
    """Take a photo off a record; the file and the record of it stay, the reason goes to the audit.

    Raises
    ------
    PhotoUnknownError, PhotoWithdrawnError
    OptionInvalidError
        Without a reason.
    RecordUnknownError, NotPartyError, GuestRefusedError, RecordsClosedError
    """
    lock_inspection(conn, inspection.id)
    place = find_place(conn, viewer, inspection, record_id, today=today)
    require_photo(conn, record_id, sha256)
    if not reason.strip():
        raise OptionInvalidError(
            option="reason",
            value=Words("reason.not_given"),
            allowed=Words("allowed.withdrawal_reason"),
        )
    give_reason(conn, f"{viewer.actor}: {reason.strip()}")
    conn.execute(
        update(inspection_photo)
        .where(photo.record_id == record_id, photo.file_sha256 == sha256)
        .values(withdrawn_at=func.clock_timestamp())
    )
    _note(conn, viewer, inspection, place, "photo_withdrawn")


def require_photo(conn: Connection, record_id: UUID, sha256: str) -> Photo:
    """Return a photo of a record.

    Raises
    ------
    PhotoUnknownError, PhotoWithdrawnError
    """
    found = find_photo(conn, record_id, sha256)
    if found is None:
        raise PhotoUnknownError(photo=sha256, record=record_id)
    return found


def open_photo(
    conn: Connection, inspection: Inspection, record_id: UUID, sha256: str, files: Path
) -> tuple[Photo, KeptFile]:
    """Return a photo and its content; who may see the inspection was asked before.

    Raises
    ------
    RecordUnknownError, PhotoUnknownError, PhotoWithdrawnError, NotFoundError
    """
    require_record(conn, inspection, record_id)
    return require_photo(conn, record_id, sha256), find_file(conn, sha256, files)


def require_record(conn: Connection, inspection: Inspection, record_id: UUID) -> Subject:
    """Return the subject of a record of the inspection that its reader may see.

    Raises
    ------
    RecordUnknownError
    """
    return _read_record(conn, inspection, record_id)[1]


def _read_record(conn: Connection, inspection: Inspection, record_id: UUID) -> tuple[Any, Subject]:
    row: Any = conn.execute(
        select(
            record.inspection_id, record.subject_kind, record.subject_id, record.division_id,
            record.via, record.accepted_at, record.withdrawn_at,
        ).where(record.id == record_id, record.inspection_id == inspection.id)
    ).one_or_none()  # fmt: skip
    subject = None if row is None else inspection.subject(row.subject_kind, row.subject_id)
    if row is None or subject is None:
        raise RecordUnknownError(record=record_id)
    return row, subject


def _check(given: PhotoFacts, subject: Subject, now: datetime) -> None:
    if given.shows not in SHOWS:
        names = [Words(f"photo_shows.{one}") for one in SHOWS]
        raise OptionInvalidError(option="shows", value=given.shows, allowed=[*SHOWS, *names])
    if given.object_ordinal is not None:
        known = [one["ordinal"] for one in subject.register.get("objects", ())]
        if given.shows != "object" or given.object_ordinal not in known:
            allowed = known or Words("reason.no_objects")
            raise OptionInvalidError(option="object", value=given.object_ordinal, allowed=allowed)
    if given.taken_at is not None and given.taken_at > now + CLOCKS_DIFFER:
        allowed = Words("allowed.not_ahead", {"now": f"{now:%Y-%m-%dT%H:%MZ}"})
        raise OptionInvalidError(
            option="taken_at", value=given.taken_at.isoformat(), allowed=allowed
        )


def _note(
    conn: Connection, viewer: Viewer, inspection: Inspection, place: Place, what: str
) -> None:
    """Tell the feed, and void the signatures where what was signed is another thing now."""
    side, label = place.acting.party, place.subject.label
    tell(conn, viewer, inspection.id, what, side.id, label=label)
    if place.counts:
        why = Words(f"void.{what}", {"label": label, "party": side.name, "who": viewer.name})
        void_signatures(conn, viewer, inspection.id, why)
