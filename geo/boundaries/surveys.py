"""Other courses of a line beside the line of record: kept, compared, never put in its place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, Select, cast, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from geo.boundaries.compare import Comparison, compare_lines, length_km
from geo.boundaries.course import Course
from geo.boundaries.tables import boundary_line_survey, boundary_line_version
from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid, bind_wkb
from geo.divisions.apply import Source
from geo.errors import NotFoundError
from geo.exchange.findings import Finding
from geo.office import Office
from geo.texts import Text

survey = boundary_line_survey.c
version = boundary_line_version.c
SHAPE = {"geom": bind_wkb("geom_wkb")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A course of a line as somebody measured or drew it, as of a day.

    ``origin`` is imported, agreed or surveyed; ``length_km`` on the ellipsoid; ``accuracy_m`` one
    sigma in the plane.
    """

    id: UUID
    line_id: UUID
    origin: str
    as_of: date
    length_km: float
    accuracy_m: float | None
    source: str
    source_crs: str | None
    fit_id: UUID | None
    publication: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A survey and how far it is from the line of record."""

    survey: Survey
    comparison: Comparison


def store_survey(conn: Connection, line_id: UUID, course: Course, source: Source) -> UUID:
    """Keep a course beside the line of record; the same course of the same day is kept once.

    Rights and the line's revision are the caller's to ask.
    """
    wkb = shapely.to_wkb(course.shape)
    same: UUID | None = conn.execute(
        select(survey.id)
        .where(survey.line_id == line_id, survey.origin == course.origin)
        .where(survey.as_of == course.as_of, func.ST_AsBinary(survey.geom) == wkb)
    ).scalar()
    if same is not None:
        return same
    give_reason(conn, f"line beside the line of record, {source.name}")
    made = new_id()
    conn.execute(
        insert(boundary_line_survey).values(SHAPE),
        {
            "id": made,
            "line_id": line_id,
            "origin": course.origin,
            "as_of": course.as_of,
            "geom_wkb": wkb,
            "length_km": length_km(course.shape),
            "accuracy_m": course.accuracy_m,
            "source": source.name,
            "source_crs": source.crs,
            "fit_id": course.fit_id,
            "import_id": source.import_id,
            "publication": source.publication,
        },
    )
    return made


def list_surveys(conn: Connection, line_ids: Collection[UUID]) -> dict[UUID, list[Survey]]:
    """List the courses beside lines by day; each line is a key."""
    found: dict[UUID, list[Survey]] = {one: [] for one in line_ids}
    chosen = _select().where(survey.line_id == any_uuid(line_ids))
    for row in conn.execute(chosen.order_by(survey.as_of, survey.id)).mappings():
        found[row["line_id"]].append(Survey(**row))
    return found


def read_shape(conn: Connection, survey_id: UUID) -> dict[str, Any]:
    """Return the course of a survey as a GeoJSON geometry.

    Raises
    ------
    NotFoundError
    """
    found: dict[str, Any] | None = conn.execute(
        select(cast(func.ST_AsGeoJSON(survey.geom, 9, 0), JSONB)).where(survey.id == survey_id)
    ).scalar()
    if found is None:
        raise NotFoundError(what=survey_id)
    return found


def compare_surveys(conn: Connection, line_id: UUID, at: date) -> list[Compared]:
    """Compare every course beside a line with the line of record of a date; by day."""
    rows = conn.execute(
        _select()
        .add_columns(func.ST_AsBinary(survey.geom).label("wkb"))
        .where(survey.line_id == line_id)
        .order_by(survey.as_of, survey.id)
    ).mappings()
    beside = rows.all()
    record = read_course(conn, line_id, at) if beside else None
    if record is None:
        return []
    compared = []
    for row in beside:
        facts = dict(row)
        shape = shapely.from_wkb(bytes(facts.pop("wkb")))
        compared.append(Compared(survey=Survey(**facts), comparison=compare_lines(record, shape)))
    return compared


def read_course(conn: Connection, line_id: UUID, at: date) -> shapely.Geometry | None:
    """Return the line of record of a date in EPSG:4490; None where there is none."""
    wkb = conn.execute(
        select(func.ST_AsBinary(version.geom)).where(
            version.line_id == line_id, version.valid.contains(at)
        )
    ).scalar()
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def doubt_survey(found: Compared, name: str, settings: Office) -> list[Finding]:
    """Return a warning for a course that is further from the line of record than the office lets.

    The line of record stays as it is (Order 353 art. 2, 7).
    """
    limit, apart = settings.number("lines.difference_m"), found.comparison
    if apart.worst_m <= limit:
        return []
    facts = {
        "worst_m": f"{apart.worst_m:.1f}",
        "mean_m": f"{apart.mean_m:.1f}",
        "at_km": f"{apart.worst_at_km:.2f}",
        "limit": f"{limit:g}",
        "origin": Text(f"page.origin.{found.survey.origin}"),
        "as_of": found.survey.as_of,
    }
    return [
        Finding(
            rule="line_survey_differs",
            severity="warning",
            value=name,
            place=apart.place,
            facts=facts,
        )
    ]


def _select() -> Select[Any]:
    return select(*(survey[name] for name in Survey.__dataclass_fields__))
