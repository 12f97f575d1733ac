"""Each user's own signing key (Ed25519, RFC 8032), which only the user's password opens.

It is made at the first login by password. Its private half is kept wrapped by the password
(scrypt, RFC 7914, and AES-256-GCM, NIST SP 800-38D); at login it is wrapped once more under the
secret of the new token, so that a request that comes with the token can sign without the password.
Unwrapped it lives in this process only, and is neither logged nor audited. Another password retires
it and the next login makes a new one; what it signed is checked by the public half kept with the
signature.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Connection, insert, select, update

from geo.access.tables import access_token, app_user, signing_key
from geo.access.tokens import NewToken
from geo.db.ids import new_id

ALGORITHM: Final = "Ed25519"
"""Kept with each key and signature, so that SM2 (GB/T 32918) can stand beside it."""
COST = 1 << 15
"""scrypt's N, with r = 8: 32 MB and some 100 ms for each login (RFC 7914, 2)."""
BLOCK = 8
NONCE = 12
"""Bytes of an AES-GCM nonce, which stands before what it wraps."""

_deriving = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is kept; ``public`` is 32 bytes (RFC 8032)."""

    id: UUID
    public: bytes
    wrapped: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A user's key, ready to sign."""

    id: UUID
    public: bytes
    private: Ed25519PrivateKey = field(repr=False)
    made: WrappedKey | None = field(repr=False, default=None)
    """What is to be kept of one just made."""
    replaces: UUID | None = None
    """The key that stood when this one was made."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""
        return self.private.sign(message)


def find_key(conn: Connection, user_id: UUID | None) -> WrappedKey | None:
    """Return the key of a user that is not retired; None before the first login by password."""
    key = signing_key.c
    row = conn.execute(
        select(key.id, key.public_key, key.wrapped, key.salt).where(
            key.user_id == user_id, key.retired_at.is_(None)
        )
    ).one_or_none()
    return WrappedKey(*row) if row is not None else None


def open_key(known: WrappedKey | None, password: str) -> OpenKey:
    """Open a user's key with a password that was checked; make one if there is none it opens.

    It takes some 100 ms and needs no connection: none should be held meanwhile.
    """
    if known is not None:
        try:
            raw = _open(_derive(password, known.salt), known.wrapped, known.public)
        except InvalidTag:
            # Of another password; what it signed stays good.
            return _make(password, replaces=known.id)
        return OpenKey(known.id, known.public, Ed25519PrivateKey.from_private_bytes(raw))
    return _make(password, replaces=None)


def hand_key(
    conn: Connection, user_id: UUID, key: OpenKey, token: NewToken, *, now: datetime
) -> bool:
    """Keep a key just made, and let a new token open it.

    Returns
    -------
    bool
        False if another login made another key meanwhile: that one is the user's, and this token
        opens none.
    """
    if not keep_key(conn, user_id, key, now=now):
        return False
    raw = key.private.private_bytes_raw()
    wrapped = _close(_of_secret(token.secret), raw, _bound(token.id, key.id))
    conn.execute(
        update(access_token)
        .where(access_token.c.id == token.id)
        .values(key_wrapped=key.id.bytes + wrapped)
    )
    return True


def keep_key(conn: Connection, user_id: UUID, key: OpenKey, *, now: datetime) -> bool:
    """Keep a key just made in place of the one before; return whether it is the user's now."""
    # One login after the other, or two would each make a key.
    conn.execute(select(app_user.c.id).where(app_user.c.id == user_id).with_for_update())
    standing = find_key(conn, user_id)
    stands = standing.id if standing is not None else None
    if key.made is None or stands != key.replaces:
        return stands == key.id
    retire_keys(conn, user_id, now=now)
    conn.execute(
        insert(signing_key).values(
            id=key.id,
            user_id=user_id,
            algorithm=ALGORITHM,
            public_key=key.public,
            wrapped=key.made.wrapped,
            salt=key.made.salt,
            created_at=now,
        )
    )
    return True


def take_key(conn: Connection, token_id: UUID, secret: str) -> OpenKey | None:
    """Return the key that a token opens with its secret.

    None if it opens none: it was made without the password, or the key has been retired since.
    """
    row = conn.execute(
        select(access_token.c.user_id, access_token.c.key_wrapped).where(
            access_token.c.id == token_id
        )
    ).one_or_none()
    known = find_key(conn, row.user_id) if row is not None else None
    if row is None or row.key_wrapped is None or known is None:
        return None
    key_id, wrapped = UUID(bytes=row.key_wrapped[:16]), row.key_wrapped[16:]
    if key_id != known.id:
        return None
    raw = _open(_of_secret(secret), wrapped, _bound(token_id, key_id))
    return OpenKey(known.id, known.public, Ed25519PrivateKey.from_private_bytes(raw))


def retire_keys(conn: Connection, user_id: UUID, *, now: datetime) -> None:
    """Retire a user's key: it signs nothing any more, what it signed stays good."""
    key = signing_key.c
    conn.execute(
        update(signing_key)
        .where(key.user_id == user_id, key.retired_at.is_(None))
        .values(retired_at=now)
    )


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature is the key's over exactly this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(password: str, *, replaces: UUID | None) -> OpenKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    salt, key_id = secrets.token_bytes(16), new_id()
    wrapped = _close(_derive(password, salt), private.private_bytes_raw(), public)
    return OpenKey(key_id, public, private, WrappedKey(key_id, public, wrapped, salt), replaces)


def _derive(password: str, salt: bytes) -> bytes:
    said = unicodedata.normalize("NFC", password).encode()
    with _deriving:
        return Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=1).derive(said)


def _of_secret(secret: str) -> bytes:
    # 256 random bits: one round is enough; the prefix keeps it apart from what is stored of it.
    return sha256(b"yutu signing key " + secret.encode()).digest()


def _bound(token_id: UUID, key_id: UUID) -> bytes:
    return token_id.bytes + key_id.bytes


def _close(key: bytes, raw: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, raw, bound)


def _open(key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(wrapped[:NONCE], wrapped[NONCE:], bound)
