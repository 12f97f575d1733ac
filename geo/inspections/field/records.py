"""Take the records of each side, once however often they are sent, and keep every version.

A record carries an id the client made. The same content again changes nothing; another content is a
new version; one that was sent before and arrives late is kept and changes nothing either. A record
put after signing voids all signatures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, update

from geo.access.jurisdiction import Viewer
from geo.errors import (
    GuestRefusedError,
    RecordsClosedError,
    RecordTakenError,
    RecordUnknownError,
)
from geo.inspections.facts import Inspection, Record, Subject, Via
from geo.inspections.feed import tell
from geo.inspections.field.record_checks import RecordFacts, check_facts, refused
from geo.inspections.field.recorded import read_record
from geo.inspections.parties import Acting, require_party
from geo.inspections.read import lock_inspection
from geo.inspections.signing.canonical import digest
from geo.inspections.tables import inspection_record, inspection_record_version
from geo.inspections.voiding import void_signatures
from geo.texts import Text as Words

RECORDING = ("desk", "field", "disposal", "signed", "reported", "returned")
"""The states in which records are taken."""
head = inspection_record.c
version = inspection_record_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A record after it was put; ``created`` newly, ``replayed`` as known, or ``superseded``.

    ``superseded`` says that a later version had come before this one; it is kept in the history.
    ``voided`` signatures no longer stand since.
    """

    record: Record
    created: bool = False
    replayed: bool = False
    superseded: bool = False
    voided: int = 0


@dataclass(frozen=True, slots=True)
class _Given:
    """A record that was read and may stand: of whom, of what, its canonical body and its hash."""

    id: UUID
    acting: Acting
    subject: Subject
    on_day: date
    edited_at: datetime
    said_when: bool
    body: dict[str, Any]
    sha256: str
    scan_id: UUID | None


def put_record(  # noqa: PLR0913 - who records what, how it came, and when
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    record_id: UUID,
    facts: RecordFacts,
    *,
    today: date,
    now: datetime,
    via: Via | None = None,
) -> Put:
    """Put a record of a side; it may be sent again and again.

    Parameters
    ----------
    via
        How it came, where that is not by who puts it: from a return file.

    Raises
    ------
    NotPartyError, GuestRefusedError, OptionInvalidError
        If the viewer does not act for the side, or not at this subject.
    RecordRefusedError
        If the subject is not inspected, not shared by the side, or something said cannot be.
    RecordsClosedError
        If the inspection takes no records now; what is there already is answered all the same.
    RecordTakenError
        If the id is that of another record.
    """
    subject = _subject(found, facts)
    acting = _acting(conn, viewer, found, subject, facts, today)
    acting = replace(acting, via=via or acting.via)
    given = _read(conn, found, record_id, acting, subject, facts, today, now)
    state = lock_inspection(conn, found.id)
    known = conn.execute(select(inspection_record).where(head.id == record_id)).one_or_none()
    if known is not None:
        _check_same(known, found, given)
        if _was_sent(conn, known, given):
            return Put(record=read_record(conn, record_id), replayed=True)
    require_recording(state)
    if known is not None and given.said_when and given.edited_at < known.edited_at:
        _write_version(conn, viewer, given, _next_version(conn, record_id))
        return Put(record=read_record(conn, record_id), superseded=True)
    return _write(conn, viewer, found, given, is_new=known is None)


def withdraw_record(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    record_id: UUID,
    reason: str,
    *,
    today: date,
) -> Record:
    """Take a record of one's own side back, with a reason; it stays and counts no longer.

    Raises
    ------
    RecordUnknownError, RecordsClosedError, NotPartyError, GuestRefusedError
    """
    known = read_record(conn, record_id)
    subject = found.subject(known.subject_kind, known.subject_id)
    if subject is None:
        raise RecordUnknownError(record=record_id)
    what = Words("doing.withdraw_record")
    require_party(conn, viewer, found, str(known.division_id), what=what, today=today)
    state = lock_inspection(conn, found.id)
    require_recording(state)
    conn.execute(
        update(inspection_record)
        .where(head.id == record_id, head.withdrawn_at.is_(None))
        .values(withdrawn_at=func.clock_timestamp(), withdrawn_reason=reason)
    )
    void_signatures(
        conn, viewer, found.id, Words("void.record_withdrawn", {"label": subject.label})
    )
    tell(conn, viewer, found.id, "record_withdrawn", known.division_id, label=subject.label)
    return read_record(conn, record_id)


def require_recording(state: str) -> None:
    """Refuse while an inspection takes no records.

    Raises
    ------
    RecordsClosedError
    """
    if state not in RECORDING:
        raise RecordsClosedError(
            state=Words(f"inspection_state.{state}"),
            allowed=[Words(f"inspection_state.{one}") for one in RECORDING],
        )


def _subject(found: Inspection, facts: RecordFacts) -> Subject:
    subject = found.subject(facts.kind, facts.subject_id)
    if subject is None:
        raise refused("subject", facts.subject_id, Words("reason.subject_elsewhere"))
    return subject


def _acting(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    subject: Subject,
    facts: RecordFacts,
    today: date,
) -> Acting:
    what = Words("doing.record", {"label": subject.label})
    acting = require_party(conn, viewer, found, facts.side, what=what, today=today)
    if acting.subjects is not None and subject.id not in acting.subjects:
        raise GuestRefusedError(reason=Words("reason.contractor_elsewhere"))
    if acting.party.id not in subject.sides:
        raise refused("side", acting.party.name, Words("reason.side_elsewhere"))
    return acting


def _read(  # noqa: PLR0913 - what was sent, by whom, of what, and when
    conn: Connection,
    found: Inspection,
    record_id: UUID,
    acting: Acting,
    subject: Subject,
    facts: RecordFacts,
    today: date,
    now: datetime,
) -> _Given:
    on_day, body = check_facts(conn, found, acting, facts, today)
    return _Given(
        id=record_id,
        acting=acting,
        subject=subject,
        on_day=on_day,
        edited_at=facts.edited_at or now,
        said_when=facts.edited_at is not None,
        body=body,
        sha256=digest(body),
        scan_id=facts.scan_id,
    )


def _check_same(known: Row[Any], found: Inspection, given: _Given) -> None:
    same = (
        known.inspection_id == found.id
        and (known.subject_kind, known.subject_id) == given.subject.key
        and known.division_id == given.acting.party.id
    )
    if not same:
        raise RecordTakenError(record=given.id)


def _was_sent(conn: Connection, known: Row[Any], given: _Given) -> bool:
    """Return whether this version is the present one, or came before and was replaced since."""
    if known.withdrawn_at is not None:
        return False
    if known.sha256 == given.sha256:
        return True
    sent = select(func.count()).where(version.record_id == given.id, version.sha256 == given.sha256)
    if given.said_when:
        sent = sent.where(version.edited_at == given.edited_at)
    return bool(conn.execute(sent).scalar_one())


def _next_version(conn: Connection, record_id: UUID) -> int:
    last = select(func.max(version.version)).where(version.record_id == record_id)
    return int(conn.execute(last).scalar_one()) + 1


def _write(
    conn: Connection, viewer: Viewer, found: Inspection, given: _Given, *, is_new: bool
) -> Put:
    number = 1 if is_new else _next_version(conn, given.id)
    values = {
        "version": number,
        "on_day": given.on_day,
        "edited_at": given.edited_at,
        "state": given.body["state"],
        "body": given.body,
        "sha256": given.sha256,
        "via": given.acting.via,
        "scan_id": given.scan_id,
        "guest_id": given.acting.guest_id,
        "accepted_at": None,
        "withdrawn_at": None,
        "withdrawn_reason": None,
        "actor": viewer.actor,
    }
    if is_new:
        kind, subject_id = given.subject.key
        side = given.acting.party.id
        values |= {"id": given.id, "inspection_id": found.id, "division_id": side}
        values |= {"subject_kind": kind, "subject_id": subject_id}
        conn.execute(insert(inspection_record).values(values))
    else:
        conn.execute(update(inspection_record).where(head.id == given.id).values(values))
    _write_version(conn, viewer, given, number)
    label, party = given.subject.label, given.acting.party
    why = Words("void.record", {"label": label, "party": party.name, "who": viewer.name})
    voided = void_signatures(conn, viewer, found.id, why)
    tell(
        conn,
        viewer,
        found.id,
        "recorded",
        party.id,
        label=label,
        state=given.body["state"],
        subject=given.subject.kind,
    )
    return Put(record=read_record(conn, given.id), created=is_new, voided=voided)


def _write_version(conn: Connection, viewer: Viewer, given: _Given, number: int) -> None:
    conn.execute(
        insert(inspection_record_version).values(
            record_id=given.id,
            version=number,
            sha256=given.sha256,
            body=given.body,
            edited_at=given.edited_at,
            actor=viewer.actor,
        )
    )
