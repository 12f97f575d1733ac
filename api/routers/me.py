"""Who one is, to the service."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter

from api.deps import Asker, AskerLang, Now, WriteConn
from api.routers.users import GrantAnswer, NewPassword, show_grant
from geo.access.users import set_password
from geo.errors import UnauthenticatedError

router = APIRouter(prefix="/api/v1/me", tags=["me"])


@dataclass(frozen=True, slots=True)
class Me:
    """The asker's account and what it may do where, inherited grants among it."""

    id: UUID
    name: str
    grants: list[GrantAnswer]


@router.get("")
def read_me(asker: Asker, lang: AskerLang) -> Me:
    """Say who one is logged in as, and what one may do where (401 for the public)."""
    if asker.user_id is None:
        raise UnauthenticatedError
    return Me(asker.user_id, asker.name, [show_grant(grant, lang) for grant in asker.grants])


@router.put("/password", status_code=204)
def change_own_password(conn: WriteConn, asker: Asker, now: Now, new: NewPassword) -> None:
    """Set one's own password; all tokens and sessions end, this one too."""
    set_password(conn, asker, asker.name, new.password, now=now)
