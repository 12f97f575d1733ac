"""What the pages of the register share: who is not logged in is led to the login page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, Engine

from api.deps import Asker, AsOf, DbEngine, Today
from api.errors import status_of
from api.pages import PageFrame, PageRoute
from geo.access.jurisdiction import Viewer, require_some_role
from geo.db.engine import transaction
from geo.divisions.read import find_division, list_divisions
from geo.errors import ChangedMeanwhileError, DivisionUnknownError, YutuError
from geo.exchange.findings import Finding
from geo.texts import Lang, catalogue, text
from maps.page import Frame
from maps.page_register import Refused

SEE_OTHER = 303
FROM_SCRIPT = "HX-Request"


@dataclass(frozen=True, slots=True)
class Visit:
    """Who opens a page of the register or sends its form, and as of which day it is shown."""

    request: Request
    engine: Engine
    asker: Viewer
    frame: Frame
    at: date
    today: date


def read_visit(
    request: Request, engine: DbEngine, asker: Asker, frame: PageFrame, at: AsOf, today: Today
) -> Visit:
    """Return what a page comes with.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
        The register is for who has a role somewhere.
    """
    require_some_role(asker, "viewer")
    return Visit(request, engine, asker, frame, at, today)


Visited = Annotated[Visit, Depends(read_visit)]


def read_form_visit(visit: Visited) -> Visit:
    """Return what a form comes with: it always speaks of today."""
    return replace(visit, at=visit.today)


FormVisited = Annotated[Visit, Depends(read_form_visit)]


class RegisterRoute(PageRoute):
    """A route of pages for who is logged in: the public comes to the login page and then here."""

    def frame_problem(self, request: Request, panel: str, status: HTTPStatus) -> Response:
        """Lead the public to the login page and back; others see the page of the problem.

        What a form sent is not repeated after the login, so that is told and nothing more.
        """
        here = request.url.path
        if request.method == "GET" and request.url.query:
            here = f"{here}?{request.url.query}"
        to = f"/login?{urlencode({'next_address': here})}"
        if status == HTTPStatus.UNAUTHORIZED and FROM_SCRIPT in request.headers:
            # The script would follow a redirect and put the login form into the page.
            return Response(status_code=status, headers={"HX-Redirect": to})
        if status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
            return RedirectResponse(to, SEE_OTHER)
        return super().frame_problem(request, panel, status)


def tell_said(said: str, lang: Lang) -> str | None:
    """Return what a form has just done, in words; None for a word the catalogue does not know."""
    key = f"page.said.{said}"
    return text(key, lang) if key in catalogue(lang) else None


def tell_refused(form: str, error: YutuError, typed: Mapping[str, Any], lang: Lang) -> Refused:
    """Return what a form is told that could not be done: what is wrong, or who changed what."""
    if isinstance(error, ChangedMeanwhileError):
        problem = text("page.changed_meanwhile", lang, **error.facts)
        told = cast("list[dict[str, Any]]", error.facts["changes"])
        changes = [{**one, "at": datetime.fromisoformat(one["at"])} for one in told]
        return Refused(form=form, problem=problem, typed=typed, changes=changes)
    findings = cast("Sequence[Finding]", error.facts.get("findings", ()))
    key = "page.form_invalid" if findings else f"error.{error.code}"
    problem = text(key, lang, **error.facts)
    return Refused(form=form, problem=problem, typed=typed, findings=findings)


def send_form(
    visit: Visit,
    form: str,
    typed: Mapping[str, Any],
    act: Callable[[Connection], object],
    *,
    to: str,
    again: Callable[[Refused, HTTPStatus], Response],
) -> Response:
    """Do what a form asks in one transaction, then lead on; or its page says why not.

    Parameters
    ----------
    form
        The form by its id on the page.
    to
        The address it leads to when done.
    again
        Returns the page with the refused form, as it was typed.
    """
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            act(conn)
    except YutuError as error:
        return again(tell_refused(form, error, typed, visit.frame.lang), status_of(error))
    return RedirectResponse(to, SEE_OTHER)


def find_place(conn: Connection, asker: Viewer, at: date, typed: str) -> UUID:
    """Return the division somebody means by a code or a name.

    Raises
    ------
    DivisionUnknownError
    """
    if typed.isascii() and typed.isdigit():
        return find_division(conn, typed)
    found = list_divisions(conn, asker, at, query=typed, limit=1).items
    if not found:
        raise DivisionUnknownError(division=typed)
    return found[0].id
