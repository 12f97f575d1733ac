"""Boundary markers over HTTP: lists, cards, own parts, events, files; never for the public."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import JSONResponse
from sqlalchemy import Connection

from api.attachments import send_attachment, send_photo, show_attachment
from api.bodies import CardBody, EventBody, FileForm, NewCardBody, OwnBody, WithdrawalBody
from api.deps import Asker, AskerLang, AsOf, ReadConn, Today, WriteConn
from api.errors import as_json
from api.geojson import GEOJSON, wants_geojson
from api.mark import data_mark_of
from api.paging import Cursor, Page, decode_cursor, encode_cursor
from api.revision import Seen, show_changes, tell_revision
from api.routers.divisions import Code
from api.uploads import BODY, Upload, read_form
from geo.agreements.agreed import add_card, change_card
from geo.boundaries.find import find_meant
from geo.divisions.read import find_division
from geo.errors import FileUnknownError
from geo.files.attach import find_content, list_attachments, read_attachment
from geo.markers import read
from geo.markers.checks import judge_goals
from geo.markers.events import (
    Event,
    EventFacts,
    Present,
    find_side,
    list_events,
    record_event,
)
from geo.markers.facts import SideFacts
from geo.markers.life import next_steps
from geo.markers.numbers import match_number
from geo.markers.objects import read_objects
from geo.markers.own import read_own, write_own
from geo.markers.papers import give_file, withdraw_file
from geo.markers.read import DivisionRef, LineRef, Marker
from geo.revisions.changes import list_changes
from geo.settings import settings
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/markers", tags=["markers"])

MOST_MARKERS = 20_000
MarkerLimit = Annotated[
    int, Query(ge=1, le=MOST_MARKERS, description="Most markers of one answer; all of a province.")
]
_OF_CHANGE = {"correction", "reason"}
_DAYS = ("state_at", "set_on", "surveyed_on", "valid_from", "valid_to")
_APART = {"id", "fit_id", "lines", "sides", "managing", *_DAYS}
_PLAIN = tuple(one.name for one in fields(Marker) if one.name not in _APART)


@router.get("")
def list_markers(  # noqa: PLR0913 - each parameter is one filter of the address
    request: Request,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    number: Annotated[
        str | None, Query(max_length=64, description="Part of the number on the stone.")
    ] = None,
    line: Annotated[
        str | None, Query(max_length=100, description="Id, code or name of a line.")
    ] = None,
    within: Annotated[Code | None, Query(description="With a side in this division.")] = None,
    state: Annotated[str | None, Query(max_length=20, description="State on the day.")] = None,
    limit: MarkerLimit = 100,
    cursor: Cursor = None,
) -> Any:
    """List the markers of a day that lie in the asker's jurisdiction, by number."""
    key = decode_cursor(cursor, 1)
    found = read.list_markers(
        conn,
        asker,
        at,
        number=number,
        lines=None if line is None else find_meant(conn, asker, at, line, limit=MOST_MARKERS),
        within=find_division(conn, within) if within else None,
        state=state,
        after=key[0] if key else "",
        limit=limit,
    )
    following = None if found.next is None else encode_cursor(found.next)
    if wants_geojson(request):
        features = [_feature(one, lang) for one in found.items]
        content = {"type": "FeatureCollection", "features": features, "total": found.total}
        return JSONResponse(content | {"next": following}, media_type=GEOJSON)
    # Made into JSON here: twenty thousand of them would be checked one by one otherwise.
    items = [show_marker(one, lang) for one in found.items]
    return JSONResponse({"items": items, "total": found.total, "next": following})


@router.post("", status_code=status.HTTP_201_CREATED)
def post_marker(
    body: NewCardBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Register a marker that stands already, by an editor of all its sides.

    One that is still to be set is proposed (``marker_add``). ``findings`` say where it stands too
    far off its line.
    """
    card = body.model_dump(mode="json", exclude_unset=True, exclude={"paper", *_OF_CHANGE})
    made, findings = add_card(
        conn, asker, card, today=today, number=body.paper.number, dated=body.paper.dated
    )
    marker = read.read_marker(conn, made, today, asker)
    tell_revision(response, marker.revision)
    told = {"findings": [one.as_dict(lang) for one in findings]}
    return _show_whole(conn, marker, today, lang) | told


@router.get("/{marker_id}")
def read_marker(
    marker_id: UUID,
    request: Request,
    response: Response,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
) -> Any:
    """Give a marker's card with its objects, own parts, files, goals; its revision as ETag."""
    marker = read.read_marker(conn, marker_id, at, asker)
    if wants_geojson(request):
        return JSONResponse(
            _feature(marker, lang),
            media_type=GEOJSON,
            headers={"ETag": f'"{marker.revision}"'},
        )
    tell_revision(response, marker.revision)
    return _show_whole(conn, marker, at, lang)


@router.put("/{marker_id}")
def put_marker(  # noqa: PLR0913 - who changes what, having seen which revision
    marker_id: UUID,
    body: CardBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Change or correct the shared part of a card, by an editor of all sides (``If-Match``)."""
    marker = read.read_marker(conn, marker_id, today, asker)
    change_card(
        conn,
        asker,
        marker,
        body.model_dump(mode="json", exclude_unset=True, exclude=_OF_CHANGE),
        today=today,
        seen=seen,
        correction=body.correction,
        reason=body.reason,
    )
    changed = read.read_marker(conn, marker_id, today, asker)
    tell_revision(response, changed.revision)
    return _show_whole(conn, changed, today, lang)


@router.put("/{marker_id}/sides/{side}")
def put_own(  # noqa: PLR0913 - who changes what, having seen which revision
    marker_id: UUID,
    side: str,
    body: OwnBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Change a side's own part from a day on, by an editor of that side (``If-Match``)."""
    marker = read.read_marker(conn, marker_id, today, asker)
    facts = SideFacts(site=body.site, custodian=body.custodian, phone=body.phone)
    of = find_side(marker, side)
    revision = write_own(conn, asker, marker, of, facts, valid_from=body.at or today, seen=seen)
    tell_revision(response, revision)
    return _show_whole(conn, read.read_marker(conn, marker_id, today, asker), today, lang)


@router.get("/{marker_id}/versions")
def list_versions(
    marker_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List all versions of a marker's card, the oldest first."""
    found = read.list_versions(conn, marker_id, asker, today)
    return Page([show_marker(one, lang) for one in found], len(found), None)


@router.get("/{marker_id}/changes")
def list_marker_changes(
    marker_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List who changed what of a marker, the newest first."""
    read.list_versions(conn, marker_id, asker, today)
    found = show_changes(list_changes(conn, marker_id), lang)
    return Page(found, len(found), None)


@router.get("/{marker_id}/events")
def list_marker_events(
    marker_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List what happened to a marker, the newest first."""
    read.list_versions(conn, marker_id, asker, today)
    found = list_events(conn, [marker_id])[marker_id]
    return Page([show_event(one, lang) for one in found], len(found), None)


@router.post("/{marker_id}/events", status_code=status.HTTP_201_CREATED)
def post_event(  # noqa: PLR0913 - who records what, having seen which revision
    marker_id: UUID,
    body: EventBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Record what happened to a marker.

    A repair or re-setting without a present person of every other side answers 409
    ``neighbour_absent`` (Order 353 art. 6, 16). Events only add, so ``If-Match`` may be left out.
    """
    marker = read.read_marker(conn, marker_id, today, asker)
    facts = EventFacts(
        kind=body.kind,
        at=body.at,
        present=[Present(name=one.name, side=one.side) for one in body.present],
        note=body.note,
        files=body.files,
        goals=body.goals,
    )
    done = record_event(conn, asker, marker, facts, today=today, seen=seen)
    tell_revision(response, read.read_marker(conn, marker_id, today, asker).revision)
    return show_event(done, lang)


@router.post("/{marker_id}/files", status_code=status.HTTP_201_CREATED, openapi_extra=BODY)
def post_file(
    marker_id: UUID, upload: Upload, conn: WriteConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Give a file to a marker: a photo or a paper, for a side (form field ``side``).

    Further fields: ``kind`` (photo, register_card, record, consent, approval, other …), ``title``,
    ``number``, ``dated``, ``issuer``, ``note``.
    """
    marker = read.read_marker(conn, marker_id, today, asker)
    form = read_form(FileForm, upload.fields)
    given = give_file(
        conn,
        asker,
        marker,
        upload.path,
        files=settings().files,
        name=upload.name,
        **form.model_dump(),
    )
    return show_attachment(given, lang)


@router.get("/{marker_id}/files/{attachment_id}", response_class=Response)
def get_file(
    marker_id: UUID,
    attachment_id: UUID,
    conn: ReadConn,
    asker: Asker,
    today: Today,
    small: Annotated[bool, Query(description="A photo for a screen, without its EXIF.")] = False,  # noqa: FBT002 - a query key
) -> Response:
    """Send a file of a marker as it came."""
    read.list_versions(conn, marker_id, asker, today)
    given = read_attachment(conn, attachment_id)
    if given.object_id != marker_id:
        raise FileUnknownError(file=attachment_id)
    kept = find_content(conn, given, settings().files)
    return send_photo(given, kept) if small else send_attachment(given, kept)


@router.post("/{marker_id}/files/{attachment_id}/withdrawal")
def withdraw_marker_file(
    marker_id: UUID,
    attachment_id: UUID,
    body: WithdrawalBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Take a file off a marker, by an editor of the side that gave it; it stays on record."""
    marker = read.read_marker(conn, marker_id, today, asker)
    return show_attachment(withdraw_file(conn, asker, marker, attachment_id, body.reason), lang)


def show_marker(one: Marker, lang: Lang) -> dict[str, Any]:
    """Return a marker for JSON, its words in the language.

    Written out by hand, for an answer may hold all the markers of a province.
    """
    shown: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    for name in _DAYS:
        day = getattr(one, name)
        shown[name] = None if day is None else day.isoformat()
    return shown | {
        "id": str(one.id),
        "fit_id": None if one.fit_id is None else str(one.fit_id),
        "lines": [_show_ref(line) for line in one.lines],
        "sides": [_show_ref(side) for side in one.sides],
        "managing": None if one.managing is None else _show_ref(one.managing),
        "state_name": text(f"marker_state.{one.state}", lang),
        "set_up_name": text(f"set_up.{one.set_up}", lang),
        "mark": data_mark_of(one.publication, lang),
    }


def _show_ref(one: DivisionRef | LineRef) -> dict[str, str | None]:
    return {"id": str(one.id), "code": one.code, "name": one.name}


def show_event(one: Event, lang: Lang) -> dict[str, Any]:
    """Return an event for JSON; ``missing_papers`` are those of the step that are not there yet."""
    shown: dict[str, Any] = as_json(one, lang)
    return shown | {
        "kind_name": text(f"marker_event.{one.kind}", lang),
        "state_name": text(f"marker_state.{one.state}", lang),
        "missing_papers": [text(f"paper_kind.{kind}", lang) for kind in one.missing],
    }


def _show_whole(conn: Connection, marker: Marker, at: date, lang: Lang) -> dict[str, Any]:
    objects = read_objects(conn, [marker.id], at).get(marker.id, [])
    own = read_own(conn, [marker.id], at).get(marker.id, {})
    papers = list_attachments(conn, [marker.id])[marker.id]
    events = list_events(conn, [marker.id])[marker.id]
    goals = judge_goals(marker, events, objects, own, papers)
    return show_marker(marker, lang) | {
        "objects": as_json(objects, lang),
        "own": {side.code: as_json(own.get(side.id, SideFacts()), lang) for side in marker.sides},
        "files": [as_json(show_attachment(one, lang), lang) for one in papers],
        "goals": [
            as_json({"key": one.key, "met": one.met, "at": one.at, "why": list(one.why)}, lang)
            | {"name": text(f"goal.{one.key}", lang)}
            for one in goals
        ],
        "next_steps": [
            {"kind": kind, "name": text(f"marker_event.{kind}", lang)}
            for kind in next_steps(marker.state)
        ],
        "number_forms": [one.names[lang] for one in match_number(marker.number)],
    }


def _feature(one: Marker, lang: Lang) -> dict[str, Any]:
    shape = None if one.lon is None else {"type": "Point", "coordinates": [one.lon, one.lat]}
    facts = show_marker(one, lang)
    # What is shown is JSON already, which the encoder would look through piece by piece.
    return {"type": "Feature", "id": facts["id"], "geometry": shape, "properties": facts}
