"""What papers and sketches are made of: read in one transaction, handed to what draws them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

import shapely
from sqlalchemy import Connection

from api.inspection_facts import check_inspection, check_plan, gather_inspection, gather_plan
from geo.access.jurisdiction import Viewer, require_role, system_viewer
from geo.boundaries.read import read_line
from geo.boundaries.record import read_record
from geo.boundaries.sides import Sides, read_sides
from geo.db.ids import new_id
from geo.errors import LineUnknownError, NotFoundError, RefusedError
from geo.files.attach import Attachment, find_content, list_attachments
from geo.files.photos import shrink_photo
from geo.fits.store import find_fit
from geo.jobs.jobs import open_job
from geo.markers.facts import SideFacts
from geo.markers.objects import ReferenceObject, read_objects
from geo.markers.own import read_own
from geo.markers.read import Marker, list_markers, read_marker
from geo.sections.descriptions import (
    generate_courses,
    generate_position,
    read_description,
    read_texts,
)
from geo.sections.register import Section, list_sections
from maps.papers import Paper, check_format
from maps.papers.facts import LinePaper, MarkerCard, Party
from maps.papers.inspections.facts import InspectionPaper, PlanPaper
from maps.papers.words import UNCONFIRMED
from maps.sketch import Sketch, SketchLine, SketchObject

MOST_MARKERS = 20_000
PHOTO_PX = 1200
"""Longest side of a printed photo: 66 mm at 400 dots an inch and some."""
ROUND_DEG = 0.05
"""So far round a marker a sketch needs its lines; some 5 km."""


def gather_facts(
    conn: Connection,
    viewer: Viewer,
    paper: Paper,
    object_id: UUID,
    at: date,
    files: Path,
    year: int | None = None,
) -> MarkerCard | LinePaper | InspectionPaper | PlanPaper:
    """Read what a paper is made of.

    Parameters
    ----------
    year
        Of a plan; that of the day where it is not given.

    Raises
    ------
    MarkerUnknownError, MarkerNotThenError, LineUnknownError, InspectionUnknownError
    NotPublishedError, OutsideJurisdictionError, RoleMissingError, GuestRefusedError
        As for the object itself; papers of a line tell of its markers, so they want a role at one
        of its sides even where the line is public.
    """
    if paper.object_kind == "marker":
        return gather_card(conn, viewer, object_id, at, files)
    if paper.object_kind == "inspection":
        return gather_inspection(conn, viewer, paper, object_id, at, files)
    if paper.object_kind == "plan":
        return gather_plan(conn, viewer, object_id, at, year or at.year)
    return gather_line(conn, viewer, object_id, at)


def check_access(
    conn: Connection,
    viewer: Viewer,
    paper: Paper,
    object_id: UUID,
    at: date,
    year: int | None = None,
) -> str:
    """Refuse who may not have a paper of an object; return what the object is called.

    Raises
    ------
    As :func:`gather_facts`.
    """
    if paper.object_kind == "marker":
        found = read_marker(conn, object_id, at, viewer)
        return f"{found.number}{found.member}"
    if paper.object_kind == "inspection":
        return check_inspection(conn, viewer, paper, object_id, at)
    if paper.object_kind == "plan":
        return check_plan(conn, viewer, object_id, at, year or at.year)
    sides = _require_a_side(conn, viewer, object_id, at)
    record = read_record(conn, object_id, at)
    return record.name if record and record.name else sides.name


def ask_paper(
    conn: Connection,
    asker: Viewer,
    paper: Paper,
    ending: str,
    object_id: UUID,
    at: date,
    year: int | None = None,
) -> UUID:
    """Open the job that makes a paper; return its id.

    Raises
    ------
    OptionInvalidError
        If the paper is not made in this format.
    NotPublishedError, OutsideJurisdictionError, RoleMissingError
    """
    wanted = check_format(paper, ending)
    title = check_access(conn, asker, paper, object_id, at, year)
    job_id = new_id()
    args = {
        "job": str(job_id),
        "paper": paper.name,
        "object": str(object_id),
        "format": wanted,
        "at": at.isoformat(),
        "year": year,
        "name": f"{paper.title}-{title}.{wanted}",
    }
    return open_job(conn, "paper", args, asker, job_id=job_id)


def gather_card(
    conn: Connection, viewer: Viewer, marker_id: UUID, at: date, files: Path
) -> MarkerCard:
    """Read what the register card of a marker says on a day."""
    marker = read_marker(conn, marker_id, at, viewer)
    own = read_own(conn, [marker_id], at).get(marker_id, {})
    objects = read_objects(conn, [marker_id], at).get(marker_id, [])
    return MarkerCard(
        marker=marker,
        parties=tuple(
            Party(division=one, own=own.get(one.id, SideFacts())) for one in marker.sides
        ),
        objects=objects,
        position_text=_read_position(conn, marker, at),
        fit=find_fit(conn, str(marker.fit_id)).name if marker.fit_id else None,
        sketch=gather_sketch(conn, marker, objects, at),
        photo=_read_photo(conn, list_attachments(conn, [marker_id])[marker_id], files),
        day=at,
    )


def gather_line(conn: Connection, viewer: Viewer, line_id: UUID, at: date) -> LinePaper:
    """Read what the papers of a line say on a day; scrapped markers are none of it any more."""
    _require_a_side(conn, viewer, line_id, at)
    line, _ = read_line(conn, line_id, at, viewer)
    sections = list_sections(conn, line_id, at)
    found = list_markers(conn, viewer, at, lines=[line_id], limit=MOST_MARKERS)
    return LinePaper(
        line=line,
        record=read_record(conn, line_id, at),
        markers=[one for one in found.items if one.state != "scrapped"],
        sections=sections,
        courses=_read_courses(conn, sections, line_id, at),
        documents=[
            one for one in list_attachments(conn, [line_id])[line_id] if one.kind != "photo"
        ],
        day=at,
    )


def gather_sketch(
    conn: Connection, marker: Marker, objects: Sequence[ReferenceObject], at: date
) -> Sketch | None:
    """Read what the sketch of a marker shows; None for a marker without a place.

    Who may see the marker sees all its lines here, some kilometres of them: a tripoint without its
    third line would be no sketch of it.
    """
    if marker.lon is None or marker.lat is None:
        return None
    lines = []
    for ref in marker.lines:
        try:
            line, shape = read_line(conn, ref.id, at, system_viewer("sketch"))
        except LineUnknownError:
            # The marker is registered on it, but its shape is not known of that day.
            continue
        near = shapely.Point(marker.lon, marker.lat).buffer(ROUND_DEG)
        piece = shapely.intersection(shapely.geometry.shape(shape), near)
        lines.append(SketchLine(piece, line.left_name, line.right_name, line.level))
    return Sketch(
        number=f"{marker.number}{marker.member}",
        lon=marker.lon,
        lat=marker.lat,
        lines=tuple(lines),
        objects=tuple(
            SketchObject(one.ordinal, one.name, one.grid_bearing_deg, one.distance_m)
            for one in objects
            if one.grid_bearing_deg is not None and one.distance_m is not None
        ),
    )


def _read_position(conn: Connection, marker: Marker, at: date) -> str:
    """Return the 位置说明 that was kept, else one made now, which says of itself that it is."""
    kept = read_description(conn, "marker", marker.id).text
    return kept or f"{generate_position(conn, marker, at).text}{UNCONFIRMED}"


def _read_courses(
    conn: Connection, sections: Sequence[Section], line_id: UUID, at: date
) -> list[str]:
    """Return the 走向说明 of each section that was kept, else one made now that says so."""
    kept = read_texts(conn, "section", [one.section_id for one in sections])
    others = [one for one in sections if one.section_id not in kept]
    made = generate_courses(conn, others, line_id, at)
    for section, course in zip(others, made, strict=True):
        kept[section.section_id] = f"{course.text}{UNCONFIRMED}"
    return [kept[one.section_id] for one in sections]


def _require_a_side(conn: Connection, viewer: Viewer, line_id: UUID, at: date) -> Sides:
    """Refuse who has no role at either side of a line, nor above."""
    sides = read_sides(conn, line_id, at)
    try:
        require_role(conn, viewer, "viewer", [sides.left.id], what=sides.name)
    except RefusedError:
        require_role(conn, viewer, "viewer", [sides.right.id], what=sides.name)
    return sides


def _read_photo(conn: Connection, given: Sequence[Attachment], files: Path) -> bytes | None:
    """Return the newest photo, small and without where and with what it was taken."""
    photos = [one for one in given if one.kind == "photo" and one.media_type.startswith("image/")]
    if not photos:
        return None
    try:
        kept = find_content(conn, photos[-1], files)
    except NotFoundError:
        return None
    return shrink_photo(kept.path, longest_px=PHOTO_PX)
