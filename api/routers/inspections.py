"""Joint inspections over HTTP: open one, take it from state to state, record, conclude."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from sqlalchemy import Connection

from api.deps import Asker, AskerLang, Now, ReadConn, Today, WriteConn
from api.inspection_bodies import (
    ConfirmBody,
    FindingBody,
    InspectionBody,
    ReasonBody,
    RecordBody,
    SplitBody,
    StepBody,
)
from api.inspection_views import (
    show_actions,
    show_event,
    show_inspection,
    show_listed,
    show_missing,
    show_outcome,
    show_record,
    show_step,
)
from api.paging import Cursor, Page, decode_cursor, encode_cursor
from api.revision import Seen, tell_revision
from api.routers.divisions import Code
from api.routers.inspection_deviations import show_verdict
from geo.boundaries.find import find_line_ids
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError, RecordUnknownError
from geo.inspections.facts import RESULTS, STATES, Document, Inspection, Record
from geo.inspections.feed import list_events
from geo.inspections.field.deviations import judge_records
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.recorded import list_record_versions, list_records, read_record
from geo.inspections.field.records import put_record, withdraw_record
from geo.inspections.field.statements import confirm_records, state_finding
from geo.inspections.missing import list_gaps
from geo.inspections.opening import InspectionFacts, open_inspection, split_sections
from geo.inspections.parties import contracts_of, find_party, refuse_contractor
from geo.inspections.read import list_inspections, read_inspection
from geo.inspections.workflow import Asked, list_actions, list_steps, take_step
from geo.office import office
from geo.texts import Text

router = APIRouter(prefix="/api/v1/inspections", tags=["inspections"])
MOST = 200


@router.post("", status_code=status.HTTP_201_CREATED)
def post_inspection(
    body: InspectionBody, conn: WriteConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Open an inspection of a line by its two sides, or of a part of it by a pair of counties.

    A line has one regular inspection of each round; a special one says why instead.
    """
    given = body.model_dump(exclude={"lead_code", "cooperating_code"})
    facts = InspectionFacts(
        **given,
        lead_id=find_division(conn, body.lead_code),
        cooperating_id=find_division(conn, body.cooperating_code),
    )
    made = open_inspection(conn, asker, facts, today=today)
    return _show_whole(conn, read_inspection(conn, made, asker, today), asker, today, lang)


@router.get("")
def get_inspections(  # noqa: PLR0913 - each parameter is one filter of the address
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    year: Annotated[int | None, Query(ge=1996, le=2200)] = None,
    state: Annotated[str | None, Query(description="States, with commas.")] = None,
    within: Annotated[Code | None, Query(description="With a side in this division.")] = None,
    line: Annotated[str | None, Query(max_length=100, description="Its id or code.")] = None,
    parent: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = MOST,
    cursor: Cursor = None,
) -> Page[dict[str, Any]]:
    """List the inspections of the asker's jurisdiction, the newest first."""
    key = decode_cursor(cursor, 1)
    found = list_inspections(
        conn,
        asker,
        today,
        year=year,
        states=_read_states(state),
        within=find_division(conn, within) if within else None,
        line_id=_read_line(conn, line),
        parent_id=parent,
        after=UUID(key[0]) if key else None,
        limit=limit,
    )
    items = [show_listed(one, lang) for one in found.items]
    return Page(items, found.total, encode_cursor(found.next) if found.next else None)


@router.get("/{inspection_id}")
def get_inspection(
    inspection_id: UUID,
    response: Response,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Give an inspection: parties, subjects, outcomes, what comes next and what lacks."""
    found = read_inspection(conn, inspection_id, asker, today)
    tell_revision(response, found.revision)
    return _show_whole(conn, found, asker, today, lang)


@router.post("/{inspection_id}/transitions")
def post_transition(  # noqa: PLR0913 - who does what, having seen which revision
    inspection_id: UUID,
    body: StepBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Do an action of the workflow (``actions`` of the inspection lists them).

    What a guard holds back answers 409 ``guard_blocked`` with ``missing``; where both sides must
    speak, the state changes with the second.
    """
    found = read_inspection(conn, inspection_id, asker, today)
    document = Document(**body.document.model_dump()) if body.document else None
    asked = Asked(action=body.action, side=body.side, note=body.note, document=document)
    done = take_step(conn, asker, found, asked, today=today, seen=seen)
    tell_revision(response, done.revision)
    return _show_whole(conn, done, asker, today, lang)


@router.get("/{inspection_id}/transitions")
def get_transitions(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List what was done to an inspection, the oldest first."""
    found = read_inspection(conn, inspection_id, asker, today)
    refuse_contractor(found, Text("reason.contractor_feed"))
    codes = _codes(found)
    steps = [show_step(one, codes, lang) for one in list_steps(conn, inspection_id)]
    return Page(steps, len(steps), None)


@router.put("/{inspection_id}/split")
def put_split(
    inspection_id: UUID,
    body: SplitBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Say which side leads at which markers and sections (分段牵头)."""
    found = read_inspection(conn, inspection_id, asker, today)
    leads = {
        (one.kind, one.id): find_party(found, part.lead).id
        for part in body.parts
        for one in part.subjects
    }
    split_sections(conn, asker, found, leads, today=today, seen=seen)
    return show_inspection(read_inspection(conn, inspection_id, asker, today), lang)


@router.put("/{inspection_id}/records/{record_id}")
def put_one_record(  # noqa: PLR0913 - who records what, and when
    inspection_id: UUID,
    record_id: UUID,
    body: RecordBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    now: Now,
) -> dict[str, Any]:
    """Put a record under an id the client made; it may be sent again and again.

    The same content changes nothing (``replayed``); an older version that arrives late is kept and
    changes nothing either (``superseded``). A record changed after signing voids all signatures.
    ``deviation`` holds a marker's position against the register, with findings of what is wrong
    with it: a proposal, never a result.
    """
    found = read_inspection(conn, inspection_id, asker, today)
    facts = RecordFacts(
        kind=body.subject.kind,
        subject_id=body.subject.id,
        side=body.side,
        at=body.at,
        state=body.state,
        position=body.position.model_dump(exclude_none=True) if body.position else None,
        contents=body.contents,
        note=body.note,
        edited_at=body.edited_at,
        scan_id=body.scan,
    )
    put = put_record(conn, asker, found, record_id, facts, today=today, now=now)
    if put.created:
        response.status_code = status.HTTP_201_CREATED
    judged = judge_records(conn, asker, found, [put.record]) if put.record.body["position"] else []
    return show_record(put.record, _codes(found), lang) | {
        "deviation": show_verdict(judged[0], lang) if judged else None,
        "replayed": put.replayed,
        "superseded": put.superseded,
        "voided_signatures": put.voided,
    }


@router.get("/{inspection_id}/records")
def get_records(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List all records of all sides, in the order they came."""
    found = read_inspection(conn, inspection_id, asker, today)
    codes = _codes(found)
    items = [show_record(one, codes, lang) for one in _own_records(conn, found, asker, today)]
    return Page(items, len(items), None)


@router.get("/{inspection_id}/records/{record_id}")
def get_record(
    inspection_id: UUID,
    record_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Give one record with all the versions that were ever sent."""
    found = read_inspection(conn, inspection_id, asker, today)
    one = _find_record(conn, found, record_id, asker, today)
    versions = list_record_versions(conn, record_id)
    return show_record(one, _codes(found), lang) | {"versions": versions}


@router.post("/{inspection_id}/records/{record_id}/withdrawal")
def post_withdrawal(
    inspection_id: UUID,
    record_id: UUID,
    body: ReasonBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Take back a record of one's own side; it stays on file and counts no longer."""
    found = read_inspection(conn, inspection_id, asker, today)
    _find_record(conn, found, record_id, asker, today)
    done = withdraw_record(conn, asker, found, record_id, body.reason, today=today)
    return show_record(done, _codes(found), lang)


@router.get("/{inspection_id}/findings")
def get_findings(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List what the sides found at each subject: agreed, in conflict, or a disagreement."""
    found = read_inspection(conn, inspection_id, asker, today)
    codes = _codes(found)
    refuse_contractor(found, Text("reason.contractor_feed"))
    outcomes = list_outcomes(conn, found, list_records(conn, inspection_id))
    items = [show_outcome(one, codes, lang) for one in outcomes]
    return Page(items, len(items), None)


@router.post("/{inspection_id}/findings", status_code=status.HTTP_201_CREATED)
def post_finding(
    inspection_id: UUID,
    body: FindingBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Say for a side what the common finding of a subject is, or that it disagrees."""
    found = read_inspection(conn, inspection_id, asker, today)
    outcome = state_finding(
        conn,
        asker,
        found,
        body.subject.kind,
        body.subject.id,
        side=body.side,
        said=body.said,
        state=body.state,
        words=body.words,
        today=today,
    )
    return show_outcome(outcome, _codes(found), lang)


@router.post("/{inspection_id}/confirmations", status_code=status.HTTP_201_CREATED)
def post_confirmation(
    inspection_id: UUID,
    body: ConfirmBody,
    conn: WriteConn,
    asker: Asker,
    today: Today,
    now: Now,
) -> dict[str, int]:
    """Take over the other side's records where one's own side has none."""
    found = read_inspection(conn, inspection_id, asker, today)
    count = confirm_records(
        conn, asker, found, side=body.side, subjects=body.subjects, today=today, now=now
    )
    return {"confirmed": count}


@router.get("/{inspection_id}/events")
def get_events(
    inspection_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    after: Annotated[int, Query(ge=0, le=2**62, description="``id`` of the last one seen.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = MOST,
) -> Page[dict[str, Any]]:
    """Give the feed: what happened after an event, the oldest first; parts included."""
    found = read_inspection(conn, inspection_id, asker, today)
    refuse_contractor(found, Text("reason.contractor_feed"))
    codes = _codes(found)
    events = list_events(conn, [found.id, *found.parts], after=after, limit=limit)
    items = [show_event(one, codes, lang) for one in events]
    more = str(events[-1].id) if len(events) == limit else None
    return Page(items, len(items), more)


def _show_whole(
    conn: Connection, found: Inspection, asker: Asker, today: date, lang: AskerLang
) -> dict[str, Any]:
    shown = show_inspection(found, lang) | {
        "states": {kind: list(states) for kind, states in RESULTS.items()}
    }
    if not found.is_whole:
        return shown | {"outcomes": [], "actions": [], "missing": []}
    outcomes = list_outcomes(conn, found, list_records(conn, found.id))
    gaps = list_gaps(conn, found, outcomes, office(conn))
    codes = _codes(found)
    return shown | {
        "outcomes": [show_outcome(one, codes, lang) for one in outcomes],
        "actions": show_actions(list_actions(conn, asker, found, today=today), lang),
        "missing": show_missing(gaps, lang),
    }


def _codes(found: Inspection) -> dict[UUID, str]:
    return {one.id: one.code for one in found.parties}


def _own_records(conn: Connection, found: Inspection, asker: Asker, today: date) -> list[Record]:
    """Return the records of an inspection; a contractor gets those it sent itself."""
    records = list_records(conn, found.id)
    contracts = contracts_of(conn, asker, found, today)
    if contracts is None:
        return records
    return [one for one in records if one.guest_id in contracts]


def _find_record(
    conn: Connection, found: Inspection, record_id: UUID, asker: Asker, today: date
) -> Record:
    if record_id not in {one.id for one in _own_records(conn, found, asker, today)}:
        raise RecordUnknownError(record=record_id)
    return read_record(conn, record_id)


def _read_states(given: str | None) -> list[str]:
    states = [one.strip() for one in (given or "").split(",") if one.strip()]
    for one in states:
        if one not in STATES:
            raise OptionInvalidError(option="state", value=one, allowed=list(STATES))
    return states


def _read_line(conn: Connection, given: str | None) -> UUID | None:
    if given is None:
        return None
    ids = find_line_ids(conn, given)
    return ids[0] if ids else UUID(int=0)
