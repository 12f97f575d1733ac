"""Put divisions into the register: new ones, new versions, corrections; nothing is overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import shapely
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid, bind_wkb
from geo.divisions.area import area_km2
from geo.divisions.codes import levels_of
from geo.divisions.lineage import record_succession, refresh_closure
from geo.divisions.parents import Row
from geo.divisions.register import SCHEME, known_codes
from geo.divisions.tables import division, division_code, division_version

SHAPES = {"geom": bind_wkb("geom_wkb"), "label": bind_wkb("label_wkb")}
"""The columns that take what :func:`_shape` gives as WKB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the rows come from; it stands on every version that they make."""

    name: str
    crs: str | None = None
    import_id: UUID | None = None
    publication: str = "unpublished"


@dataclass(slots=True)
class Applied:
    """What was done; ``reshaped`` are the divisions with a new polygon or place in the tree."""

    added: int = 0
    changed: int = 0
    corrected: int = 0
    unchanged: int = 0
    reshaped: set[UUID] = field(default_factory=set)
    reshaped_levels: set[str] = field(default_factory=set)


class _Version(NamedTuple):
    """A version in the register, with what an incoming row can change."""

    id: UUID
    valid: Range[date]
    name: str
    parent_id: UUID | None
    wkb: bytes | None


def apply_divisions(
    conn: Connection, rows: Sequence[Row], *, valid_from: date, today: date, source: Source
) -> Applied:
    """Put checked rows into the register from a date on.

    A code the register does not know makes a division. A known division whose version began
    earlier gets a new version from ``valid_from`` (a *change*); a version that begins on that very
    day is amended (a *correction*: the old row and the reason go to the audit log); one that says
    the same is left alone. A version that follows later stays, and the new one ends where it
    begins. A row without a polygon leaves the polygon that is there.

    Parameters
    ----------
    rows
        Rows of :func:`geo.divisions.incoming.check_divisions`; polygons in EPSG:4490.
    today
        Today in Asia/Shanghai; the closure of parents is brought to this day.
    """
    give_reason(conn, f"import {source.name}")
    ids = _give_ids(conn, rows)
    reached = _versions_from(conn, {ids[row.code.text] for row in rows}, valid_from)
    applied = Applied()
    new: list[dict[str, Any]] = []
    for row in rows:
        division_id = ids[row.code.text]
        parent_id = ids.get(row.parent) if row.parent else None
        unchanged = applied.unchanged
        valid = _place(conn, row, parent_id, reached[division_id], valid_from, applied)
        if applied.unchanged == unchanged:
            _note_shape(row, division_id, applied)
        if valid is not None:
            new.append(_new_version(row, division_id, parent_id, valid, source))
    if new:
        conn.execute(insert(division_version).values(SHAPES), new)
    for row in rows:
        if row.predecessor is not None:
            record_succession(conn, ids[row.predecessor], ids[row.code.text], valid_from)
    refresh_closure(conn, today)
    return applied


def jurisdiction_of(conn: Connection, rows: Sequence[Row]) -> set[UUID | None]:
    """Return whose editors may put these rows in: each known division, or who is above a new one.

    None stands for the whole country, where nothing above a new division is known.
    """
    parent_of = {row.code.text: row.parent for row in rows}
    known = known_codes(conn, {*parent_of, *(code for code in parent_of.values() if code)})

    def nearest(code: str | None) -> UUID | None:
        while code is not None and code not in known:
            code = parent_of.get(code)
        return known[code] if code is not None else None

    return {nearest(code) for code in parent_of}


def _give_ids(conn: Connection, rows: Sequence[Row]) -> dict[str, UUID]:
    """Return the division of every code the rows name; codes nobody bore get a new one."""
    named = {row.code.text for row in rows}
    others = {code for row in rows for code in (row.parent, row.predecessor) if code}
    ids = known_codes(conn, named | others)
    fresh = {code: new_id() for code in sorted(named - ids.keys())}
    if fresh:
        conn.execute(insert(division), [{"id": id_} for id_ in fresh.values()])
        conn.execute(
            insert(division_code),
            [{"scheme": SCHEME, "code": code, "division_id": id_} for code, id_ in fresh.items()],
        )
    return ids | fresh


def _versions_from(
    conn: Connection, ids: set[UUID], valid_from: date
) -> defaultdict[UUID, list[_Version]]:
    """Return the versions that are valid on the day or later, in their order, by division."""
    table = division_version.c
    found = conn.execute(
        select(
            table.division_id,
            table.id,
            table.valid,
            table.name,
            table.parent_id,
            func.ST_AsBinary(table.geom).label("wkb"),
        )
        .where(table.division_id == any_uuid(ids))
        .where(table.valid.overlaps(Range(valid_from, None)))
        .order_by(table.division_id, func.lower(table.valid))
    )
    versions: defaultdict[UUID, list[_Version]] = defaultdict(list)
    for row in found:
        wkb = None if row.wkb is None else bytes(row.wkb)
        versions[row.division_id].append(_Version(row.id, row.valid, row.name, row.parent_id, wkb))
    return versions


def _place(
    conn: Connection,
    row: Row,
    parent_id: UUID | None,
    versions: list[_Version],
    valid_from: date,
    applied: Applied,
) -> Range[date] | None:
    """Fit a row into what the register has; return the validity of the new version, if any."""
    first = versions[0] if versions else None
    if first is None or (first.valid.lower is not None and first.valid.lower > valid_from):
        applied.added += first is None
        applied.changed += first is not None
        return Range(valid_from, None if first is None else first.valid.lower)
    wkb = first.wkb if row.geom is None else shapely.to_wkb(row.geom)
    if (row.name, parent_id, wkb) == (first.name, first.parent_id, first.wkb):
        applied.unchanged += 1
        return None
    if row.geom is None and wkb is not None:
        row.geom = shapely.from_wkb(wkb)
    if first.valid.lower == valid_from:
        _correct(conn, first.id, row, parent_id)
        applied.corrected += 1
        return None
    conn.execute(
        update(division_version)
        .where(division_version.c.id == first.id)
        .values(valid=Range(first.valid.lower, valid_from))
    )
    applied.changed += 1
    return Range(valid_from, first.valid.upper)


def _note_shape(row: Row, division_id: UUID, applied: Applied) -> None:
    """Note that the lines round a division must be derived again."""
    if row.geom is not None:
        applied.reshaped.add(division_id)
        applied.reshaped_levels |= levels_of(row.code)


def _correct(conn: Connection, version_id: UUID, row: Row, parent_id: UUID | None) -> None:
    conn.execute(
        update(division_version)
        .where(division_version.c.id == version_id)
        .values(name=row.name, parent_id=parent_id, **SHAPES),
        _shape(row),
    )


def _new_version(
    row: Row, division_id: UUID, parent_id: UUID | None, valid: Range[date], source: Source
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "division_id": division_id,
        "scheme": SCHEME,
        "code": row.code.text,
        "name": row.name,
        "level": row.code.level,
        "parent_id": parent_id,
        "valid": valid,
        "source": source.name,
        "source_crs": None if row.geom is None else source.crs,
        "import_id": source.import_id,
        "publication": source.publication,
        **_shape(row),
    }


def _shape(row: Row) -> dict[str, Any]:
    """Return the parameters that follow from the polygon; a label lies inside it."""
    if row.geom is None:
        return {"geom_wkb": None, "label_wkb": None, "area_km2": None}
    label = shapely.point_on_surface(max(shapely.get_parts(row.geom), key=lambda part: part.area))
    return {
        "geom_wkb": shapely.to_wkb(row.geom),
        "label_wkb": shapely.to_wkb(label),
        "area_km2": area_km2(row.geom),
    }
