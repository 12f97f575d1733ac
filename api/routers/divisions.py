"""Divisions over HTTP: one, those above and below it, its versions, a search."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.deps import Asker, AskerLang, AsOf, ReadConn
from api.geojson import GEOJSON, feature, wants_geojson
from api.mark import mark_of
from api.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from geo.divisions import read
from geo.divisions.codes import Level
from geo.texts import Lang

router = APIRouter(prefix="/api/v1/divisions", tags=["divisions"])

Code = Annotated[str, Query(min_length=2, max_length=12, pattern="^[0-9]+$")]


@router.get("")
def list_divisions(  # noqa: PLR0913 - each parameter is one filter of the address
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of a name, or a code.")
    ] = None,
    level: Level | None = None,
    within: Code | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[dict[str, Any]]:
    """List divisions as of a day; those whose name fits best first, then from the top, by code."""
    found = read.list_divisions(
        conn,
        asker,
        at,
        query=q,
        level=level,
        within=read.find_division(conn, within) if within else None,
        after=_after(cursor),
        limit=limit,
    )
    return _page(found, lang)


@router.get("/{code}")
def read_division(
    code: str, request: Request, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> Any:
    """Give a division as it was on a day; as a GeoJSON feature if that is asked for."""
    found = read.read_division(conn, code, at, asker)
    shown = asdict(found) | {"mark": mark_of(found.publication, lang)}
    if not wants_geojson(request):
        return shown
    shape = read.read_polygon(conn, found.id, at)
    return JSONResponse(feature(found.code, shape, shown), media_type=GEOJSON)


@router.get("/{code}/children")
def list_children(
    code: str,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> Page[dict[str, Any]]:
    """List what lies directly under a division on a day."""
    parent = read.read_division(conn, code, at, asker)
    found = read.list_divisions(
        conn, asker, at, parent=parent.id, after=_after(cursor), limit=limit
    )
    return _page(found, lang)


@router.get("/{code}/ancestors")
def list_ancestors(code: str, conn: ReadConn, asker: Asker, at: AsOf) -> Page[dict[str, Any]]:
    """List those above a division on a day, from the top."""
    found = read.read_division(conn, code, at, asker).ancestors
    return Page([asdict(unit) for unit in found], len(found), None)


@router.get("/{code}/versions")
def list_versions(code: str, conn: ReadConn, asker: Asker, lang: AskerLang) -> Page[dict[str, Any]]:
    """List all versions of the division that bears or bore a code, the oldest first."""
    found = read.list_versions(conn, read.find_division(conn, code), asker)
    return Page([_show(one, lang) for one in found], len(found), None)


def _after(cursor: str | None) -> str:
    key = decode_cursor(cursor, 1)
    return key[0] if key else ""


def _page(found: read.Page, lang: Lang) -> Page[dict[str, Any]]:
    return Page(
        [_show(one, lang) for one in found.items],
        found.total,
        None if found.next is None else encode_cursor(found.next),
    )


def _show(one: read.Listed, lang: Lang) -> dict[str, Any]:
    return asdict(one) | {"mark": mark_of(one.publication, lang)}
