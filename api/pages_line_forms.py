"""The forms on the page of a line: its record, its papers.

What is refused is told on the page itself, with all that was typed still in the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.errors import status_of
from api.forms import file_facts, read_file_form
from api.pages_line import open_line, refuse_line
from api.register import SEE_OTHER, FormVisited, RegisterRoute, Visit, tell_refused
from api.uploads import Upload
from geo.agreements.lines import change_record
from geo.boundaries.papers import give_paper, withdraw_paper
from geo.boundaries.record import FACTS
from geo.boundaries.sides import read_sides
from geo.db.engine import transaction
from geo.errors import LineInvalidError, YutuError
from geo.exchange.findings import Finding
from geo.exchange.schema import CellError, parse_number
from geo.settings import settings
from geo.texts import Lang, text

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Line = Annotated[str, Form(max_length=400)]
Note = Annotated[str, Form(max_length=4000)]


def do_line_form(
    visit: Visit,
    line_id: UUID,
    form: str,
    typed: Mapping[str, Any],
    act: Callable[[Connection], str | None],
) -> Response:
    """Do what a form of a line asks, then lead back to the page; or the page says why not.

    Parameters
    ----------
    act
        Does it, and may return another word for what was done, ``page.said.<word>``.
    """
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            open_line(conn, visit, line_id)
            said = act(conn) or form
    except YutuError as error:
        refused = tell_refused(form, name_fields(error, visit.frame.lang), typed, visit.frame.lang)
        return refuse_line(visit, line_id, refused, status_of(error))
    return RedirectResponse(f"/lines/{line_id}?said={said}", SEE_OTHER)


def name_fields(error: YutuError, lang: Lang) -> YutuError:
    """Return an error whose findings name the fields of the form as the form does."""
    found = error.facts.get("findings")
    if not isinstance(error, LineInvalidError) or not isinstance(found, list):
        return error
    return LineInvalidError(findings=[_name_field(one, lang) for one in found])


def _name_field(one: Finding, lang: Lang) -> Finding:
    if one.column is None or one.column not in (*FACTS, "valid_from"):
        return one
    return replace(one, column=text(f"page.record_{one.column}", lang))


@dataclass(frozen=True, slots=True)
class RecordForm:
    """The record of a line as it was typed; ``corrects`` is the reason of a correction."""

    code: Line = ""
    name: Line = ""
    official_length_km: Line = ""
    length_basis: Line = ""
    length_document: Line = ""
    length_dated: Line = ""
    begins_at: Line = ""
    ends_at: Line = ""
    settled_on: Line = ""
    approved_by: Line = ""
    approval_document: Line = ""
    approved_on: Line = ""
    published_by: Line = ""
    published_on: Line = ""
    disputed: Line = ""
    note: Note = ""
    valid_from: Line = ""
    source: Line = ""
    corrects: Line = ""
    reason: Note = ""

    def as_body(self) -> dict[str, Any]:
        """Return it as the body of a record; what is no number stays text and is refused there."""
        said: dict[str, Any] = {
            name: typed.replace("\r\n", "\n").strip() or None
            for name, typed in asdict(self).items()
            if name != "reason"
        }
        try:
            if said["official_length_km"] is not None:
                said["official_length_km"] = parse_number(said["official_length_km"])
        except CellError:
            pass
        return said | {"disputed": bool(said["disputed"])}


@router.post("/lines/{line_id}/record")
def post_record(
    line_id: UUID,
    visit: FormVisited,
    seen: Annotated[int, Form()],
    form: Annotated[RecordForm, Depends()],
) -> Response:
    """Write the record of a line, or propose what it changes."""

    def act(conn: Connection) -> str | None:
        note = form.reason.strip() or None
        made = change_record(
            conn, visit.asker, line_id, form.as_body(), today=visit.today, seen=seen, note=note
        )
        return "propose" if made else None

    return do_line_form(visit, line_id, "record", asdict(form), act)


@router.post("/lines/{line_id}/files")
def post_file(line_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Give a paper to a line by one of its sides, or by both."""
    typed = read_file_form(upload.fields)

    def act(conn: Connection) -> None:
        give_paper(
            conn,
            visit.asker,
            read_sides(conn, line_id, visit.today),
            upload.path,
            files=settings().files,
            name=upload.name,
            side=typed["side"] or None,
            **file_facts(typed),
        )

    return do_line_form(visit, line_id, "file", typed, act)


@router.post("/lines/{line_id}/files/{attachment_id}/withdrawal")
def post_withdrawal(
    line_id: UUID,
    attachment_id: UUID,
    visit: FormVisited,
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Take a paper off a line by the side that gave it."""

    def act(conn: Connection) -> None:
        sides = read_sides(conn, line_id, visit.today)
        withdraw_paper(conn, visit.asker, sides, attachment_id, reason)

    typed = {"file": str(attachment_id), "reason": reason}
    return do_line_form(visit, line_id, "withdraw", typed, act)
