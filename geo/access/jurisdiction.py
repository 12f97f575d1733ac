"""Who may see and do what, where, and why not.

A grant is a role at a division, by its id; without a division it holds everywhere. It reaches all
that lies under the division today (``division_closure``) and, after a change of divisions, the
successors and all under them. Codes are never compared by prefix: 仙桃 429004 lies under 湖北, 莱芜
moved from 3712 to 3701.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NoReturn, cast, get_args
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    Select,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.above import division_succession, division_version
from geo.access.tables import app_user, division_closure, role_grant
from geo.db.sql import any_uuid
from geo.errors import (
    NotPublishedError,
    OutsideJurisdictionError,
    RoleMissingError,
    UnauthenticatedError,
    UserUnknownError,
)
from geo.texts import Text, text

Role = Literal["viewer", "editor", "approver", "administrator"]
"""Each role may do what those before it may."""

MOST_SIDES = 3
"""At a tripoint three divisions share a marker."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at a division and all under it; without ``division_id`` everywhere.

    ``division`` is the place in words, such as ``泰安市 370900``.
    """

    role: Role
    division_id: UUID | None
    division: str

    def includes(self, role: Role) -> bool:
        """Return whether this grant's role is ``role`` or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def in_words(self) -> Text:
        """Return role and place, such as ``编辑（泰安市 370900）``."""
        place = self.division if self.division_id else Text("grant.everywhere")
        return Text("grant.line", {"role": Text(f"role.{self.role}"), "division": (place,)})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks; without ``user_id`` and grants it is the public.

    ``demo_open`` says whether what is marked as demo may be read without an account, ``actor`` is
    what the audit log will name.
    """

    user_id: UUID | None
    name: str
    grants: tuple[Grant, ...]
    demo_open: bool
    actor: str

    @property
    def is_country_wide(self) -> bool:
        """Return whether a role, whichever, holds everywhere."""
        return any(grant.division_id is None for grant in self.grants)

    @property
    def is_public(self) -> bool:
        """Return whether nobody is logged in."""
        return self.user_id is None and not self.grants


def public_viewer(*, demo_open: bool) -> Viewer:
    """Return the viewer that nobody is logged in as; it has no actor, so it can write nothing."""
    return Viewer(user_id=None, name="", grants=(), demo_open=demo_open, actor="")


def system_viewer(what: str) -> Viewer:
    """Return the program itself as a viewer that may do everything, everywhere.

    Parameters
    ----------
    what
        Which part of it acts: ``cli``, ``demo``, ``worker``.
    """
    everywhere = Grant(role="administrator", division_id=None, division=text("grant.everywhere"))
    actor = f"system:{what}"
    return Viewer(user_id=None, name=actor, grants=(everywhere,), demo_open=True, actor=actor)


def load_viewer(
    conn: Connection, user_id: UUID, *, demo_open: bool, today: date | None = None
) -> Viewer:
    """Return a user with all the grants that hold today, those by succession among them.

    Parameters
    ----------
    today
        A succession counts from its own day on; by default the database's day in China.

    Raises
    ------
    UserUnknownError
        If there is no such user, or the account is disabled.
    """
    name = conn.execute(
        select(app_user.c.name).where(app_user.c.id == user_id, app_user.c.disabled_at.is_(None))
    ).scalar()
    if name is None:
        raise UserUnknownError(user=str(user_id))
    return Viewer(
        user_id=user_id,
        name=name,
        grants=reaching_grants(conn, user_id, today=today),
        demo_open=demo_open,
        actor=str(user_id),
    )


def reaching_grants(
    conn: Connection, user_id: UUID, *, today: date | None = None
) -> tuple[Grant, ...]:
    """Return a user's grants and those that successors inherit from them, directly or not."""
    reach = (
        select(role_grant.c.role, role_grant.c.division_id)
        .where(role_grant.c.user_id == user_id)
        .cte("reach", recursive=True)
    )
    # UNION, not UNION ALL: two divisions may succeed each other over the years.
    reach = reach.union(
        select(reach.c.role, division_succession.c.successor_id).where(
            division_succession.c.predecessor_id == reach.c.division_id,
            division_succession.c.since <= _day(today),
        )
    )
    rows = conn.execute(select(reach.c.role, reach.c.division_id)).all()
    names = name_divisions(conn, [row.division_id for row in rows if row.division_id])
    return tuple(sorted((_as_grant(row, names) for row in rows), key=lambda grant: grant.division))


def _as_grant(row: Row[Any, Any], names: dict[UUID, str]) -> Grant:
    place = names[row.division_id] if row.division_id else text("grant.everywhere")
    return Grant(role=cast("Role", row.role), division_id=row.division_id, division=place)


def _day(today: date | None) -> ColumnElement[date]:
    if today is not None:
        return literal(today, Date)
    return sql_cast(func.timezone("Asia/Shanghai", func.now()), Date)


def name_divisions(conn: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return name and code of divisions as of their latest version, such as ``泰安市 370900``.

    A division without any version is named by its id.
    """
    version = division_version.c
    rows = conn.execute(
        select(version.division_id, version.name, version.code)
        .where(version.division_id == any_uuid(ids))
        .ext(distinct_on(version.division_id))
        .order_by(version.division_id, func.lower(version.valid).desc().nulls_last())
    )
    names = {row.division_id: f"{row.name} {row.code}" for row in rows}
    return {one: names.get(one, str(one)) for one in ids}


def visible(
    viewer: Viewer, publication: ColumnElement[str], *division_ids: ColumnElement[UUID]
) -> ColumnElement[bool]:
    """Return the SQL condition under which ``viewer`` may see a row.

    A row is seen when it is published, when it is demo and the demo is open, or when one of its
    divisions lies in the viewer's jurisdiction, whatever the role there.

    Parameters
    ----------
    publication
        The row's publication state.
    division_ids
        The divisions the row belongs to: one for a division, the two sides for a line.
    """
    if viewer.is_country_wide:
        return true()
    is_open = ["published", "demo"] if viewer.demo_open else ["published"]
    condition = publication.in_(is_open)
    if viewer.is_public:
        return condition
    return or_(condition, *(in_reach(viewer, one) for one in division_ids))


def in_reach(viewer: Viewer, division_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Return the SQL condition under which a division lies in the viewer's jurisdiction.

    Whatever the role there; publication and the demo count for nothing.
    """
    if viewer.is_country_wide:
        return true()
    roots, under = _reach(viewer)
    # A division that is no more may have left the closure; a grant at itself still shows it.
    return or_(division_id.in_(under), division_id == any_uuid(roots))


def reach_some(viewer: Viewer, division_ids: ColumnElement[list[UUID]]) -> ColumnElement[bool]:
    """Return the SQL condition under which one of two or three divisions is in the jurisdiction.

    Each is looked up by itself: the overlap of two arrays compares all with all.
    """
    return or_(*(in_reach(viewer, division_ids[place]) for place in range(1, MOST_SIDES + 1)))


def _reach(viewer: Viewer) -> tuple[set[UUID], Select[UUID]]:
    """Return the divisions of the viewer's grants, and the select of all that lie under them."""
    roots = {grant.division_id for grant in viewer.grants if grant.division_id}
    under = select(division_closure.c.descendant_id).where(
        division_closure.c.ancestor_id == any_uuid(roots)
    )
    return roots, under


def require_role(
    conn: Connection,
    viewer: Viewer,
    role: Role,
    division_ids: Iterable[UUID | None],
    *,
    what: str,
) -> None:
    """Refuse unless ``viewer`` has ``role`` at every one of the divisions.

    Parameters
    ----------
    division_ids
        Divisions that are touched; ``None`` stands for the whole country (a new top division).
    what
        What is to be done or touched, for the refusal.

    Raises
    ------
    UnauthenticatedError
        If nobody is logged in.
    RoleMissingError
        If the account's role at the division is not enough, or it has none anywhere.
    OutsideJurisdictionError
        If none of the account's grants reaches the division.
    """
    if viewer.is_public:
        raise UnauthenticatedError
    enough = [grant for grant in viewer.grants if grant.includes(role)]
    if any(grant.division_id is None for grant in enough):
        return
    wanted = set(division_ids)
    inside = _reached(conn, enough, wanted)
    refused = wanted - inside
    if refused:
        _refuse(conn, viewer, role, refused, what=what)


def roles_at(
    conn: Connection, viewer: Viewer, role: Role, division_ids: Iterable[UUID]
) -> set[UUID]:
    """Return those of the divisions at which the viewer has a role, by itself or from above."""
    enough = [grant for grant in viewer.grants if grant.includes(role)]
    wanted = set(division_ids)
    if any(grant.division_id is None for grant in enough):
        return wanted
    return {one for one in _reached(conn, enough, wanted) if one is not None}


def refuse_hidden(
    conn: Connection, viewer: Viewer, division_ids: Iterable[UUID | None], *, what: str
) -> NoReturn:
    """Refuse to show what is there but not visible to the viewer.

    Raises
    ------
    NotPublishedError
        If nobody is logged in.
    RoleMissingError, OutsideJurisdictionError
        If somebody is, whose grants do not reach it.
    """
    if not viewer.is_public:
        require_role(conn, viewer, "viewer", division_ids, what=what)
    raise NotPublishedError(what=what)


def require_some_role(viewer: Viewer, role: Role) -> None:
    """Refuse unless ``viewer`` has ``role`` anywhere.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    if viewer.is_public:
        raise UnauthenticatedError
    if not any(grant.includes(role) for grant in viewer.grants):
        raise _role_missing(viewer, role)


def _reached(
    conn: Connection, grants: Iterable[Grant], wanted: Iterable[UUID | None]
) -> set[UUID | None]:
    """Return those of ``wanted`` that lie under the divisions of ``grants``, or are one of them."""
    roots = {grant.division_id for grant in grants if grant.division_id}
    some = [one for one in wanted if one]
    if not roots or not some:
        return set()
    closure = division_closure.c
    under = conn.execute(
        select(closure.descendant_id)
        .where(closure.descendant_id == any_uuid(some), closure.ancestor_id == any_uuid(roots))
        .distinct()
    ).scalars()
    return {*under, *roots.intersection(some)}


def _refuse(
    conn: Connection, viewer: Viewer, role: Role, refused: set[UUID | None], *, what: str
) -> None:
    one = min(refused, key=str)
    with_less = _reached(conn, viewer.grants, [one])
    if viewer.is_country_wide or with_less or not viewer.grants:
        raise _role_missing(viewer, role)
    place = name_divisions(conn, [one])[one] if one else Text("grant.everywhere")
    raise OutsideJurisdictionError(
        what=what,
        division=(place,),
        grants=[grant.in_words() for grant in viewer.grants],
    )


def _role_missing(viewer: Viewer, role: Role) -> RoleMissingError:
    has = [grant.in_words() for grant in viewer.grants] or Text("grant.none")
    return RoleMissingError(needed=Text(f"role.{role}"), has=has)
