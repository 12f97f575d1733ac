"""Conclude on a subject: take over the other side's record, agree on one finding, or disagree.

The system proposes, people conclude: nothing becomes a common finding but what every side said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, insert

from geo.access.jurisdiction import Viewer
from geo.db.ids import new_id
from geo.errors import FindingRefusedError
from geo.inspections.facts import RESULTS, Inspection, Outcome, Record
from geo.inspections.feed import tell
from geo.inspections.field.outcomes import View, digest_views, list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.field.records import require_recording
from geo.inspections.parties import Acting, require_party
from geo.inspections.read import lock_inspection
from geo.inspections.signing.canonical import digest
from geo.inspections.tables import (
    inspection_finding,
    inspection_record,
    inspection_record_version,
)
from geo.inspections.voiding import void_signatures
from geo.texts import Text


def state_finding(  # noqa: PLR0913 - which side says what of which subject, in which words
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    kind: str,
    object_id: UUID,
    *,
    side: str | None,
    said: str,
    state: str | None,
    words: str | None,
    today: date,
) -> Outcome:
    """Say for a side what the common finding is, or that it sees it otherwise.

    Agreed is what every side said the same state of; a disagreement stands with both views as soon
    as one side puts it on record.

    Parameters
    ----------
    said
        ``agreed`` with a ``state``, or ``disagreed`` with ``words`` that say why.

    Raises
    ------
    NotPartyError, GuestRefusedError
    FindingRefusedError
        If a side has no record yet, the state is none, or a disagreement has no words.
    RecordsClosedError
    """
    what = Text("doing.conclude")
    acting = require_party(conn, viewer, found, side, what=what, today=today, concludes=True)
    require_recording(lock_inspection(conn, found.id))
    outcome = _outcome(conn, found, kind, object_id)
    _check(outcome, acting, said, state, words)
    bound = digest_views(_light(outcome))
    conn.execute(
        insert(inspection_finding).values(
            id=new_id(),
            inspection_id=found.id,
            subject_kind=kind,
            subject_id=object_id,
            said=said,
            state=state if said == "agreed" else None,
            words=words,
            division_id=acting.party.id,
            records_sha256=bound,
            actor=viewer.actor,
        )
    )
    label = outcome.subject.label
    why = Text("void.finding", {"label": label, "party": acting.party.name})
    void_signatures(conn, viewer, found.id, why)
    tell(conn, viewer, found.id, f"finding_{said}", acting.party.id, label=label)
    return _outcome(conn, found, kind, object_id)


def confirm_records(
    conn: Connection,
    viewer: Viewer,
    found: Inspection,
    *,
    side: str | None,
    subjects: Collection[UUID] | None,
    today: date,
    now: datetime,
) -> int:
    """Take over the other sides' records as one's own, where one has none and they agree.

    Parameters
    ----------
    subjects
        Of these, by id; None for all that wait for this side.

    Returns
    -------
    int
        How many were confirmed.

    Raises
    ------
    NotPartyError, GuestRefusedError, RecordsClosedError
    """
    what = Text("doing.confirm")
    acting = require_party(conn, viewer, found, side, what=what, today=today, concludes=True)
    if acting.via == "paper":
        raise FindingRefusedError(reason=Text("reason.paper_confirms"))
    require_recording(lock_inspection(conn, found.id))
    outcomes = list_outcomes(conn, found, list_records(conn, found.id))
    taken = [
        (one, record)
        for one in outcomes
        if subjects is None or one.subject.id in subjects
        for record in _to_confirm(one, acting.party.id)
    ]
    for _, record in taken:
        _write_confirmed(conn, viewer, acting, found, record, now)
    if taken:
        label = taken[0][0].subject.label
        void_signatures(
            conn,
            viewer,
            found.id,
            Text("void.finding", {"label": label, "party": acting.party.name}),
        )
        tell(conn, viewer, found.id, "confirmed", acting.party.id, count=len(taken))
    return len(taken)


def _outcome(conn: Connection, found: Inspection, kind: str, object_id: UUID) -> Outcome:
    if found.subject(kind, object_id) is None:
        raise FindingRefusedError(reason=Text("reason.subject_elsewhere"))
    outcomes = list_outcomes(conn, found, list_records(conn, found.id))
    return next(one for one in outcomes if one.subject.key == (kind, object_id))


def _light(outcome: Outcome) -> list[tuple[UUID, View]]:
    return [
        (side, View(record.id, record.state, record.sha256))
        for side, record in outcome.views.items()
    ]


def _check(
    outcome: Outcome, acting: Acting, said: str, state: str | None, words: str | None
) -> None:
    reason = None
    if acting.party.id not in outcome.subject.sides:
        reason = Text("reason.side_elsewhere")
    elif outcome.lacks:
        reason = Text("reason.views_lack", {"count": len(outcome.lacks)})
    elif said == "disagreed" and not (words or "").strip():
        reason = Text("reason.disagreement_words")
    elif said == "agreed" and state not in RESULTS[outcome.subject.kind]:
        kind = outcome.subject.kind
        named = [Text(f"result.{kind}.{one}") for one in RESULTS[kind]]
        reason = Text("reason.one_of", {"allowed": [*RESULTS[kind], *named]})
    if reason is not None:
        raise FindingRefusedError(reason=reason)


def _to_confirm(outcome: Outcome, side: UUID) -> Sequence[Record]:
    """Return the record that a side without one may take over; none where the others differ."""
    others = list(outcome.views.values())
    if side not in outcome.lacks or not others or len({one.state for one in others}) > 1:
        return []
    lead = outcome.subject.lead_id
    return [outcome.views.get(lead, others[0])]


def _write_confirmed(
    conn: Connection,
    viewer: Viewer,
    acting: Acting,
    found: Inspection,
    other: Record,
    now: datetime,
) -> None:
    confirms = {"record": str(other.id), "sha256": other.sha256}
    body = {**other.body, "position": None, "confirms": confirms}
    made = {
        "version": 1,
        "sha256": digest(body),
        "body": body,
        "edited_at": now,
        "actor": viewer.actor,
    }
    id_ = new_id()
    conn.execute(
        insert(inspection_record).values(
            id=id_,
            inspection_id=found.id,
            subject_kind=other.subject_kind,
            subject_id=other.subject_id,
            division_id=acting.party.id,
            on_day=other.on_day,
            state=other.state,
            via="confirmed",
            **made,
        )
    )
    conn.execute(insert(inspection_record_version).values(record_id=id_, **made))
