"""The pages at ``/lines``: the register that is searched, and one line; a form gives it a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.attachments import send_attachment, send_photo
from api.deps import ReadConn
from api.errors import status_of
from api.forms import file_facts, read_file_form
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
    tell_said,
)
from api.uploads import ReceivedFile, Upload
from geo.access.jurisdiction import (
    refuse_hidden,
    require_role,
    roles_at,
)
from geo.boundaries.find import LineFilter, LineFound, LinesFound, find_lines, read_found
from geo.boundaries.record import doubt_record, list_records
from geo.boundaries.sides import read_sides
from geo.boundaries.surveys import Compared, compare_surveys, doubt_survey
from geo.boundaries.versions import list_versions
from geo.db.engine import reading, transaction
from geo.errors import FileUnknownError, LineUnknownError, YutuError
from geo.exchange.findings import Finding
from geo.files.attach import attach_file, find_content, list_attachments, read_attachment
from geo.markers.read import DivisionRef, list_markers
from geo.office import office
from geo.revisions.changes import change_object, list_changes, read_revision
from geo.sections.along import list_stops, read_track
from geo.sections.descriptions import read_texts
from geo.sections.register import list_sections
from geo.settings import settings
from geo.texts import text
from maps.page_lines import (
    LEVELS,
    LineQuestion,
    LineView,
    order_along,
    render_line_page,
    render_lines,
)
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

PAGE = 200
MOST_MARKERS = 5000
Typed = Annotated[str, Query(max_length=64)]


def read_line_question(
    q: Typed = "", within: Typed = "", level: Typed = "", unit: Typed = ""
) -> LineQuestion:
    """Read what is asked of the register; a level there is not is passed over."""
    return LineQuestion(
        q=q.strip(),
        within=within.strip(),
        level=level if level in LEVELS else "",
        unit=unit if unit in LEVELS else "",
    )


Asked = Annotated[LineQuestion, Depends(read_line_question)]


@router.get("/lines")
def get_lines(visit: Visited, conn: ReadConn, asked: Asked, cursor: Cursor = None) -> HTMLResponse:
    """Return the register of lines, or why what was asked for cannot be listed."""
    frame, at, today = visit.frame, visit.at, visit.today
    try:
        found = _find(conn, visit, asked, decode_cursor(cursor, 1))
    except YutuError as error:
        problem = text(f"error.{error.code}", frame.lang, **error.facts)
        html = render_lines(frame, at, today, asked, None, problem=problem)
        return answer_page(visit.request, html, status_of(error))
    goes_on = encode_cursor(found.next) if found.next else None
    html = render_lines(frame, at, today, asked, found, cursor=goes_on)
    return answer_page(visit.request, html)


@router.get("/lines/{line_id}")
def get_line(
    line_id: UUID,
    visit: Visited,
    conn: ReadConn,
    said: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Return the page of a line; ``said`` is what a form has just done."""
    done = tell_said(said, visit.frame.lang)
    return answer_page(visit.request, show_line(conn, visit, line_id, said=done))


@router.get("/lines/{line_id}/files/{attachment_id}")
def get_line_file(
    line_id: UUID,
    attachment_id: UUID,
    visit: Visited,
    conn: ReadConn,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a document of a line to who may see the line."""
    _read(conn, visit, line_id)
    given = read_attachment(conn, attachment_id)
    if given.object_id != line_id:
        raise FileUnknownError(attachment=attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


@router.post("/lines/{line_id}/files")
def post_line_file(line_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Give a document to a line by one of its sides, or tell on its page why that cannot be."""
    typed = read_file_form(upload.fields)
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            _give_file(conn, visit, line_id, upload, typed)
    except YutuError as error:
        problem = text(f"error.{error.code}", visit.frame.lang, **error.facts)
        refused = Refused(form="file", problem=problem, typed=typed)
        with reading(visit.engine) as conn:
            html = show_line(conn, visit, line_id, refused=refused)
        return answer_page(visit.request, html, status_of(error))
    return RedirectResponse(f"/lines/{line_id}?said=file", SEE_OTHER)


def _give_file(
    conn: Connection, visit: Visit, line_id: UUID, upload: ReceivedFile, typed: dict[str, str]
) -> None:
    found = _read(conn, visit, line_id)
    sides = {found.line.left_code: found.left_id, found.line.right_code: found.right_id}
    of = sides.get(typed["side"])
    needed = list(sides.values()) if of is None else [of]
    require_role(conn, visit.asker, "editor", needed, what=_name(found))
    given = attach_file(
        conn,
        visit.asker,
        upload.path,
        files=settings().files,
        object_kind="line",
        object_id=line_id,
        name=upload.name,
        division_id=of,
        **file_facts(typed),
    )
    name = given.title or given.name
    change_object(
        conn, visit.asker, "line", line_id, "line_document", seen=None, needs_seen=False, name=name
    )


def show_line(
    conn: Connection,
    visit: Visit,
    line_id: UUID,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    """Read all that the page of a line shows, and render it.

    Raises
    ------
    RoleMissingError, OutsideJurisdictionError, LineUnknownError
    """
    at = visit.at
    found = _read(conn, visit, line_id)
    markers = list_markers(conn, visit.asker, at, lines=[line_id], limit=MOST_MARKERS).items
    surveys = compare_surveys(conn, line_id, at)
    sections = list_sections(conn, line_id, at)
    view = LineView(
        found=found,
        sides=_name_sides(found),
        markers=order_along(markers, list_stops(conn, read_track(conn, line_id, at), at)),
        sections=sections,
        descriptions=read_texts(conn, "section", [one.section_id for one in sections]),
        files=list_attachments(conn, [line_id])[line_id],
        surveys=surveys,
        records=list_records(conn, line_id),
        versions=list_versions(conn, line_id),
        changes=list_changes(conn, line_id),
        revision=read_revision(conn, line_id),
        findings=_doubt(conn, found, surveys, at),
        editable=roles_at(conn, visit.asker, "editor", [found.left_id, found.right_id]),
        papers=list_papers("line", line_id),
        said=said,
        refused=refused,
    )
    return render_line_page(visit.frame, at, visit.today, view)


def _name_sides(found: LineFound) -> list[DivisionRef]:
    line = found.line
    return [
        DivisionRef(id=found.left_id, code=line.left_code, name=line.left_name),
        DivisionRef(id=found.right_id, code=line.right_code, name=line.right_name),
    ]


def _doubt(
    conn: Connection, found: LineFound, surveys: Sequence[Compared], at: date
) -> list[Finding]:
    """Return what is doubtful of a line: its record, and the courses beside it."""
    rules = office(conn)
    doubts: list[Finding] = []
    if found.record is not None:
        doubts = doubt_record(found.record, read_sides(conn, found.line.id, at), rules)
    for one in surveys:
        doubts += doubt_survey(one, _name(found), rules)
    return doubts


def _find(
    conn: Connection, visit: Visit, asked: LineQuestion, key: tuple[str, ...] | None
) -> LinesFound:
    asker, at = visit.asker, visit.at
    wanted = LineFilter(
        query=asked.q or None,
        beside=find_place(conn, asker, at, asked.within) if asked.within else None,
        level=asked.level or None,
        unit_level=asked.unit or None,
    )
    return find_lines(conn, asker, at, wanted, after=key[0] if key else "", limit=PAGE)


def _read(conn: Connection, visit: Visit, line_id: UUID) -> LineFound:
    """Read a line for who is of one of its sides, or above; what is public is on the map."""
    asker, at = visit.asker, visit.at
    found = read_found(conn, asker, line_id, at)
    if found is None:
        sides = read_sides(conn, line_id, at)
        if not roles_at(conn, asker, "viewer", sides.ids):
            refuse_hidden(conn, asker, sides.ids, what=sides.name)
        raise LineUnknownError(line=line_id)
    if not roles_at(conn, asker, "viewer", [found.left_id, found.right_id]):
        refuse_hidden(conn, asker, [found.left_id, found.right_id], what=_name(found))
    return found


def _name(found: LineFound) -> str:
    return f"{found.line.left_name}—{found.line.right_name}"
