"""The plan of a year over HTTP: propose, make, consent, read; special inspections; calendars."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response, status
from pydantic import Field

from api.bodies import Strict
from api.deps import Asker, AskerLang, Now, ReadConn, Today, WriteConn
from api.errors import as_json
from api.inspection_bodies import DocumentBody
from api.inspection_views import show_listed
from api.routers.divisions import Code
from api.routers.inspection_rounds import Level, show_clock, show_side
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError
from geo.inspections.facts import SPECIAL_REASONS, Document
from geo.inspections.planning.calendar import Entry, by_month, read_calendar
from geo.inspections.planning.ics import as_dated, write_ics
from geo.inspections.planning.plan import PlanLine, consent_plan, make_plan
from geo.inspections.planning.planned import Plan, PlanItem, read_plan
from geo.inspections.planning.proposing import Proposed, propose_plan
from geo.inspections.planning.special import SpecialFacts, open_special
from geo.inspections.planning.year_progress import YearProgress, read_progress
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1", tags=["inspections"])
CALENDAR = "text/calendar; charset=utf-8"
MOST_DAYS = 3 * 366

Year = Annotated[int, Path(ge=1996, le=2200)]
Within = Annotated[Code | None, Query(description="Lines with a side in this division.")]
OfLevel = Annotated[Level | None, Query(description="Lines between divisions of it.")]


def read_days(
    today: Today,
    begin: Annotated[date | None, Query(description="By default the first of January.")] = None,
    end: Annotated[date | None, Query(description="Past the last day; a year on.")] = None,
) -> tuple[date, date]:
    """Return the days of a calendar.

    Raises
    ------
    OptionInvalidError
        If it ends before it begins, or is longer than three years.
    """
    first = begin or today.replace(month=1, day=1)
    last = end or date(min(first.year + 1, date.max.year), 1, 1)
    if not 0 < (last - first).days <= MOST_DAYS:
        raise OptionInvalidError(option="end", value=last, allowed=f"begin + 1–{MOST_DAYS}")
    return first, last


Days = Annotated[tuple[date, date], Depends(read_days)]


class PlanLineBody(Strict):
    """A line of a plan; sides by their codes, ``shares`` by section the side that leads there."""

    line_id: UUID
    round: int | None = Field(None, ge=1, le=99)
    lead: str = Field(min_length=2, max_length=12)
    cooperating: str = Field(min_length=2, max_length=12)
    field_from: date | None = None
    field_to: date | None = None
    shares: dict[UUID, str] = Field(default_factory=dict)


class PlanBody(Strict):
    """The lines to be inspected in a year."""

    lines: list[PlanLineBody] = Field(min_length=1, max_length=1000)


class ConsentBody(Strict):
    """Which inspections are consented to; ``side`` and ``document`` for who has no account."""

    inspections: list[UUID] = Field(min_length=1, max_length=1000)
    side: str | None = Field(None, min_length=2, max_length=12)
    document: DocumentBody | None = None


class SpecialBody(Strict):
    """A special inspection of some markers and sections of a line, and why."""

    line_id: UUID
    reason: str = Field(max_length=40, description=f"One of {', '.join(SPECIAL_REASONS)}.")
    lead: str = Field(min_length=2, max_length=12)
    cooperating: str = Field(min_length=2, max_length=12)
    subjects: list[UUID] = Field(min_length=1, max_length=5000)
    note: str | None = Field(None, max_length=2000)
    field_from: date | None = None
    field_to: date | None = None


@router.get("/inspection-plans/{year}")
def get_plan(
    year: Year,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    within: Within = None,
    level: OfLevel = None,
) -> dict[str, Any]:
    """Give the plan of a year: its lines, consents, totals, and the lines it leaves out."""
    place = find_division(conn, within) if within else None
    return _show_plan(read_plan(conn, asker, year, today, within=place, level=level), lang)


@router.get("/inspection-plans/{year}/proposal")
def get_proposal(
    year: Year,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    within: Within = None,
    level: OfLevel = None,
) -> dict[str, Any]:
    """Propose what belongs into the plan: overdue, due by the end of the year, or unknown."""
    place = find_division(conn, within) if within else None
    found = propose_plan(conn, asker, year, today, within=place, level=level)
    return {"year": year, "lines": [_show_proposed(one, lang) for one in found]}


@router.post("/inspection-plans/{year}", status_code=status.HTTP_201_CREATED)
def post_plan(
    year: Year, body: PlanBody, conn: WriteConn, asker: Asker, today: Today
) -> dict[str, Any]:
    """Open all inspections of a plan, or none; faults are told by the row of the plan."""
    codes = {
        code for one in body.lines for code in (one.lead, one.cooperating, *one.shares.values())
    }
    places = {code: find_division(conn, code) for code in sorted(codes)}
    lines = [
        PlanLine(
            line_id=one.line_id,
            round=one.round,
            lead_id=places[one.lead],
            cooperating_id=places[one.cooperating],
            field_from=one.field_from,
            field_to=one.field_to,
            shares={section: places[side] for section, side in one.shares.items()},
        )
        for one in body.lines
    ]
    made = make_plan(conn, asker, year, lines, today=today)
    return {"year": year, "inspections": [str(one) for one in made], "total": len(made)}


@router.post("/inspection-plans/{year}/consents")
def post_consents(
    year: Year, body: ConsentBody, conn: WriteConn, asker: Asker, today: Today
) -> dict[str, Any]:
    """Consent to lines of a plan for the asker's side; what was consented to before stays."""
    done = consent_plan(
        conn,
        asker,
        list(dict.fromkeys(body.inspections)),
        today=today,
        side=find_division(conn, body.side) if body.side else None,
        document=Document(**body.document.model_dump()) if body.document else None,
    )
    return {"year": year, "consented": len(done.done), "known": len(done.known)}


@router.post("/inspection-plans/{year}/special", status_code=status.HTTP_201_CREATED)
def post_special(
    year: Year, body: SpecialBody, conn: WriteConn, asker: Asker, today: Today
) -> dict[str, Any]:
    """Open a special inspection after a flood, a shift of a river, the building of a road."""
    said = body.model_dump(exclude={"lead", "cooperating"})
    facts = SpecialFacts(
        year=year,
        lead_id=find_division(conn, body.lead),
        cooperating_id=find_division(conn, body.cooperating),
        **said,
    )
    return {"year": year, "id": str(open_special(conn, asker, facts, today=today))}


@router.get("/inspection-plans/{year}/progress")
def get_progress(
    year: Year,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    within: Within = None,
) -> dict[str, Any]:
    """Say how far a year is, by line and by county."""
    place = find_division(conn, within) if within else None
    return _show_progress(read_progress(conn, asker, year, today, within=place), lang)


@router.get("/inspection-calendar")
def get_calendar(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    days: Days,
    within: Within = None,
) -> dict[str, Any]:
    """Give field work, due days and deadlines by month."""
    first, last = days
    place = find_division(conn, within) if within else None
    entries = read_calendar(conn, asker, first, last, today, within=place)
    months = [
        {
            "year": month.year,
            "month": month.month,
            "entries": [_show_entry(one, lang) for one in month.entries],
        }
        for month in by_month(entries, first, last)
    ]
    return {"begin": first.isoformat(), "end": last.isoformat(), "months": months}


@router.get("/inspection-calendar.ics", response_class=Response)
def get_calendar_file(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    now: Now,
    days: Days,
    within: Within = None,
) -> Response:
    """Send the same as a calendar file."""
    place = find_division(conn, within) if within else None
    entries = read_calendar(conn, asker, *days, today, within=place)
    return send_ics(write_ics(as_dated(entries, lang), name=text("calendar.name", lang), now=now))


def send_ics(content: bytes) -> Response:
    """Answer with a calendar file; it is of one account, so nothing on the way keeps it."""
    headers = {
        "Content-Disposition": 'attachment; filename="yutu.ics"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=CALENDAR, headers=headers)


def _show_plan(found: Plan, lang: Lang) -> dict[str, Any]:
    totals: dict[str, Any] = as_json(found.totals, lang)
    return {
        "year": found.year,
        "items": [_show_item(one, lang) for one in found.items],
        "totals": totals,
        "waits_for": [
            {"party": show_side(party), "lines": lines} for party, lines in found.waits_for
        ],
        "overdue": [show_clock(one, lang) for one in found.overdue],
        "due": [show_clock(one, lang) for one in found.due],
        "unknown": [show_clock(one, lang) for one in found.unknown],
    }


def _show_item(one: PlanItem, lang: Lang) -> dict[str, Any]:
    return show_listed(one.listed, lang) | {
        "due_on": one.due_on.isoformat() if one.due_on else None,
        "parts": one.parts,
        "consents": [
            {
                "party": show_side(given.party),
                "by": given.actor_name,
                "at": given.at.isoformat(),
                "document": given.document,
            }
            for given in one.consents
        ],
        "waits_for": [show_side(party) for party in one.waits_for],
    }


def _show_proposed(one: Proposed, lang: Lang) -> dict[str, Any]:
    return {
        "clock": show_clock(one.clock, lang),
        "why": one.why,
        "why_name": text(f"plan_why.{one.why}", lang),
        "round": one.round,
        "lead": as_json(one.lead, lang),
        "cooperating": as_json(one.cooperating, lang),
        "shares": [as_json(share, lang) for share in one.shares],
    }


def _show_progress(found: YearProgress, lang: Lang) -> dict[str, Any]:
    lines = [as_json(one, lang) | {"listed": show_listed(one.listed, lang)} for one in found.lines]
    return {
        "year": found.year,
        "lines": lines,
        "sides": [as_json(one, lang) for one in found.sides],
        "by_state": dict(found.by_state),
    }


def _show_entry(one: Entry, lang: Lang) -> dict[str, Any]:
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "title": as_json(one.title, lang),
        "kind_name": text(f"calendar_kind.{one.kind}", lang),
    }
