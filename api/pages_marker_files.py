"""The forms by which a side gives a file to a marker, and takes one off again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from sqlalchemy import Connection

from api.forms import file_facts, read_file_form
from api.pages_marker_forms import do_form
from api.register import FormVisited, RegisterRoute
from api.uploads import Upload
from geo.markers.papers import give_file, withdraw_file
from geo.markers.read import read_marker
from geo.settings import settings

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)


@router.post("/markers/{marker_id}/files")
def post_file(marker_id: UUID, visit: FormVisited, upload: Upload) -> Response:
    """Give a file to a marker by one of its sides."""
    typed = read_file_form(upload.fields)

    def act(conn: Connection) -> None:
        marker = read_marker(conn, marker_id, visit.today, visit.asker)
        give_file(
            conn,
            visit.asker,
            marker,
            upload.path,
            files=settings().files,
            name=upload.name,
            side=typed["side"],
            **file_facts(typed),
        )

    return do_form(visit, marker_id, "file", typed, act)


@router.post("/markers/{marker_id}/files/{attachment_id}/withdrawal")
def post_withdrawal(
    marker_id: UUID,
    attachment_id: UUID,
    visit: FormVisited,
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Take a file off a marker by the side that gave it."""

    def act(conn: Connection) -> None:
        marker = read_marker(conn, marker_id, visit.today, visit.asker)
        withdraw_file(conn, visit.asker, marker, attachment_id, reason)

    typed = {"file": str(attachment_id), "reason": reason}
    return do_form(visit, marker_id, "withdraw", typed, act)
