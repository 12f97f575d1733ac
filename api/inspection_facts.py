"""What papers of inspections and plans are made of, read in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import shapely
from sqlalchemy import Connection

from api.routers.inspection_desk import show_item
from geo.access.jurisdiction import Viewer, require_some_role, system_viewer
from geo.boundaries.read import read_line
from geo.boundaries.record import read_record
from geo.boundaries.sides import name_divisions
from geo.errors import DivisionUnknownError, GuestRefusedError, LineUnknownError, NotFoundError
from geo.files.attach import list_attachments
from geo.files.photos import PRINTED_PX
from geo.files.small import shrink_photos
from geo.files.store import find_file
from geo.inspections.facts import Inspection
from geo.inspections.field.desk import list_desk
from geo.inspections.field.deviations import judge_records
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.planning.clock import list_clocks
from geo.inspections.planning.planned import PlanItem, read_plan
from geo.inspections.read import read_inspection
from geo.inspections.signing.content import build_content, content_sha256, require_whole
from geo.inspections.signing.instance import instance_fingerprint
from geo.inspections.workflow import list_steps
from geo.settings import settings
from geo.upkeep.orders import list_orders
from maps.papers import Paper
from maps.papers.inspections.facts import (
    Apart,
    Desk,
    InspectionPaper,
    Order,
    Part,
    PlannedLine,
    PlanPaper,
)
from maps.papers.inspections.line_map import LineMap, MapMarker
from maps.papers.inspections.words import name_round

READER = system_viewer("papers")
SHEETS = ("marker_records", "section_records")
"""What a contractor prints too: of the subjects that are its own."""
WITH_PHOTOS = ("marker_records", "inspection_report")
WITH_MAP = ("inspection_report",)
GOOD = ("in_place",)


def check_inspection(
    conn: Connection, viewer: Viewer, paper: Paper, inspection_id: UUID, at: date
) -> str:
    """Refuse who may not have a paper of an inspection; return what it is called.

    Raises
    ------
    InspectionUnknownError, NotPublishedError, OutsideJurisdictionError, RoleMissingError
    GuestRefusedError
        A contractor prints the sheets of its own subjects, and nothing of the whole.
    """
    found = _find(conn, viewer, paper, inspection_id, at)
    return f"{found.line_name}{name_round(found)}"


def _find(
    conn: Connection, viewer: Viewer, paper: Paper, inspection_id: UUID, at: date
) -> Inspection:
    found = read_inspection(conn, inspection_id, viewer, at)
    if paper.name not in SHEETS:
        require_whole(found)
    return found


def gather_inspection(
    conn: Connection, viewer: Viewer, paper: Paper, inspection_id: UUID, at: date, files: Path
) -> InspectionPaper:
    """Read what a paper of an inspection is made of.

    Raises
    ------
    As :func:`check_inspection`.
    """
    found = _find(conn, viewer, paper, inspection_id, at)
    # Who may see the whole sees what its parts found; a part's own papers are asked of the part.
    inspected = [read_inspection(conn, one, READER, at) for one in found.parts] or [found]
    parts = [_read_part(conn, one) for one in inspected]
    records = [one for part in parts for one in part.records]
    said = InspectionPaper(
        inspection=found,
        record=read_record(conn, found.line_id, at),
        parts=parts,
        apart=_measure(conn, viewer, parts),
        orders=_read_orders(conn, inspected, at),
        desk=[one for each in inspected for one in _read_desk(conn, each)],
        steps=list_steps(conn, inspection_id),
        documents=list_attachments(conn, [inspection_id])[inspection_id],
        content_sha256=_hash(conn, found) if records else None,
        fingerprint=instance_fingerprint(settings().instance_key),
        day=at,
    )
    if paper.name in WITH_PHOTOS:
        said = replace(said, photos=_read_photos(conn, parts, files))
    return replace(said, map=_read_map(conn, said, at)) if paper.name in WITH_MAP else said


def _read_part(conn: Connection, found: Inspection) -> Part:
    own = {one.key for one in found.subjects}
    records = [
        one for one in list_records(conn, found.id) if (one.subject_kind, one.subject_id) in own
    ]
    return Part(inspection=found, outcomes=list_outcomes(conn, found, records), records=records)


def _read_desk(conn: Connection, found: Inspection) -> list[Desk]:
    """Return what desk work said to look at on each section."""
    return [
        Desk(
            section_id=one.subject.id,
            items=[show_item(item, "zh")["words"] for item in one.items if item.look],
            note=one.note,
        )
        for one in list_desk(conn, found)
    ]


def _read_orders(conn: Connection, inspected: Sequence[Inspection], at: date) -> list[Order]:
    """Return the work orders that findings of these inspections led to."""
    return [
        Order(
            kind=one.object_kind,
            object_id=one.object_id,
            task=one.task,
            responsible=one.responsible.name,
            due_on=one.due_on,
            state=one.state,
            ended_on=one.ended_on,
            present=[_name_present(each) for each in one.present],
            note=one.end_note or one.note,
        )
        for one in list_orders(conn, at, causes=[found.id for found in inspected])
    ]


def _name_present(one: Mapping[str, str]) -> str:
    """Return who was there for whom: ``梁山县李某``."""
    return f"{one.get('side') or ''}{one.get('name') or ''}"


def _hash(conn: Connection, found: Inspection) -> str | None:
    """Return the hash of what is signed; None for a contractor, who has no part in it."""
    try:
        require_whole(found)
    except GuestRefusedError:
        return None
    return content_sha256(build_content(conn, found))


def _measure(conn: Connection, viewer: Viewer, parts: Sequence[Part]) -> dict[UUID, Apart]:
    """Return how far recorded positions are from the registered ones, by record."""
    return {
        one.record_id: Apart(distance_m=one.distance_m, limit_m=one.limit_m, verdict=one.verdict)
        for part in parts
        for one in judge_records(conn, viewer, part.inspection, part.records)
        if one.distance_m is not None
    }


def _read_photos(conn: Connection, parts: Sequence[Part], files: Path) -> dict[str, bytes]:
    """Return the photos of what the sides say now, small; one whose content is gone is left out."""
    paths = {}
    for sha256 in dict.fromkeys(_shown(parts)):
        try:
            paths[sha256] = find_file(conn, sha256, files).path
        except NotFoundError:
            continue
    return shrink_photos(paths, PRINTED_PX, settings().small)


def _shown(parts: Sequence[Part]) -> Iterable[str]:
    for part in parts:
        for outcome in part.outcomes:
            for view in outcome.views.values():
                yield from (photo.sha256 for photo in view.photos)


def _read_map(conn: Connection, paper: InspectionPaper, at: date) -> LineMap | None:
    """Return what the sketch map shows; None of a line whose shape is not known of that day."""
    try:
        line, shape = read_line(conn, paper.inspection.line_id, at, READER)
    except LineUnknownError:
        return None
    markers = []
    for _, one in paper.outcomes("marker"):
        place = one.subject.register.get("position") or {}
        if place.get("lon") and place.get("lat"):
            good = one.state in GOOD
            lon, lat = float(place["lon"]), float(place["lat"])
            markers.append(MapMarker(one.subject.label, lon, lat, good))
    return LineMap(shapely.geometry.shape(shape), markers, line.left_name, line.right_name)


def check_plan(conn: Connection, viewer: Viewer, division_id: UUID, at: date, year: int) -> str:
    """Refuse who may not have the plan of a place; return what it is called.

    Raises
    ------
    DivisionUnknownError, UnauthenticatedError, RoleMissingError
    """
    require_some_role(viewer, "viewer")
    return f"{_name_division(conn, division_id, at)}{year}"


def gather_plan(
    conn: Connection, viewer: Viewer, division_id: UUID, at: date, year: int
) -> PlanPaper:
    """Read the plan of a year within a division, as far as the viewer is of a side of its lines.

    Raises
    ------
    As :func:`check_plan`.
    """
    plan = read_plan(conn, viewer, year, at, within=division_id)
    lines = {one.listed.line_id for one in plan.items}
    clocks = {one.line.id: one for one in list_clocks(conn, viewer, at, lines=lines)}
    return PlanPaper(
        division=_name_division(conn, division_id, at),
        year=year,
        lines=[
            _planned(
                one,
                clocks[one.listed.line_id].last_on if one.listed.line_id in clocks else None,
                at,
            )
            for one in plan.items
        ],
        day=at,
    )


def _planned(one: PlanItem, last_on: date | None, at: date) -> PlannedLine:
    listed = one.listed
    return PlannedLine(
        name=listed.line_name,
        code=listed.line_code,
        length_km=listed.length_km,
        markers=listed.progress.markers,
        parties=listed.parties,
        kind=listed.kind,
        round=listed.round,
        last_on=last_on,
        due_on=one.due_on,
        overdue=one.due_on is not None and one.due_on < at,
        state=listed.state,
        field_from=listed.field_from,
        field_to=listed.field_to,
        settled=listed.progress.settled,
        subjects=listed.progress.markers + listed.progress.sections,
        disagreed=listed.progress.disagreed,
        publication=listed.publication,
    )


def _name_division(conn: Connection, division_id: UUID, at: date) -> str:
    try:
        return name_divisions(conn, [division_id], at)[division_id].name
    except KeyError:
        raise DivisionUnknownError(division=division_id) from None
