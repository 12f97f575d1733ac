"""Who opens a page of an inspection: a guest has no role anywhere, and comes in by invitation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from api.deps import Asker, DbEngine, Today
from api.errors import status_of
from api.pages import PageFrame
from api.register import SEE_OTHER, Visit, tell_refused
from geo.db.engine import transaction
from geo.errors import UnauthenticatedError, YutuError
from geo.inspections.facts import Inspection
from geo.inspections.read import read_inspection
from maps.page_register import Refused


def read_inspection_visit(
    request: Request, engine: DbEngine, asker: Asker, frame: PageFrame, today: Today
) -> Visit:
    """Return what a page of an inspection comes with; it always shows today.

    Raises
    ------
    UnauthenticatedError
        What else is refused is asked of the inspection itself.
    """
    if asker.is_public:
        raise UnauthenticatedError
    return Visit(request, engine, asker, frame, today, today)


InspectionVisited = Annotated[Visit, Depends(read_inspection_visit)]
Act = Callable[[Connection, Inspection], object]


def do_form(
    visit: Visit,
    inspection_id: UUID,
    form: str,
    typed: Mapping[str, Any],
    act: Act,
    *,
    to: str,
    again: Callable[[Refused, Any], Response],
) -> Response:
    """Do what a form of an inspection asks, then lead to ``to``; or the page says why not.

    Parameters
    ----------
    form
        The form by its id on the page, such as ``step-submit``; the word before the first hyphen is
        that of ``page.said.insp_<word>``.
    act
        Does it; the inspection was read for who asks.
    again
        Returns the page with the refused form, as it was typed.
    """
    try:
        with transaction(visit.engine, visit.asker.actor) as conn:
            act(conn, read_inspection(conn, inspection_id, visit.asker, visit.today))
    except YutuError as error:
        refused = tell_refused(form, error, typed, visit.frame.lang)
        return again(refused, status_of(error))
    return RedirectResponse(f"{to}?said=insp_{form.partition('-')[0]}", SEE_OTHER)
