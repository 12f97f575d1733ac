"""Hand the open inspections of a clerk over to a successor, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select, update

from geo.access.jurisdiction import Viewer, load_viewer, require_role
from geo.access.users import find_user
from geo.boundaries.sides import name_divisions
from geo.errors import OptionInvalidError
from geo.inspections.feed import tell
from geo.inspections.parties import own_of_many
from geo.inspections.tables import inspection, inspection_party
from geo.inspections.waiting.todo import OPEN_STATES
from geo.texts import Text

party = inspection_party.c


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What went over, and what the successor's roles do not reach, by inspection and side."""

    done: tuple[tuple[UUID, UUID], ...]
    left: tuple[tuple[UUID, UUID], ...]


def hand_over(
    conn: Connection, viewer: Viewer, clerk: str, successor: str, *, today: date
) -> HandedOver:
    """Let a successor look after every open inspection that a clerk looks after.

    Work orders belong to a division, not to a person: they go with the successor's role there.

    Parameters
    ----------
    clerk, successor
        Names of accounts; the clerk's may be disabled, the successor's not.

    Raises
    ------
    UserUnknownError, OptionInvalidError
        If both are the same account.
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an editor of each of the sides, or above them.
    """
    from_id, to_id = find_user(conn, clerk).id, find_user(conn, successor).id
    if from_id == to_id:
        raise OptionInvalidError(
            option="successor", value=successor, allowed=Text("allowed.another_account")
        )
    rows = _looked_after(conn, from_id)
    sides = {row.division_id for row in rows}
    require_role(conn, viewer, "editor", sides, what=clerk)
    heir = load_viewer(conn, to_id, demo_open=False, today=today)
    reached = own_of_many(conn, heir, _parties(conn, {row.inspection_id for row in rows}))
    pairs = [(row.inspection_id, row.division_id) for row in rows]
    done = [pair for pair in pairs if pair[1] in reached[pair[0]]]
    named = name_divisions(conn, sides, today)
    for id_, division in done:
        conn.execute(
            update(inspection_party)
            .where(party.inspection_id == id_, party.division_id == division)
            .values(clerk_id=to_id)
        )
        side = named[division].name
        tell(conn, viewer, id_, "handed_over", division, side=side, clerk=clerk, heir=successor)
    return HandedOver(done=tuple(done), left=tuple(pair for pair in pairs if pair not in done))


def _looked_after(conn: Connection, clerk_id: UUID) -> Sequence[Row[Any]]:
    chosen: Select[Any] = (
        select(party.inspection_id, party.division_id)
        .join_from(inspection_party, inspection, inspection.c.id == party.inspection_id)
        .where(party.clerk_id == clerk_id, inspection.c.state.in_(OPEN_STATES))
        .order_by(party.inspection_id)
        .with_for_update(of=inspection_party)
    )
    return conn.execute(chosen).all()


def _parties(conn: Connection, ids: set[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {id_: [] for id_ in ids}
    rows = conn.execute(
        select(party.inspection_id, party.division_id).where(party.inspection_id.in_(ids))
    )
    for row in rows:
        found[row.inspection_id].append(row.division_id)
    return found
