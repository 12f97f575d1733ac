"""Versions in valid time: put rows into a register in which nothing is overwritten.

A table of versions has ``id``, ``valid`` (a date range) and columns that say whose version it is;
where it has ``version`` the versions of one thing are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Range

from geo.db.ids import new_id
from geo.db.sql import any_uuid, bind_wkb

Key = tuple[Any, ...]
Values = Mapping[str, Any]
STAMPS = frozenset({"source", "import_id", "publication"})
"""Columns that say where a version comes from; they make no difference between two."""


@dataclass(slots=True)
class Put:
    """What was done: counts by word (added, changed, corrected, unchanged, ended), and for what."""

    counts: Counter[str] = field(
        default_factory=lambda: Counter(added=0, changed=0, corrected=0, unchanged=0, ended=0)
    )
    touched: set[Key] = field(default_factory=set)

    def note(self, word: str, key: Key) -> None:
        """Count a row that made a difference."""
        self.counts[word] += 1
        self.touched.add(key)


@dataclass(frozen=True, slots=True)
class _Version:
    id: UUID
    valid: Range[date]
    values: Values


def put_versions(
    conn: Connection,
    table: Table,
    key: Sequence[str],
    rows: Iterable[Values],
    *,
    valid_from: date,
) -> Put:
    """Put rows into a table of versions from a day on.

    A thing without a version that holds on the day or later is *added*. One whose version began
    earlier gets a new one from the day (*changed*); a version that begins on that very day is
    amended (*corrected*: the audit log has the old row); one that says the same stays. A version
    that follows later stays, and the new one ends where it begins.

    Parameters
    ----------
    key
        Columns that say whose version a row is; the first is an id.
    rows
        All columns but ``id``, ``valid`` and ``version``; a shape (EPSG:4490) as ``geom_wkb``.
    """
    given = {tuple(row[name] for name in key): dict(row) for row in rows}
    put = Put()
    known = _versions_from(conn, table, key, {one[0] for one in given}, valid_from)
    counted = "version" in table.c
    numbers = _numbers(conn, table, key[0], {one[0] for one in given}) if counted else {}
    new, amended, closed = [], [], []
    for one, values in given.items():
        first = known.get(one)
        if first is None or first.valid.lower is None or first.valid.lower < valid_from:
            if first is not None and _same(first.values, values):
                put.counts["unchanged"] += 1
                continue
            if first is not None:
                closed.append({"b_id": first.id, "b_valid": Range(first.valid.lower, valid_from)})
            put.note("changed" if first else "added", one)
            new.append(_new(values, Range(valid_from, first.valid.upper if first else None)))
        elif first.valid.lower > valid_from:
            put.note("changed", one)
            new.append(_new(values, Range(valid_from, first.valid.lower)))
        elif _same(first.values, values):
            put.counts["unchanged"] += 1
        else:
            put.note("corrected", one)
            amended.append(
                {f"b_{name}": value for name, value in values.items()} | {"b_id": first.id}
            )
    for row in new if counted else ():
        row["version"] = numbers.get(row[key[0]], 0) + 1
    _write(conn, table, new, amended, closed)
    return put


def end_versions(
    conn: Connection, table: Table, key: Sequence[str], keys: Iterable[Key], *, day: date
) -> Put:
    """End what holds on a day; a version that began that very day never was (the log has it)."""
    wanted = set(keys)
    put = Put()
    known = _versions_from(conn, table, key, {one[0] for one in wanted}, day)
    closed, gone = [], []
    for one in wanted & known.keys():
        first = known[one]
        put.note("ended", one)
        if first.valid.lower is not None and first.valid.lower >= day:
            gone.append(first.id)
        else:
            closed.append({"b_id": first.id, "b_valid": Range(first.valid.lower, day)})
    if gone:
        conn.execute(delete(table).where(table.c.id == any_uuid(gone)))
    _write(conn, table, [], [], closed)
    return put


def _new(values: Values, valid: Range[date]) -> dict[str, Any]:
    return {"id": new_id(), "valid": valid, **values}


def _same(known: Values, given: Values) -> bool:
    return all(known[name] == value for name, value in given.items() if name not in STAMPS)


def _versions_from(
    conn: Connection, table: Table, key: Sequence[str], ids: set[Any], day: date
) -> dict[Key, _Version]:
    """Return, by key, the first version that is valid on the day or later."""
    skipped = {"geom", "version"}
    columns: list[ColumnElement[Any]] = [one for one in table.c if one.name not in skipped]
    if "geom" in table.c:
        columns.append(func.ST_AsBinary(table.c.geom).label("geom_wkb"))
    rows = conn.execute(
        select(*columns)
        .where(table.c[key[0]] == any_uuid(ids), table.c.valid.overlaps(Range(day, None)))
        .order_by(func.lower(table.c.valid).desc().nulls_last())
    ).mappings()
    found: dict[Key, _Version] = {}
    for row in rows:
        values = dict(row)
        if values.get("geom_wkb") is not None:
            values["geom_wkb"] = bytes(values["geom_wkb"])
        # The last one read is the earliest, so it stands.
        found[tuple(row[name] for name in key)] = _Version(row["id"], row["valid"], values)
    return found


def _numbers(conn: Connection, table: Table, owner: str, ids: set[Any]) -> dict[Any, int]:
    column = table.c[owner]
    rows = conn.execute(
        select(column, func.max(table.c.version)).where(column == any_uuid(ids)).group_by(column)
    )
    numbers: defaultdict[Any, int] = defaultdict(int)
    numbers.update({row[0]: row[1] for row in rows})
    return numbers


def _write(
    conn: Connection,
    table: Table,
    new: list[dict[str, Any]],
    amended: list[dict[str, Any]],
    closed: list[dict[str, Any]],
) -> None:
    """Close first, so that no two versions overlap for a moment."""
    if closed:
        conn.execute(
            update(table).where(table.c.id == bindparam("b_id")).values(valid=bindparam("b_valid")),
            closed,
        )
    if amended:
        names = [name.removeprefix("b_") for name in amended[0] if name != "b_id"]
        plain: dict[str, Any] = {
            name: bindparam(f"b_{name}") for name in names if name != "geom_wkb"
        }
        shape = {"geom": bind_wkb("b_geom_wkb")} if "geom_wkb" in names else {}
        statement = update(table).where(table.c.id == bindparam("b_id"))
        conn.execute(statement.values(**plain, **shape), amended)
    if new:
        shape = {"geom": bind_wkb("geom_wkb")} if "geom_wkb" in new[0] else {}
        statement_new = insert(table).values(shape) if shape else insert(table)
        conn.execute(statement_new, new)
