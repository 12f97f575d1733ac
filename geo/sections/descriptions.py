"""位置说明 of markers and 走向说明 of sections: generated, written by hand, and how they differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import shapely
from sqlalchemy import Connection, Text, cast, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.jurisdiction import Viewer, require_role
from geo.access.tables import app_user
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.features.read import Feature, read_near
from geo.markers.objects import read_objects
from geo.markers.own import read_own
from geo.markers.read import Marker
from geo.markers.tables import description, marker_version
from geo.office import Office, office
from geo.revisions.changes import change_object
from geo.sections.along import MarkerRef
from geo.sections.course import Tolerances, find_followed, trace_course
from geo.sections.directions import measure_leg
from geo.sections.register import Section, shape_sections
from geo.sections.wording import (
    Beside,
    Difference,
    EndPoint,
    compare_clauses,
    word_course,
    word_position,
)

CROSSED_LAYERS = ("water", "roads", "railways")
"""Layers without which a text says nothing of crossings: named where they have no data."""
FOLLOWED_LAYERS = {
    "river": frozenset({"water"}),
    "ditch": frozenset({"water"}),
    "road": frozenset({"roads", "railways"}),
    "ridge": frozenset({"terrain"}),
}
said = description.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A text made of what the register and the layers say now.

    ``no_data`` are the layers that do not cover the place: what they would add, the text omits.
    """

    text: str
    no_data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The description of a marker or a section.

    ``text`` is what papers print: ``written`` by hand where there is such, else what was
    ``generated`` then, else what is generated now. ``newer`` is what would be generated now where
    that differs from ``generated``; ``difference`` leads from ``text`` to it, clause by clause.
    """

    generated: str | None
    written: str | None
    text: str
    at: datetime | None
    actor_name: str | None
    newer: str | None
    difference: Difference


def read_description(
    conn: Connection, object_kind: str, object_id: UUID, now: str | None = None
) -> Description:
    """Return the description that holds; who may read the object was asked before.

    Parameters
    ----------
    object_kind
        ``marker`` or ``section``.
    now
        What is generated now; without it nothing is compared.
    """
    newest = list_descriptions(conn, object_kind, object_id, limit=1)
    if not newest:
        return Description(
            generated=None, written=None, text=now or "", at=None, actor_name=None,
            newer=None, difference=[],
        )  # fmt: skip
    held = newest[0]
    differs = now is not None and now not in (held.generated, held.written)
    return Description(
        generated=held.generated,
        written=held.written,
        text=held.text,
        at=held.at,
        actor_name=held.actor_name,
        newer=now if differs else None,
        difference=compare_clauses(held.text, now) if now is not None else [],
    )


def list_descriptions(
    conn: Connection, object_kind: str, object_id: UUID, *, limit: int = 50
) -> list[Description]:
    """List what was written of an object, the newest first; nothing of it was ever changed."""
    rows = conn.execute(
        select(
            said.generated,
            said.written,
            said.at,
            func.coalesce(app_user.c.name, said.actor).label("actor_name"),
        )
        .outerjoin(app_user, cast(app_user.c.id, Text) == said.actor)
        .where(said.object_kind == object_kind, said.object_id == object_id)
        .order_by(said.at.desc(), said.id.desc())
        .limit(limit)
    )
    return [
        Description(
            generated=row.generated,
            written=row.written,
            text=row.written or row.generated or "",
            at=row.at,
            actor_name=row.actor_name,
            newer=None,
            difference=[],
        )
        for row in rows
    ]


def read_texts(conn: Connection, object_kind: str, object_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the kept texts of many objects; one of which nothing was kept has no key."""
    rows = conn.execute(
        select(said.object_id, func.coalesce(said.written, said.generated).label("text"))
        .where(said.object_kind == object_kind, said.object_id == any_uuid(object_ids))
        .ext(distinct_on(said.object_id))
        .order_by(said.object_id, said.at.desc(), said.id.desc())
    )
    return {row.object_id: row.text for row in rows}


def write_marker_text(
    conn: Connection,
    viewer: Viewer,
    marker: Marker,
    *,
    generated: str,
    written: str | None,
    seen: int | None,
) -> int:
    """Keep the 位置说明 of a marker; an editor of all its sides writes what they share.

    Parameters
    ----------
    written
        The text by hand; None takes what is generated.

    Returns
    -------
    int
        The marker's new revision.

    Raises
    ------
    RoleMissingError, OutsideJurisdictionError, RevisionMissingError, ChangedMeanwhileError
    """
    sides = [one.id for one in marker.sides]
    require_role(conn, viewer, "editor", sides, what=f"{marker.number}{marker.member}")
    revision = change_object(conn, viewer, "marker", marker.id, "marker_description", seen=seen)
    _keep(conn, viewer, "marker", marker.id, generated=generated, written=written)
    return revision


def write_section_text(
    conn: Connection,
    viewer: Viewer,
    line: tuple[UUID, Sequence[UUID]],
    section: Section,
    *,
    generated: str,
    written: str | None,
    seen: int | None,
) -> int:
    """Keep the 走向说明 of a section; an editor of both sides of the line writes it.

    Parameters
    ----------
    line
        The line and its two sides.
    """
    line_id, sides = line
    require_role(conn, viewer, "editor", sides, what=f"{section.begin}—{section.end}")
    revision = change_object(
        conn, viewer, "line", line_id, "section_description", seen=seen, section=section.ordinal
    )
    _keep(conn, viewer, "section", section.section_id, generated=generated, written=written)
    return revision


def generate_position(conn: Connection, marker: Marker, at: date) -> Generated:
    """Generate the 位置说明 of a marker from the register and the named feature nearest to it."""
    objects = read_objects(conn, [marker.id], at).get(marker.id, [])
    own = read_own(conn, [marker.id], at).get(marker.id, {})
    beside: Beside | None = None
    no_data: tuple[str, ...] = ()
    if marker.lon is not None and marker.lat is not None:
        place = shapely.Point(marker.lon, marker.lat)
        within_m = office(conn).number("description.beside_m")
        near = read_near(conn, place, at, within_m=within_m)
        beside = _beside(place, near.features, within_m)
        no_data = tuple(one for one in CROSSED_LAYERS if one not in near.covered)
    return Generated(text=word_position(marker, objects, own, beside), no_data=no_data)


def generate_course(conn: Connection, section: Section, line_id: UUID, at: date) -> Generated:
    """Generate the 走向说明 of a section from the line, its markers and the features along it.

    Who may see the line was asked before.
    """
    return generate_courses(conn, [section], line_id, at)[0]


def generate_courses(
    conn: Connection, sections: Sequence[Section], line_id: UUID, at: date
) -> list[Generated]:
    """Generate the 走向说明 of several sections of a line."""
    shapes = shape_sections(conn, line_id, at)
    markers = [end for one in sections for end in (one.from_marker, one.to_marker) if end]
    ends, decided = _read_ends(conn, markers, at), office(conn)
    return [
        _generate_course(conn, one, shapes.get(one.section_id), ends, decided, at)
        for one in sections
    ]


def _generate_course(
    conn: Connection,
    section: Section,
    shape: shapely.Geometry | None,
    ends: Mapping[UUID, EndPoint],
    decided: Office,
    at: date,
) -> Generated:
    begin, end = (
        ends[marker.id] if marker else EndPoint(words=words or "")
        for marker, words in (
            (section.from_marker, section.from_text),
            (section.to_marker, section.to_text),
        )
    )
    if shape is None:
        told = word_course(section, begin, end, [], followed=None)
        return Generated(text=told, no_data=CROSSED_LAYERS)
    tolerances = _tolerances(decided)
    follow_m = decided.number("description.follow_m")
    near = read_near(conn, shape, at, within_m=max(tolerances.near_m, follow_m))
    layers = FOLLOWED_LAYERS.get(section.basis, frozenset())
    followed = find_followed(shape, near.features, layers, within_m=follow_m)
    crossed = [one for one in near.features if one.name not in (followed, section.basis_name)]
    legs = trace_course(shape, crossed, tolerances)
    return Generated(
        text=word_course(section, begin, end, legs, followed=followed),
        no_data=tuple(one for one in CROSSED_LAYERS if one not in near.covered),
    )


def _keep(
    conn: Connection,
    viewer: Viewer,
    kind: str,
    object_id: UUID,
    *,
    generated: str,
    written: str | None,
) -> None:
    conn.execute(
        insert(description).values(
            id=new_id(),
            object_kind=kind,
            object_id=object_id,
            generated=generated,
            written=written,
            actor=viewer.actor,
        )
    )


def _tolerances(decided: Office) -> Tolerances:
    return Tolerances(
        turn_m=decided.number("description.turn_m"),
        near_m=decided.number("description.place_m"),
        most_turns=int(decided.number("description.most_turns")),
    )


def _read_ends(conn: Connection, markers: Sequence[MarkerRef], at: date) -> dict[UUID, EndPoint]:
    """Return what is told of markers as ends of sections; the number stands where nothing else."""
    card = marker_version.c
    rows = conn.execute(
        select(card.marker_id, card.number, card.set_up, card.height_m).where(
            card.marker_id == any_uuid([one.id for one in markers]), card.valid.contains(at)
        )
    )
    ends = {one.id: EndPoint(number=one.number) for one in markers}
    for row in rows:
        ends[row.marker_id] = EndPoint(number=row.number, set_up=row.set_up, height_m=row.height_m)
    return ends


def _beside(place: shapely.Point, features: Sequence[Feature], within_m: float) -> Beside | None:
    """Return the named feature nearest to a marker, with the direction from it to the marker."""
    found = []
    for one in features:
        nearest = shapely.get_coordinates(shapely.shortest_line(one.geom, place))[0]
        leg = measure_leg((nearest[0], nearest[1]), (place.x, place.y))
        if leg.distance_m <= within_m:
            found.append(Beside(name=one.name, word=leg.word, distance_m=leg.distance_m))
    return min(found, key=lambda one: one.distance_m, default=None)
