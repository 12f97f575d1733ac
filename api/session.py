"""Log in; page sessions: the cookie, and the proof that a request comes from our own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import compare_digest
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy import Engine

from api.form_head import read_head
from geo.access.jurisdiction import Viewer
from geo.access.keys import OpenKey, find_key, hand_key, keep_key, open_key
from geo.access.throttle import ThrottleRule, close_try, network_of, open_try
from geo.access.tokens import Kind, NewToken, csrf_token, make_token
from geo.access.users import check_password, read_credentials
from geo.db.engine import reading, transaction
from geo.errors import LoginFailedError, RequestForgedError
from geo.settings import settings

COOKIE = "yutu_session"
HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


LOGIN = "system:login"
"""Who writes down a login try, before anybody is known."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose password was right: the account, its login try, its signing key."""

    user_id: UUID
    number: int
    key: OpenKey


def log_in(
    engine: Engine, name: str, password: str, *, kind: Kind, address: str, now: datetime
) -> NewToken:
    """Check a password and give a token, with which the account can sign too.

    Raises
    ------
    ThrottledError
    LoginFailedError
        If name or password is wrong or the account is disabled; it never says which.
    """
    given = settings()
    proven = _prove(engine, name, password, address=address, now=now)
    life = timedelta(days=given.token_days)
    if kind == "session":
        life = timedelta(hours=given.session_hours)
    with transaction(engine, str(proven.user_id)) as conn:
        close_try(conn, proven.number, now=now)
        note = network_of(address)
        token = make_token(conn, proven.user_id, kind, now=now, life=life, note=note)
        hand_key(conn, proven.user_id, proven.key, token, now=now)
        return token


def unlock_key(
    engine: Engine, viewer: Viewer, password: str, *, address: str, now: datetime
) -> OpenKey:
    """Open the key of who asks with the password, for a token that does not open it.

    Raises
    ------
    ThrottledError, LoginFailedError
        As at a login, for it is one.
    """
    proven = _prove(engine, viewer.name, password, address=address, now=now)
    with transaction(engine, viewer.actor) as conn:
        close_try(conn, proven.number, now=now)
        if not keep_key(conn, proven.user_id, proven.key, now=now):
            raise LoginFailedError
    return proven.key


def _prove(engine: Engine, name: str, password: str, *, address: str, now: datetime) -> Proven:
    """Check a password; the try is on record before the password is looked at.

    No connection is held while the password is hashed.
    """
    given = settings()
    rule = ThrottleRule(given.login_tries, timedelta(seconds=given.login_wait_s))
    with transaction(engine, LOGIN) as conn:
        number = open_try(conn, name, address, rule=rule, now=now)
    with reading(engine) as conn:
        known = read_credentials(conn, name)
        wrapped = find_key(conn, known.user_id)
    user_id = check_password(known, password)
    if user_id is None:
        raise LoginFailedError
    return Proven(user_id, number, open_key(wrapped, password))


def set_session(response: Response, token: NewToken) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        token.secret,
        expires=token.expires_at,
        path="/",
        secure=settings().secure_cookies,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        COOKIE, path="/", secure=settings().secure_cookies, httponly=True, samesite="lax"
    )


def page_token(request: Request) -> str:
    """Return what a page sends back in `FIELD` or `HEADER`; empty if nobody is logged in."""
    cookie = request.cookies.get(COOKIE)
    return csrf_token(cookie) if cookie else ""


async def read_form_token(request: Request) -> str | None:
    """Return the page token among the fields of a form.

    That of a form with a file is looked for before the file, which is then streamed; a script may
    send it as header.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in SAFE or COOKIE not in request.cookies:
        return None
    if kind == "multipart/form-data" and HEADER not in request.headers:
        # A body that the framework reads by itself was read before any of this.
        read = getattr(request.scope.get("route"), "body_field", None) is not None
        return None if read else await read_head(request, FIELD)
    if kind != "application/x-www-form-urlencoded":
        return None
    value = (await request.form()).get(FIELD)
    return value if isinstance(value, str) else None


FormToken = Annotated[str | None, Depends(read_form_token)]


def check_not_forged(request: Request, secret: str, form_token: str | None) -> None:
    """Refuse a change by page session that does not come from a page of ours.

    Raises
    ------
    RequestForgedError
    """
    if request.method in SAFE:
        return
    check_same_origin(request)
    sent = request.headers.get(HEADER) or form_token or ""
    if not compare_digest(sent.encode(), csrf_token(secret).encode()):
        raise RequestForgedError


def check_same_origin(request: Request) -> None:
    """Refuse a request that a browser says another site made; the login form needs only this.

    Raises
    ------
    RequestForgedError
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise RequestForgedError
        return
    # Browsers of before 2020 do not send it; behind a proxy that renames the host, only they fail.
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.url.netloc.lower():
        raise RequestForgedError
