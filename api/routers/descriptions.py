"""位置说明 of markers and 走向说明 of sections over HTTP: generated, written, the difference."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Asker, AskerLang, AsOf, ReadConn, Today, WriteConn
from api.revision import Seen, tell_revision
from geo.access.jurisdiction import Viewer
from geo.markers.read import read_marker
from geo.revisions.changes import read_revision
from geo.sections.along import Track, read_track, require_reach
from geo.sections.descriptions import (
    Generated,
    generate_course,
    generate_position,
    list_descriptions,
    read_description,
    write_marker_text,
    write_section_text,
)
from geo.sections.register import Section, find_section
from geo.texts import Lang, text

router = APIRouter(tags=["descriptions"])

MARKER = "/api/v1/markers/{marker_id}/description"
SECTION = "/api/v1/boundary-lines/{line_id}/sections/{section_id}/description"
LONGEST = 20_000


class DescriptionBody(BaseModel):
    """The text by hand; null takes what is generated now."""

    model_config = ConfigDict(extra="forbid")

    written: str | None = Field(None, min_length=1, max_length=LONGEST)


@router.get(MARKER)
def read_marker_text(
    marker_id: UUID, response: Response, conn: ReadConn, asker: Asker, lang: AskerLang, at: AsOf
) -> dict[str, Any]:
    """Give the 位置说明 of a marker: what holds, what would be generated now, the difference."""
    now = generate_position(conn, read_marker(conn, marker_id, at, asker), at)
    tell_revision(response, read_revision(conn, marker_id))
    return _show(conn, "marker", marker_id, now, lang)


@router.put(MARKER)
def write_marker(  # noqa: PLR0913 - what the address, the asker and the body give
    marker_id: UUID,
    body: DescriptionBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Keep a text by hand, or take the generated one; an editor of all sides, with ``If-Match``."""
    marker = read_marker(conn, marker_id, today, asker)
    now = generate_position(conn, marker, today)
    revision = write_marker_text(
        conn, asker, marker, generated=now.text, written=body.written, seen=seen
    )
    tell_revision(response, revision)
    return _show(conn, "marker", marker_id, now, lang)


@router.post(f"{MARKER}/generate")
def generate_marker(
    marker_id: UUID,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Generate anew and keep it; a text by hand stays the one that holds, beside the difference."""
    marker = read_marker(conn, marker_id, today, asker)
    now = generate_position(conn, marker, today)
    held = read_description(conn, "marker", marker_id).written
    revision = write_marker_text(conn, asker, marker, generated=now.text, written=held, seen=seen)
    tell_revision(response, revision)
    return _show(conn, "marker", marker_id, now, lang)


@router.get(SECTION)
def read_section_text(
    line_id: UUID,
    section_id: UUID,
    response: Response,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    at: AsOf,
) -> dict[str, Any]:
    """Give the 走向说明 of a section: what holds, what would be generated now, the difference."""
    _, section = _open(conn, asker, line_id, section_id, at)
    now = generate_course(conn, section, line_id, at)
    tell_revision(response, read_revision(conn, line_id))
    return _show(conn, "section", section_id, now, lang)


@router.put(SECTION)
def write_section(  # noqa: PLR0913 - what the address, the asker and the body give
    line_id: UUID,
    section_id: UUID,
    body: DescriptionBody,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Keep a text by hand, or take the generated one; an editor of both sides.

    ``If-Match`` names the revision of the line.
    """
    track, section = _open(conn, asker, line_id, section_id, today)
    now = generate_course(conn, section, line_id, today)
    line = (line_id, (track.left_id, track.right_id))
    revision = write_section_text(
        conn, asker, line, section, generated=now.text, written=body.written, seen=seen
    )
    tell_revision(response, revision)
    return _show(conn, "section", section_id, now, lang)


@router.post(f"{SECTION}/generate")
def generate_section(  # noqa: PLR0913 - what the address, the asker and the body give
    line_id: UUID,
    section_id: UUID,
    response: Response,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Generate anew and keep it; a text by hand stays the one that holds, beside the difference."""
    track, section = _open(conn, asker, line_id, section_id, today)
    now = generate_course(conn, section, line_id, today)
    held = read_description(conn, "section", section_id).written
    line = (line_id, (track.left_id, track.right_id))
    revision = write_section_text(
        conn, asker, line, section, generated=now.text, written=held, seen=seen
    )
    tell_revision(response, revision)
    return _show(conn, "section", section_id, now, lang)


def _open(
    conn: ReadConn, asker: Viewer, line_id: UUID, section_id: UUID, at: AsOf
) -> tuple[Track, Section]:
    track = read_track(conn, line_id, at)
    require_reach(conn, asker, track, what=str(line_id))
    return track, find_section(conn, line_id, section_id, at)


def _show(conn: ReadConn, kind: str, object_id: UUID, now: Generated, lang: Lang) -> dict[str, Any]:
    held = read_description(conn, kind, object_id, now.text)
    return asdict(held) | {
        "difference": [{"change": change, "text": words} for change, words in held.difference],
        "generated_now": now.text,
        "no_data": [
            {"layer": one, "layer_word": text(f"feature_layer.{one}", lang)} for one in now.no_data
        ],
        "history": [
            {"at": one.at, "actor_name": one.actor_name, "text": one.text}
            for one in list_descriptions(conn, kind, object_id)
        ],
    }
