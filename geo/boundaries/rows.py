"""Lines on their way in: which line of the register each row of a list is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, func, or_, select

from geo.boundaries.record import FACTS
from geo.boundaries.schema import LEVEL_WORDS
from geo.boundaries.tables import boundary_line_record, boundary_line_version
from geo.db.sql import any_text, any_uuid
from geo.divisions.codes import LEVELS, read_code
from geo.divisions.tables import division_version
from geo.exchange.findings import Collector, Finding
from geo.exchange.stage import Staged

Pair = frozenset[UUID]
version, record = boundary_line_version.c, boundary_line_record.c


@dataclass(slots=True, kw_only=True)
class LineRow:
    """A row that may go in; ``known`` is the line of the register that it is, None for a new one.

    ``said`` are the facts of the record the row gives, ``shape`` its course in EPSG:4490.
    """

    row: int
    sides: tuple[UUID, UUID] | None
    said: dict[str, Any]
    level: str | None = None
    shape: shapely.Geometry | None = None
    known: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of the register on the day."""

    id: UUID
    sides: tuple[UUID, UUID]
    shape: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Place:
    """A division that a word may mean."""

    id: UUID
    level: str


@dataclass(slots=True)
class Register:
    """What the register has for the words of a list."""

    places: defaultdict[str, dict[UUID, Place]] = field(default_factory=lambda: defaultdict(dict))
    lines: defaultdict[Pair, list[Standing]] = field(default_factory=lambda: defaultdict(list))
    codes: defaultdict[str, list[Standing]] = field(default_factory=lambda: defaultdict(list))


def read_rows(conn: Connection, staged: Staged, at: date, found: Collector) -> list[LineRow]:
    """Read the rows of a staged list and find their lines; rows with an error are left out.

    A line is meant by its two sides (codes or names), else by its statutory code. Of several pieces
    between the same two sides it is the one the row's shape is nearest to.
    """
    bad = staged.bad_rows
    records = [one for one in staged.rows.to_dict("records") if one["row"] not in bad]
    register = read_register(conn, records, at)
    rows: list[LineRow] = []
    for values in records:
        row = _read(values, register, found)
        if row is not None:
            rows.append(row)
    return _drop_twice(rows, found)


def read_register(conn: Connection, records: Collection[Mapping[Any, Any]], at: date) -> Register:
    """Read the divisions and lines of a day that the words of a list may mean."""
    words = {str(one[name]) for one in records for name in ("side_1", "side_2") if one[name]}
    codes = {str(one["code"]) for one in records if one["code"]}
    register = Register()
    _read_places(conn, words, at, register)
    ids = {place.id for places in register.places.values() for place in places.values()}
    _read_lines(conn, ids, codes, at, register)
    return register


def _read_places(conn: Connection, words: Iterable[str], at: date, register: Register) -> None:
    said: defaultdict[str, set[str]] = defaultdict(set)
    for word in words:
        code = read_code(word) if word.isascii() and word.isdigit() else None
        said[code.text if code else word].add(word)
    side = division_version.c
    rows = conn.execute(
        select(side.division_id, side.code, side.name, side.level)
        .where(or_(side.code == any_text(said), side.name == any_text(said)))
        .where(side.valid.contains(at))
    )
    for row in rows:
        for key in {row.code, row.name} & said.keys():
            for word in said[key]:
                register.places[word][row.division_id] = Place(row.division_id, row.level)


def _read_lines(
    conn: Connection, ids: Iterable[UUID], codes: Iterable[str], at: date, register: Register
) -> None:
    coded = select(record.line_id).where(record.code == any_text(codes), record.valid.contains(at))
    sides = list(ids)
    rows = conn.execute(
        select(
            version.line_id,
            version.left_id,
            version.right_id,
            record.code,
            func.ST_AsBinary(version.geom).label("wkb"),
        )
        .outerjoin(
            boundary_line_record,
            (record.line_id == version.line_id) & record.valid.contains(at),
        )
        .where(version.valid.contains(at))
        .where(
            or_(
                (version.left_id == any_uuid(sides)) & (version.right_id == any_uuid(sides)),
                version.line_id.in_(coded),
            )
        )
        .order_by(version.length_km.desc(), version.line_id)
    )
    for row in rows:
        shape = shapely.from_wkb(bytes(row.wkb))
        line = Standing(row.line_id, (row.left_id, row.right_id), shape)
        register.lines[frozenset(line.sides)].append(line)
        if row.code is not None:
            register.codes[row.code].append(line)


def _read(values: Mapping[Any, Any], register: Register, found: Collector) -> LineRow | None:
    number, shape = values["row"], values["geometry"]
    course = None if shape is None or shape.is_empty else shape
    said = {name: values[name] for name in FACTS if values.get(name) is not None}
    sides, wrong = _sides(values, register)
    if wrong is not None:
        found.add(wrong)
        return None
    lines = (
        register.codes.get(str(values["code"]), [])
        if sides is None
        else register.lines.get(frozenset(sides), [])
    )
    if not lines and (sides is None or course is None):
        rule = "line_which" if sides is None else "line_without_shape"
        found.add(Finding(rule=rule, severity="error", row=number, value=_told(values)))
        return None
    line = _choose(lines, course)
    if len(lines) > 1 and course is None:
        facts = {"count": len(lines)}
        found.add(
            Finding(
                rule="line_pieces", severity="warning", row=number, value=_told(values), facts=facts
            )
        )
    level = values["level"]
    if level is not None and level not in LEVEL_WORDS:
        found.add(Finding(rule="line_level_unread", severity="warning", row=number, value=level))
        level = None
    return LineRow(
        row=number,
        sides=line.sides if line else sides,
        said=said,
        level=level,
        shape=course,
        known=line.id if line else None,
    )


def _sides(
    values: Mapping[Any, Any], register: Register
) -> tuple[tuple[UUID, UUID] | None, Finding | None]:
    """Return both sides, None where the row names none; or what is wrong with them."""
    words = [values["side_1"], values["side_2"]]
    if words == [None, None]:
        return None, None
    row = values["row"]
    for column, word in zip(("side_1", "side_2"), words, strict=True):
        if word is None or not register.places.get(word):
            return None, Finding(
                rule="line_side_unknown", severity="error", row=row, column=column, value=word
            )
    pairs = [
        (one, other)
        for one in register.places[words[0]].values()
        for other in register.places[words[1]].values()
        if one.id != other.id
    ]
    if not pairs:
        return None, Finding(
            rule="line_sides_same", severity="error", row=row, value=f"{words[0]} {words[1]}"
        )
    # Names are not unique: two that are neighbours are meant, else two of one level.
    neighbours = [pair for pair in pairs if frozenset(one.id for one in pair) in register.lines]
    same = [pair for pair in pairs if pair[0].level == pair[1].level]
    chosen = neighbours or same or pairs
    if len(chosen) > 1:
        return None, Finding(
            rule="line_sides_unsure", severity="error", row=row, value=f"{words[0]} {words[1]}"
        )
    return (chosen[0][0].id, chosen[0][1].id), None


def _choose(lines: list[Standing], course: shapely.Geometry | None) -> Standing | None:
    """Return the piece a shape is nearest to; without a shape the longest."""
    if not lines or course is None:
        return lines[0] if lines else None
    return min(lines, key=lambda line: shapely.hausdorff_distance(line.shape, course))


def _drop_twice(rows: list[LineRow], found: Collector) -> list[LineRow]:
    """Leave out the rows of a line that an earlier row is already; both are named."""
    first: dict[Any, int] = {}
    kept = []
    for row in rows:
        key = row.known or frozenset(row.sides or ())
        if key in first:
            found.add(
                Finding(
                    rule="line_twice", severity="error", row=row.row, facts={"first": first[key]}
                )
            )
        else:
            first[key] = row.row
            kept.append(row)
    return kept


def unit_level_of(conn: Connection, sides: tuple[UUID, UUID], at: date) -> str:
    """Return the level of a line's units: the lower of its two sides' levels."""
    side = division_version.c
    levels = conn.execute(
        select(side.level).where(side.division_id == any_uuid(sides), side.valid.contains(at))
    ).scalars()
    lowest: str = max(levels, key=LEVELS.index)
    return lowest


def _told(values: Mapping[Any, Any]) -> str:
    words = (values["code"], values["name"], values["side_1"], values["side_2"])
    return " ".join(str(word) for word in words if word)
