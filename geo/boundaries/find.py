"""Find lines by code, name and sides, with their records and what hangs on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    false,
    func,
    or_,
    select,
)

from geo.access.jurisdiction import Viewer, in_reach
from geo.boundaries.above import marker_on_line
from geo.boundaries.read import LEFT, RIGHT, BoundaryLine, as_line, seen_by, select_lines, version
from geo.boundaries.record import (
    LineRecord,
    PrintedLength,
    printed_length,
    read_records,
    record,
)
from geo.boundaries.tables import boundary_line, boundary_line_record, boundary_line_survey
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.files.tables import attachment

MOST_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFound:
    """A line with what is written of it; ``printed`` is the length papers print.

    ``markers`` and ``documents`` say how many there are; None for who is of neither side, nor
    above. ``surveys`` are courses beside the line of record.
    """

    line: BoundaryLine
    left_id: UUID
    right_id: UUID
    record: LineRecord | None
    printed: PrintedLength
    markers: int | None
    documents: int | None
    surveys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFound:
    """A page of lines; what all ``total`` lines come to, in kilometres.

    ``length_km`` is computed from the shapes, ``printed_km`` takes the official length of the
    ``official`` lines that have one.
    """

    items: list[LineFound]
    total: int
    length_km: float
    printed_km: float
    official: int
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which lines are wanted.

    ``query`` is a part of code, name or a side's name, the beginning of a side's code, several of
    them with spaces, or a line's id. ``code`` is a whole statutory code. ``within`` wants both
    sides at or below a division, ``touching`` one in and one out, ``beside`` it or one below it on
    either side. ``missing`` wants lines without a record.
    """

    query: str | None = None
    code: str | None = None
    within: UUID | None = None
    touching: UUID | None = None
    beside: UUID | None = None
    unit_level: str | None = None
    level: str | None = None
    origin: str | None = None
    missing: bool = False


EVERY = LineFilter()


def find_lines(
    conn: Connection,
    viewer: Viewer,
    at: date,
    wanted: LineFilter = EVERY,
    *,
    after: str = "",
    limit: int = 100,
) -> LinesFound:
    """Find the lines of a date, by the codes of their sides.

    Parameters
    ----------
    after
        ``next`` of the page before.
    """
    chosen = _with_record(viewer, at).where(seen_by(viewer), *_conditions(conn, wanted, at))
    # Worked out once, though the page, the number of all and their lengths are asked of it.
    found = chosen.cte("found")
    official = func.count(found.c.official_length_km)
    printed = func.coalesce(found.c.official_length_km, found.c.length_km)
    whole = select(
        func.count().label("total"),
        func.coalesce(func.sum(found.c.length_km), 0.0).label("total_km"),
        func.coalesce(func.sum(printed), 0.0).label("printed_km"),
        official.label("official"),
        func.max(found.c.key).label("last"),
    ).cte("whole")
    rows = conn.execute(
        select(whole, found)
        .select_from(whole)
        .outerjoin(found, found.c.key > after)
        .order_by(found.c.key)
        .limit(limit)
    ).all()
    shown = [row for row in rows if row.key is not None]
    return LinesFound(
        items=_with_counts(conn, shown, at),
        total=rows[0].total,
        length_km=rows[0].total_km,
        printed_km=rows[0].printed_km,
        official=rows[0].official,
        next=shown[-1].key if shown and shown[-1].key < rows[0].last else None,
    )


def read_found(conn: Connection, viewer: Viewer, line_id: UUID, at: date) -> LineFound | None:
    """Return one line as :func:`find_lines` gives it; None where the viewer sees no such line."""
    wanted = LineFilter(query=str(line_id))
    return next(iter(find_lines(conn, viewer, at, wanted, limit=1).items), None)


def find_line_ids(conn: Connection, text: str) -> list[UUID]:
    """Return the lines that a text names: a line's id, or a statutory code it bears or bore.

    Lines may share a code: the county lines along a provincial one.
    """
    as_id = _as_id(text)
    if as_id is not None:
        asked = select(boundary_line.c.id).where(boundary_line.c.id == as_id)
    else:
        asked = select(record.line_id).where(record.code == text.strip()).distinct()
    return list(conn.execute(asked).scalars())


def find_meant(conn: Connection, viewer: Viewer, at: date, text: str, *, limit: int) -> list[UUID]:
    """Return the lines an id or a code names, else those whose name or side it is a part of.

    Parameters
    ----------
    limit
        Most lines of a part of a name; an id or a code gives all it names.
    """
    ids = find_line_ids(conn, text)
    if ids:
        return ids
    found = find_lines(conn, viewer, at, LineFilter(query=text), limit=limit)
    return [one.line.id for one in found.items]


def _with_record(viewer: Viewer, at: date) -> Select[Any]:
    reach = or_(in_reach(viewer, version.left_id), in_reach(viewer, version.right_id))
    return (
        select_lines(at)
        .add_columns(
            version.left_id, version.right_id, record.official_length_km, reach.label("reach")
        )
        .outerjoin(
            boundary_line_record,
            and_(record.line_id == version.line_id, record.valid.contains(at)),
        )
    )


def _conditions(conn: Connection, wanted: LineFilter, at: date) -> list[ColumnElement[bool]]:
    conditions = [
        column == value
        for column, value in (
            (boundary_line.c.unit_level, wanted.unit_level),
            (version.level, wanted.level),
            (version.origin, wanted.origin),
            (record.code, wanted.code),
        )
        if value is not None
    ]
    if wanted.within:
        inside = any_uuid(units_below(conn, wanted.within, at))
        conditions += [version.left_id == inside, version.right_id == inside]
    if wanted.touching:
        inside = any_uuid(units_below(conn, wanted.touching, at))
        # One side in, the other out: the lines round the division, not those inside it.
        conditions.append((version.left_id == inside) != (version.right_id == inside))
    if wanted.beside:
        inside = any_uuid(units_below(conn, wanted.beside, at))
        conditions.append(or_(version.left_id == inside, version.right_id == inside))
    if wanted.missing:
        conditions.append(record.id.is_(None))
    return [*conditions, *_matches(wanted.query)]


def _matches(query: str | None) -> list[ColumnElement[bool]]:
    """Return a condition for each word that is looked for; all of them must hold."""
    words = (query or "").replace("—", " ").replace("–", " ").split()
    as_id = _as_id(words[0]) if len(words) == 1 else None
    if as_id is not None:
        return [version.line_id == as_id]
    if len(words) > MOST_WORDS:
        return [false()]
    return [
        or_(
            record.code.contains(word, autoescape=True),
            record.name.contains(word, autoescape=True),
            LEFT.c.name.contains(word, autoescape=True),
            RIGHT.c.name.contains(word, autoescape=True),
            LEFT.c.code.startswith(word, autoescape=True),
            RIGHT.c.code.startswith(word, autoescape=True),
        )
        for word in words
    ]


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _with_counts(conn: Connection, rows: Collection[Row[Any]], at: date) -> list[LineFound]:
    ids = [row.line_id for row in rows]
    records = read_records(conn, ids, at)
    on = marker_on_line.c
    markers = _counts(
        conn,
        select(on.line_id, func.count())
        .where(on.line_id == any_uuid(ids), on.valid.contains(at))
        .group_by(on.line_id),
    )
    given = attachment.c
    documents = _counts(
        conn,
        select(given.object_id, func.count())
        .where(given.object_id == any_uuid(ids), given.withdrawn_at.is_(None))
        .group_by(given.object_id),
    )
    beside = boundary_line_survey.c
    surveys = _counts(
        conn,
        select(beside.line_id, func.count())
        .where(beside.line_id == any_uuid(ids))
        .group_by(beside.line_id),
    )
    return [
        LineFound(
            line=as_line(row),
            left_id=row.left_id,
            right_id=row.right_id,
            record=records.get(row.line_id),
            printed=printed_length(records.get(row.line_id), row.length_km),
            markers=markers.get(row.line_id, 0) if row.reach else None,
            documents=documents.get(row.line_id, 0) if row.reach else None,
            surveys=surveys.get(row.line_id, 0) if row.reach else 0,
        )
        for row in rows
    ]


def _counts(conn: Connection, asked: Select[Any]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in conn.execute(asked)}
