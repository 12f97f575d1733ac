"""The pages at ``/inspections/rounds``: the clock of each line, and its completed rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.attachments import send_attachment
from api.deps import ReadConn
from api.errors import status_of
from api.forms import file_facts, read_day, read_file_form
from api.pages import answer_page
from api.pages_inspections import read_round
from api.register import (
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    find_place,
    send_form,
    tell_said,
)
from api.uploads import Upload
from geo.access.jurisdiction import require_role, roles_at
from geo.boundaries.sides import read_sides
from geo.db.engine import reading
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError, YutuError
from geo.files.attach import find_content, list_attachments
from geo.inspections.facts import RESULTS
from geo.inspections.planning import past
from geo.inspections.planning.clock import list_clocks
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.settings import settings
from geo.texts import Text, text
from maps.page_inspection_plan import LEVELS
from maps.page_inspection_rounds import (
    STATUSES,
    ClockQuestion,
    RoundsView,
    render_clocks,
    render_rounds,
)
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

HERE = "/inspections/rounds/{line_id}"
MOST_COUNT = 100_000
Typed = Annotated[str, Query(max_length=64)]
Sent = Annotated[str, Form(max_length=64)]
Line = Annotated[str, Form(max_length=400)]


@router.get("/inspections/rounds")
def get_clocks(
    visit: Visited, conn: ReadConn, within: Typed = "", level: Typed = "", status: Typed = ""
) -> HTMLResponse:
    """Return when each line was last inspected and is due, as of today."""
    asked = ClockQuestion(
        within=within.strip(),
        level=level if level in LEVELS else "",
        status=status if status in STATUSES else "",
    )
    viewer, at = visit.asker, visit.today
    try:
        place = find_place(conn, viewer, at, asked.within) if asked.within else None
        found = list_clocks(conn, viewer, at, within=place, level=asked.level or None)
    except YutuError as error:
        problem = text(f"error.{error.code}", visit.frame.lang, **error.facts)
        html = render_clocks(visit.frame, at, asked, (), problem=problem)
        return answer_page(visit.request, html, status_of(error))
    return answer_page(visit.request, render_clocks(visit.frame, at, asked, found))


@router.get(HERE)
def get_rounds(
    line_id: UUID, visit: Visited, conn: ReadConn, said: Annotated[str, Query(max_length=30)] = ""
) -> HTMLResponse:
    """Return the completed rounds of a line with the forms that write them."""
    html = _show(conn, visit, line_id, said=tell_said(said, visit.frame.lang))
    return answer_page(visit.request, html)


@dataclass(frozen=True, slots=True)
class RoundForm:
    """A completed round as it was typed; counts are of its markers by what was found."""

    round: Sent = ""
    lead: Sent = ""
    started_on: Sent = ""
    finished_on: Sent = ""
    source: Line = ""
    note: Annotated[str, Form(max_length=4000)] = ""
    reason: Line = ""
    count_in_place: Sent = ""
    count_worn: Sent = ""
    count_leaning: Sent = ""
    count_damaged: Sent = ""
    count_moved: Sent = ""
    count_lost: Sent = ""
    count_unreachable: Sent = ""
    states: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the counts that were typed."""
        typed = {one: getattr(self, f"count_{one}").strip() for one in RESULTS["marker"]}
        given = {state: count for state, count in typed.items() if count}
        object.__setattr__(self, "states", given)

    @property
    def typed(self) -> dict[str, Any]:
        """Return the fields as the form shows them again."""
        names = ("round", "lead", "started_on", "finished_on", "source", "note", "reason")
        return {name: getattr(self, name) for name in names} | {"states": self.states}


Typing = Annotated[RoundForm, Depends()]
Act = Callable[[Connection], object]


@router.post(HERE)
def post_round(line_id: UUID, visit: FormVisited, form: Typing) -> Response:
    """Enter a completed round as a fact."""

    def act(conn: Connection) -> None:
        facts = _read_facts(conn, line_id, form)
        past.enter_past_round(conn, visit.asker, facts, today=visit.today)

    return _do(visit, line_id, "enter", form.typed, act)


@router.post(f"{HERE}/{{round_id}}")
def post_correction(line_id: UUID, round_id: UUID, visit: FormVisited, form: Typing) -> Response:
    """Correct a round that was entered wrongly, with the reason."""

    def act(conn: Connection) -> None:
        facts = _read_facts(conn, line_id, form)
        past.correct_past_round(conn, visit.asker, round_id, facts, form.reason, today=visit.today)

    return _do(visit, line_id, "correct", form.typed | {"id": str(round_id)}, act)


@router.post(f"{HERE}/{{round_id}}/withdrawal")
def post_withdrawal(
    line_id: UUID, round_id: UUID, visit: FormVisited, reason: Line = ""
) -> Response:
    """Withdraw a round that never was; it stays on record."""

    def act(conn: Connection) -> None:
        past.withdraw_past_round(conn, visit.asker, round_id, reason, today=visit.today)

    return _do(visit, line_id, "withdraw", {"id": str(round_id), "reason": reason}, act)


@router.post(f"{HERE}/{{round_id}}/files")
def post_scan(line_id: UUID, round_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Give the scanned report to a completed round."""
    typed = read_file_form(upload.fields)

    def act(conn: Connection) -> None:
        past.give_scan(
            conn,
            visit.asker,
            round_id,
            upload.path,
            files=settings().files,
            name=upload.name,
            today=visit.today,
            **file_facts(typed),
        )

    return _do(visit, line_id, "scan", typed | {"id": str(round_id)}, act)


@router.get(f"{HERE}/{{round_id}}/files/{{attachment_id}}")
def get_scan(
    line_id: UUID, round_id: UUID, attachment_id: UUID, visit: Visited, conn: ReadConn
) -> Response:
    """Send a paper of a completed round to who may see its line."""
    _require_sight(conn, visit, line_id)
    given = past.read_scan(conn, visit.asker, round_id, attachment_id, visit.today)
    return send_attachment(given, find_content(conn, given, settings().files))


def _do(visit: Visit, line_id: UUID, form: str, typed: Mapping[str, Any], act: Act) -> Response:
    """Do what a form asks and lead back; or the page says why not, with what was typed."""

    def again(refused: Refused, status: HTTPStatus) -> Response:
        with reading(visit.engine) as conn:
            html = _show(conn, visit, line_id, refused=refused)
        return answer_page(visit.request, html, status)

    to = f"{HERE.format(line_id=line_id)}?said=round_{form}"
    return send_form(visit, form, typed, act, to=to, again=again)


def _read_facts(conn: Connection, line_id: UUID, form: RoundForm) -> PastRoundFacts:
    number = read_round(form.round)
    if number is None or not form.source.strip():
        name = "page.insp_round_no" if number is None else "page.round_source"
        raise OptionInvalidError(
            option=Text(name),
            value=Text("reason.not_given"),
            allowed=Text("allowed.round" if number is None else "allowed.text"),
        )
    begun = form.started_on.strip()
    return PastRoundFacts(
        line_id=line_id,
        round=number,
        started_on=read_day(begun, Text("page.round_started")) if begun else None,
        finished_on=read_day(form.finished_on, Text("page.round_finished")),
        lead_id=find_division(conn, form.lead) if form.lead else None,
        states={state: _read_count(state, typed) for state, typed in form.states.items()},
        note=form.note.strip() or None,
        source=form.source.strip(),
    )


def _read_count(state: str, typed: str) -> int:
    if typed.isdecimal() and int(typed) <= MOST_COUNT:
        return int(typed)
    option = Text(f"result.marker.{state}")
    raise OptionInvalidError(option=option, value=typed, allowed=f"0–{MOST_COUNT}")


def _require_sight(conn: Connection, visit: Visit, line_id: UUID) -> None:
    """Refuse who is of no side of the line, nor above one."""
    sides = read_sides(conn, line_id, visit.today)
    if not roles_at(conn, visit.asker, "viewer", sides.ids):
        require_role(conn, visit.asker, "viewer", sides.ids, what=sides.name)


def _show(
    conn: Connection,
    visit: Visit,
    line_id: UUID,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    _require_sight(conn, visit, line_id)
    viewer, today = visit.asker, visit.today
    sides = read_sides(conn, line_id, today)
    clocks = list_clocks(conn, viewer, today, lines=[line_id])
    rounds = past.list_past_rounds(conn, viewer, today, line_id=line_id, withdrawn=True)
    view = RoundsView(
        line_id=line_id,
        sides=sides,
        clock=clocks[0] if clocks else None,
        rounds=rounds,
        files=list_attachments(conn, [one.id for one in rounds]),
        may_write=bool(roles_at(conn, viewer, "editor", sides.ids)),
        said=said,
        refused=refused,
    )
    return render_rounds(visit.frame, today, view)
