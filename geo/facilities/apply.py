"""Put facilities into the register: new ones, new versions, corrections; nothing is overwritten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import shapely
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid, bind_wkb
from geo.divisions.apply import Source
from geo.facilities.rows import Facility
from geo.facilities.tables import facility, facility_version

KEPT = (
    "name", "code", "division_id", "division_code", "address", "capacity", "beds", "nursing_beds",
)  # fmt: skip
"""What a row may leave open: what is known of it stays."""
PLACE = ("geom_wkb", "position_quality", "given_x", "given_y", "source_crs")
"""What comes with a place, all of it or nothing."""
SHAPE = {"geom": bind_wkb("geom_wkb")}


class _Version(NamedTuple):
    """A version in the register: when it is valid, and what an incoming row can change."""

    id: UUID
    valid: Range[date]
    values: Mapping[str, Any]


def apply_facilities(
    conn: Connection, rows: Sequence[Facility], *, valid_from: date, source: Source
) -> dict[str, int]:
    """Put checked rows into the register from a date on; return what was done, by word.

    A row that is no known facility makes one (*added*). A known facility whose version began
    earlier gets a new version from ``valid_from`` (*changed*); a version that begins on that very
    day is amended (*corrected*: the old row and the reason go to the audit log); one that says the
    same is left alone. A version that follows later stays, and the new one ends where it begins.
    What a row leaves open (no beds, no coordinates) stays as it is known.
    """
    give_reason(conn, f"import {source.name}")
    fresh = [row for row in rows if row.known is None]
    ids = {row.row: row.known or new_id() for row in rows}
    if fresh:
        conn.execute(insert(facility), [{"id": ids[row.row]} for row in fresh])
    versions = _versions_from(conn, {row.known for row in rows if row.known}, valid_from)
    done: Counter[str] = Counter(added=0, changed=0, corrected=0, unchanged=0)
    new: list[dict[str, Any]] = []
    for row in rows:
        first = versions[row.known][0] if row.known in versions else None
        values = _values(row, source, first)
        valid = _fit(conn, values, first, valid_from, done)
        if valid is not None:
            new.append(
                {
                    "id": new_id(),
                    "facility_id": ids[row.row],
                    "valid": valid,
                    "source": source.name,
                    "import_id": source.import_id,
                    "publication": source.publication,
                    **values,
                }
            )
    if new:
        conn.execute(insert(facility_version).values(SHAPE), new)
    return dict(done)


def _versions_from(
    conn: Connection, ids: set[UUID], valid_from: date
) -> dict[UUID | None, list[_Version]]:
    """Return the versions that are valid on the day or later, in their order, by facility."""
    table = facility_version.c
    found = conn.execute(
        select(
            table.id,
            table.facility_id,
            table.valid,
            table.kind,
            *(table[name] for name in KEPT),
            func.ST_AsBinary(table.geom).label("geom_wkb"),
            *(table[name] for name in PLACE[1:]),
        )
        .where(table.facility_id == any_uuid(ids))
        .where(table.valid.overlaps(Range(valid_from, None)))
        .order_by(table.facility_id, func.lower(table.valid))
    ).mappings()
    versions: defaultdict[UUID | None, list[_Version]] = defaultdict(list)
    for row in found:
        values = {name: row[name] for name in ("kind", *KEPT, *PLACE)}
        if values["geom_wkb"] is not None:
            values["geom_wkb"] = bytes(values["geom_wkb"])
        versions[row["facility_id"]].append(_Version(row["id"], row["valid"], values))
    return dict(versions)


def _values(row: Facility, source: Source, known: _Version | None) -> dict[str, Any]:
    """Return what a row comes to beside what is known."""
    said: dict[str, Any] = {"kind": row.kind, **{name: getattr(row, name) for name in KEPT}}
    said |= dict.fromkeys(PLACE) | {"position_quality": "none"}
    if row.point is not None:
        given = row.given or row.point
        said |= {
            "geom_wkb": shapely.to_wkb(row.point),
            "position_quality": row.position_quality,
            "given_x": given.x,
            "given_y": given.y,
            "source_crs": source.crs,
        }
    if known is None:
        return said
    kept = [name for name in KEPT if said[name] is None]
    if row.division_code is not None:
        # A code of its own decides the division too, also that there is none yet.
        kept = [name for name in kept if name != "division_id"]
    if row.point is None:
        kept.extend(PLACE)
    return said | {name: known.values[name] for name in kept}


def _fit(
    conn: Connection,
    values: Mapping[str, Any],
    first: _Version | None,
    valid_from: date,
    done: Counter[str],
) -> Range[date] | None:
    """Fit a row into what the register has; return the validity of the new version, if any."""
    if first is None:
        done["added"] += 1
        return Range(valid_from, None)
    if first.valid.lower is not None and first.valid.lower > valid_from:
        done["changed"] += 1
        return Range(valid_from, first.valid.lower)
    if values == first.values:
        done["unchanged"] += 1
        return None
    if first.valid.lower == valid_from:
        conn.execute(
            update(facility_version)
            .where(facility_version.c.id == first.id)
            .values({name: value for name, value in values.items() if name != "geom_wkb"} | SHAPE),
            {"geom_wkb": values["geom_wkb"]},
        )
        done["corrected"] += 1
        return None
    conn.execute(
        update(facility_version)
        .where(facility_version.c.id == first.id)
        .values(valid=Range(first.valid.lower, valid_from))
    )
    done["changed"] += 1
    return Range(valid_from, first.valid.upper)
