"""Completed rounds of the past and the clock of lines over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.attachments import send_attachment, show_attachment
from api.bodies import Strict, WithdrawalBody
from api.deps import Asker, AskerLang, AsOf, ReadConn, Today, WriteConn
from api.errors import as_json
from api.paging import Page
from api.routers.divisions import Code
from api.uploads import BODY, Upload, read_form
from geo.boundaries.find import find_line_ids
from geo.boundaries.sides import Side
from geo.divisions.read import find_division
from geo.errors import LineUnknownError, OptionInvalidError
from geo.files.attach import find_content, list_attachments
from geo.inspections.facts import RESULTS, Party
from geo.inspections.planning import past
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.planning.past import PastRound
from geo.inspections.planning.round_faults import MOST_ROUNDS, PastRoundFacts
from geo.settings import settings
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1", tags=["inspections"])

Count = Annotated[int, Field(ge=0, le=100_000)]
Level = Literal["province", "prefecture", "county", "township", "village"]


class RoundBody(Strict):
    """A completed round; ``line`` is its id or code, ``lead`` a side's code.

    ``states`` counts the markers by what was found.
    """

    line: str = Field(min_length=1, max_length=100)
    round: int = Field(ge=1, le=MOST_ROUNDS)
    started_on: date | None = None
    finished_on: date
    lead: str | None = Field(None, min_length=2, max_length=12)
    states: dict[str, Count] = Field(
        default_factory=dict, description=f"Of {', '.join(RESULTS['marker'])}."
    )
    note: str | None = Field(None, max_length=4000)
    source: str = Field(min_length=1, max_length=400)


class CorrectionBody(RoundBody):
    """A correction needs its reason."""

    reason: str = Field(min_length=1, max_length=400)


class ScanForm(BaseModel):
    """What is said of a scanned paper."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: str = Field("summary", max_length=40)
    title: str | None = Field(None, max_length=200)
    number: str | None = Field(None, max_length=100)
    dated: date | None = None
    issuer: str | None = Field(None, max_length=200)
    note: str | None = Field(None, max_length=1000)


@router.get("/inspection-rounds")
def get_rounds(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    line: Annotated[str | None, Query(max_length=100, description="Its id or code.")] = None,
    within: Annotated[Code | None, Query(description="With a side in this division.")] = None,
    withdrawn: Annotated[bool, Query(description="Those withdrawn too.")] = False,  # noqa: FBT002 - a query key
) -> Page[dict[str, Any]]:
    """List the completed rounds of the asker's lines, by line, the oldest first."""
    found = past.list_past_rounds(
        conn,
        asker,
        today,
        line_id=read_line(conn, line) if line else None,
        within=find_division(conn, within) if within else None,
        withdrawn=withdrawn,
    )
    return Page([_show(one, lang) for one in found], len(found), None)


@router.post("/inspection-rounds", status_code=status.HTTP_201_CREATED)
def post_round(
    body: RoundBody, conn: WriteConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Enter a completed round; the same facts again are the round that stands."""
    made = past.enter_past_round(conn, asker, _facts(conn, body), today=today)
    return _show(past.read_past_round(conn, asker, made, today), lang)


@router.get("/inspection-rounds/{round_id}")
def get_round(
    round_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Give a completed round with its papers."""
    found = past.read_past_round(conn, asker, round_id, today)
    papers = list_attachments(conn, [round_id])[round_id]
    return _show(found, lang) | {"files": [show_attachment(one, lang) for one in papers]}


@router.put("/inspection-rounds/{round_id}")
def put_round(
    round_id: UUID,
    body: CorrectionBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Correct a completed round that was entered wrongly, with the reason; it stays audited."""
    facts = _facts(conn, body)
    past.correct_past_round(conn, asker, round_id, facts, body.reason, today=today)
    return _show(past.read_past_round(conn, asker, round_id, today), lang)


@router.post("/inspection-rounds/{round_id}/withdrawal")
def withdraw_round(
    round_id: UUID,
    body: WithdrawalBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Withdraw a completed round that never was, with the reason; it stays on record."""
    past.withdraw_past_round(conn, asker, round_id, body.reason, today=today)
    return _show(past.read_past_round(conn, asker, round_id, today), lang)


@router.post(
    "/inspection-rounds/{round_id}/files", status_code=status.HTTP_201_CREATED, openapi_extra=BODY
)
def post_scan(
    round_id: UUID,
    upload: Upload,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Give the scanned report or another paper to a completed round.

    Fields beside ``file``: ``kind`` (summary, record, approval …), ``title``, ``number``,
    ``dated``, ``issuer``, ``note``.
    """
    form = read_form(ScanForm, upload.fields).model_dump()
    given = past.give_scan(
        conn, asker, round_id, upload.path, files=settings().files, name=upload.name, today=today,
        **form,
    )  # fmt: skip
    return show_attachment(given, lang)


@router.get("/inspection-rounds/{round_id}/files/{attachment_id}", response_class=Response)
def get_scan(
    round_id: UUID, attachment_id: UUID, conn: ReadConn, asker: Asker, today: Today
) -> Response:
    """Send a paper of a completed round as it came."""
    given = past.read_scan(conn, asker, round_id, attachment_id, today)
    return send_attachment(given, find_content(conn, given, settings().files))


@router.get("/inspection-clock")
def get_clock(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    within: Annotated[Code | None, Query(description="With a side in this division.")] = None,
    level: Annotated[Level | None, Query(description="Lines between divisions of it.")] = None,
    line: Annotated[str | None, Query(max_length=100, description="Its id or code.")] = None,
) -> Page[dict[str, Any]]:
    """Say of each line when it was last inspected and when it is due, as of a day.

    ``status``: unknown, ok, due_soon, overdue, under_way.
    """
    found = list_clocks(
        conn,
        asker,
        at,
        within=find_division(conn, within) if within else None,
        level=level,
        lines=[read_line(conn, line)] if line else None,
    )
    return Page([show_clock(one, lang) for one in found], len(found), None)


def show_clock(one: Clock, lang: Lang) -> dict[str, Any]:
    """Return a line's clock for JSON, its status in words; a province has hundreds."""
    line, under_way = one.line, one.under_way
    return {
        "line": {
            "id": str(line.id),
            "code": line.code,
            "name": line.name,
            "unit_level": line.unit_level,
            "level": line.level,
            "sides": [show_side(side) for side in line.sides],
        },
        "length_km": one.length_km,
        "length_basis": one.length_basis,
        "markers": one.markers,
        "last_round": one.last_round,
        "last_on": one.last_on and one.last_on.isoformat(),
        "last_lead": one.last_lead and show_side(one.last_lead),
        "due_on": one.due_on and one.due_on.isoformat(),
        "status": one.status,
        "status_name": text(f"clock_status.{one.status}", lang),
        "is_overdue": one.is_overdue,
        "under_way": under_way and {**asdict(under_way), "id": str(under_way.id)},
        "next_round": one.next_round,
        "suggested_lead": show_side(one.suggested_lead),
        "other_side": show_side(one.other_side),
    }


def show_side(one: Side | Party) -> dict[str, str]:
    """Return a division as the side of something."""
    return {"id": str(one.id), "code": one.code, "name": one.name}


def read_line(conn: Connection, said: str) -> UUID:
    """Return the line that an id or a statutory code names.

    Raises
    ------
    LineUnknownError
    OptionInvalidError
        If several lines bear the code.
    """
    ids = find_line_ids(conn, said)
    if not ids:
        raise LineUnknownError(line=said)
    if len(ids) > 1:
        raise OptionInvalidError(option="line", value=said, allowed=[str(one) for one in ids])
    return ids[0]


def _facts(conn: Connection, body: RoundBody) -> PastRoundFacts:
    said = body.model_dump(exclude={"line", "lead", "reason"})
    lead = find_division(conn, body.lead) if body.lead else None
    return PastRoundFacts(line_id=read_line(conn, body.line), lead_id=lead, **said)


def _show(one: PastRound, lang: Lang) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "states_named": {
            text(f"result.marker.{state}", lang): count for state, count in one.states.items()
        }
    }
