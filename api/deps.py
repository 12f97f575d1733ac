"""What every address asks for: a connection, who asks, in which language, as of which day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from typing import Annotated

import anyio
from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as QueryParam
from fastapi.routing import APIRoute
from sqlalchemy import Connection, Engine

from api.clock import china_day
from api.errors import lang_of
from api.session import COOKIE, FormToken, check_not_forged
from geo.access.jurisdiction import Viewer, load_viewer, public_viewer
from geo.access.tokens import Kind, TokenUse, find_token
from geo.db.engine import reading, transaction
from geo.errors import (
    BusyError,
    OptionInvalidError,
    TokenInvalidError,
    UnauthenticatedError,
)
from geo.settings import settings
from geo.texts import Lang

ADMISSION_S = 10.0
"""Longest a request waits for its turn at the database, seconds."""


def get_engine(request: Request) -> Engine:
    """Return the engine of the running app."""
    engine: Engine = request.app.state.engine
    return engine


async def wait_for_turn(request: Request) -> AsyncIterator[None]:
    """Let only as many requests to the database at once as it keeps connections.

    Without it requests that hold a connection wait for one of the 40 threads, all of which wait
    for a connection.
    """
    turns: anyio.Semaphore = request.app.state.turns
    with anyio.move_on_after(ADMISSION_S) as waiting:
        await turns.acquire()
    if waiting.cancelled_caught:
        raise BusyError
    try:
        yield
    finally:
        turns.release()


def get_now() -> datetime:
    """Return the instant of the request, UTC."""
    return datetime.now(UTC)


def get_today(now: Annotated[datetime, Depends(get_now)]) -> date:
    """Return the day of the request in China."""
    return china_day(now)


DbEngine = Annotated[Engine, Depends(get_engine)]
Turn = Annotated[None, Depends(wait_for_turn, scope="function")]
Now = Annotated[datetime, Depends(get_now)]
Today = Annotated[date, Depends(get_today)]
AskerLang = Annotated[Lang, Depends(lang_of)]


def get_account(
    request: Request, engine: DbEngine, now: Now, today: Today, form_token: FormToken
) -> tuple[TokenUse, Viewer] | None:
    """Return the token or page session a request comes with, and whose; None without one.

    An ended page session counts as none, so that public pages still open; a bearer token that is
    not valid is refused.

    Raises
    ------
    TokenInvalidError
    RequestForgedError
        If a page session would change something without the page's own token.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise TokenInvalidError
        return _read_account(engine, bearer.strip(), "bearer", now, today)
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        account = _read_account(engine, cookie, "session", now, today)
    except TokenInvalidError:
        return None
    check_not_forged(request, cookie, form_token)
    return account


def _read_account(
    engine: Engine, secret: str, kind: Kind, now: datetime, today: date
) -> tuple[TokenUse, Viewer]:
    with reading(engine) as conn:
        use = find_token(conn, secret, kind, now=now)
        demo_open = settings().public_demo
        return use, load_viewer(conn, use.user_id, demo_open=demo_open, today=today)


Account = Annotated[tuple[TokenUse, Viewer] | None, Depends(get_account)]


def get_token_use(account: Account) -> TokenUse | None:
    """Return the token or page session a request comes with; None without one."""
    return account[0] if account else None


AskerToken = Annotated[TokenUse | None, Depends(get_token_use)]


def get_asker(account: Account) -> Viewer:
    """Return who asks: the user of the token or session, else the public."""
    return account[1] if account else public_viewer(demo_open=settings().public_demo)


Asker = Annotated[Viewer, Depends(get_asker)]


def open_reading(engine: DbEngine, _turn: Turn) -> Iterator[Connection]:
    """Open a read-only connection in which several reads see the same state."""
    with reading(engine) as conn:
        yield conn


def open_writing(engine: DbEngine, asker: Asker, _turn: Turn) -> Iterator[Connection]:
    """Open a transaction in which the asker acts; it commits before the answer goes out.

    Raises
    ------
    UnauthenticatedError
        If nobody is logged in: the public writes nothing.
    """
    if asker.is_public:
        raise UnauthenticatedError
    with transaction(engine, asker.actor) as conn:
        yield conn


# With scope="function" the end of the dependency comes before the answer, so a commit that fails
# is not told as done.
ReadConn = Annotated[Connection, Depends(open_reading, scope="function")]
WriteConn = Annotated[Connection, Depends(open_writing, scope="function")]


def get_as_of(
    today: Today,
    at: Annotated[
        date | None, Query(description="Legal day, YYYY-MM-DD; today when left out.")
    ] = None,
) -> date:
    """Return the day as of which is asked."""
    return at or today


AsOf = Annotated[date, Depends(get_as_of)]


def refuse_unknown_query(request: Request) -> None:
    """Refuse query keys an address of the API does not know: a mistyped filter would answer all.

    Pages are left alone, for messengers append keys of their own to links.

    Raises
    ------
    OptionInvalidError
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not request.url.path.startswith("/api/"):
        return
    known = {
        field.alias
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, QueryParam)
    }
    for key in request.query_params:
        if key not in known:
            raise OptionInvalidError(
                option=key, value=request.query_params[key], allowed=sorted(known)
            )
