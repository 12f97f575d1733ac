"""Accounts and their grants, for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.deps import Asker, AskerLang, Now, ReadConn, WriteConn
from api.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from geo.access import grants, users
from geo.access.jurisdiction import Grant, Role
from geo.access.users import User
from geo.texts import Lang, say

router = APIRouter(prefix="/api/v1/users", tags=["users"])


class NewUser(BaseModel):
    """An account to be added."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    password: str = Field(max_length=users.PASSWORD_MOST)
    display_name: str = Field("", max_length=200)


class NewPassword(BaseModel):
    """A password to be set."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(max_length=users.PASSWORD_MOST)


class GrantBody(BaseModel):
    """A role at the division of a code; without a code everywhere."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    division: str | None = Field(None, max_length=32, description="Code; None for everywhere.")


@dataclass(frozen=True, slots=True)
class GrantAnswer:
    """A role at a division; ``words`` says it in the asker's language."""

    role: Role
    division_id: UUID | None
    division: str
    words: str


@dataclass(frozen=True, slots=True)
class UserAnswer:
    """An account as administrators see it."""

    id: UUID
    name: str
    display_name: str
    disabled_at: datetime | None
    created_at: datetime
    grants: list[GrantAnswer]


@router.get("")
def list_users(
    conn: ReadConn, asker: Asker, lang: AskerLang, limit: Limit = 100, cursor: Cursor = None
) -> Page[UserAnswer]:
    """List the accounts one looks after, by name."""
    after = decode_cursor(cursor, 1)
    found = users.list_users(conn, asker)
    rest = [user for user in found if after is None or user.name > after[0]]
    following = encode_cursor(rest[limit - 1].name) if len(rest) > limit else None
    return Page([show_user(user, lang) for user in rest[:limit]], len(found), following)


@router.post("", status_code=201)
def add_user(conn: WriteConn, asker: Asker, lang: AskerLang, new: NewUser) -> UserAnswer:
    """Add an account; it may do nothing until it is given a grant."""
    user = users.add_user(conn, asker, new.name, new.password, display_name=new.display_name)
    return show_user(user, lang)


@router.post("/{name}/disable")
def disable_user(name: str, conn: WriteConn, asker: Asker, lang: AskerLang, now: Now) -> UserAnswer:
    """Disable an account; its tokens and sessions end at once."""
    return show_user(users.disable_user(conn, asker, name, now=now), lang)


@router.post("/{name}/enable")
def enable_user(name: str, conn: WriteConn, asker: Asker, lang: AskerLang) -> UserAnswer:
    """Let a disabled account log in again."""
    return show_user(users.enable_user(conn, asker, name), lang)


@router.put("/{name}/password", status_code=204)
def set_password(name: str, conn: WriteConn, asker: Asker, now: Now, new: NewPassword) -> None:
    """Set an account's password; its tokens and sessions end at once."""
    users.set_password(conn, asker, name, new.password, now=now)


@router.post("/{name}/grants", status_code=201)
def give_grant(
    name: str, conn: WriteConn, asker: Asker, lang: AskerLang, grant: GrantBody
) -> UserAnswer:
    """Give an account a role at a division and all under it."""
    place = _place(conn, grant.division)
    return show_user(grants.give_grant(conn, asker, name, grant.role, place), lang)


@router.delete("/{name}/grants")
def withdraw_grant(
    name: str,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    role: Role,
    division: Annotated[str | None, Query(max_length=32)] = None,
) -> UserAnswer:
    """Withdraw a role at a division, or everywhere without a code."""
    place = _place(conn, division)
    return show_user(grants.withdraw_grant(conn, asker, name, role, place), lang)


def show_user(user: User, lang: Lang) -> UserAnswer:
    """Return an account as the API shows it."""
    return UserAnswer(
        id=user.id,
        name=user.name,
        display_name=user.display_name,
        disabled_at=user.disabled_at,
        created_at=user.created_at,
        grants=[show_grant(grant, lang) for grant in user.grants],
    )


def show_grant(grant: Grant, lang: Lang) -> GrantAnswer:
    """Return a grant as the API shows it."""
    return GrantAnswer(grant.role, grant.division_id, grant.division, say(grant.in_words(), lang))


def _place(conn: Connection, code: str | None) -> UUID | None:
    return grants.find_place(conn, code) if code else None
