"""The lines that the polygons of a level give on a day, with the divisions on their sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Connection, select

from geo.boundaries.derive import DerivedLines, derive_lines
from geo.boundaries.edges import Matched, match_edges
from geo.boundaries.tables import boundary_line
from geo.boundaries.units import (
    Parents,
    Units,
    line_level,
    merge_districts,
    read_parents,
    read_units,
    superiors_of,
)
from geo.office import office
from geo.progress import Progress, never_stop, report

Pair = frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Piece:
    """One derived line with its two sides as divisions."""

    left: UUID
    right: UUID
    level: str
    wkb: bytes
    length_km: float

    @property
    def pair(self) -> Pair:
        """Return both sides, in no order."""
        return frozenset((self.left, self.right))


@dataclass(frozen=True, slots=True)
class Derived:
    """What the polygons of a level give on a day, and what it was derived from.

    ``counts_as`` says for each unit which division has its lines: itself, or its city where the
    districts of one city count as one.
    """

    unit_level: str
    at: date
    units: Units
    matched: Matched
    counts_as: Mapping[UUID, UUID]
    pieces: list[Piece]

    def sides_of(self, among: Collection[UUID]) -> set[UUID]:
        """Return the divisions that lines of these divisions may have on their sides."""
        return {*among, *(self.counts_as[id_] for id_ in among if id_ in self.counts_as)}


def derive_level(
    conn: Connection,
    unit_level: str,
    at: date,
    *,
    near: Collection[UUID] | None = None,
    progress: Progress = never_stop,
) -> Derived:
    """Derive the lines between the units of a level on a day; nothing is stored.

    Parameters
    ----------
    near
        Only these divisions and those that meet their common bounding box. By default all.
    """
    report(progress, 0.1, "doing.read")
    units = read_units(conn, unit_level, at, near=near)
    parents = read_parents(conn, unit_level, at)
    report(progress, 0.4, "doing.match")
    matched = match_edges(units.polygons)
    ids, unit_of = units.ids, np.arange(len(units))
    if office(conn).merge_city_districts:
        ids, unit_of = merge_districts(units, parents)
    counts_as = {id_: ids[place] for id_, place in zip(units.ids, unit_of.tolist(), strict=True)}
    pieces = _pieces(derive_lines(matched, unit_of), ids, parents, unit_level)
    return Derived(unit_level, at, units, matched, counts_as, pieces)


def lines_of(conn: Connection, unit_level: str) -> Sequence[UUID]:
    """Return the ids of all lines of a level, those that have ended too.

    Asked for by itself and not joined: in the middle of a large import the server's count of rows
    is that of before, and its plan for the join may take every line with every other.
    """
    return (
        conn.execute(select(boundary_line.c.id).where(boundary_line.c.unit_level == unit_level))
        .scalars()
        .all()
    )


def _pieces(
    lines: DerivedLines, ids: Sequence[UUID], parents: Parents, unit_level: str
) -> list[Piece]:
    above = [superiors_of(id_, parents) for id_ in ids]
    return [
        Piece(ids[left], ids[right], line_level(above[left], above[right], unit_level), wkb, km)
        for left, right, wkb, km in zip(
            lines.left.tolist(),
            lines.right.tolist(),
            shapely.to_wkb(lines.geoms).tolist(),
            lines.length_km.tolist(),
            strict=True,
        )
    ]
