"""Boundary lines over HTTP: the register, a line with its record, its versions, surveys beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.attachments import show_attachment
from api.deps import Asker, AskerLang, AsOf, ReadConn, Today, WriteConn
from api.errors import as_json
from api.geojson import GEOJSON, feature, wants_geojson
from api.mark import mark_of
from api.paging import Cursor, Page, decode_cursor, encode_cursor
from api.revision import Seen, show_changes, tell_revision
from api.routers.divisions import Code
from geo.access.jurisdiction import Viewer, roles_at
from geo.boundaries import read
from geo.boundaries.body import read_course_body
from geo.boundaries.change import change_line
from geo.boundaries.ends import list_tripoints
from geo.boundaries.find import LineFilter, LineFound, find_lines, read_found
from geo.boundaries.record import FACTS, RecordFacts, list_records, put_record
from geo.boundaries.surveys import Compared, compare_surveys, list_surveys, read_shape
from geo.boundaries.versions import list_versions
from geo.divisions.apply import Source
from geo.divisions.codes import Level
from geo.divisions.read import find_division
from geo.errors import LineUnknownError, NotFoundError
from geo.exchange.findings import Finding
from geo.files.attach import list_attachments
from geo.office import office
from geo.revisions.changes import list_changes, read_revision
from geo.sections.recheck import recheck_markers
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/boundary-lines", tags=["boundary lines"])

MOST_LINES = 10_000
LineLimit = Annotated[
    int, Query(ge=1, le=MOST_LINES, description="Most lines of one answer; all of a province.")
]
Origin = Literal["derived", "imported", "surveyed", "agreed"]
Words = Annotated[str | None, Field(max_length=400)]


@dataclass(frozen=True, slots=True)
class LinesAnswer:
    """A page of lines, and what all ``total`` of them come to in kilometres.

    ``length_km`` is computed from the shapes; ``printed_km`` takes the official length of the
    ``official`` lines that have one, as papers and plans do.
    """

    items: list[dict[str, Any]]
    total: int
    length_km: float
    printed_km: float
    official: int
    next: str | None


class Strict(BaseModel):
    """A body that holds nothing unknown."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class RecordBody(Strict):
    """What the record of a line is to say from ``valid_from`` on, all of it.

    ``corrects`` is the reason of a correction: the version of that day was wrong from its
    beginning and is amended instead.
    """

    code: Annotated[str | None, Field(max_length=64)] = None
    name: Words = None
    official_length_km: float | None = None
    length_basis: Literal["agreement", "published_list"] | None = None
    length_document: Words = None
    length_dated: date | None = None
    begins_at: Words = None
    ends_at: Words = None
    settled_on: date | None = None
    approved_by: Words = None
    approval_document: Words = None
    approved_on: date | None = None
    published_by: Words = None
    published_on: date | None = None
    disputed: bool = False
    note: Annotated[str | None, Field(max_length=4000)] = None
    valid_from: date | None = None
    corrects: Words = None
    source: Words = None


class CourseBody(Strict):
    """Another course of a line: a GeoJSON line in degrees.

    An agreed one becomes the line of record from ``valid_from`` on; what ranks below the line of
    record (agreed, surveyed, imported, derived) stands beside it, as of ``as_of``.
    """

    geometry: dict[str, Any]
    origin: Literal["agreed", "surveyed", "imported"] = "agreed"
    valid_from: date | None = None
    as_of: date | None = None
    accuracy_m: float | None = None
    document: Words = None


@router.get("")
def list_lines(  # noqa: PLR0913 - each parameter is one filter of the address
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Part of code, name or sides, several with spaces."),
    ] = None,
    code: Annotated[str | None, Query(max_length=64, description="The statutory code.")] = None,
    within: Annotated[Code | None, Query(description="Both sides below this division.")] = None,
    touching: Annotated[Code | None, Query(description="One side below it, one not.")] = None,
    beside: Annotated[Code | None, Query(description="One side or both below it.")] = None,
    level: Annotated[Level | None, Query(description="Level of the two sides.")] = None,
    line_level: Annotated[Level | None, Query(description="Level of the line.")] = None,
    origin: Origin | None = None,
    limit: LineLimit = 1000,
    cursor: Cursor = None,
) -> LinesAnswer:
    """List the lines of a day, by the codes of their sides."""
    key = decode_cursor(cursor, 1)
    wanted = LineFilter(
        query=q,
        code=code,
        within=find_division(conn, within) if within else None,
        touching=find_division(conn, touching) if touching else None,
        beside=find_division(conn, beside) if beside else None,
        unit_level=level,
        level=line_level,
        origin=origin,
    )
    found = find_lines(conn, asker, at, wanted, after=key[0] if key else "", limit=limit)
    return LinesAnswer(
        [_show(one, lang) for one in found.items],
        found.total,
        found.length_km,
        found.printed_km,
        found.official,
        None if found.next is None else encode_cursor(found.next),
    )


@router.get("/{line_id}")
def read_line(
    line_id: UUID,
    request: Request,
    response: Response,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
) -> Any:
    """Give one line with record, sides, documents, surveys beside it; its revision as ETag.

    As a GeoJSON feature if that is asked for.
    """
    found, shape = _read(conn, asker, line_id, at)
    revision = read_revision(conn, line_id)
    if wants_geojson(request):
        return JSONResponse(
            feature(line_id, shape, _show(found, lang)),
            media_type=GEOJSON,
            headers={"ETag": f'"{revision}"'},
        )
    tell_revision(response, revision)
    return _show_whole(conn, asker, found, at, lang)


@router.put("/{line_id}/record")
def write_record(  # noqa: PLR0913 - who writes what, having seen which revision
    line_id: UUID,
    body: RecordBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Write the record of a line, by an editor of both sides (``If-Match``).

    ``what`` says whether it was added, changed (a new version) or corrected (a version amended).
    """
    _read(conn, asker, line_id, today)
    done = put_record(
        conn,
        asker,
        line_id,
        RecordFacts(**{name: getattr(body, name) for name in FACTS}),
        valid_from=body.valid_from or today,
        source=Source(name=body.source or text("source.direct")),
        seen=seen,
        corrects=body.corrects,
    )
    tell_revision(response, done.revision)
    return {
        "what": done.what,
        "revision": done.revision,
        "findings": show_findings(done.findings, lang),
        "records": as_json(list_records(conn, line_id), lang),
    }


@router.post("/{line_id}/versions", status_code=status.HTTP_201_CREATED)
def write_course(  # noqa: PLR0913 - who changes what, having seen which revision
    line_id: UUID,
    body: CourseBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Change the course of a line, or keep one of lower rank beside it (``If-Match``).

    The answer lists at once what no longer fits: polygons of both sides, neighbours at the
    tripoints, markers off the new line.
    """
    _read(conn, asker, line_id, today)
    course, valid_from = read_course_body(body.model_dump(mode="json"), today=today)
    source = Source(name=body.document or text("source.direct"))
    done = change_line(
        conn, asker, line_id, course, valid_from=valid_from, source=source, seen=seen
    )
    findings = list(done.findings)
    if done.what != "beside":
        findings += recheck_markers(conn, [line_id], valid_from)
    tell_revision(response, done.revision or 0)
    return {
        "what": done.what,
        "revision": done.revision,
        "survey_id": done.survey_id,
        "findings": show_findings(findings, lang),
    }


@router.get("/{line_id}/versions")
def read_versions(
    line_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> dict[str, Any]:
    """List the versions of a line's course and of its record, the oldest first."""
    _read(conn, asker, line_id, at)
    return {
        "courses": as_json(list_versions(conn, line_id), lang),
        "records": as_json(list_records(conn, line_id), lang),
    }


@router.get("/{line_id}/changes")
def read_changes(
    line_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> Page[dict[str, Any]]:
    """List who changed what of a line, the newest first; for its own people."""
    found, _ = _read(conn, asker, line_id, at)
    changes = list_changes(conn, line_id) if found.documents is not None else []
    shown = show_changes(changes, lang)
    return Page(shown, len(shown), None)


@router.get("/{line_id}/comparison")
def read_comparison(
    line_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> Page[dict[str, Any]]:
    """Compare each course beside a line with the line of record, in metres along it."""
    found, _ = _read(conn, asker, line_id, at)
    compared = compare_surveys(conn, line_id, at) if found.documents is not None else []
    shown = [_show_compared(one, lang) | {"profile": as_json(one.comparison.profile, lang)}
             for one in compared]  # fmt: skip
    return Page(shown, len(shown), None)


@router.get("/{line_id}/surveys/{survey_id}")
def read_survey(
    line_id: UUID, survey_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> Response:
    """Give a course beside a line as a GeoJSON feature; for the line's own people."""
    found, _ = _read(conn, asker, line_id, at)
    surveys = list_surveys(conn, [line_id])[line_id] if found.documents is not None else []
    one = next((survey for survey in surveys if survey.id == survey_id), None)
    if one is None:
        raise NotFoundError(what=survey_id)
    shape = read_shape(conn, survey_id)
    return JSONResponse(feature(survey_id, shape, as_json(one, lang)), media_type=GEOJSON)


def show_findings(findings: list[Finding], lang: Lang) -> list[dict[str, object]]:
    """Return findings for JSON, with their messages."""
    return [one.as_dict(lang) for one in findings]


def _read(
    conn: Connection, asker: Viewer, line_id: UUID, at: date
) -> tuple[LineFound, dict[str, Any]]:
    """Return a line with its shape; who may not see it is refused."""
    _, shape = read.read_line(conn, line_id, at, asker)
    found = read_found(conn, asker, line_id, at)
    if found is None:
        raise LineUnknownError(line=line_id)
    return found, shape


def _show(one: LineFound, lang: Lang) -> dict[str, Any]:
    said = one.record
    return asdict(one.line) | {
        "mark": mark_of(one.line.publication, lang),
        "code": said.code if said else None,
        "name": said.name if said else None,
        "official_length_km": said.official_length_km if said else None,
        "printed": as_json(one.printed, lang)
        | {"basis_name": text(f"length_basis.{one.printed.basis}", lang)},
        "disputed": said.disputed if said else False,
        "marker_count": one.markers,
        "document_count": one.documents,
        "survey_count": one.surveys,
    }


def _show_whole(
    conn: Connection, asker: Viewer, one: LineFound, at: date, lang: Lang
) -> dict[str, Any]:
    line = one.line
    sides = [
        {"id": one.left_id, "code": line.left_code, "name": line.left_name, "seen": "left"},
        {"id": one.right_id, "code": line.right_code, "name": line.right_name, "seen": "right"},
    ]
    own = one.documents is not None
    documents = list_attachments(conn, [line.id])[line.id] if own else []
    tolerance = office(conn).number("lines.end_gap_m")
    return _show(one, lang) | {
        "revision": read_revision(conn, line.id),
        "record": as_json(one.record, lang),
        "sides": sides,
        "tripoints": as_json(list_tripoints(conn, line.id, at, tolerance_m=tolerance), lang),
        "documents": [show_attachment(paper, lang) for paper in documents],
        "surveys": [_show_compared(survey, lang) for survey in compare_surveys(conn, line.id, at)]
        if own
        else [],
        "may_write": len(roles_at(conn, asker, "editor", (one.left_id, one.right_id)))
        == len(sides),
    }


def _show_compared(one: Compared, lang: Lang) -> dict[str, Any]:
    apart = {
        field.name: as_json(getattr(one.comparison, field.name), lang)
        for field in fields(one.comparison)
        if field.name != "profile"
    }
    return {**as_json(one.survey, lang), "comparison": apart}
