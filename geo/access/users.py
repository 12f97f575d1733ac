"""Accounts and their passwords (Argon2id)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import BoundedSemaphore
from uuid import UUID

from pwdlib import PasswordHash
from sqlalchemy import Connection, func, insert, or_, select, update

from geo.access.above import inspection_guest
from geo.access.jurisdiction import (
    Grant,
    Viewer,
    name_divisions,
    require_role,
    require_some_role,
)
from geo.access.keys import retire_keys
from geo.access.tables import app_user, division_closure, role_grant
from geo.access.tokens import revoke_all_tokens
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.errors import OptionInvalidError, PasswordWeakError, UserExistsError, UserUnknownError
from geo.texts import Text, text

NAME = re.compile(r"[\w.@-]{1,64}")
PASSWORD_LEAST = 10
PASSWORD_MOST = 1000
"""Characters; a longer one is refused before it is hashed."""

FIRST_ADMIN = "admin"
FIRST_ADMIN_LOCK = 0x79757461

_hashing = BoundedSemaphore(2)
"""Argon2id takes 64 MB and a core for each password; more at once would starve the requests."""


@dataclass(frozen=True, slots=True)
class User:
    """An account with the grants as they were given."""

    id: UUID
    name: str
    display_name: str
    disabled_at: datetime | None
    created_at: datetime
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against; ``user_id`` is None if there is no such account in use."""

    user_id: UUID | None
    password_hash: str


def add_user(
    conn: Connection, viewer: Viewer, name: str, password: str, *, display_name: str = ""
) -> User:
    """Add an account without any grant; an administrator of any place may.

    Raises
    ------
    RoleMissingError, UserExistsError, PasswordWeakError
    OptionInvalidError
        If the name has other characters than letters (Chinese too), digits and ``. _ - @``.
    """
    require_some_role(viewer, "administrator")
    return make_account(conn, name, password, display_name=display_name)


def make_account(conn: Connection, name: str, password: str, *, display_name: str = "") -> User:
    """Make an account without any grant; who may was asked before.

    Raises
    ------
    UserExistsError, PasswordWeakError, OptionInvalidError
    """
    name = normal_name(name)
    if not NAME.fullmatch(name):
        raise OptionInvalidError(option="name", value=name, allowed=Text("user.name_allowed"))
    taken = conn.execute(select(app_user.c.id).where(app_user.c.name == name)).scalar()
    if taken is not None:
        raise UserExistsError(user=name)
    values = {"id": new_id(), "name": name, "display_name": display_name.strip() or name}
    conn.execute(insert(app_user).values(password_hash=hash_password(name, password), **values))
    return find_user(conn, name)


def find_user(conn: Connection, name: str) -> User:
    """Return the account of a name.

    Raises
    ------
    UserUnknownError
    """
    rows = conn.execute(select(app_user).where(app_user.c.name == normal_name(name))).all()
    if not rows:
        raise UserUnknownError(user=name)
    row = rows[0]
    grants = given_grants(conn, [row.id])[row.id]
    return User(row.id, row.name, row.display_name, row.disabled_at, row.created_at, tuple(grants))


def list_users(conn: Connection, viewer: Viewer) -> list[User]:
    """Return the accounts an administrator looks after, by name.

    These are all for an administrator of the whole country, else those with a grant in the
    administrator's jurisdiction and those without any.
    """
    require_some_role(viewer, "administrator")
    roots = [grant.division_id for grant in viewer.grants if grant.includes("administrator")]
    query = select(app_user).order_by(app_user.c.name)
    if None not in roots:
        inside = select(role_grant.c.user_id).where(
            role_grant.c.division_id.in_(
                select(division_closure.c.descendant_id).where(
                    division_closure.c.ancestor_id == any_uuid(roots)
                )
            )
        )
        without = ~select(role_grant.c.id).where(role_grant.c.user_id == app_user.c.id).exists()
        query = query.where(or_(app_user.c.id.in_(inside), without))
    rows = conn.execute(query).all()
    grants = given_grants(conn, [row.id for row in rows])
    return [
        User(
            row.id,
            row.name,
            row.display_name,
            row.disabled_at,
            row.created_at,
            tuple(grants[row.id]),
        )
        for row in rows
    ]


def given_grants(conn: Connection, user_ids: list[UUID]) -> dict[UUID, list[Grant]]:
    """Return the grants of users as they were given, without what successors inherit."""
    rows = conn.execute(
        select(role_grant.c.user_id, role_grant.c.role, role_grant.c.division_id)
        .where(role_grant.c.user_id == any_uuid(user_ids))
        .order_by(role_grant.c.created_at, role_grant.c.id)
    ).all()
    names = name_divisions(conn, {row.division_id for row in rows if row.division_id})
    found: dict[UUID, list[Grant]] = {user_id: [] for user_id in user_ids}
    for row in rows:
        place = names[row.division_id] if row.division_id else text("grant.everywhere")
        found[row.user_id].append(Grant(row.role, row.division_id, place))
    return found


def disable_user(conn: Connection, viewer: Viewer, name: str, *, now: datetime) -> User:
    """Disable an account; its tokens and sessions end at once."""
    user = require_over(conn, viewer, name)
    conn.execute(
        update(app_user)
        .where(app_user.c.id == user.id, app_user.c.disabled_at.is_(None))
        .values(disabled_at=now)
    )
    revoke_all_tokens(conn, user.id, now=now)
    return find_user(conn, name)


def enable_user(conn: Connection, viewer: Viewer, name: str) -> User:
    """Let a disabled account log in again; its old tokens stay revoked."""
    user = require_over(conn, viewer, name)
    conn.execute(update(app_user).where(app_user.c.id == user.id).values(disabled_at=None))
    return find_user(conn, name)


def set_password(
    conn: Connection, viewer: Viewer, name: str, password: str, *, now: datetime
) -> User:
    """Set the password of one's own account or of one that one looks after.

    All its tokens and sessions end, for whoever knew the old password may have made them; its
    signing key is retired, and the next login makes a new one.

    Raises
    ------
    PasswordWeakError
    """
    user = find_user(conn, name)
    if user.id != viewer.user_id:
        require_over(conn, viewer, name)
    conn.execute(
        update(app_user)
        .where(app_user.c.id == user.id)
        .values(password_hash=hash_password(user.name, password))
    )
    retire_keys(conn, user.id, now=now)
    revoke_all_tokens(conn, user.id, now=now)
    return user


def require_over(conn: Connection, viewer: Viewer, name: str) -> User:
    """Return an account after refusing unless ``viewer`` administers all places of its grants.

    A guest of an inspection has none; it is looked after where it was invited.
    """
    require_some_role(viewer, "administrator")
    user = find_user(conn, name)
    invited = conn.execute(
        select(inspection_guest.c.division_id).where(inspection_guest.c.user_id == user.id)
    ).scalars()
    places = [*(grant.division_id for grant in user.grants), *invited]
    require_role(conn, viewer, "administrator", places, what=user.name)
    return user


def make_first_admin(conn: Connection, password: str | None = None) -> str | None:
    """Make ``admin``, administrator everywhere, if there is no account at all.

    Parameters
    ----------
    password
        Its password; by default one is made.

    Returns
    -------
    str or None
        The password, to be shown once; None if there are accounts already.
    """
    conn.execute(select(func.pg_advisory_xact_lock(FIRST_ADMIN_LOCK)))
    if conn.execute(select(app_user.c.id).limit(1)).scalar() is not None:
        return None
    password = password or secrets.token_urlsafe(12)
    user_id = new_id()
    conn.execute(
        insert(app_user).values(
            id=user_id,
            name=FIRST_ADMIN,
            display_name=FIRST_ADMIN,
            password_hash=hash_password(FIRST_ADMIN, password),
        )
    )
    conn.execute(insert(role_grant).values(id=new_id(), user_id=user_id, role="administrator"))
    return password


def read_credentials(conn: Connection, name: str) -> Credentials:
    """Return what a login is checked against; an unknown name and a disabled one look the same."""
    row = conn.execute(
        select(app_user.c.id, app_user.c.password_hash).where(
            app_user.c.name == normal_name(name), app_user.c.disabled_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return Credentials(user_id=None, password_hash=_nobodys_hash())
    return Credentials(user_id=row.id, password_hash=row.password_hash)


def check_password(known: Credentials, password: str) -> UUID | None:
    """Return whose password it is, or None.

    It takes as long for an unknown name as for a known one, some 50 ms, and needs no connection:
    none should be held meanwhile.
    """
    if len(password) > PASSWORD_MOST:
        return None
    with _hashing:
        right = _hasher().verify(unicodedata.normalize("NFC", password), known.password_hash)
    return known.user_id if right else None


def hash_password(name: str, password: str) -> str:
    """Return the Argon2id hash of a new password in PHC form.

    Raises
    ------
    PasswordWeakError
        If it is shorter than 10 characters, or the account's name.
    """
    password = unicodedata.normalize("NFC", password)
    too_like = password.strip().lower() == name
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST or too_like:
        raise PasswordWeakError(least=PASSWORD_LEAST)
    with _hashing:
        return _hasher().hash(password)


def normal_name(name: str) -> str:
    """Return an account's name as it is kept: lower case, full-width letters made plain."""
    return unicodedata.normalize("NFKC", name).strip().lower()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))
