"""The reference of the API as a page."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.pages import PageFrame, answer_page
from maps.page import render_reference
from maps.reference import read_reference

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def get_docs(request: Request, frame: PageFrame) -> Response:
    """Return the reference of all addresses, made from the description of this very app."""
    document = request.app.openapi()
    html = render_reference(
        frame,
        read_reference(document),
        release=document["info"]["version"],
        host=str(request.base_url).rstrip("/"),
    )
    return answer_page(request, html)
