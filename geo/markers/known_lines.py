"""Which line a word of a table means: by code, name, id, or the names or codes of its two sides."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any, cast
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.dialects.postgresql import Range

from geo.boundaries.tables import boundary_line_record, boundary_line_version
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries
from geo.db.sql import any_text, any_uuid
from geo.divisions.tables import division_version

BETWEEN = re.compile(r"[—–\-－~～\s与和]+")
BEHIND = re.compile(r"(行政区域)?(界线|边界线|线)$")

line = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLine:
    """A line of the register with its two sides; ``name`` is its own or those of its sides."""

    id: UUID
    sides: tuple[UUID, UUID]
    codes: tuple[str, str]
    names: tuple[str, str]
    name: str


@dataclass(slots=True)
class KnownLines:
    """The lines of a day, and the words by which a table may mean them."""

    lines: dict[UUID, KnownLine] = field(default_factory=dict)
    words: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    pairs: defaultdict[frozenset[UUID], set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def find(self, said: str) -> set[UUID]:
        """Return the lines that a word means; two neighbours may have several."""
        return self.words.get(said) or self.words.get(plain_name(said)) or set()

    def between(self, sides: Collection[UUID]) -> set[UUID]:
        """Return the lines whose two sides are among these."""
        pairs = (frozenset(pair) for pair in combinations(set(sides), 2))
        return {one for pair in pairs for one in self.pairs.get(pair, ())}


def plain_name(said: str) -> str:
    """Return the name of a line without what parts and follows its sides' names."""
    return BETWEEN.sub("", BEHIND.sub("", said.strip())).casefold()


def read_lines(conn: Connection, at: date) -> KnownLines:
    """Read the lines of a day, and those that begin later where there was none yet."""
    left, right = division_version.alias("left_side"), division_version.alias("right_side")
    record = boundary_line_record.c
    rows = conn.execute(
        select(
            line.line_id,
            line.left_id,
            line.right_id,
            left.c.code.label("left_code"),
            left.c.name.label("left_name"),
            right.c.code.label("right_code"),
            right.c.name.label("right_name"),
            record.code,
            record.name,
        )
        .select_from(boundary_line_version)
        .join(left, (left.c.division_id == line.left_id) & _near(left.c.valid, at))
        .join(right, (right.c.division_id == line.right_id) & _near(right.c.valid, at))
        .outerjoin(boundary_line_record, (record.line_id == line.line_id) & _near(record.valid, at))
        .where(_near(line.valid, at))
        .order_by(line.line_id, func.lower(line.valid).desc().nulls_last())
    )
    known = KnownLines()
    for row in rows:
        _add(known, row)
    return known


def _add(known: KnownLines, row: Any) -> None:
    """Take a line in, with every word that may mean it."""
    sides = (row.left_id, row.right_id)
    name = row.name or f"{row.left_name}—{row.right_name}"
    known.lines[row.line_id] = KnownLine(
        id=row.line_id,
        sides=sides,
        codes=(row.left_code, row.right_code),
        names=(row.left_name, row.right_name),
        name=name,
    )
    known.pairs[frozenset(sides)].add(row.line_id)
    words = (
        str(row.line_id),
        *(word for word in (row.code, row.name) if word),
        f"{row.left_name}{row.right_name}",
        f"{row.right_name}{row.left_name}",
        f"{row.left_code}{row.right_code}",
        f"{row.right_code}{row.left_code}",
    )
    for word in words:
        known.words[word].add(row.line_id)
        known.words[plain_name(word)].add(row.line_id)


def _near(valid: Any, at: date) -> ColumnElement[bool]:
    """Return that a version is valid on the day, or begins later."""
    return cast("ColumnElement[bool]", valid.overlaps(Range(at, None)))


def find_divisions(conn: Connection, said: Iterable[str], at: date) -> dict[str, set[UUID]]:
    """Return the divisions that have each of these names or codes on the day."""
    version, words = division_version.c, set(said)
    rows = conn.execute(
        select(version.division_id, version.code, version.name)
        .where(or_(version.code == any_text(words), version.name == any_text(words)))
        .where(_near(version.valid, at))
    )
    found: defaultdict[str, set[UUID]] = defaultdict(set)
    for row in rows:
        for word in words & {row.code, row.name}:
            found[word].add(row.division_id)
    return dict(found)


def read_shapes(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, shapely.Geometry]:
    """Return how lines run on the day, or first after it, in EPSG:4490."""
    rows = conn.execute(
        select(line.line_id, func.ST_AsBinary(line.geom))
        .where(line.line_id == any_uuid(ids), _near(line.valid, at))
        .order_by(line.line_id, func.lower(line.valid).desc().nulls_last())
    ).all()
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=object))
    return {row[0]: shape for row, shape in zip(rows, np.atleast_1d(shapes), strict=True)}


class Frame:
    """Lines of the register in metres round the middle of a table's places; x east, y north.

    Within two degrees of the middle lengths are true to 6 in 10,000.
    """

    def __init__(self, conn: Connection, ids: Collection[UUID], at: date, middle: float) -> None:
        self.crs = local_metres(round(middle))
        shapes = read_shapes(conn, ids, at)
        there = np.array([*shapes.values()], dtype=object)
        moved = transform_geometries(there, CGCS2000, self.crs)
        self.shapes: Mapping[UUID, shapely.Geometry] = dict(zip(shapes, moved, strict=True))

    def offset(self, at: shapely.Point, one: UUID) -> tuple[float, float]:
        """Return how far east and north the nearest place of a line is, metres."""
        way = shapely.get_coordinates(shapely.shortest_line(at, self.shapes[one]))
        east, north = (way[1] - way[0]).tolist()
        return east, north

    def distance(self, at: shapely.Point, one: UUID) -> float:
        """Return how far a line is, metres; infinite where it has no shape."""
        shape = self.shapes.get(one)
        return float("inf") if shape is None else float(shapely.distance(at, shape))

    def nearest(self, at: shapely.Point, ids: Collection[UUID]) -> UUID:
        """Return the nearest of several lines."""
        return min(ids, key=lambda one: (self.distance(at, one), one))
