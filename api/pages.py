"""What all pages share: their language, their frame, and problems told as a page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError

from api.deps import Asker
from api.errors import lang_of, status_of, tell_database_error
from api.session import page_token
from geo.access.jurisdiction import Viewer
from geo.errors import YutuError
from geo.settings import settings
from geo.texts import LANGS, Lang, text
from maps.page import Frame, render_problem, render_problem_page

LANG_COOKIE = "yutu_lang"
YEAR_S = 365 * 24 * 3600


def page_lang(request: Request) -> Lang:
    """Return the language of a page: its address, what was chosen before, what the browser says."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANG_COOKIE)):
        for lang in LANGS:
            if wanted == lang:
                return lang
    return lang_of(request)


PageLang = Annotated[Lang, Depends(page_lang)]


def make_frame(request: Request, lang: Lang, name: str | None) -> Frame:
    """Make the frame of a page; ``name`` is who is logged in."""
    query = {**request.query_params, "lang": "en" if lang == "zh" else "zh"}
    return Frame(
        lang=lang,
        viewer=name,
        csrf=page_token(request),
        other_lang=f"{request.url.path}?{urlencode(query)}",
    )


def name_of(asker: Viewer) -> str | None:
    """Return the name to show for who is logged in; None for the public."""
    return None if asker.is_public else asker.name


def get_frame(request: Request, lang: PageLang, asker: Asker) -> Frame:
    """Return the frame of a page for who asks."""
    return make_frame(request, lang, name_of(asker))


PageFrame = Annotated[Frame, Depends(get_frame)]


def answer_page(request: Request, html: str, status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    """Answer with HTML that is asked for anew each time; a language chosen in it is kept."""
    answer = HTMLResponse(
        html, status, {"Cache-Control": "no-cache, private", "Vary": "Cookie, Accept-Language"}
    )
    if request.query_params.get("lang") in LANGS:
        answer.set_cookie(
            LANG_COOKIE,
            page_lang(request),
            max_age=YEAR_S,
            httponly=True,
            samesite="lax",
            secure=settings().secure_cookies,
        )
    return answer


def tell_problem(error: Exception, lang: Lang) -> tuple[str, HTTPStatus] | None:
    """Return the panel that tells of an error, and its status; None for a bug of ours."""
    if isinstance(error, SQLAlchemyError):
        told = tell_database_error(error)
    elif isinstance(error, RequestValidationError):
        names = [str(one["loc"][-1]) for one in error.errors()]
        detail = text("page.request_invalid", lang, names=names)
        return _panel(HTTPStatus.UNPROCESSABLE_ENTITY, detail, lang)
    else:
        told = error if isinstance(error, YutuError) else None
    if told is None:
        return None
    return _panel(status_of(told), text(f"error.{told.code}", lang, **told.facts), lang)


def _panel(status: HTTPStatus, detail: str, lang: Lang) -> tuple[str, HTTPStatus]:
    return render_problem(lang, text(f"status.{status.value}", lang), detail), status


Answer = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route that answers with a page; what goes wrong is told as a page too."""

    def get_route_handler(self) -> Answer:
        """Return the handler with its errors caught, those of its dependencies included."""
        answer = super().get_route_handler()

        async def answer_or_tell(request: Request) -> Response:
            try:
                return await answer(request)
            except (YutuError, SQLAlchemyError, RequestValidationError) as error:
                told = tell_problem(error, page_lang(request))
                if told is None:
                    raise
                return self.frame_problem(request, *told)

        return answer_or_tell

    def frame_problem(self, request: Request, panel: str, status: HTTPStatus) -> Response:
        """Return the answer round the panel that tells of a problem."""
        frame = make_frame(request, page_lang(request), None)
        return answer_page(request, render_problem_page(frame, panel), status)
