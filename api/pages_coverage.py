"""The page at ``/coverage``: the runs, the form that asks for one, how far the asked one is."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.deps import Asker, DbEngine, ReadConn, Today
from api.errors import status_of
from api.pages import PageFrame, PageRoute, answer_page
from api.panels import count_kinds
from geo.access.jurisdiction import Viewer, require_role, require_some_role
from geo.coverage.question import read_question, settle
from geo.coverage.runs import list_runs
from geo.db.engine import reading, transaction
from geo.divisions.read import find_division
from geo.errors import OptionInvalidError, YutuError
from geo.facilities.kinds import KINDS
from geo.jobs.jobs import Job, open_job, read_job
from geo.office import office
from geo.texts import Text, text
from maps.page import Frame
from maps.page_facilities import Group
from maps.page_runs import CoverageForm, render_coverage

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SEE_OTHER = 303
Typed = Annotated[str, Form(max_length=200)]


@router.get("/coverage")
def get_coverage(
    request: Request,
    conn: ReadConn,
    asker: Asker,
    frame: PageFrame,
    today: Today,
    job: Annotated[UUID | None, Query(description="Id of the job that was opened.")] = None,
) -> Response:
    """Return the list of runs and the form; with a job, how far it is."""
    asked = read_job(conn, job, asker) if job else None
    if asked is not None and asked.state == "done" and asked.result:
        return RedirectResponse(f"/?run={asked.result['run_id']}", SEE_OTHER)
    return answer_page(request, _render(conn, asker, frame, today, CoverageForm(), job=asked))


@router.post("/coverage")
def post_coverage(  # noqa: PLR0913 - a field of the form each
    request: Request,
    engine: DbEngine,
    asker: Asker,
    frame: PageFrame,
    today: Today,
    *,
    kinds: Annotated[list[str], Form()] = [],  # noqa: B006
    minutes: Typed = "",
    profile: Typed = "standard",
    limit_m: Typed = "",
    ages: Typed = "",
    within: Typed = "",
    inside_only: Annotated[bool, Form()] = False,
) -> Response:
    """Open the job that answers, or show the form again with what is wrong."""
    form = CoverageForm(
        kinds=kinds,
        minutes=minutes,
        profile=profile,
        limit_m=limit_m,
        ages=ages,
        within=within.strip(),
        inside_only=inside_only,
    )
    try:
        require_some_role(asker, "viewer")
        args = _read_form(form, today)
        with transaction(engine, asker.actor) as conn:
            settle(read_question(args), office(conn))
            if form.within:
                place = find_division(conn, form.within)
                require_role(conn, asker, "viewer", [place], what=form.within)
            job = open_job(conn, "coverage", args, asker)
    except YutuError as error:
        problem = text(f"error.{error.code}", frame.lang, **error.facts)
        with reading(engine) as conn:
            html = _render(conn, asker, frame, today, form, problem=problem)
        return answer_page(request, html, HTTPStatus(status_of(error)))
    return RedirectResponse(f"/coverage?job={job}", SEE_OTHER)


def _render(
    conn: Connection,
    asker: Viewer,
    frame: Frame,
    today: date,
    form: CoverageForm,
    *,
    job: Job | None = None,
    problem: str | None = None,
) -> str:
    groups = [
        Group(key=group.key, kinds=[kind for kind in group.kinds if _can_be_reached(kind.key)])
        for group in count_kinds(conn, asker, today)
    ]
    asked = [group for group in groups if group.kinds]
    runs = list_runs(conn, asker)
    return render_coverage(frame, runs, asked, form, job=job, problem=problem)


def _can_be_reached(kind: str) -> bool:
    return not KINDS[kind].private_home


def _read_form(form: CoverageForm, today: date) -> dict[str, Any]:
    """Read what was typed as the arguments of the job."""
    limit_m = _read_number(form.limit_m, "limit_m")
    ages = form.ages.replace("，", ",").replace("、", ",").split(",")
    return {
        "kinds": list(form.kinds),
        "limit_m": limit_m,
        "minutes": None if limit_m is not None else _read_number(form.minutes, "minutes"),
        "profile": form.profile,
        "ages": [age.strip() for age in ages if age.strip()],
        "within": form.within or None,
        "inside_only": form.inside_only,
        "network": None,
        "population": None,
        "totals": None,
        "scaled": True,
        "at": today.isoformat(),
    }


def _read_number(typed: str, option: str) -> float | None:
    if not typed.strip():
        return None
    try:
        return float(typed)
    except ValueError as error:
        allowed = Text("allowed.number")
        raise OptionInvalidError(option=option, value=typed, allowed=allowed) from error
