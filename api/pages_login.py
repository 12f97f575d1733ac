"""The login page and the way out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Engine

from api.deps import AskerToken, DbEngine, Now, Today
from api.errors import status_of
from api.pages import PageFrame, PageLang, PageRoute, answer_page, make_frame
from api.session import check_same_origin, clear_session, log_in, set_session
from geo.access.jurisdiction import load_viewer
from geo.access.tokens import NewToken, find_token, revoke_token
from geo.access.users import PASSWORD_MOST
from geo.db.engine import reading, transaction
from geo.errors import LoginFailedError, RequestForgedError, ThrottledError
from geo.settings import settings
from geo.texts import text
from maps.page import render_login

router = APIRouter(include_in_schema=False, route_class=PageRoute)

SEE_OTHER = 303
START = "/"


@router.get("/login")
def get_login(request: Request, frame: PageFrame, next_address: str = "/") -> Response:
    """Return the login page; who is logged in already goes where they wanted."""
    if frame.viewer is not None:
        return RedirectResponse(keep_here(next_address), SEE_OTHER)
    html = render_login(frame, username="", next_address=keep_here(next_address), problem=None)
    return answer_page(request, html)


@router.post("/login")
def post_login(  # noqa: PLR0913 - who comes from where, with what, when
    request: Request,
    engine: DbEngine,
    lang: PageLang,
    now: Now,
    today: Today,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=PASSWORD_MOST)],
    next_address: Annotated[str, Form()] = "/",
) -> Response:
    """Open a page session, or show the form again with the reason of the refusal.

    Who was on the way nowhere in particular and has a role comes to what waits for them.
    """
    address = request.client.host if request.client else "-"
    try:
        check_same_origin(request)
        token = log_in(engine, username, password, kind="session", address=address, now=now)
    except (LoginFailedError, ThrottledError, RequestForgedError) as error:
        html = render_login(
            make_frame(request, lang, None),
            username=username,
            next_address=keep_here(next_address),
            problem=text(f"error.{error.code}", lang, **error.facts),
        )
        return answer_page(request, html, status_of(error))
    to = keep_here(next_address)
    if to == START and _has_role(engine, token, now, today):
        to = "/todo"
    answer = RedirectResponse(to, SEE_OTHER)
    set_session(answer, token)
    return answer


@router.post("/logout")
def post_logout(engine: DbEngine, use: AskerToken, now: Now) -> Response:
    """End the page session; the dependency has checked that our own page asks."""
    if use is not None:
        with transaction(engine, str(use.user_id)) as conn:
            revoke_token(conn, use.id, now=now)
    answer = RedirectResponse("/", SEE_OTHER)
    clear_session(answer)
    return answer


def _has_role(engine: Engine, token: NewToken, now: datetime, today: date) -> bool:
    with reading(engine) as conn:
        use = find_token(conn, token.secret, "session", now=now)
        demo_open = settings().public_demo
        return bool(load_viewer(conn, use.user_id, demo_open=demo_open, today=today).grants)


def keep_here(address: str) -> str:
    """Return an address of this host as it is, and the start in place of any other."""
    # A browser takes "//host" and "/\host" for another host's.
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside and address.isprintable() else START
