"""Give and withdraw roles at divisions."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from geo.access.above import division_code, division_version
from geo.access.jurisdiction import ROLES, Role, Viewer, name_divisions, require_role
from geo.access.tables import role_grant
from geo.access.users import User, find_user
from geo.db.ids import new_id
from geo.errors import DivisionUnknownError, NotFoundError, OptionInvalidError
from geo.texts import Text


def give_grant(
    conn: Connection, viewer: Viewer, name: str, role: Role, division_id: UUID | None
) -> User:
    """Give an account a role at a division and all under it; without a division everywhere.

    Only an administrator of that place may. Given twice it is one grant.

    Raises
    ------
    UserUnknownError, OutsideJurisdictionError, RoleMissingError
    """
    if role not in ROLES:
        raise OptionInvalidError(option="role", value=role, allowed=list(ROLES))
    require_role(conn, viewer, "administrator", [division_id], what=name)
    user = find_user(conn, name)
    conn.execute(
        insert(role_grant)
        .values(id=new_id(), user_id=user.id, role=role, division_id=division_id)
        .on_conflict_do_nothing()
    )
    return find_user(conn, name)


def withdraw_grant(
    conn: Connection, viewer: Viewer, name: str, role: Role, division_id: UUID | None
) -> User:
    """Take a role at a division from an account.

    Raises
    ------
    NotFoundError
        If the account has no such grant.
    UserUnknownError, OutsideJurisdictionError, RoleMissingError
    """
    require_role(conn, viewer, "administrator", [division_id], what=name)
    user = find_user(conn, name)
    done = conn.execute(
        delete(role_grant).where(
            role_grant.c.user_id == user.id,
            role_grant.c.role == role,
            role_grant.c.division_id.is_not_distinct_from(division_id),
        )
    )
    if not done.rowcount:
        place = name_divisions(conn, [division_id])[division_id] if division_id else None
        what = Text(
            "grant.line",
            {"role": Text(f"role.{role}"), "division": (place or Text("grant.everywhere"),)},
        )
        raise NotFoundError(what=what)
    return find_user(conn, name)


def find_place(conn: Connection, code: str) -> UUID:
    """Return the division of a code for a grant: the one that bears it now, else the last that did.

    Raises
    ------
    DivisionUnknownError
    """
    version = division_version.c
    found: UUID | None = conn.execute(
        select(division_code.c.division_id)
        .outerjoin(division_version, version.division_id == division_code.c.division_id)
        .where(division_code.c.code == code)
        .order_by(func.upper(version.valid).desc().nulls_first())
        .limit(1)
    ).scalar()
    if found is None:
        raise DivisionUnknownError(division=code)
    return found
