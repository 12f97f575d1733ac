"""What the public may see of facilities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import Connection, update

from geo.access.jurisdiction import Viewer, name_divisions, require_role
from geo.db.engine import give_reason
from geo.db.sql import any_text, any_uuid
from geo.divisions.read import units_below
from geo.errors import OptionInvalidError
from geo.facilities.tables import facility_version
from geo.texts import Text, text

State = Literal["unpublished", "published"]


def publish_facilities(
    conn: Connection,
    viewer: Viewer,
    state: State,
    *,
    kinds: Sequence[str],
    within: UUID | None,
    at: date,
) -> int:
    """Publish or withdraw the facilities of some kinds that are valid on a day; return how many.

    A *correction* of the versions, which stay as they are. What is marked as demo stays demo.

    Parameters
    ----------
    kinds
        Keys of kinds; all where there is none.
    within
        Only in this division or below it; None for the whole country.

    Raises
    ------
    OptionInvalidError
        If there is no such state.
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an approver of the division.
    """
    if state not in get_args(State):
        raise OptionInvalidError(option="state", value=state, allowed=list(get_args(State)))
    place = name_divisions(conn, [within])[within] if within else text("grant.everywhere")
    require_role(conn, viewer, "approver", [within], what=place)
    give_reason(conn, str(Text("reason.publication", {"state": state})))
    version = facility_version.c
    query = (
        update(facility_version)
        .where(version.valid.contains(at), version.publication.not_in(["demo", state]))
        .values(publication=state)
    )
    if kinds:
        query = query.where(version.kind == any_text(kinds))
    if within is not None:
        query = query.where(version.division_id == any_uuid(units_below(conn, within, at)))
    return conn.execute(query).rowcount
