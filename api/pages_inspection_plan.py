"""The pages at ``/inspections/plan``: propose a year's inspections, open them, consent to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.pages import answer_page
from api.pages_inspections import plan_papers, read_field_day, read_round
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    find_place,
    tell_refused,
    tell_said,
)
from geo.access.jurisdiction import roles_at
from geo.boundaries.sides import Sides, read_many_sides
from geo.db.engine import reading, transaction
from geo.divisions.read import find_division
from geo.errors import LineUnknownError, OptionInvalidError, YutuError
from geo.inspections.facts import Party
from geo.inspections.parties import own_of_many
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.planning.plan import PlanLine, consent_plan, make_plan
from geo.inspections.planning.planned import PlanItem, read_plan
from geo.inspections.planning.proposing import Proposed, Why, propose_plan, suggest_shares
from geo.texts import Text, text
from maps.page_inspection_plan import (
    LEVELS,
    MOST_ROWS,
    PlanQuestion,
    PlanRow,
    PlanView,
    Split,
    render_plan,
)
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

WHYS: tuple[Why, ...] = ("overdue", "due", "unknown")
Year = Annotated[int, Path(ge=1996, le=2200)]
Typed = Annotated[str, Query(max_length=64)]
Sent = Annotated[str, Form(max_length=64)]
Column = Annotated[list[str], Form(max_length=MOST_ROWS)]
Ids = Annotated[list[UUID], Form(max_length=1000)]


def read_plan_question(within: Typed = "", level: Typed = "") -> PlanQuestion:
    """Read of which place and level the plan is asked; a level there is not is passed over."""
    return PlanQuestion(within=within.strip(), level=level if level in LEVELS else "")


Asked = Annotated[PlanQuestion, Depends(read_plan_question)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRow:
    """A row of the plan as it was typed; ``lead`` is a side's code."""

    line_id: UUID
    chosen: bool
    round: str
    lead: str
    field_from: str
    field_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanForm:
    """The form of a plan: of which place it was, its rows, and how the sections split."""

    asked: PlanQuestion
    split: Split = "half"
    rows: Sequence[TypedRow] = field(default=())


def read_plan_form(  # noqa: PLR0913 - each is one field of the form, or one column of its rows
    take: Ids = [],  # noqa: B006 - as FastAPI wants an empty list
    line: Ids = [],  # noqa: B006
    round: Column = [],  # noqa: A002, B006 - the name of the field
    lead: Column = [],  # noqa: B006
    field_from: Column = [],  # noqa: B006
    field_to: Column = [],  # noqa: B006
    split: Annotated[Literal["half", "managing"], Form()] = "half",
    within: Sent = "",
    level: Sent = "",
) -> PlanForm:
    """Read the rows of a plan from their columns.

    Raises
    ------
    OptionInvalidError
        If a column has another number of rows than the others.
    """
    columns = (line, round, lead, field_from, field_to)
    if len({len(one) for one in columns}) > 1:
        raise OptionInvalidError(
            option=Text("page.plan_proposed"),
            value=[len(one) for one in columns],
            allowed=len(line),
        )
    rows = [
        TypedRow(
            line_id=id_, chosen=id_ in take, round=said, lead=led, field_from=begin, field_to=end
        )
        for id_, said, led, begin, end in zip(*columns, strict=True)
    ]
    return PlanForm(asked=read_plan_question(within, level), split=split, rows=rows)


@router.get("/inspections/plan")
def get_this_year(visit: Visited) -> Response:
    """Lead to the plan of this year."""
    return RedirectResponse(f"/inspections/plan/{visit.today.year}", SEE_OTHER)


@router.get("/inspections/plan/{year}")
def get_plan(
    year: Year,
    visit: Visited,
    conn: ReadConn,
    asked: Asked,
    said: Annotated[str, Query(max_length=30)] = "",
) -> HTMLResponse:
    """Return the plan of a year, what is proposed for it, and the consents that lack."""
    try:
        html = _show(
            conn, visit, year, PlanForm(asked=asked), said=tell_said(said, visit.frame.lang)
        )
    except YutuError as error:
        problem = text(f"error.{error.code}", visit.frame.lang, **error.facts)
        view = PlanView(year=year, asked=asked, plan=None, problem=problem)
        html = render_plan(visit.frame, visit.today, view)
        return answer_page(visit.request, html, status_of(error))
    return answer_page(visit.request, html)


@router.post("/inspections/plan/{year}")
def post_plan(
    year: Year, visit: FormVisited, form: Annotated[PlanForm, Depends(read_plan_form)]
) -> Response:
    """Open what was ticked, all or nothing; or return the rows as they were typed."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            lines = _read_lines(conn, visit, form)
            make_plan(conn, visit.asker, year, lines, today=visit.today)
    except YutuError as error:
        refused = tell_refused("plan", error, {}, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show(conn, visit, year, form, refused=refused)
        return answer_page(visit.request, html, status_of(error))
    return _back(year, form.asked, "plan_made")


@router.post("/inspections/plan/{year}/consents")
def post_consents(
    year: Year,
    visit: FormVisited,
    side: Sent,
    inspections: Ids = [],  # noqa: B006 - as FastAPI wants an empty list
    within: Sent = "",
    level: Sent = "",
) -> Response:
    """Consent for a side to one line of the plan, or to all that wait for it."""
    asked = read_plan_question(within, level)
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            party = find_division(conn, side)
            ids = inspections or _waiting(conn, visit, year, asked, party)
            consent_plan(conn, visit.asker, ids, today=visit.today, side=party)
    except YutuError as error:
        refused = tell_refused("consent", error, {}, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show(conn, visit, year, PlanForm(asked=asked), refused=refused)
        return answer_page(visit.request, html, status_of(error))
    return _back(year, asked, "plan_consented")


def _back(year: int, asked: PlanQuestion, said: str) -> Response:
    to = asked.address(f"/inspections/plan/{year}")
    return RedirectResponse(f"{to}{'&' if '?' in to else '?'}said={said}", SEE_OTHER)


def _read_lines(conn: Connection, visit: Visit, form: PlanForm) -> list[PlanLine]:
    chosen = [row for row in form.rows if row.chosen]
    if not chosen:
        raise OptionInvalidError(
            option=Text("page.plan_take"),
            value=Text("page.plan_none_taken"),
            allowed=Text("page.plan_take_some"),
        )
    sides = read_many_sides(conn, {row.line_id for row in chosen}, visit.today)
    leads = {row.line_id: _read_leads(conn, row, sides.get(row.line_id)) for row in chosen}
    shares = suggest_shares(conn, leads, visit.today) if form.split == "half" else {}
    return [
        PlanLine(
            line_id=row.line_id,
            round=read_round(row.round),
            lead_id=leads[row.line_id][0],
            cooperating_id=leads[row.line_id][1],
            field_from=read_field_day(row.field_from, "insp_field_from"),
            field_to=read_field_day(row.field_to, "insp_field_to"),
            shares={share.section_id: share.lead_id for share in shares.get(row.line_id, ())},
        )
        for row in chosen
    ]


def _read_leads(conn: Connection, row: TypedRow, sides: Sides | None) -> tuple[UUID, UUID]:
    """Return the side that leads and the other; which sides a line has is for the plan to ask."""
    if sides is None:
        raise LineUnknownError(line=row.line_id)
    lead = find_division(conn, row.lead)
    return lead, next((one for one in sides.ids if one != lead), lead)


def _waiting(
    conn: Connection, visit: Visit, year: int, asked: PlanQuestion, party: UUID
) -> list[UUID]:
    """Return the inspections of the plan that wait for a side the asker consents for."""
    plan = read_plan(conn, visit.asker, year, visit.today, **_place(conn, visit, asked))
    pairs = _may_consent(conn, visit, plan.items)
    found = [id_ for id_, side in pairs if side == party]
    if not found:
        raise OptionInvalidError(
            option=Text("page.plan_consents"),
            value=Text("page.plan_nothing_waits"),
            allowed=[one.name for one in {side.id: side for side in pairs.values()}.values()],
        )
    return found


def _place(conn: Connection, visit: Visit, asked: PlanQuestion) -> dict[str, Any]:
    place = find_place(conn, visit.asker, visit.at, asked.within) if asked.within else None
    return {"within": place, "level": asked.level or None}


def _may_consent(
    conn: Connection, visit: Visit, items: Sequence[PlanItem]
) -> dict[tuple[UUID, UUID], Party]:
    """Return the inspections and sides for which the asker may consent with a click."""
    planned = [one for one in items if one.listed.state == "planned" and one.waits_for]
    parties = {one.listed.id: [party.id for party in one.listed.parties] for one in planned}
    own = own_of_many(conn, visit.asker, parties)
    return {
        (one.listed.id, party.id): party
        for one in planned
        for party in one.waits_for
        if party.id in own[one.listed.id]
    }


def _show(
    conn: Connection,
    visit: Visit,
    year: int,
    form: PlanForm,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    place = _place(conn, visit, form.asked)
    clocks = list_clocks(conn, visit.asker, visit.today, **place)
    plan = read_plan(conn, visit.asker, year, visit.today, **place, known=clocks)
    rows = _propose(conn, visit, year, form, clocks) if year >= visit.today.year else []
    may = _may_consent(conn, visit, plan.items)
    counts = Counter(side for _, side in may)
    named = {party.id: party for party in may.values()}
    view = PlanView(
        year=year,
        asked=form.asked,
        plan=plan,
        rows=rows[:MOST_ROWS],
        left_out=max(len(rows) - MOST_ROWS, 0),
        split=form.split,
        mine=[(named[id_], count) for id_, count in counts.items()],
        may_consent=may.keys(),
        papers=plan_papers(visit.asker, place["within"], year),
        said=said,
        refused=refused,
    )
    return render_plan(visit.frame, visit.today, view)


def _propose(
    conn: Connection, visit: Visit, year: int, form: PlanForm, clocks: Sequence[Clock]
) -> list[PlanRow]:
    """Return what the asker may open, the most pressing first, with what was typed of it."""
    found = propose_plan(conn, visit.asker, year, visit.today, known=clocks)
    sides = {side.id for one in found for side in one.clock.line.sides}
    own = roles_at(conn, visit.asker, "editor", sides)
    mine = [one for one in found if {side.id for side in one.clock.line.sides} & own]
    mine.sort(key=lambda one: (WHYS.index(one.why), one.clock.due_on or date.max))
    typed = {row.line_id: row for row in form.rows}
    return [_row(one, typed.get(one.clock.line.id)) for one in mine]


def _row(one: Proposed, typed: TypedRow | None) -> PlanRow:
    clock = one.clock
    return PlanRow(
        line_id=clock.line.id,
        code=clock.line.code,
        name=clock.line.name,
        why=one.why,
        last=(clock.last_round, clock.last_on) if clock.last_round and clock.last_on else None,
        due_on=clock.due_on,
        length_km=clock.length_km,
        markers=clock.markers,
        sections=len(one.shares),
        sides=clock.line.sides,
        chosen=typed.chosen if typed else one.why != "unknown",
        round=typed.round if typed else str(one.round or ""),
        lead=typed.lead if typed else one.lead.code,
        field_from=typed.field_from if typed else "",
        field_to=typed.field_to if typed else "",
    )
