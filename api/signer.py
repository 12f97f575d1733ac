"""The signing key of who asks: opened by the token a request comes with, or by the password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from api.deps import Asker, AskerToken, DbEngine, Now
from api.session import COOKIE, unlock_key
from geo.access.jurisdiction import Viewer
from geo.access.keys import OpenKey, take_key
from geo.access.tokens import TokenUse
from geo.db.engine import reading
from geo.errors import SigningLockedError, UnauthenticatedError


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Who asks, and what may open the key; to be asked before a connection is held."""

    engine: Engine
    viewer: Viewer
    use: TokenUse | None
    secret: str
    address: str
    now: datetime

    def open(self, password: str | None) -> OpenKey:
        """Return the key of who asks.

        Parameters
        ----------
        password
            Needed where the token was made without it, or before a new password was set.

        Raises
        ------
        UnauthenticatedError, SigningLockedError
        ThrottledError, LoginFailedError
            If the password is wrong, as at a login.
        """
        if self.use is None:
            raise UnauthenticatedError
        if password:
            return unlock_key(
                self.engine, self.viewer, password, address=self.address, now=self.now
            )
        with reading(self.engine) as conn:
            key = take_key(conn, self.use.id, self.secret)
        if key is None:
            raise SigningLockedError
        return key


def get_key_ring(
    request: Request, engine: DbEngine, asker: Asker, use: AskerToken, now: Now
) -> KeyRing:
    """Return what may open the key of who asks."""
    bearer = request.headers.get("authorization", "").partition(" ")[2].strip()
    address = request.client.host if request.client else "-"
    return KeyRing(engine, asker, use, bearer or request.cookies.get(COOKIE, ""), address, now)


Keys = Annotated[KeyRing, Depends(get_key_ring)]
