"""What a contractor delivered: its county accepts it, or returns it with a note."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from geo.access.jurisdiction import Viewer
from geo.access.tables import app_user
from geo.db.sql import any_uuid
from geo.errors import DeliveryRefusedError, OptionInvalidError
from geo.inspections.facts import Inspection, Party, Subject
from geo.inspections.feed import tell
from geo.inspections.field.records import require_recording
from geo.inspections.parties import require_party
from geo.inspections.read import lock_inspection
from geo.inspections.tables import (
    inspection_guest,
    inspection_record,
    inspection_record_version,
)
from geo.inspections.voiding import void_signatures
from geo.texts import Text as Words

record = inspection_record.c
DeliveryState = Literal["waiting", "accepted", "returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A contractor's record; ``delivered_at`` is when its present version came.

    ``state`` is ``delivery_state.<key>`` in the catalogue. One that was returned waits for its
    contractor: a version that comes later waits for the county again.
    """

    record_id: UUID
    subject: Subject
    division_id: UUID
    organisation: str | None
    user: str
    result: str
    delivered_at: datetime
    state: DeliveryState
    note: str | None


def list_deliveries(conn: Connection, viewer: Viewer, found: Inspection) -> list[Delivery]:
    """List what contractors recorded, in the order it came; a contractor sees only its own.

    Who may see the inspection was asked before.
    """
    version = inspection_record_version.c
    delivered = select(func.max(version.at)).where(version.record_id == record.id).scalar_subquery()
    rows = conn.execute(
        select(
            *inspection_record.c,
            delivered.label("delivered_at"),
            inspection_guest.c.organisation,
            inspection_guest.c.user_id,
            app_user.c.name.label("user"),
        )
        .join_from(inspection_record, inspection_guest, inspection_guest.c.id == record.guest_id)
        .join(app_user, app_user.c.id == inspection_guest.c.user_id)
        .where(record.inspection_id == found.id, record.via == "contractor")
        .where(record.withdrawn_at.is_(None))
        .order_by(delivered, record.id)
    ).all()
    mine = [one for one in rows if viewer.grants or one.user_id == viewer.user_id]
    subjects = {one.key: one for one in found.subjects}
    return [
        _delivery(one, subjects[one.subject_kind, one.subject_id])
        for one in mine
        if (one.subject_kind, one.subject_id) in subjects
    ]


def accept_delivery(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    records: Collection[UUID] | None,
    *,
    side: str | None,
    today: date,
) -> int:
    """Accept records of a side's contractors: from now on they are what the side says.

    Parameters
    ----------
    records
        Which; None for all that wait.

    Returns
    -------
    int
        How many were accepted; what was accepted before is not counted.

    Raises
    ------
    NotPartyError, GuestRefusedError
        Unless the viewer is an account of the side.
    DeliveryRefusedError
        If a record is none of a contractor of the side.
    RecordsClosedError
    """
    party = _require_side(conn, viewer, found, side, today)
    chosen = _choose(conn, viewer, found, party, records)
    waiting = [one.record_id for one in chosen if one.state != "accepted"]
    if waiting:
        conn.execute(
            update(inspection_record)
            .where(record.id == any_uuid(waiting))
            .values(accepted_at=func.clock_timestamp())
        )
        facts = {"party": party.name, "count": len(waiting), "who": viewer.name}
        void_signatures(conn, viewer, found.id, Words("void.delivery_accepted", facts))
        tell(conn, viewer, found.id, "delivery_accepted", party.id, count=len(waiting))
    return len(waiting)


def return_delivery(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    records: Collection[UUID],
    note: str,
    *,
    side: str | None,
    today: date,
) -> int:
    """Return records to their contractor with a note; they count for nothing until accepted.

    Returns
    -------
    int
        How many were returned.

    Raises
    ------
    NotPartyError, GuestRefusedError, RecordsClosedError
    DeliveryRefusedError
        If a record is none of a contractor of the side, or was accepted.
    OptionInvalidError
        Without a note.
    """
    party = _require_side(conn, viewer, found, side, today)
    if not note.strip():
        raise OptionInvalidError(
            option="note", value=Words("reason.not_given"), allowed=Words("allowed.return_note")
        )
    chosen = _choose(conn, viewer, found, party, records)
    for one in chosen:
        if one.state == "accepted":
            raise DeliveryRefusedError(
                record=one.record_id, reason=Words("reason.delivery_accepted")
            )
    conn.execute(
        update(inspection_record)
        .where(record.id == any_uuid([one.record_id for one in chosen]))
        .values(returned_at=func.clock_timestamp(), returned_note=note.strip())
    )
    tell(
        conn, viewer, found.id, "delivery_returned", party.id, count=len(chosen), note=note.strip()
    )
    return len(chosen)


def _require_side(
    conn: Connection, viewer: Viewer, found: Inspection, said: str | None, today: date
) -> Party:
    what = Words("doing.accept_delivery")
    acting = require_party(conn, viewer, found, said, what=what, today=today, concludes=True)
    require_recording(lock_inspection(conn, found.id))
    return acting.party


def _choose(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    party: Party,
    wanted: Collection[UUID] | None,
) -> Sequence[Delivery]:
    own = {
        one.record_id: one
        for one in list_deliveries(conn, viewer, found)
        if one.division_id == party.id
    }
    if wanted is None:
        return [one for one in own.values() if one.state == "waiting"]
    for one in wanted:
        if one not in own:
            reason = Words("reason.no_delivery", {"party": party.name})
            raise DeliveryRefusedError(record=one, reason=reason)
    return [own[one] for one in dict.fromkeys(wanted)]


def _delivery(row: Any, subject: Subject) -> Delivery:
    returned = row.returned_at is not None and row.returned_at > row.delivered_at
    state: DeliveryState = "accepted" if row.accepted_at else "returned" if returned else "waiting"
    return Delivery(
        record_id=row.id,
        subject=subject,
        division_id=row.division_id,
        organisation=row.organisation,
        user=row.user,
        result=row.state,
        delivered_at=row.delivered_at,
        state=state,
        note=row.returned_note if state == "returned" else None,
    )
