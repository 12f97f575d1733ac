"""Bearer tokens for programs; pages log in by their own form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response

from api.deps import AskerToken, DbEngine, Now, WriteConn
from api.session import check_same_origin, clear_session, log_in
from geo.access.tokens import revoke_token
from geo.access.users import PASSWORD_MOST
from geo.errors import UnauthenticatedError

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A new token; it is told this once."""

    access_token: str
    token_type: Literal["bearer"]
    expires_at: datetime


@router.post("/token")
def make_bearer_token(
    request: Request,
    response: Response,
    engine: DbEngine,
    now: Now,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=PASSWORD_MOST)],
) -> TokenAnswer:
    """Log in with name and password; send the token as ``Authorization: Bearer`` from then on."""
    check_same_origin(request)
    address = request.client.host if request.client else "-"
    token = log_in(engine, username, password, kind="bearer", address=address, now=now)
    response.headers["Cache-Control"] = "no-store"
    return TokenAnswer(token.secret, "bearer", token.expires_at)


@router.delete("/token", status_code=204)
def revoke_own_token(response: Response, conn: WriteConn, use: AskerToken, now: Now) -> None:
    """Revoke the token or page session this request came with."""
    if use is None:
        raise UnauthenticatedError
    revoke_token(conn, use.id, now=now)
    clear_session(response)
