"""The page at ``/inspections/{id}/subjects/{kind}/{id}``, its photos, the page after a form."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, HTMLResponse
from sqlalchemy import Connection

from api.attachments import HEADERS
from api.deps import ReadConn
from api.inspection_visit import InspectionVisited
from api.pages import answer_page
from api.pages_inspection import find_mine
from api.register import RegisterRoute, Visit, tell_said
from geo.db.engine import reading
from geo.errors import NotFoundError
from geo.files.attach import Attachment
from geo.files.photos import shrink_photo
from geo.inspections.facts import Inspection
from geo.inspections.field import papers
from geo.inspections.field.desk import Desk, list_desk
from geo.inspections.field.deviations import judge_records
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.photos import open_photo
from geo.inspections.field.recorded import list_record_versions, list_records
from geo.inspections.field.tasks import propose_tasks
from geo.inspections.missing import list_gaps
from geo.inspections.read import read_inspection
from geo.office import office
from geo.settings import settings
from geo.upkeep.orders import list_orders
from maps.page_inspection_map import box_round
from maps.page_inspection_subject import SubjectView, render_subject
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)

Kind = Literal["marker", "section"]
Subject = tuple[str, UUID]


@router.get("/inspections/{inspection_id}/subjects/{kind}/{object_id}")
def get_subject(
    inspection_id: UUID,
    kind: Kind,
    object_id: UUID,
    visit: InspectionVisited,
    conn: ReadConn,
    said: Annotated[str, Query(max_length=30)] = "",
) -> HTMLResponse:
    """Return the page of a marker or section of an inspection."""
    done = tell_said(said, visit.frame.lang)
    html = show_subject(conn, visit, inspection_id, (kind, object_id), said=done)
    return answer_page(visit.request, html)


@router.get(
    "/inspections/{inspection_id}/subjects/{kind}/{object_id}/records/{record_id}/photos/{sha256}"
)
def get_photo(  # noqa: PLR0913 - where it lies, and how large
    inspection_id: UUID,
    kind: Kind,  # noqa: ARG001 - the address of the page it stands on
    object_id: UUID,  # noqa: ARG001 - as above
    record_id: UUID,
    sha256: str,
    visit: InspectionVisited,
    conn: ReadConn,
    small: Annotated[bool, Query(description="For a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a photo of a record as it came, or made small for a screen."""
    found = read_inspection(conn, inspection_id, visit.asker, visit.today)
    given, kept = open_photo(conn, found, record_id, sha256, settings().files)
    if small:
        return Response(shrink_photo(kept.path), media_type="image/jpeg", headers=HEADERS)
    headers = {**HEADERS, "ETag": f'"{given.sha256}"'}
    return FileResponse(kept.path, media_type=given.media_type, headers=headers)


def show_subject(
    conn: Connection,
    visit: Visit,
    inspection_id: UUID,
    key: Subject,
    *,
    said: str | None = None,
    refused: Refused | None = None,
) -> str:
    """Read all that the page of a subject shows, and render it.

    Raises
    ------
    InspectionUnknownError, OutsideJurisdictionError, RoleMissingError, GuestRefusedError
    NotFoundError
        If the inspection, as the viewer sees it, has no such marker or section.
    """
    found = read_inspection(conn, inspection_id, visit.asker, visit.today)
    all_records = list_records(conn, found.id)
    outcomes = list_outcomes(conn, found, all_records)
    place = next((at for at, one in enumerate(outcomes) if one.subject.key == key), None)
    if place is None:
        raise NotFoundError(what=str(key[1]))
    one = outcomes[place]
    records = [record for record in all_records if (record.subject_kind, record.subject_id) == key]
    orders = list_orders(conn, visit.today, objects=[key[1]])
    judged = judge_records(conn, visit.asker, found, [r for r in records if not r.withdrawn_at])
    view = SubjectView(
        found=found,
        mine=find_mine(conn, visit.asker, found, visit.today),
        one=one,
        records=records,
        versions={r.id: list_record_versions(conn, r.id) for r in records if r.version > 1},
        verdicts={verdict.record_id: verdict for verdict in judged},
        orders=orders,
        proposed=propose_tasks(found, [one], orders),
        desk=_find_desk(conn, found, key),
        missing=list_gaps(conn, found, [one], office(conn)),
        scans=_list_scans(conn, found),
        box=box_round([one.subject]) or box_round(found.subjects),
        before=outcomes[place - 1] if place else None,
        after=outcomes[place + 1] if place + 1 < len(outcomes) else None,
        said=said,
        refused=refused,
    )
    return render_subject(visit.frame, visit.today, view)


def refuse_subject(
    visit: Visit, inspection_id: UUID, key: Subject, refused: Refused, status: HTTPStatus
) -> HTMLResponse:
    """Return the page of a subject with a form that could not be done, as it was typed."""
    with reading(visit.engine) as conn:
        html = show_subject(conn, visit, inspection_id, key, refused=refused)
    return answer_page(visit.request, html, status)


def _find_desk(conn: Connection, found: Inspection, key: Subject) -> Desk | None:
    return next((one for one in list_desk(conn, found) if one.subject.key == key), None)


def _list_scans(conn: Connection, found: Inspection) -> list[Attachment]:
    """Return the papers a record may have been entered from; none for a contractor."""
    by_paper = any(one.takes_part == "paper" for one in found.parties)
    return papers.list_papers(conn, found) if by_paper and found.is_whole else []
