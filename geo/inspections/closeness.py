"""Which divisions belong together: a county and the province above it are one side of a line."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select

from geo.access.tables import division_closure
from geo.db.sql import any_uuid

closure = division_closure.c


def find_above(
    conn: Connection, divisions: Collection[UUID], others: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    """Return for each division which of the others it is, lies under, or lies above."""
    found = {one: {one} & set(others) for one in divisions}
    rows = conn.execute(
        select(closure.ancestor_id, closure.descendant_id).where(
            or_(
                and_(
                    closure.descendant_id == any_uuid(divisions),
                    closure.ancestor_id == any_uuid(others),
                ),
                and_(
                    closure.ancestor_id == any_uuid(divisions),
                    closure.descendant_id == any_uuid(others),
                ),
            )
        )
    )
    for row in rows:
        if row.descendant_id in found and row.ancestor_id in others:
            found[row.descendant_id].add(row.ancestor_id)
        if row.ancestor_id in found and row.descendant_id in others:
            found[row.ancestor_id].add(row.descendant_id)
    return found
