"""The form at ``/lines/{id}/sections``: all sections of a line, row by row, without a script.

A button beside a row sends the whole form and brings it back with the row added, moved or gone;
only the button that saves writes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.deps import ReadConn
from api.errors import status_of
from api.forms import read_day
from api.pages import answer_page
from api.pages_line import MOST_MARKERS, list_sides, name_line, open_line
from api.register import SEE_OTHER, FormVisited, RegisterRoute, Visit, Visited, tell_refused
from api.section_rows import edit_rows, name_end, read_rows, write_rows
from geo.access.jurisdiction import require_role, roles_at
from geo.agreements.lines import change_sections
from geo.boundaries.record import read_record
from geo.db.engine import reading, transaction
from geo.errors import OptionInvalidError, YutuError
from geo.markers.read import list_markers
from geo.revisions.changes import read_revision
from geo.sections.along import MarkerRef
from geo.sections.propose import generate_sections
from geo.sections.register import Section, SectionFacts, facts_of, list_sections
from geo.texts import Text
from maps.page_register import Refused
from maps.page_sections import (
    MOST_ROWS,
    LineHead,
    SectionRow,
    SectionsView,
    render_sections,
)

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Word = Annotated[str, Form(max_length=200)]
Words = Annotated[list[str], Form(max_length=MOST_ROWS)]


@dataclass(frozen=True, slots=True)
class SectionsForm:
    """The form as it was typed; ``do`` is the button: ``save``, ``fill``, or an act on a row."""

    seen: int
    do: str
    rows: Sequence[SectionRow]
    valid_from: str
    source: str
    reason: str

    @property
    def beside(self) -> dict[str, str]:
        """Return what was typed besides the rows."""
        return {"valid_from": self.valid_from, "source": self.source, "reason": self.reason}


def read_sections_form(  # noqa: PLR0913 - each is one field of the form, or one column of its rows
    seen: Annotated[int, Form()],
    do: Word = "save",
    section_id: Words = [],  # noqa: B006 - as FastAPI wants an empty list
    begin: Words = [],  # noqa: B006
    end: Words = [],  # noqa: B006
    basis: Words = [],  # noqa: B006
    basis_name: Words = [],  # noqa: B006
    length_km: Words = [],  # noqa: B006
    note: Words = [],  # noqa: B006
    valid_from: Word = "",
    source: Word = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> SectionsForm:
    """Read the rows from their columns.

    Raises
    ------
    OptionInvalidError
        If a column has another number of rows than the others.
    """
    names = ("section_id", "begin", "end", "basis", "basis_name", "length_km", "note")
    columns = (section_id, begin, end, basis, basis_name, length_km, note)
    if len({len(one) for one in columns}) > 1:
        raise OptionInvalidError(
            option=Text("page.sections"), value=[len(one) for one in columns], allowed=len(begin)
        )
    rows = [SectionRow(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    return SectionsForm(seen, do, rows, valid_from, source, reason)


@router.get("/lines/{line_id}/sections")
def get_sections(line_id: UUID, visit: Visited, conn: ReadConn) -> HTMLResponse:
    """Return the form with the sections of today."""
    line = read_head(conn, visit, line_id)
    require_role_of(conn, visit, line)
    sections = list_sections(conn, line_id, visit.today)
    ends = _read_ends(conn, visit, line_id, sections)
    view = SectionsView(
        line=line,
        rows=write_rows([facts_of(one) for one in sections], ends),
        ends=_name_ends(ends),
        typed={"valid_from": visit.today.isoformat(), "source": "", "reason": ""},
        seen=line.revision,
    )
    return answer_page(visit.request, render_sections(visit.frame, visit.today, view))


@router.post("/lines/{line_id}/sections")
def post_sections(
    line_id: UUID, visit: FormVisited, form: Annotated[SectionsForm, Depends(read_sections_form)]
) -> Response:
    """Write the sections, or propose them; or return the form with its rows as a button wants."""
    try:
        if form.do != "save":
            return _edit(visit, line_id, form)
        with transaction(visit.engine, visit.asker.actor) as conn:
            open_line(conn, visit, line_id)
            standing = list_sections(conn, line_id, visit.today)
            made = change_sections(
                conn,
                visit.asker,
                line_id,
                read_rows(form.rows, _read_ends(conn, visit, line_id, standing)),
                valid_from=read_day(form.valid_from, "valid_from"),
                source=_read_source(form.source),
                today=visit.today,
                seen=form.seen,
                note=form.reason.strip() or None,
            )
    except YutuError as error:
        refused = tell_refused("sections", error, form.beside, visit.frame.lang)
        return _refuse(visit, line_id, form, refused, status_of(error))
    said = "propose" if made else "sections"
    return RedirectResponse(f"/lines/{line_id}?said={said}", SEE_OTHER)


def read_head(conn: Connection, visit: Visit, line_id: UUID) -> LineHead:
    """Read a line as the pages of its sections name it; who may not see it is refused."""
    found = open_line(conn, visit, line_id)
    sides = list_sides(found)
    mine = roles_at(conn, visit.asker, "editor", [one.id for one in sides])
    return LineHead(
        id=line_id,
        name=(found.record.name if found.record else None) or name_line(found),
        sides=sides,
        revision=read_revision(conn, line_id),
        may=bool(mine),
        at_once=len(mine) == len(sides),
    )


def require_role_of(conn: Connection, visit: Visit, line: LineHead) -> None:
    """Refuse who is an editor of neither side.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
    """
    if not line.may:
        sides = [one.id for one in line.sides]
        require_role(conn, visit.asker, "editor", sides, what=line.name)


def _edit(visit: Visit, line_id: UUID, form: SectionsForm) -> HTMLResponse:
    """Return the form with its rows as a button wants; nothing is written."""
    with reading(visit.engine) as conn:
        line = read_head(conn, visit, line_id)
        require_role_of(conn, visit, line)
        ends = _read_ends(conn, visit, line_id, list_sections(conn, line_id, visit.today))
        if form.do == "fill":
            rows = write_rows(_generate(conn, visit, line_id), ends)
        else:
            rows = edit_rows(form.rows, form.do)
    view = SectionsView(
        line=line, rows=rows, ends=_name_ends(ends), typed=form.beside, seen=form.seen
    )
    return answer_page(visit.request, render_sections(visit.frame, visit.today, view))


def _generate(conn: Connection, visit: Visit, line_id: UUID) -> list[SectionFacts]:
    """Return the sections from marker to marker along the line; known ones keep what is said."""
    said = read_record(conn, line_id, visit.today)
    return generate_sections(
        conn,
        line_id,
        visit.today,
        begins_at=said.begins_at if said else None,
        ends_at=said.ends_at if said else None,
    )


def _read_ends(
    conn: Connection, visit: Visit, line_id: UUID, sections: Sequence[Section]
) -> list[MarkerRef]:
    """Return the markers that may be an end: those of the sections, and those on the line."""
    named = [marker for one in sections for marker in (one.from_marker, one.to_marker) if marker]
    found = list_markers(conn, visit.asker, visit.today, lines=[line_id], limit=MOST_MARKERS)
    here = [MarkerRef(id=one.id, number=one.number, member=one.member) for one in found.items]
    return [*named, *here]


def _read_source(typed: str) -> str:
    """Return the paper that says so.

    Raises
    ------
    OptionInvalidError
    """
    if not typed.strip():
        raise OptionInvalidError(
            option=Text("page.record_source"),
            value=Text("reason.not_given"),
            allowed=Text("allowed.paper_name"),
        )
    return typed.strip()


def _name_ends(markers: Sequence[MarkerRef]) -> list[str]:
    """Return what may be typed for the markers, each once."""
    return sorted({name_end(one) for one in markers})


def _refuse(
    visit: Visit, line_id: UUID, form: SectionsForm, refused: Refused, status: HTTPStatus
) -> HTMLResponse:
    """Return the form as it was typed; after a conflict it speaks of what is there now."""
    with reading(visit.engine) as conn:
        line = read_head(conn, visit, line_id)
        require_role_of(conn, visit, line)
        ends = _read_ends(conn, visit, line_id, list_sections(conn, line_id, visit.today))
    view = SectionsView(
        line=line,
        rows=form.rows,
        ends=_name_ends(ends),
        typed=form.beside,
        seen=line.revision if refused.changes else form.seen,
        refused=refused,
    )
    return answer_page(visit.request, render_sections(visit.frame, visit.today, view), status)
