"""The forms by which a side gives a paper to an inspection, and takes one off again."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from sqlalchemy import Connection

from api.forms import file_facts, read_file_form
from api.inspection_visit import InspectionVisited, do_form
from api.pages_inspection import refuse_inspection
from api.register import RegisterRoute
from api.uploads import Upload
from geo.inspections.facts import Inspection
from geo.inspections.field.papers import give_paper, withdraw_paper
from geo.settings import settings

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)


@router.post("/inspections/{inspection_id}/files")
def post_file(inspection_id: UUID, visit: InspectionVisited, upload: Upload) -> Response:
    """Give a paper to an inspection for one's side."""
    typed = read_file_form(upload.fields)

    def act(conn: Connection, found: Inspection) -> None:
        give_paper(
            conn, visit.asker, found, upload.path, files=settings().files, name=upload.name,
            side=typed["side"] or None, today=visit.today, **file_facts(typed),
        )  # fmt: skip

    return do_form(
        visit, inspection_id, "file", typed, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip


@router.post("/inspections/{inspection_id}/files/{attachment_id}/withdrawal")
def post_withdrawal(
    inspection_id: UUID,
    attachment_id: UUID,
    visit: InspectionVisited,
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Take a paper off an inspection by the side that gave it."""

    def act(conn: Connection, found: Inspection) -> None:
        withdraw_paper(conn, visit.asker, found, attachment_id, reason, today=visit.today)

    typed = {"file": str(attachment_id), "reason": reason}
    return do_form(
        visit, inspection_id, "withdraw", typed, act,
        to=f"/inspections/{inspection_id}", again=partial(refuse_inspection, visit, inspection_id),
    )  # fmt: skip
