"""Facilities over HTTP: lists, the nearest, one and its versions, kinds, numbers by division."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.deps import Asker, AskerLang, AsOf, ReadConn, WriteConn
from api.geojson import GEOJSON, feature, wants_geojson
from api.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from api.routers.divisions import Code
from geo.divisions.read import find_division, units_below
from geo.errors import OptionInvalidError
from geo.facilities import read
from geo.facilities.counts import list_counts
from geo.facilities.kinds import KINDS, read_kind
from geo.facilities.publish import State, publish_facilities
from geo.texts import LANGS, Lang, Text, text

router = APIRouter(prefix="/api/v1/facilities", tags=["facilities"])

PAIR = re.compile(r"\s*([+-]?\d+(?:\.\d*)?)\s*[,，]\s*([+-]?\d+(?:\.\d*)?)\s*")
WEST, EAST, MOST_LON, MOST_LAT = 73.0, 136.0, 180.0, 90.0
"""Longitudes of China, and what a longitude and a latitude may be at most; degrees."""

KindNames = Annotated[
    list[str] | None, Query(description="Key or name of a kind; repeat it for several.")
]


@dataclass(frozen=True, slots=True)
class KindAnswer:
    """A kind of facility with its names and its group's in both languages."""

    key: str
    group: str
    symbol: str
    private_home: bool
    name: dict[str, str]
    group_name: dict[str, str]


@dataclass(frozen=True, slots=True)
class CountsAnswer:
    """Facilities by kind and division; ``private`` are numbers of what stands in homes."""

    items: list[dict[str, Any]]
    private: list[dict[str, Any]]
    total: int
    unplaced: int


class Publication(BaseModel):
    """A state for the facilities of some kinds in a division; without a code everywhere."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[str] = Field([], max_length=len(KINDS))
    within: str | None = Field(None, max_length=12)
    state: State


@router.get("")
def list_facilities(  # noqa: PLR0913 - each parameter is one filter of the address
    request: Request,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    kind: KindNames = None,
    within: Annotated[Code | None, Query(description="In this division or below it.")] = None,
    near: Annotated[
        str | None,
        Query(max_length=60, description="lon,lat in degrees: the nearest first, with metres."),
    ] = None,
    placed: Annotated[
        bool | None, Query(description="false: those that are not on the map yet.")
    ] = None,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of a name or address, or a code.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """List facilities as of a day; as GeoJSON those with a place, and how many are left out."""
    key = decode_cursor(cursor, 1)
    wanted: dict[str, Any] = {
        "kinds": [read_kind(one, option="kind").key for one in kind or ()],
        "within": find_division(conn, within) if within else None,
        "query": q,
    }
    as_geojson = wants_geojson(request)
    found = read.list_facilities(
        conn,
        asker,
        at,
        **wanted,
        near=_read_near(near) if near is not None else None,
        placed=True if as_geojson and placed is None else placed,
        after=_read_after(key, near=near is not None),
        limit=limit,
    )
    following = None if found.next is None else encode_cursor(found.next)
    if not as_geojson:
        return Page([_show(one, lang) for one in found.items], found.total, following)
    left_out = read.list_facilities(conn, asker, at, **wanted, placed=False, limit=1).total
    content = {
        "type": "FeatureCollection",
        "features": [_as_feature(one, lang) for one in found.items],
        "total": found.total,
        "left_out": left_out,
        "note": text("facilities.left_out", lang, unplaced=left_out) if left_out else None,
        "next": following,
    }
    return JSONResponse(content, media_type=GEOJSON)


@router.get("/kinds")
def list_kinds() -> list[KindAnswer]:
    """List the kinds of facility, in the order of lists and legends."""
    return [
        KindAnswer(
            key=kind.key,
            group=kind.group,
            symbol=kind.symbol,
            private_home=kind.private_home,
            name={lang: text(f"kind.{kind.key}", lang) for lang in LANGS},
            group_name={lang: text(f"kind_group.{kind.group}", lang) for lang in LANGS},
        )
        for kind in KINDS.values()
    ]


@router.get("/counts")
def count_facilities(
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
    within: Annotated[Code | None, Query(description="In this division or below it.")] = None,
) -> CountsAnswer:
    """Count facilities by kind and division, and give the numbers of what stands in homes."""
    divisions = _divisions(conn, within, at)
    found = read.count_facilities(conn, asker, at, within=divisions)
    private = list_counts(conn, asker, at, within=divisions)
    return CountsAnswer(
        items=[asdict(one) | _named(one.kind, lang) for one in found],
        private=[asdict(one) | _named(one.kind, lang) for one in private],
        total=sum(one.facilities for one in found),
        unplaced=sum(one.unplaced for one in found),
    )


@router.post("/publication")
def publish(body: Publication, conn: WriteConn, asker: Asker, at: AsOf) -> dict[str, int]:
    """Publish or withdraw facilities; a *correction* of the versions, which stay as they are."""
    changed = publish_facilities(
        conn,
        asker,
        body.state,
        kinds=[read_kind(one, option="kinds").key for one in body.kinds],
        within=find_division(conn, body.within) if body.within else None,
        at=at,
    )
    return {"facilities": changed}


@router.get("/{facility_id}")
def read_facility(
    facility_id: UUID, request: Request, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> Any:
    """Give a facility as it was on a day; as a GeoJSON feature if that is asked for."""
    found = read.read_facility(conn, facility_id, at, asker)
    if wants_geojson(request):
        return JSONResponse(_as_feature(found, lang), media_type=GEOJSON)
    return _show(found, lang)


@router.get("/{facility_id}/versions")
def list_versions(
    facility_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang
) -> Page[dict[str, Any]]:
    """List all versions of a facility, the oldest first."""
    found = read.list_versions(conn, facility_id, asker)
    return Page([_show(one, lang) for one in found], len(found), None)


def _divisions(conn: Connection, within: str | None, at: Any) -> list[UUID] | None:
    return None if within is None else units_below(conn, find_division(conn, within), at)


def _read_near(near: str) -> tuple[float, float]:
    """Return longitude and latitude.

    Raises
    ------
    OptionInvalidError
        If it is not two numbers in degrees, or they look swapped.
    """
    match = PAIR.fullmatch(near)
    lon, lat = (float(match[1]), float(match[2])) if match else (MOST_LON + 1, MOST_LAT + 1)
    if WEST <= lat <= EAST and abs(lon) <= MOST_LAT:
        swapped = Text("reason.near_swapped", {"near": f"{lat:g},{lon:g}"})
        raise OptionInvalidError(option="near", value=near, allowed=swapped)
    if abs(lon) > MOST_LON or abs(lat) > MOST_LAT:
        raise OptionInvalidError(option="near", value=near, allowed=Text("allowed.near"))
    return lon, lat


def _read_after(key: tuple[str, ...] | None, *, near: bool) -> str:
    if key is None:
        return ""
    if near and not (key[0].isascii() and key[0].isdigit() and len(key[0]) < 10):  # noqa: PLR2004 - a number of rows
        raise OptionInvalidError(option="cursor", value=key[0], allowed="next")
    return key[0]


def _show(one: read.Facility, lang: Lang) -> dict[str, Any]:
    return asdict(one) | _named(one.kind, lang)


def _named(kind: str, lang: Lang) -> dict[str, Any]:
    """Return what people call a kind; a key of an earlier release stands for itself."""
    known = KINDS.get(kind)
    if known is None:
        return {"kind_name": kind, "group": None, "symbol": None}
    return {"kind_name": text(f"kind.{kind}", lang), "group": known.group, "symbol": known.symbol}


def _as_feature(one: read.Facility, lang: Lang) -> Any:
    shape = None if one.lon is None else {"type": "Point", "coordinates": [one.lon, one.lat]}
    return feature(one.id, shape, _show(one, lang))
