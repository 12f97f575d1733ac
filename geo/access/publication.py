"""What the public may see of divisions and boundary lines.

Everything begins unpublished. A map of divisions goes public only by an approved depiction with its
approval number (审图号).

References
----------
地图管理条例 (2015) 第十五条: 国家实行地图审核制度; 第三十四条: 互联网地图须标明审图号.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, TableClause, and_, or_, select, true, update

from geo.access.above import boundary_line_version, division_version
from geo.access.jurisdiction import Viewer, name_divisions, require_role
from geo.access.tables import division_closure
from geo.errors import ApprovalMissingError, OptionInvalidError
from geo.texts import text

State = Literal["unpublished", "demo", "published"]


@dataclass(frozen=True, slots=True)
class PublicationChange:
    """How many versions got another state."""

    divisions: int
    lines: int


def set_publication(
    conn: Connection,
    viewer: Viewer,
    division_id: UUID | None,
    state: State,
    *,
    approval_number: str = "",
    at: date | None = None,
) -> PublicationChange:
    """Publish, withdraw or mark as demo a division, all under it and the lines within it.

    A line lies within a division when both its sides do: the outer line of a county is published
    with the division that holds both neighbours.

    Parameters
    ----------
    division_id
        None for all divisions and lines.
    approval_number
        审图号 of the approved depiction; needed for ``published``, dropped with any other state.
    at
        Only versions valid on this day; by default all versions.

    Raises
    ------
    ApprovalMissingError
    RoleMissingError, OutsideJurisdictionError
        Unless the viewer is an approver of the division.
    """
    if state not in get_args(State):
        raise OptionInvalidError(option="state", value=state, allowed=list(get_args(State)))
    place = name_divisions(conn, [division_id])[division_id] if division_id else None
    require_role(conn, viewer, "approver", [division_id], what=place or text("grant.everywhere"))
    number = approval_number.strip() or None
    if state == "published" and number is None:
        raise ApprovalMissingError
    if state != "published":
        number = None
    line = boundary_line_version.c
    return PublicationChange(
        divisions=_mark(
            conn,
            division_version,
            _within(division_id, division_version.c.division_id),
            (state, number, at),
        ),
        lines=_mark(
            conn,
            boundary_line_version,
            _within(division_id, line.left_id, line.right_id),
            (state, number, at),
        ),
    )


def _within(division_id: UUID | None, *ids: ColumnElement[UUID]) -> ColumnElement[bool]:
    if division_id is None:
        return true()
    under = select(division_closure.c.descendant_id).where(
        division_closure.c.ancestor_id == division_id
    )
    return and_(*(or_(one.in_(under), one == division_id) for one in ids))


def _mark(
    conn: Connection,
    versions: TableClause,
    which: ColumnElement[bool],
    wanted: tuple[State, str | None, date | None],
) -> int:
    state, number, at = wanted
    query = (
        update(versions)
        .where(which)
        # What already stands so is left alone, and out of the audit log.
        .where(
            or_(
                versions.c.publication != state,
                versions.c.approval_number.is_distinct_from(number),
            )
        )
        .values(publication=state, approval_number=number)
    )
    if at is not None:
        query = query.where(versions.c.valid.contains(at))
    return conn.execute(query).rowcount
