"""Read numbers by division of what stands in private homes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.jurisdiction import Viewer, visible
from geo.db.sql import any_uuid
from geo.divisions.tables import division_version
from geo.facilities.tables import facility_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of a kind a division has; ``as_of`` is the day the number is of."""

    kind: str
    division_id: UUID
    division_code: str
    division_name: str
    number: int
    as_of: date
    source: str
    publication: str


def list_counts(
    conn: Connection, viewer: Viewer, at: date, *, within: list[UUID] | None = None
) -> list[Count]:
    """List the latest numbers up to a day, by kind and division.

    Parameters
    ----------
    within
        Only these divisions.
    """
    table, version = facility_count.c, division_version.c
    chosen = (
        select(
            table.kind,
            table.division_id,
            version.code.label("division_code"),
            version.name.label("division_name"),
            table.number,
            table.as_of,
            table.source,
            table.publication,
        )
        .join(
            division_version,
            (version.division_id == table.division_id) & version.valid.contains(at),
        )
        .where(table.as_of <= at, visible(viewer, table.publication, table.division_id))
        .ext(distinct_on(table.kind, version.code))
        .order_by(table.kind, version.code, table.as_of.desc())
    )
    if within is not None:
        chosen = chosen.where(table.division_id == any_uuid(within))
    return [Count(**row) for row in conn.execute(chosen).mappings()]
