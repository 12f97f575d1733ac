"""The pages at ``/reports``: packages for a platform above, what changed, and the receipts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.forms import read_day
from api.pages import answer_page
from api.paging import Cursor
from api.register import (
    SEE_OTHER,
    FormVisited,
    RegisterRoute,
    Visit,
    Visited,
    find_place,
    send_form,
    tell_refused,
    tell_said,
)
from api.routers.reports import LONGEST_REASON, open_report, read_item_key, write_item_key
from api.uploads import Upload
from geo.access.jurisdiction import Role, Viewer, name_divisions, require_role
from geo.db.engine import reading, transaction
from geo.errors import NotFoundError, OptionInvalidError, YutuError
from geo.jobs.jobs import ask_cancel, read_job
from geo.markers.read import name_sides
from geo.reports.packages import (
    ANSWERS,
    Answer,
    ItemKey,
    Package,
    list_items,
    list_packages,
    read_package,
)
from geo.reports.platforms import find_platform, list_platforms
from geo.reports.refusals import read_refusals
from geo.settings import settings
from geo.texts import Text
from maps.page_register import Refused
from maps.page_reports import (
    ReportsView,
    ReportView,
    render_report,
    render_report_job,
    render_reports,
)

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PAGE = 200
KINDS = {"changes": "report_changes", "package": "report"}
"""What a button of the form asks for → the kind of job that does it."""
Typed = Annotated[str, Form(max_length=200)]
Rows = Annotated[str, Form(max_length=200_000)]


@router.get("/reports")
def get_reports(visit: Visited, conn: ReadConn) -> HTMLResponse:
    """Return the packages of the divisions in reach, the newest first."""
    typed = {"platform": "", "within": _own_place(conn, visit)}
    return answer_page(visit.request, _show_list(conn, visit, typed))


@router.post("/reports")
def post_report(
    visit: FormVisited,
    platform: Typed,
    act: Annotated[Literal["changes", "package"], Form()],
    within: Typed = "",
) -> Response:
    """Open the job that looks at what changed or makes a package, and lead to its page."""
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            title = find_platform(platform).title
            of = within.strip()
            place = find_place(conn, visit.asker, visit.today, of) if of else None
            role: Role = "editor" if act == "package" else "viewer"
            require_role(conn, visit.asker, role, [place], what=title)
            job = open_report(conn, visit.asker, KINDS[act], platform, place)
    except YutuError as error:
        typed = {"platform": platform, "within": within}
        refused = tell_refused("report", error, typed, visit.frame.lang)
        with reading(visit.engine) as conn:
            html = _show_list(conn, visit, typed, refused)
        return answer_page(visit.request, html, status_of(error))
    return RedirectResponse(f"/reports/jobs/{job}", SEE_OTHER)


@router.get("/reports/jobs/{job_id}")
def get_report_job(job_id: UUID, visit: Visited, conn: ReadConn) -> Response:
    """Return how far a report is; a package that is made is shown itself."""
    job = read_job(conn, job_id, visit.asker)
    if job.kind not in KINDS.values():
        raise NotFoundError(what=str(job_id))
    if job.kind == "report" and job.state == "done" and job.result:
        return RedirectResponse(f"/reports/{job.result['package_id']}", SEE_OTHER)
    within = job.args["within"] and UUID(job.args["within"])
    html = render_report_job(
        visit.frame,
        visit.today,
        job,
        title=_titles().get(job.args["platform"], job.args["platform"]),
        place=name_divisions(conn, [within])[within] if within else None,
    )
    return answer_page(visit.request, html)


@router.post("/reports/jobs/{job_id}/cancel")
def post_cancel(job_id: UUID, visit: FormVisited) -> Response:
    """Cancel a report that waits or runs."""
    with transaction(visit.engine, visit.asker.actor) as conn:
        ask_cancel(conn, job_id, visit.asker)
    return RedirectResponse(f"/reports/jobs/{job_id}", SEE_OTHER)


@router.get("/reports/{package_id}")
def get_report(
    package_id: UUID,
    visit: Visited,
    conn: ReadConn,
    *,
    answer: Annotated[Literal["", "accepted", "refused", "open"], Query()] = "",
    cursor: Cursor = None,
    said: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Return a package with its rows, or those of which the platform said one thing."""
    html = _show_one(
        conn,
        visit,
        package_id,
        answer=answer or None,
        after=read_item_key(cursor),
        said=tell_said(said, visit.frame.lang),
    )
    return answer_page(visit.request, html)


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """A receipt as it was typed; ``rest`` is what it says of the rows that are not named."""

    number: Typed = ""
    dated: Typed = ""
    refused: Rows = ""
    rest: Typed = "accepted"
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = ""
    corrects: Annotated[str, Form(max_length=LONGEST_REASON)] = ""


@router.post("/reports/{package_id}/receipt")
def post_receipt(
    package_id: UUID, visit: FormVisited, form: Annotated[ReceiptForm, Depends()]
) -> Response:
    """Enter a receipt by hand."""

    def act(conn: Connection) -> None:
        # Here and not above: what reads a receipt's file brings pandas, which costs every start.
        from geo.reports.receipts import Receipt, enter_receipt  # noqa: PLC0415

        found = read_package(conn, visit.asker, package_id)
        items = list_items(conn, package_id)
        refused = read_refusals(found, items, form.refused)
        if form.rest not in ANSWERS:
            allowed = Text("allowed.receipt_rest")
            raise OptionInvalidError(option="rest", value=form.rest, allowed=allowed)
        if form.rest == "refused":
            refused = {one.key: form.reason.strip() for one in items} | refused
        receipt = Receipt(
            number=_read_number(form.number),
            dated=read_day(form.dated, "dated"),
            refused=refused,
            accepted=None if form.rest == "accepted" else frozenset(),
        )
        corrects = form.corrects.strip() or None
        enter_receipt(conn, visit.asker, package_id, receipt, corrects=corrects)

    return _do_form(visit, package_id, "receipt", asdict(form), act)


@router.post("/reports/{package_id}/receipt-file")
def post_receipt_file(package_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Enter the receipt the platform sent as a table."""
    names = ("number", "dated", "corrects")
    typed = {name: upload.fields.get(name, "").strip() for name in names}

    def act(conn: Connection) -> None:
        from geo.reports.receipts import enter_receipt, read_receipt_file  # noqa: PLC0415 - as above

        found = read_package(conn, visit.asker, package_id)
        receipt = read_receipt_file(
            conn,
            found.platform,
            upload.path,
            name=upload.name,
            files=settings().files,
            number=_read_number(typed["number"]),
            dated=read_day(typed["dated"], "dated"),
        )
        corrects = typed["corrects"] or None
        enter_receipt(conn, visit.asker, package_id, receipt, corrects=corrects)

    return _do_form(visit, package_id, "receipt_file", typed, act)


def _do_form(
    visit: Visit,
    package_id: UUID,
    form: str,
    typed: dict[str, str],
    act: Callable[[Connection], None],
) -> Response:
    """Do what a form of a package asks, then lead back to it; or its page says why not."""

    def again(refused: Refused, status: HTTPStatus) -> Response:
        with reading(visit.engine) as conn:
            html = _show_one(conn, visit, package_id, refused=refused)
        return answer_page(visit.request, html, status)

    to = f"/reports/{package_id}?said=receipt"
    return send_form(visit, form, typed, act, to=to, again=again)


def _show_list(
    conn: Connection, visit: Visit, typed: dict[str, str], refused: Refused | None = None
) -> str:
    view = ReportsView(
        packages=list_packages(conn, visit.asker),
        platforms=[find_platform(name) for name in list_platforms()],
        typed=typed,
        may_make=any(grant.includes("editor") for grant in visit.asker.grants),
        refused=refused,
    )
    return render_reports(visit.frame, visit.today, view, _titles())


def _show_one(
    conn: Connection,
    visit: Visit,
    package_id: UUID,
    *,
    answer: Answer | None = None,
    after: ItemKey | None = None,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    found = read_package(conn, visit.asker, package_id)
    items = list_items(conn, package_id, answer=answer, after=after, limit=PAGE + 1)
    goes_on = None
    if len(items) > PAGE:
        query = {"answer": answer or "", "cursor": write_item_key(items[PAGE - 1])}
        goes_on = f"/reports/{package_id}?{urlencode(query)}#rows"
    view = ReportView(
        package=found,
        items=items[:PAGE],
        answer=answer,
        next_address=goes_on,
        editable=_may_edit(conn, visit.asker, found),
        said=said,
        refused=refused,
    )
    return render_report(visit.frame, visit.today, view, _titles())


def _may_edit(conn: Connection, asker: Viewer, found: Package) -> bool:
    try:
        require_role(conn, asker, "editor", [found.division_id], what=found.platform)
    except YutuError:
        return False
    return True


def _own_place(conn: Connection, visit: Visit) -> str:
    """Return the code of the division somebody works for, where it is only one."""
    places = {grant.division_id for grant in visit.asker.grants}
    own = places.pop() if len(places) == 1 else None
    named = name_sides(conn, [own], visit.today) if own else {}
    return named[own].code if own in named else ""


def _read_number(typed: str) -> str:
    if not typed.strip():
        raise OptionInvalidError(option="number", value=typed, allowed=Text("allowed.text"))
    return typed.strip()


def _titles() -> dict[str, str]:
    return {name: find_platform(name).title for name in list_platforms()}
