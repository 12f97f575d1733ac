"""Keep derived lines in step with the polygons, without ever replacing a line of other origin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from geo.boundaries.pieces import Derived, Pair, Piece, derive_level, lines_of
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid, bind_wkb
from geo.divisions.apply import Source
from geo.divisions.tables import division_version
from geo.texts import text

SHAPE = {"geom": bind_wkb("geom_wkb")}
line_version = boundary_line_version.c


@dataclass(slots=True)
class Stored:
    """What deriving did to the register of lines."""

    pairs: int = 0
    lines: int = 0
    added: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    mastered: set[Pair] = field(default_factory=set)
    """Pairs whose line is not derived; nothing was stored for them."""


class _Version(NamedTuple):
    id: UUID
    line_id: UUID
    number: int
    origin: str
    begin: date
    end: date | None
    level: str
    left: UUID
    right: UUID
    wkb: bytes

    @property
    def pair(self) -> Pair:
        return frozenset((self.left, self.right))

    def says(self, piece: Piece) -> bool:
        same_sides = (self.left, self.right, self.level) == (piece.left, piece.right, piece.level)
        return same_sides and self.wkb == piece.wkb


def store_lines(
    conn: Connection,
    unit_level: str,
    valid_from: date,
    *,
    source: Source | None = None,
    derived: Derived | None = None,
) -> Stored:
    """Derive the lines of a level again wherever its polygons change on or after a day.

    A line that stays as it was is left alone; one that differs gets a new version from the day
    (amended where its version began that very day); one whose edge is gone ends. Pairs that have a
    line of another origin (imported, agreed, surveyed) are left alone: that line is the master.

    Parameters
    ----------
    source
        Where the polygons come from and the publication state of new versions; without it they are
        said to come from the polygons as they stand, unpublished.
    derived
        What :func:`geo.boundaries.pieces.derive_level` gave for all units of the level on the day,
        where the caller has it.
    """
    give_reason(conn, f"lines derived from {unit_level} polygons")
    stored = Stored()
    stamps = _stamps(source or Source(name=text("source.polygons")))
    for day in _days_of_change(conn, unit_level, valid_from):
        if derived is None or derived.at != day:
            derived = derive_level(conn, unit_level, day)
        stored = _store_day(conn, derived, stamps)
    return stored


def _stamps(source: Source) -> dict[str, Any]:
    return {
        "source": source.name,
        "import_id": source.import_id,
        "publication": source.publication,
    }


def _days_of_change(conn: Connection, unit_level: str, valid_from: date) -> list[date]:
    later = conn.execute(
        select(func.lower(division_version.c.valid))
        .where(division_version.c.level == unit_level, division_version.c.geom.is_not(None))
        .where(func.lower(division_version.c.valid) > valid_from)
        .distinct()
    ).scalars()
    return [valid_from, *sorted(later)]


def _store_day(conn: Connection, derived: Derived, stamps: Mapping[str, Any]) -> Stored:
    pieces = derived.pieces
    stored = Stored(pairs=len({piece.pair for piece in pieces}), lines=len(pieces))
    if len(derived.units):
        _store_pieces(conn, derived.unit_level, derived.at, pieces, stamps, stored)
    return stored


def _store_pieces(
    conn: Connection,
    unit_level: str,
    day: date,
    pieces: Sequence[Piece],
    stamps: Mapping[str, Any],
    stored: Stored,
) -> None:
    versions = _versions_from(conn, unit_level, day)
    new: list[dict[str, Any]] = []
    wanted: defaultdict[Pair, list[Piece]] = defaultdict(list)
    for piece in pieces:
        wanted[piece.pair].append(piece)
    for pair in [*wanted, *(pair for pair in versions if pair not in wanted)]:
        known = versions.get(pair, [])
        if any(version.origin != "derived" for version in known):
            stored.mastered.add(pair)
            continue
        new.extend(_store_pair(conn, day, wanted.get(pair, []), known, stamps, stored))
    fresh = [row for row in new if row["version"] == 1]
    if fresh:
        conn.execute(
            insert(boundary_line),
            [{"id": row["line_id"], "unit_level": unit_level} for row in fresh],
        )
    if new:
        conn.execute(insert(boundary_line_version).values(SHAPE), new)


def _versions_from(conn: Connection, unit_level: str, day: date) -> dict[Pair, list[_Version]]:
    """Return the versions valid on the day or later, by pair and in their order."""
    rows = conn.execute(
        select(
            line_version.id,
            line_version.line_id,
            line_version.version,
            line_version.origin,
            func.lower(line_version.valid),
            func.upper(line_version.valid),
            line_version.level,
            line_version.left_id,
            line_version.right_id,
            func.ST_AsBinary(line_version.geom),
        )
        .where(line_version.line_id == any_uuid(lines_of(conn, unit_level)))
        .where(line_version.valid.overlaps(Range(day, None)))
        .order_by(func.lower(line_version.valid), line_version.length_km.desc())
    )
    versions: dict[Pair, list[_Version]] = {}
    for row in rows:
        version = _Version._make((*row[:-1], bytes(row[-1])))
        versions.setdefault(version.pair, []).append(version)
    return versions


def _store_pair(
    conn: Connection,
    day: date,
    pieces: Sequence[Piece],
    known: list[_Version],
    stamps: Mapping[str, Any],
    stored: Stored,
) -> list[dict[str, Any]]:
    """Bring the lines of one pair to the derived pieces; return the versions to insert."""
    left_over = [version for version in known if version.begin <= day]
    upper = min((version.begin for version in known if version.begin > day), default=None)
    unmatched = []
    for piece in pieces:
        same = next((version for version in left_over if version.says(piece)), None)
        if same is None:
            unmatched.append(piece)
        else:
            left_over.remove(same)
            stored.unchanged += 1
    new = []
    for piece in unmatched:
        old = left_over.pop(0) if left_over else None
        row = _replace(conn, day, piece, old, upper, stamps, stored)
        if row is not None:
            new.append(row)
    for version in left_over:
        _end(conn, version, day)
        stored.ended += 1
    return new


def _replace(
    conn: Connection,
    day: date,
    piece: Piece,
    old: _Version | None,
    upper: date | None,
    stamps: Mapping[str, Any],
    stored: Stored,
) -> dict[str, Any] | None:
    """Put a piece in the place of an old version; return the row to insert, if it needs one."""
    values: dict[str, Any] = {
        "level": piece.level,
        "left_id": piece.left,
        "right_id": piece.right,
        "geom_wkb": piece.wkb,
        "length_km": piece.length_km,
        **stamps,
    }
    if old is not None and old.begin == day:
        stored.changed += 1
        wkb = values.pop("geom_wkb")
        # What was published stays so: who gave its approval number decides about that.
        del values["publication"]
        conn.execute(
            update(boundary_line_version)
            .where(line_version.id == old.id)
            .values(**values, **SHAPE),
            {"geom_wkb": wkb},
        )
        return None
    values |= {
        "id": new_id(),
        "line_id": old.line_id if old else new_id(),
        "version": old.number + 1 if old else 1,
        "origin": "derived",
        "valid": Range(day, old.end if old else upper),
    }
    if old is None:
        stored.added += 1
    else:
        stored.changed += 1
        _end(conn, old, day)
    return values


def _end(conn: Connection, version: _Version, day: date) -> None:
    """End a version on a day; one that began that day never was and goes to the audit log."""
    chosen = line_version.id == version.id
    if version.begin == day:
        conn.execute(delete(boundary_line_version).where(chosen))
    else:
        conn.execute(
            update(boundary_line_version).where(chosen).values(valid=Range(version.begin, day))
        )
