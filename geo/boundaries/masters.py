"""Hold polygons against the lines that are not derived from them: those are the masters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Connection, CursorResult, func, select

from geo.boundaries.pieces import Derived, Pair, Piece, lines_of
from geo.boundaries.tables import boundary_line_version
from geo.db.sql import any_uuid
from geo.divisions.area import GEOD

line_version = boundary_line_version.c
DENSIFY = 0.1
"""Longest step between the points at which distances are taken, as a share of the line."""


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
    for row in _masters(conn, derived.unit_level, derived.at):
        pair = frozenset((row.left_id, row.right_id))
        if sides is not None and pair.isdisjoint(sides):
            continue
        edges = pieces.get(pair, [])
        worst, place = _difference(
            shapely.from_wkb(bytes(row.wkb)), [shapely.from_wkb(edge.wkb) for edge in edges]
        )
        if worst is None or worst > tolerance_m:
            differs.append(
                LineDiffers(line_id=str(row.line_id), origin=row.origin, worst_m=worst, place=place)
            )
    return differs


def _masters(conn: Connection, unit_level: str, at: date) -> CursorResult[Any]:
    return conn.execute(
        select(
            line_version.line_id,
            line_version.origin,
            line_version.left_id,
            line_version.right_id,
            func.ST_AsBinary(line_version.geom).label("wkb"),
        )
        .where(line_version.line_id == any_uuid(lines_of(conn, unit_level)))
        .where(line_version.origin != "derived")
        .where(line_version.valid.contains(at))
    )


def _difference(
    master: shapely.Geometry, edges: list[shapely.Geometry]
) -> tuple[float | None, tuple[float, float] | None]:
    """Return the largest distance between a line and edges, metres, and where it is."""
    if not edges:
        return None, None
    derived = shapely.union_all(edges)
    there, place_there = _farthest(master, derived)
    back, place_back = _farthest(derived, master)
    return (there, place_there) if there >= back else (back, place_back)


def _farthest(line: shapely.Geometry, other: shapely.Geometry) -> tuple[float, tuple[float, float]]:
    """Return the point of a line that is farthest from another line, and that distance, metres."""
    parts = shapely.get_parts(line)
    dense = [shapely.get_coordinates(shapely.segmentize(p, p.length * DENSIFY)) for p in parts]
    points = np.asarray(shapely.points(np.concatenate(dense)), dtype=object)
    nearest = shapely.get_coordinates(shapely.shortest_line(points, other)).reshape(-1, 2, 2)
    metres = GEOD.inv(*nearest[:, 0].T, *nearest[:, 1].T)[2]
    worst = int(np.argmax(metres))
    lon, lat = shapely.get_coordinates(points[worst])[0]
    return float(metres[worst]), (float(lon), float(lat))
