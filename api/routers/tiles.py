"""Vector tiles over HTTP."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from api.deps import Asker, AsOf, ReadConn
from geo.tiles import Tile, make_tile

router = APIRouter(prefix="/tiles", tags=["tiles"])

MVT = "application/vnd.mapbox-vector-tile"


@router.get("/{layer}/{z}/{x}/{y}.mvt", response_class=Response)
def read_tile(  # noqa: PLR0913 - a tile has a layer, three numbers and a day
    layer: str, z: int, x: int, y: int, request: Request, conn: ReadConn, asker: Asker, at: AsOf
) -> Response:
    """Give a tile of what the asker may see on a day; 204 where nothing is."""
    content = make_tile(conn, layer, Tile(z, x, y), asker, at)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # Asked again each time: what may be seen depends on who asks and on what was changed.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if not content:
        return Response(status_code=204, headers=headers)
    return Response(content, media_type=MVT, headers=headers)
