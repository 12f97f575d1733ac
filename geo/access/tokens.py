"""Bearer tokens and page sessions: opaque secrets of which only the SHA-256 is stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from geo.access.tables import access_token, app_user
from geo.db.ids import new_id
from geo.errors import TokenInvalidError

Kind = Literal["bearer", "session"]


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; ``secret`` is told once and kept nowhere."""

    id: UUID
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenNote:
    """What is known of a token in force; its secret is not."""

    id: UUID
    kind: str
    note: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A valid token, and whose it is."""

    id: UUID
    user_id: UUID


def make_token(
    conn: Connection, user_id: UUID, kind: Kind, *, now: datetime, life: timedelta, note: str = ""
) -> NewToken:
    """Make a token for a user; the transaction's actor is who gave it."""
    token = NewToken(id=new_id(), secret=secrets.token_urlsafe(32), expires_at=now + life)
    conn.execute(
        insert(access_token).values(
            id=token.id,
            user_id=user_id,
            kind=kind,
            note=note,
            token_sha256=digest(token.secret),
            created_at=now,
            expires_at=token.expires_at,
        )
    )
    return token


def find_token(conn: Connection, secret: str, kind: Kind, *, now: datetime) -> TokenUse:
    """Return the token of a secret.

    The look-up goes by the digest, so its time tells nothing about the secret.

    Raises
    ------
    TokenInvalidError
        If it is unknown, expired, revoked, of the other kind, or its user is disabled.
    """
    token = access_token.c
    row = conn.execute(
        select(token.id, token.user_id)
        .join(app_user, app_user.c.id == token.user_id)
        .where(
            token.token_sha256 == digest(secret),
            token.kind == kind,
            token.revoked_at.is_(None),
            token.expires_at > now,
            app_user.c.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise TokenInvalidError
    return TokenUse(id=row.id, user_id=row.user_id)


def list_tokens(conn: Connection, user_id: UUID, *, now: datetime) -> list[TokenNote]:
    """Return a user's tokens and page sessions in force, the oldest first."""
    token = access_token.c
    rows = conn.execute(
        select(token.id, token.kind, token.note, token.created_at, token.expires_at)
        .where(token.user_id == user_id, token.revoked_at.is_(None), token.expires_at > now)
        .order_by(token.created_at)
    )
    return [TokenNote(*row) for row in rows]


def revoke_token(conn: Connection, token_id: UUID, *, now: datetime) -> bool:
    """Revoke a token; return whether it was in force."""
    done = conn.execute(
        update(access_token)
        .where(access_token.c.id == token_id, access_token.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount == 1


def revoke_all_tokens(conn: Connection, user_id: UUID, *, now: datetime) -> int:
    """Revoke all tokens and sessions of a user; return how many were in force."""
    done = conn.execute(
        update(access_token)
        .where(
            access_token.c.user_id == user_id,
            access_token.c.revoked_at.is_(None),
            access_token.c.expires_at > now,
        )
        .values(revoked_at=now)
    )
    return done.rowcount


def digest(secret: str) -> bytes:
    """Return what is stored of a secret. It is 256 random bits, so one round is enough."""
    return sha256(secret.encode()).digest()


def csrf_token(secret: str) -> str:
    """Return what a page form must carry to act for the session with this secret.

    It is derived, so nothing is stored, and from it the secret cannot be found.
    """
    return sha256(b"yutu page form " + secret.encode()).hexdigest()
