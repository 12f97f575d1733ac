"""Who opens a page of an inspection: a guest has no role anywhere, and comes in by invitation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from api.deps import Asker, DbEngine, Today
from api.pages import PageFrame
from api.register import Visit, send_form
from geo.errors import UnauthenticatedError
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

    def act_on(conn: Connection) -> None:
        act(conn, read_inspection(conn, inspection_id, visit.asker, visit.today))

    said = f"{to}?said=insp_{form.partition('-')[0]}"
    return send_form(visit, form, typed, act_on, to=said, again=again)
