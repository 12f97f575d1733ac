"""Hold polygons against the lines that are not derived from them: those are the masters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import shapely
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from geo.boundaries.compare import compare_lines
from geo.boundaries.pieces import Derived, Pair, Piece, lines_of
from geo.boundaries.tables import boundary_line_version
from geo.db.sql import any_uuid

line_version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDiffers:
    """A line whose polygons run elsewhere; ``worst_m`` is None where they share no edge at all."""

    line_id: str
    origin: str
    worst_m: float | None
    place: tuple[float, float] | None


def compare_masters(
    conn: Connection, derived: Derived, sides: Collection[UUID] | None, *, tolerance_m: float
) -> list[LineDiffers]:
    """Find the lines of other origin that the polygons' edges leave by more than a tolerance.

    The difference is the discrete Hausdorff distance, both ways, with its place on the line or the
    edge where it is largest. The line is never changed (Order 353 art. 7).

    Parameters
    ----------
    sides
        Only lines with at least one of these divisions on a side. By default all.
    tolerance_m
        Largest difference that is no finding, metres.
    """
    pieces: defaultdict[Pair, list[Piece]] = defaultdict(list)
    for piece in derived.pieces:
        pieces[piece.pair].append(piece)
    differs = []
    for pair, lines in _mastered(conn, derived.unit_level, derived.at).items():
        if sides is not None and pair.isdisjoint(sides):
            continue
        edges = [shapely.from_wkb(edge.wkb) for edge in pieces.get(pair, [])]
        for line, own in zip(lines, _share(lines, edges), strict=True):
            if line.origin == "derived":
                continue
            worst, place = _difference(line.shape, own or edges)
            if worst is None or worst > tolerance_m:
                differs.append(
                    LineDiffers(
                        line_id=str(line.id), origin=line.origin, worst_m=worst, place=place
                    )
                )
    return differs


class _Line(NamedTuple):
    id: UUID
    origin: str
    shape: shapely.Geometry


def _share(
    lines: Sequence[_Line], edges: Sequence[shapely.Geometry]
) -> list[list[shapely.Geometry]]:
    """Give each edge of a pair to the line it follows; a pair may have several pieces."""
    if len(lines) == 1:
        return [list(edges)]
    own: list[list[shapely.Geometry]] = [[] for _ in lines]
    for edge in edges:
        apart = [shapely.hausdorff_distance(edge, line.shape) for line in lines]
        own[apart.index(min(apart))].append(edge)
    return own


def _mastered(conn: Connection, unit_level: str, at: date) -> dict[Pair, list[_Line]]:
    """Return the lines of each pair that has one of another origin than derived."""
    rows = conn.execute(
        select(
            line_version.line_id,
            line_version.origin,
            line_version.left_id,
            line_version.right_id,
            func.ST_AsBinary(line_version.geom).label("wkb"),
        )
        .where(line_version.line_id == any_uuid(lines_of(conn, unit_level)))
        .where(line_version.valid.contains(at), _has_master(at))
        .order_by(line_version.line_id)
    )
    found: dict[Pair, list[_Line]] = {}
    for row in rows:
        line = _Line(row.line_id, row.origin, shapely.from_wkb(bytes(row.wkb)))
        found.setdefault(frozenset((row.left_id, row.right_id)), []).append(line)
    return found


def _has_master(at: date) -> ColumnElement[bool]:
    other = boundary_line_version.alias("other").c
    same = or_(
        and_(other.left_id == line_version.left_id, other.right_id == line_version.right_id),
        and_(other.left_id == line_version.right_id, other.right_id == line_version.left_id),
    )
    return (
        select(other.id).where(same, other.origin != "derived", other.valid.contains(at)).exists()
    )


def _difference(
    master: shapely.Geometry, edges: Sequence[shapely.Geometry]
) -> tuple[float | None, tuple[float, float] | None]:
    """Return the largest distance between a line and edges, metres, and where it is."""
    if not edges:
        return None, None
    derived = shapely.union_all(list(edges))
    if shapely.equals(master, derived):
        # The usual case, known without measuring.
        lon, lat = shapely.get_coordinates(master)[0].tolist()
        return 0.0, (lon, lat)
    found = compare_lines(master, derived)
    return found.worst_m, found.place
