"""Sections of a boundary line over HTTP."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import shapely
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, AskerLang, AsOf, ReadConn, WriteConn
from api.geojson import GEOJSON, wants_geojson
from api.revision import Seen, tell_revision
from geo.boundaries.record import read_record
from geo.revisions.changes import read_revision
from geo.sections.along import read_track, require_reach
from geo.sections.propose import generate_sections
from geo.sections.register import (
    Section,
    SectionFacts,
    list_sections,
    put_sections,
    shape_sections,
)
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/boundary-lines/{line_id}/sections", tags=["boundary lines"])

MOST_SECTIONS = 2000
LongText = Annotated[str | None, Field(max_length=200)]


class SectionBody(BaseModel):
    """A section from marker to marker, or to an end in words; ``section_id`` continues one."""

    model_config = ConfigDict(extra="forbid")

    section_id: UUID | None = None
    from_marker_id: UUID | None = None
    to_marker_id: UUID | None = None
    from_text: LongText = None
    to_text: LongText = None
    basis: str = Field("marker_to_marker", max_length=40)
    basis_name: LongText = None
    length_km: float | None = Field(None, description="As the agreement says it, km.")
    note: str | None = Field(None, max_length=2000)


class SectionsBody(BaseModel):
    """All sections of a line from a day on, in their order; what is not given ends."""

    model_config = ConfigDict(extra="forbid")

    valid_from: date
    source: str = Field(min_length=1, max_length=200, description="The paper that says so.")
    sections: list[SectionBody] = Field(max_length=MOST_SECTIONS)


@router.get("")
def read_sections(
    line_id: UUID,
    request: Request,
    response: Response,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
) -> Any:
    """Give the sections of a line on a day; as GeoJSON the part of the line of each."""
    require_reach(conn, asker, read_track(conn, line_id, at), what=str(line_id))
    items = [show_section(one, lang) for one in list_sections(conn, line_id, at)]
    if wants_geojson(request):
        shapes = shape_sections(conn, line_id, at)
        features = [_feature(one, shapes.get(one["section_id"])) for one in items]
        content = {"type": "FeatureCollection", "features": features}
        # Through JSON and back, for ids and dates are text there.
        return Response(json.dumps(content, default=str, ensure_ascii=False), media_type=GEOJSON)
    tell_revision(response, read_revision(conn, line_id))
    return {"items": items, "total": len(items), "next": None}


@router.get("/proposed")
def propose_sections(
    line_id: UUID,
    conn: ReadConn,
    asker: Asker,
    at: AsOf,
    begins_at: Annotated[
        str | None, Query(max_length=200, description="Where the line begins, in words.")
    ] = None,
    ends_at: Annotated[
        str | None, Query(max_length=200, description="Where the line ends, in words.")
    ] = None,
) -> dict[str, Any]:
    """Propose the sections between the markers along a line; nothing is stored.

    The ends are those of the line's record where the address says none.
    """
    require_reach(conn, asker, read_track(conn, line_id, at), what=str(line_id))
    said = read_record(conn, line_id, at)
    made = generate_sections(
        conn,
        line_id,
        at,
        begins_at=begins_at or (said.begins_at if said else None),
        ends_at=ends_at or (said.ends_at if said else None),
    )
    return {"sections": [asdict(one) for one in made]}


@router.put("")
def write_sections(
    line_id: UUID,
    body: SectionsBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    seen: Seen,
) -> dict[str, Any]:
    """Say which sections a line has from a day on: a *change*, by an editor of both sides.

    ``If-Match`` names the revision of the line that was seen.
    """
    revision = put_sections(
        conn,
        asker,
        line_id,
        [SectionFacts(**one.model_dump()) for one in body.sections],
        valid_from=body.valid_from,
        source=body.source,
        seen=seen,
    )
    tell_revision(response, revision)
    items = [show_section(one, lang) for one in list_sections(conn, line_id, body.valid_from)]
    return {"items": items, "total": len(items), "next": None}


def show_section(one: Section, lang: Lang) -> dict[str, Any]:
    """Return a section for JSON, with its ends and its basis in words."""
    return asdict(one) | {
        "begin": one.begin,
        "end": one.end,
        "basis_word": text(f"basis.{one.basis}", lang),
    }


def _feature(shown: dict[str, Any], shape: shapely.Geometry | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": shown["section_id"],
        "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        "properties": shown,
    }
