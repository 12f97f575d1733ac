"""What is new, changed or ended since a platform last accepted it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array, distinct_on

from geo.access.jurisdiction import Viewer
from geo.boundaries.find import read_found
from geo.boundaries.tables import boundary_line_version
from geo.db.sql import any_uuid
from geo.divisions.read import units_below
from geo.markers.read import list_versions
from geo.markers.tables import marker_version
from geo.reports.gather import Cells, Row, gather_rows, write_cell, write_cells
from geo.reports.platforms import Platform
from geo.reports.tables import report_item, report_package
from geo.reports.values import KINDS, OPERATION, Said

What = Literal["new", "changed", "ended"]
WHATS: Final[tuple[What, ...]] = ("new", "changed", "ended")
ENDED: Final = "ended"
item, package = report_item.c, report_package.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row to be sent, and why."""

    what: What
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything a package has to say; ``unrecorded`` lines have no record and are left out."""

    items: list[Item]
    unrecorded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    kind: str
    key: str
    what: str
    digest: str


def find_changes(
    conn: Connection, viewer: Viewer, platform: Platform, within: UUID | None, today: date
) -> Changes:
    """Compare what a division should report today with what the platform last accepted.

    What was sent and not yet answered, or refused, counts for nothing: it comes again.
    """
    gathered = gather_rows(conn, viewer, platform, within, today)
    known = _last_accepted(conn, platform.name)
    items = []
    for row in gathered.rows:
        last = known.get(row.object_id)
        if last is None or last.what == ENDED:
            items.append(Item(what="new", row=_said(platform, row, "new")))
        elif last.digest != row.digest:
            items.append(Item(what="changed", row=_said(platform, row, "changed")))
    there = {row.object_id for row in gathered.rows}
    gone = {one: last for one, last in known.items() if one not in there and last.what != ENDED}
    items += _ended(conn, viewer, platform, within, gone, today)
    return Changes(items=items, unrecorded=gathered.unrecorded)


def count_changes(changes: Changes) -> dict[str, Any]:
    """Return how many rows there are by kind and operation, and what was left out."""
    found = Counter((one.row.kind, one.what) for one in changes.items)
    counts: dict[str, Any] = {kind: {what: found[kind, what] for what in WHATS} for kind in KINDS}
    return counts | {"lines_without_record": changes.unrecorded}


def _last_accepted(conn: Connection, platform: str) -> dict[UUID, _Accepted]:
    """Return, by object, the newest that the platform accepted, whoever sent it."""
    rows = conn.execute(
        select(item.object_id, item.object_kind, item.key, item.what, item.digest)
        .join_from(report_item, report_package, package.id == item.package_id)
        .where(package.platform == platform, item.accepted)
        .ext(distinct_on(item.object_id))
        .order_by(item.object_id, package.created_at.desc(), package.number.desc())
    )
    return {
        row.object_id: _Accepted(
            kind=row.object_kind, key=row.key, what=row.what, digest=row.digest
        )
        for row in rows
    }


def _ended(
    conn: Connection,
    viewer: Viewer,
    platform: Platform,
    within: UUID | None,
    gone: Mapping[UUID, _Accepted],
    today: date,
) -> list[Item]:
    """Return what the platform knows, the division had, and is no more."""
    lines = {one for one, last in gone.items() if last.kind == "line"}
    below = None if within is None else list(units_below(conn, within, today))
    mine = {
        **_last_days(conn, boundary_line_version, "line_id", lines, below),
        **_last_days(conn, marker_version, "marker_id", gone.keys() - lines, below),
    }
    items = []
    for object_id, last_day in mine.items():
        last = gone[object_id]
        cells = _last_cells(conn, viewer, platform, last, object_id, last_day or today)
        row = Row(
            object_id=object_id,
            kind=last.kind,
            key=last.key,
            cells={**cells, platform.key: last.key},
            shape=None,
            files=(),
            digest=ENDED,
        )
        items.append(Item(what=ENDED, row=_said(platform, row, ENDED)))
    return items


def _last_days(
    conn: Connection, table: Table, owner: str, ids: Collection[UUID], below: list[UUID] | None
) -> dict[UUID, date | None]:
    """Return the last day of each of these whose last sides lay below; None where it goes on."""
    sides: ColumnElement[Any] = (
        table.c.sides if "sides" in table.c else array([table.c.left_id, table.c.right_id])
    )
    newest = (
        select(
            table.c[owner].label("owner"),
            func.upper(table.c.valid).label("until"),
            sides.label("sides"),
        )
        .where(table.c[owner] == any_uuid(ids))
        .ext(distinct_on(table.c[owner]))
        .order_by(table.c[owner], func.lower(table.c.valid).desc().nulls_last())
        .subquery()
    )
    chosen = select(newest.c.owner, newest.c.until)
    if below is not None:
        chosen = chosen.where(newest.c.sides.bool_op("&&")(cast(below, ARRAY(Uuid))))
    return {
        row.owner: row.until - timedelta(days=1) if row.until else None
        for row in conn.execute(chosen)
    }


def _last_cells(
    conn: Connection,
    viewer: Viewer,
    platform: Platform,
    last: _Accepted,
    object_id: UUID,
    day: date,
) -> Cells:
    """Return the cells an object had on its last day."""
    if last.kind == "marker":
        marker = list_versions(conn, object_id, viewer, day)[-1]
        return write_cells(platform, "marker", Said(thing=marker))
    found = read_found(conn, viewer, object_id, day)
    if found is None or found.record is None:
        return {}
    return write_cells(platform, "line", Said(thing=found))


def _said(platform: Platform, row: Row, what: What) -> Row:
    """Write what is done with a row into its cell for that, where the platform has one."""
    heads = [head for head, name in platform.tables[row.kind].columns.items() if name == OPERATION]
    code = write_cell(platform, OPERATION, what)
    return replace(row, cells={**row.cells, **dict.fromkeys(heads, code)})
