"""The pages at ``/inspections`` and ``/inspections/new``: all inspections, and another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.forms import read_day
from api.inspection_visit import InspectionVisited
from api.pages import answer_page
from api.pages_papers import list_papers
from api.paging import Cursor, decode_cursor, encode_cursor
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    find_place,
    tell_refused,
)
from geo.access.jurisdiction import Viewer, require_role, system_viewer
from geo.boundaries.find import LineFilter, find_lines
from geo.boundaries.sides import read_sides
from geo.db.engine import reading, transaction
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError, YutuError
from geo.inspections.facts import STATES
from geo.inspections.planning.clock import Clock, list_clocks
from geo.inspections.planning.plan import PlanLine, make_plan
from geo.inspections.planning.special import SpecialFacts, open_special
from geo.inspections.planning.year_progress import read_progress
from geo.inspections.read import list_inspections
from geo.inspections.subjects import list_candidates
from geo.texts import Text, text
from maps.page_inspections import (
    ListQuestion,
    ListView,
    NewView,
    render_inspections,
    render_new_inspection,
)
from maps.page_register import PaperLink, Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PAGE = 200
MOST_LINES = 50
EARLIEST, LATEST = 1996, 2200
Typed = Annotated[str, Query(max_length=64)]
Sent = Annotated[str, Form(max_length=64)]


def read_list_question(
    visit: InspectionVisited,
    year: Annotated[str | None, Query(max_length=8)] = None,
    state: Typed = "",
    within: Typed = "",
) -> ListQuestion:
    """Read what is asked of the list: this year where no year is named, all where it is emptied."""
    said = visit.today.year if year is None else int(year) if year.strip().isdecimal() else None
    return ListQuestion(
        year=said if said is not None and EARLIEST <= said <= LATEST else None,
        state=state if state in STATES else "",
        within=within.strip(),
    )


Asked = Annotated[ListQuestion, Depends(read_list_question)]


@router.get("/inspections")
def get_inspections(
    visit: InspectionVisited, conn: ReadConn, asked: Asked, cursor: Cursor = None
) -> HTMLResponse:
    """Return the inspections the asker has to do with, and how far the year is."""
    try:
        view = _list(conn, visit, asked, decode_cursor(cursor, 1))
    except YutuError as error:
        problem = text(f"error.{error.code}", visit.frame.lang, **error.facts)
        view = ListView(asked=asked, found=None, problem=problem)
        html = render_inspections(visit.frame, visit.today, view)
        return answer_page(visit.request, html, status_of(error))
    return answer_page(visit.request, render_inspections(visit.frame, visit.today, view))


@router.get("/inspections/new")
def get_new(visit: Visited, conn: ReadConn, line: Typed = "") -> HTMLResponse:
    """Return the form that opens an inspection: of the line named, or to choose one."""
    return answer_page(visit.request, _show_new(conn, visit, line.strip(), None))


@dataclass(frozen=True, slots=True)
class NewForm:
    """An inspection to be opened, as it was typed; ``lead`` is a side's code."""

    line: Annotated[UUID, Form()]
    kind: Annotated[Literal["regular", "special"], Form()]
    lead: Sent = ""
    round: Sent = ""
    year: Sent = ""
    reason: Sent = ""
    field_from: Sent = ""
    field_to: Sent = ""
    note: Annotated[str, Form(max_length=2000)] = ""
    subjects: Annotated[list[UUID], Form(max_length=900)] = ()  # type: ignore[assignment] # FastAPI reads a list


@router.post("/inspections")
def post_inspection(visit: FormVisited, form: Annotated[NewForm, Depends()]) -> Response:
    """Open an inspection and lead to it; or return the form with what is wrong."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            made = _open(conn, visit, form)
    except YutuError as error:
        typed = asdict(form) | {"subjects": [str(one) for one in form.subjects]}
        refused = tell_refused("new", error, typed, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show_new(conn, visit, str(form.line), refused)
        return answer_page(visit.request, html, status_of(error))
    return RedirectResponse(f"/inspections/{made}?said=inspection_opened", SEE_OTHER)


def plan_papers(viewer: Viewer, place: UUID | None, year: int) -> Sequence[PaperLink]:
    """Return the papers of a place's plan; without a place that of the only role there is."""
    own = {grant.division_id for grant in viewer.grants}
    of = place or (next(iter(own)) if len(own) == 1 else None)
    return list_papers("plan", of, year) if of else ()


def read_year(typed: str) -> int:
    """Read a year.

    Raises
    ------
    OptionInvalidError
    """
    if typed.strip().isdecimal() and EARLIEST <= int(typed) <= LATEST:
        return int(typed)
    raise OptionInvalidError(
        option=Text("page.insp_year"), value=typed, allowed=f"{EARLIEST}–{LATEST}"
    )


def read_field_day(typed: str, label: str) -> date | None:
    """Read a day of the field work; None where nothing was typed.

    Raises
    ------
    OptionInvalidError
    """
    return read_day(typed, Text(f"page.{label}")) if typed.strip() else None


def read_round(typed: str) -> int | None:
    """Read the number of a round; None where nothing was typed.

    Raises
    ------
    OptionInvalidError
    """
    said = typed.strip()
    if not said:
        return None
    if said.isdecimal() and 1 <= int(said) <= 99:  # noqa: PLR2004 - as geo's rounds
        return int(said)
    allowed = Text("allowed.round")
    raise OptionInvalidError(option=Text("page.insp_round_no"), value=typed, allowed=allowed)


def _list(
    conn: Connection, visit: Visit, asked: ListQuestion, key: tuple[str, ...] | None
) -> ListView:
    viewer, today = visit.asker, visit.today
    place = find_place(conn, viewer, visit.at, asked.within) if asked.within else None
    found = list_inspections(
        conn,
        viewer,
        today,
        year=asked.year,
        states=[asked.state] if asked.state else (),
        within=place,
        after=UUID(key[0]) if key else None,
        limit=PAGE,
    )
    progress = None
    if asked.year and not asked.state and not key and found.items and viewer.grants:
        progress = read_progress(conn, viewer, asked.year, today, within=place)
    return ListView(
        asked=asked,
        found=found,
        progress=progress,
        papers=plan_papers(viewer, place, asked.year) if asked.year else (),
        cursor=encode_cursor(found.next) if found.next else None,
    )


def _open(conn: Connection, visit: Visit, form: NewForm) -> UUID:
    sides = read_sides(conn, form.line, visit.today)
    lead = find_division(conn, form.lead) if form.lead else sides.ids[0]
    cooperating = next((one for one in sides.ids if one != lead), lead)
    year = read_year(form.year)
    begin = read_field_day(form.field_from, "insp_field_from")
    end = read_field_day(form.field_to, "insp_field_to")
    if form.kind == "regular":
        line = PlanLine(
            line_id=form.line,
            round=read_round(form.round),
            lead_id=lead,
            cooperating_id=cooperating,
            field_from=begin,
            field_to=end,
        )
        return make_plan(conn, visit.asker, year, [line], today=visit.today)[0]
    special = SpecialFacts(
        line_id=form.line,
        year=year,
        reason=form.reason,
        lead_id=lead,
        cooperating_id=cooperating,
        subjects=form.subjects,
        note=form.note.strip() or None,
        field_from=begin,
        field_to=end,
    )
    return open_special(conn, visit.asker, special, today=visit.today)


def _show_new(conn: Connection, visit: Visit, q: str, refused: Refused | None) -> str:
    lines = find_lines(conn, visit.asker, visit.today, LineFilter(query=q), limit=MOST_LINES).items
    if not q or len(lines) != 1:
        found = [
            (
                str(one.line.id),
                (one.record.name if one.record else None)
                or f"{one.line.left_name}—{one.line.right_name}",
                f"{one.line.left_name}、{one.line.right_name}",
            )
            for one in (lines if q else ())
        ]
        view = NewView(q=q, found=found, typed={}, refused=refused)
        return render_new_inspection(visit.frame, visit.today, view)
    line = lines[0].line.id
    clock = _clock(conn, visit, line)
    # Who opens an inspection sees all that stands on its line, as the inspection will have it.
    candidates = list_candidates(conn, system_viewer("inspections"), [line], visit.today)[line]
    typed = _suggest(clock, visit.today) | dict(refused.typed if refused else {})
    view = NewView(q=q, clock=clock, candidates=candidates, typed=typed, refused=refused)
    return render_new_inspection(visit.frame, visit.today, view)


def _clock(conn: Connection, visit: Visit, line: UUID) -> Clock:
    clocks = list_clocks(conn, visit.asker, visit.today, lines=[line])
    if not clocks:
        sides = read_sides(conn, line, visit.today)
        require_role(conn, visit.asker, "editor", sides.ids, what=sides.name)
    return clocks[0]


def _suggest(clock: Clock, today: date) -> dict[str, Any]:
    return {
        "kind": "regular",
        "lead": clock.suggested_lead.code,
        "round": clock.next_round or "",
        "year": today.year,
        "reason": "",
        "field_from": "",
        "field_to": "",
        "note": "",
        "subjects": (),
    }
