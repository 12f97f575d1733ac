"""Boundary lines over HTTP."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.deps import Asker, AskerLang, AsOf, ReadConn
from api.geojson import GEOJSON, feature, wants_geojson
from api.mark import mark_of
from api.paging import Cursor, decode_cursor, encode_cursor
from api.routers.divisions import Code
from geo.boundaries import read
from geo.divisions.codes import Level
from geo.divisions.read import find_division
from geo.texts import Lang

router = APIRouter(prefix="/api/v1/boundary-lines", tags=["boundary lines"])

MOST_LINES = 10_000
LineLimit = Annotated[
    int, Query(ge=1, le=MOST_LINES, description="Most lines of one answer; all of a province.")
]


@dataclass(frozen=True, slots=True)
class LinesAnswer:
    """A page of lines; ``length_km`` is that of all ``total`` lines."""

    items: list[dict[str, Any]]
    total: int
    length_km: float
    next: str | None


@router.get("")
def list_lines(  # noqa: PLR0913 - each parameter is one filter of the address
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    within: Annotated[Code | None, Query(description="Both sides below this division.")] = None,
    touching: Annotated[Code | None, Query(description="One side below it, one not.")] = None,
    level: Annotated[Level | None, Query(description="Level of the two sides.")] = None,
    limit: LineLimit = 1000,
    cursor: Cursor = None,
) -> LinesAnswer:
    """List the lines of a day, by the codes of their sides."""
    key = decode_cursor(cursor, 1)
    found = read.list_lines(
        conn,
        asker,
        at,
        within=find_division(conn, within) if within else None,
        touching=find_division(conn, touching) if touching else None,
        unit_level=level,
        after=key[0] if key else "",
        limit=limit,
    )
    return LinesAnswer(
        [_show(one, lang) for one in found.items],
        found.total,
        found.length_km,
        None if found.next is None else encode_cursor(found.next),
    )


@router.get("/{line_id}")
def read_line(
    line_id: UUID, request: Request, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> Any:
    """Give one line; as a GeoJSON feature if that is asked for."""
    found, shape = read.read_line(conn, line_id, at, asker)
    shown = _show(found, lang)
    if wants_geojson(request):
        return JSONResponse(feature(found.id, shape, shown), media_type=GEOJSON)
    return shown


def _show(one: read.BoundaryLine, lang: Lang) -> dict[str, Any]:
    return asdict(one) | {"mark": mark_of(one.publication, lang)}
