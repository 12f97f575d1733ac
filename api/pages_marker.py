"""The page at ``/markers/{id}``, the files of a marker, and the page again after a form."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.attachments import send_attachment, send_photo
from api.deps import ReadConn
from api.pages import answer_page
from api.pages_papers import list_papers
from api.proposal_views import view_proposals
from api.register import RegisterRoute, Visit, Visited, tell_said
from geo.access.jurisdiction import roles_at
from geo.db.engine import reading
from geo.errors import FileUnknownError
from geo.exchange.findings import Finding
from geo.files.attach import find_content, list_attachments, read_attachment
from geo.fits.store import find_fit
from geo.markers.checks import judge_goals
from geo.markers.events import list_events
from geo.markers.objects import read_objects
from geo.markers.own import read_own
from geo.markers.read import list_versions, read_marker
from geo.proposals.proposals import list_proposals
from geo.revisions.changes import list_changes
from geo.sections.descriptions import generate_position, read_description
from geo.settings import settings
from maps.page_marker import Checked, MarkerView, render_marker
from maps.page_register import Refused

router = APIRouter(include_in_schema=False, route_class=RegisterRoute)


@router.get("/markers/{marker_id}")
def get_marker(
    marker_id: UUID,
    visit: Visited,
    conn: ReadConn,
    said: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Return the page of a marker; ``said`` is what a form has just done."""
    done = tell_said(said, visit.frame.lang)
    return answer_page(visit.request, show_marker(conn, visit, marker_id, said=done))


@router.get("/markers/{marker_id}/files/{attachment_id}")
def get_marker_file(
    marker_id: UUID,
    attachment_id: UUID,
    visit: Visited,
    conn: ReadConn,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Give a file of a marker to who may see the marker."""
    list_versions(conn, marker_id, visit.asker, visit.today)
    given = read_attachment(conn, attachment_id)
    if given.object_id != marker_id:
        raise FileUnknownError(attachment=attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


def show_marker(
    conn: Connection,
    visit: Visit,
    marker_id: UUID,
    *,
    said: str | None = None,
    refused: Refused | None = None,
    checked: Checked | None = None,
    findings: Sequence[Finding] = (),
) -> str:
    """Read all that the page of a marker shows, and render it.

    Raises
    ------
    RoleMissingError, OutsideJurisdictionError, MarkerUnknownError, MarkerNotThenError
    """
    at = visit.at
    marker = read_marker(conn, marker_id, at, visit.asker)
    ids = [marker_id]
    own = read_own(conn, ids, at).get(marker_id, {})
    objects = read_objects(conn, ids, at).get(marker_id, [])
    events = [one for one in list_events(conn, ids)[marker_id] if one.at <= at]
    files = list_attachments(conn, ids)[marker_id]
    now = generate_position(conn, marker, at).text
    found = list_proposals(conn, visit.asker, object_id=marker_id)
    view = MarkerView(
        marker=marker,
        own=own,
        objects=objects,
        events=events,
        files=files,
        versions=list_versions(conn, marker_id, visit.asker, visit.today),
        changes=list_changes(conn, marker_id),
        goals=judge_goals(marker, events, objects, own, files),
        description=read_description(conn, "marker", marker_id, now),
        proposals=view_proposals(conn, visit, found),
        editable=roles_at(conn, visit.asker, "editor", [one.id for one in marker.sides]),
        fit=find_fit(conn, str(marker.fit_id)).name if marker.fit_id else None,
        papers=list_papers("marker", marker_id),
        checked=checked,
        said=said,
        refused=refused,
        findings=findings,
    )
    return render_marker(visit.frame, at, visit.today, view)


def refuse_marker(
    visit: Visit, marker_id: UUID, refused: Refused, status: HTTPStatus
) -> HTMLResponse:
    """Return the page of a marker with a form that could not be done, as it was typed."""
    with reading(visit.engine) as conn:
        html = show_marker(conn, visit, marker_id, refused=refused)
    return answer_page(visit.request, html, status)
