"""Find the pairs of counties along a long line, and which marker or section each looks after."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from geo.access.jurisdiction import system_viewer
from geo.boundaries.record import printed_length, read_records
from geo.boundaries.sides import Side, name_divisions
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.inspections.facts import Inspection
from geo.inspections.planning.parts import PartFacts
from geo.inspections.subjects import Candidate, list_candidates
from geo.markers.read import LineRef, name_lines
from geo.sections.register import shape_sections

version = boundary_line_version.c
UNITS = ("county", "prefecture")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two neighbours along a line, one of each side; what lies on their piece.

    ``lead`` lies under the side that leads the whole. ``length_km`` is what papers print of the
    piece.
    """

    line: LineRef
    lead: Side
    cooperating: Side
    length_km: float
    markers: int
    sections: int
    subjects: frozenset[UUID]

    def as_part(self) -> PartFacts:
        """Return the part as it would be opened."""
        return PartFacts(
            lead_id=self.lead.id,
            cooperating_id=self.cooperating.id,
            line_id=self.line.id,
            subjects=self.subjects,
        )


def find_pairs(
    conn: Connection, found: Inspection, at: date, *, unit_level: str = "county"
) -> list[Pair]:
    """Find the neighbours of a level along a line, from the register, in the order of their codes.

    What stands on the whole line only goes to the piece it is nearest to; a marker on two pieces
    (where three counties meet) goes to the first.

    Parameters
    ----------
    unit_level
        ``county``, or ``prefecture`` for parts by pairs of cities.
    """
    lead, other = (
        frozenset(units_below(conn, party.id, at))
        for party in found.parties
        if party.role != "third"
    )
    pieces = _pieces(conn, lead, other, unit_level, at)
    lines = [piece.line_id for piece in pieces]
    # Rights were asked of the whole; a county does not see what its neighbour's piece has.
    reader = system_viewer("inspections")
    candidates = list_candidates(conn, reader, {found.line_id, *lines}, at)
    whole = _wanted(found, candidates[found.line_id])
    own = {line: {made.id: made for made in candidates[line]} for line in lines}
    standing = {id_ for of in own.values() for id_ in of}
    nearest = _nearest(
        conn, found.line_id, [one for one in whole if one.id not in standing], pieces, at
    )
    return _as_pairs(conn, pieces, lead, own, nearest, at)


def _wanted(found: Inspection, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return what of the whole line the inspection looks at."""
    named = {about.id for about in found.subjects}
    return [made for made in candidates if not named or made.id in named]


def _pieces(
    conn: Connection,
    lead: Collection[UUID],
    other: Collection[UUID],
    unit_level: str,
    at: date,
) -> Sequence[Row[Any]]:
    one, two = any_uuid(lead), any_uuid(other)
    chosen: Select[Any] = (
        select(
            version.line_id,
            version.left_id,
            version.right_id,
            version.length_km,
            func.ST_AsBinary(version.geom).label("wkb"),
        )
        .join_from(boundary_line_version, boundary_line, boundary_line.c.id == version.line_id)
        .where(
            boundary_line.c.unit_level == unit_level,
            version.valid.contains(at),
            or_(
                and_(version.left_id == one, version.right_id == two),
                and_(version.left_id == two, version.right_id == one),
            ),
        )
    )
    return conn.execute(chosen).all()


def _nearest(
    conn: Connection,
    line_id: UUID,
    whole: Sequence[Candidate],
    pieces: Sequence[Row[Any]],
    at: date,
) -> dict[UUID, list[Candidate]]:
    """Return what stands on the whole line only, by the piece it is nearest to.

    Distances are in degrees: pieces that touch the same place are told apart, no length is said.
    """
    if not pieces or not whole:
        return {}
    shapes = shapely.from_wkb([bytes(piece.wkb) for piece in pieces])
    places: dict[UUID, shapely.Geometry] = {
        id_: shapely.line_interpolate_point(shapely.line_merge(shape), 0.5, normalized=True)
        for id_, shape in shape_sections(conn, line_id, at).items()
        if shapely.line_merge(shape).geom_type == "LineString"
    }
    found: dict[UUID, list[Candidate]] = {}
    for made in whole:
        spot = places.get(made.id) or _spot(made)
        at_place = 0 if spot is None else int(shapely.distance(shapes, spot).argmin())
        found.setdefault(pieces[at_place].line_id, []).append(made)
    return found


def _spot(made: Candidate) -> shapely.Geometry | None:
    position: Mapping[str, Any] = made.register.get("position") or {}
    if position.get("lon") is None or position.get("lat") is None:
        return None
    return shapely.Point(float(position["lon"]), float(position["lat"]))


def _as_pairs(
    conn: Connection,
    pieces: Sequence[Row[Any]],
    lead: Collection[UUID],
    own: Mapping[UUID, Mapping[UUID, Candidate]],
    nearest: Mapping[UUID, Sequence[Candidate]],
    at: date,
) -> list[Pair]:
    lines = [piece.line_id for piece in pieces]
    names, records = name_lines(conn, lines, at), read_records(conn, lines, at)
    sides = name_divisions(
        conn, {side for piece in pieces for side in (piece.left_id, piece.right_id)}, at
    )
    in_order = sorted(
        pieces,
        key=lambda piece: sorted((sides[piece.left_id].code, sides[piece.right_id].code)),
    )
    taken: set[UUID] = set()
    pairs = []
    for piece in in_order:
        made = [*own[piece.line_id].values(), *nearest.get(piece.line_id, ())]
        fresh = [one for one in made if one.id not in taken]
        taken |= {one.id for one in fresh}
        two = (sides[piece.left_id], sides[piece.right_id])
        first, second = two if piece.left_id in lead else two[::-1]
        pairs.append(
            Pair(
                line=names[piece.line_id],
                lead=first,
                cooperating=second,
                length_km=printed_length(records.get(piece.line_id), piece.length_km).km,
                markers=sum(one.kind == "marker" for one in fresh),
                sections=sum(one.kind == "section" for one in fresh),
                subjects=frozenset(one.id for one in fresh),
            )
        )
    return pairs
