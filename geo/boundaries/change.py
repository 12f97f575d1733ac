"""Change the course of a line: a new version of the line of record, or a course beside it.

An agreed line is the line of record. What ranks below it (surveyed, then imported, then derived)
never takes its place but stands beside it; nothing is ever snapped to a river or road that moved.

References
----------
行政区域界线管理条例 (Order 353) art. 2, 7, 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, Row, func, insert, select

from geo.access.jurisdiction import Viewer, require_role
from geo.boundaries.body import read_course_body, read_record_body
from geo.boundaries.compare import length_km
from geo.boundaries.course import Course, find_course_faults, follow_direction
from geo.boundaries.ends import Place, ends_of
from geo.boundaries.recheck import recheck_lines
from geo.boundaries.record import FACTS, RecordFacts, RecordPut, put_record, read_record
from geo.boundaries.sides import Sides, read_sides
from geo.boundaries.surveys import compare_surveys, doubt_survey, store_survey
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.boundaries.units import line_level, read_parents, superiors_of
from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.versions import put_versions
from geo.divisions.apply import Source
from geo.errors import LineInvalidError
from geo.exchange.findings import Finding
from geo.office import office
from geo.revisions.changes import change_object
from geo.texts import Text

version = boundary_line_version.c
RANKS = {"derived": 0, "imported": 1, "surveyed": 2, "agreed": 3}
"""A course takes the place of a line of record of its own rank or a lower one."""
CHANGED = frozenset({"added", "changed", "corrected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """What became of a course.

    ``what`` is ``added``, ``changed``, ``corrected`` or ``unchanged`` for the line of record, or
    ``beside``: then ``survey_id`` is the course beside it. ``before`` are the ends the line had.
    """

    line_id: UUID
    what: str
    revision: int | None
    survey_id: UUID | None
    before: tuple[Place, ...]
    findings: list[Finding]


def change_line(
    conn: Connection,
    viewer: Viewer,
    line_id: UUID,
    course: Course,
    *,
    valid_from: date,
    source: Source,
    seen: int | None,
) -> LineChange:
    """Change a line of record from a day on, or keep a course of lower rank beside it.

    Returns
    -------
    LineChange
        With everything that no longer fits: polygons of both sides that leave the new line, gaps
        and overlaps, lines that met its ends and do not any more, a survey far from it.

    Raises
    ------
    LineUnknownError
    LineInvalidError
        If the course is no line, or lies far from the one it is to be.
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of both sides.
    ChangedMeanwhileError, RevisionMissingError
    """
    sides = read_sides(conn, line_id, valid_from)
    require_role(conn, viewer, "editor", sides.ids, what=sides.name)
    return _change(conn, viewer, sides, course, valid_from=valid_from, source=source, seen=seen)


def apply_line_change(
    conn: Connection, viewer: Viewer, line_id: UUID, body: Mapping[str, Any], *, today: date
) -> LineChange | RecordPut:
    """Carry out a proposal that every side and the authority above have agreed to.

    Who agreed is the proposal's to know: no role is asked for here.

    Parameters
    ----------
    body
        With ``geometry`` (GeoJSON) a change of course: ``origin`` (``agreed`` when left out),
        ``valid_from``, ``as_of``, ``accuracy_m``; else facts of the record, with ``valid_from``,
        which is today when left out. Facts it does not name stay as they are known.

    Raises
    ------
    LineUnknownError, LineInvalidError
    """
    if body.get("geometry") is not None:
        course, valid_from = read_course_body(body, today=today)
        sides = read_sides(conn, line_id, valid_from)
        source = Source(name=str(body.get("source") or Text("source.proposal")))
        return _change(
            conn, viewer, sides, course, valid_from=valid_from, source=source, seen=None, told=False
        )
    said, valid_from = read_record_body(body, today=today)
    known = read_record(conn, line_id, valid_from) or RecordFacts()
    kept = {name: getattr(known, name) for name in FACTS}
    facts = RecordFacts(**kept | {name: getattr(said, name) for name in FACTS if name in body})
    source = Source(name=str(body.get("source") or Text("source.proposal")))
    return put_record(
        conn, viewer, line_id, facts, valid_from=valid_from, source=source, seen=None, agreed=True
    )


def _change(  # noqa: PLR0913 - who changes which line to what, from when, having seen what
    conn: Connection,
    viewer: Viewer,
    sides: Sides,
    course: Course,
    *,
    valid_from: date,
    source: Source,
    seen: int | None,
    told: bool = True,
) -> LineChange:
    standing = read_standing(conn, sides.line_id, valid_from)
    faults = find_course_faults(course, standing)
    if faults:
        raise LineInvalidError(findings=faults)
    beside = standing is not None and not outranks(course.origin, sides.origin)
    kind = "line_survey" if beside else "line_geometry"
    facts = {"as_of": course.as_of} if beside else {"valid_from": valid_from}
    revision = change_object(
        conn,
        viewer,
        "line",
        sides.line_id,
        f"{kind}_{course.origin}",
        seen=seen,
        needs_seen=told,
        source=source.name,
        **{name: day.isoformat() for name, day in facts.items()},
    )
    done = store_course(conn, sides, course, valid_from=valid_from, source=source)
    findings = list(done.findings)
    if done.what in CHANGED:
        findings += recheck_lines(conn, {sides.line_id: done.before}, valid_from)
    return LineChange(
        line_id=done.line_id,
        what=done.what,
        revision=revision,
        survey_id=done.survey_id,
        before=done.before,
        findings=findings,
    )


def store_course(
    conn: Connection, sides: Sides, course: Course, *, valid_from: date, source: Source
) -> LineChange:
    """Store a course by its rank; rights, revision and the re-check are the caller's."""
    give_reason(conn, f"{course.origin} line, {source.name}")
    standing = read_standing(conn, sides.line_id, valid_from)
    if standing is not None and not outranks(course.origin, sides.origin):
        return _beside(conn, sides, course, valid_from=valid_from, source=source)
    shape, before = course.shape, tuple[Place, ...]()
    if standing is not None:
        shape = follow_direction(shape, standing)
        before = ends_of(standing)
        if course.origin == "agreed" and sides.origin == "surveyed":
            # The survey stays to be seen beside what was agreed.
            _keep_beside(conn, sides, standing, valid_from)
    row = {
        "line_id": sides.line_id,
        "level": sides.level,
        "left_id": sides.left.id,
        "right_id": sides.right.id,
        "origin": course.origin,
        "geom_wkb": shapely.to_wkb(shape),
        "length_km": length_km(shape),
        "source": source.name,
        "import_id": source.import_id,
        "publication": source.publication,
        "approval_number": None,
    }
    put = put_versions(conn, boundary_line_version, ["line_id"], [row], valid_from=valid_from)
    what = next(word for word, count in put.counts.items() if count)
    return LineChange(
        line_id=sides.line_id,
        what=what,
        revision=None,
        survey_id=None,
        before=before,
        findings=_far_surveys(conn, sides, valid_from) if what in CHANGED else [],
    )


def add_line(
    conn: Connection,
    left_id: UUID,
    right_id: UUID,
    unit_level: str,
    course: Course,
    *,
    valid_from: date,
    source: Source,
) -> LineChange:
    """Put a line into the register that it does not know yet; rights are the caller's to ask."""
    made = new_id()
    conn.execute(insert(boundary_line).values(id=made, unit_level=unit_level))
    parents = read_parents(conn, unit_level, valid_from)
    above = [superiors_of(one, parents) for one in (left_id, right_id)]
    row = {
        "line_id": made,
        "level": line_level(above[0], above[1], unit_level),
        "left_id": left_id,
        "right_id": right_id,
        "origin": course.origin,
        "geom_wkb": shapely.to_wkb(course.shape),
        "length_km": length_km(course.shape),
        "source": source.name,
        "import_id": source.import_id,
        "publication": source.publication,
    }
    give_reason(conn, f"{course.origin} line, {source.name}")
    put_versions(conn, boundary_line_version, ["line_id"], [row], valid_from=valid_from)
    return LineChange(
        line_id=made, what="added", revision=None, survey_id=None, before=(), findings=[]
    )


def outranks(origin: str, standing: str) -> bool:
    """Return whether a course of an origin takes the place of a line of record of another."""
    return RANKS[origin] >= RANKS[standing]


def read_standing(conn: Connection, line_id: UUID, at: date) -> shapely.Geometry | None:
    """Return the line of record of a date, else of the nearest date; None where there is none."""
    row: Row[Any] | None = conn.execute(
        select(func.ST_AsBinary(version.geom).label("wkb"))
        .where(version.line_id == line_id)
        .order_by(version.valid.contains(at).desc(), func.lower(version.valid).desc().nulls_last())
        .limit(1)
    ).one_or_none()
    return None if row is None else shapely.from_wkb(bytes(row.wkb))


def _beside(
    conn: Connection, sides: Sides, course: Course, *, valid_from: date, source: Source
) -> LineChange:
    made = store_survey(conn, sides.line_id, course, source)
    compared = compare_surveys(conn, sides.line_id, valid_from)
    settings = office(conn)
    found = [one for one in compared if one.survey.id == made]
    facts = {"line": sides.name, "origin": Text(f"page.origin.{course.origin}")}
    stays = Finding(
        rule="line_beside",
        severity="warning",
        value=sides.name,
        facts=facts | {"standing": Text(f"page.origin.{sides.origin}")},
    )
    return LineChange(
        line_id=sides.line_id,
        what="beside",
        revision=None,
        survey_id=made,
        before=(),
        findings=[
            stays,
            *(finding for one in found for finding in doubt_survey(one, sides.name, settings)),
        ],
    )


def _keep_beside(conn: Connection, sides: Sides, shape: shapely.Geometry, day: date) -> None:
    known = conn.execute(
        select(
            func.lower(version.valid).label("since"),
            version.source,
            version.import_id,
            version.publication,
        ).where(version.line_id == sides.line_id, version.valid.contains(day))
    ).one_or_none()
    if known is not None:
        course = Course(shape=shape, origin=sides.origin, as_of=known.since or day)
        source = Source(
            name=known.source or f"{sides.name} {course.as_of}",
            import_id=known.import_id,
            publication=known.publication,
        )
        store_survey(conn, sides.line_id, course, source)


def _far_surveys(conn: Connection, sides: Sides, day: date) -> list[Finding]:
    compared = compare_surveys(conn, sides.line_id, day)
    if not compared:
        return []
    settings = office(conn)
    return [found for one in compared for found in doubt_survey(one, sides.name, settings)]
