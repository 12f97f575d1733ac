"""Desk work over HTTP: sections held against what is known today, and people's notes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from api.bodies import Strict
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.paging import Page
from geo.inspections.field import desk
from geo.inspections.field.desk import MOST_AT_ONCE, Desk, OwnPlace
from geo.inspections.field.desk_items import LAYERS, Item
from geo.inspections.read import read_inspection
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/inspections/{inspection_id}/desk", tags=["inspections"])


class PlaceBody(Strict):
    """A place that people want to look at, EPSG:4490."""

    lon: float = Field(ge=73, le=136, allow_inf_nan=False)
    lat: float = Field(ge=3, le=54, allow_inf_nan=False)
    words: str = Field(min_length=1, max_length=500)


class DeskBody(Strict):
    """Sections to compare anew; note and places hold for each of them."""

    sections: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    side: str | None = Field(None, max_length=100)
    note: str | None = Field(None, max_length=2000)
    places: list[PlaceBody] = Field([], max_length=50)


@router.get("")
def list_desk(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """List the desk work on each section; ``at`` is null where there is none yet."""
    found = read_inspection(conn, inspection_id, asker, today)
    items = [show_desk(one, lang) for one in desk.list_desk(conn, found)]
    return Page(items, len(items), None)


@router.put("")
def put_desk(
    inspection_id: UUID,
    body: DeskBody,
    conn: WriteConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> Page[dict[str, Any]]:
    """Compare sections with surveys and layers of today, and keep it with a note.

    It belongs to what is signed: another finding or note voids signatures given before.
    """
    found = read_inspection(conn, inspection_id, asker, today)
    done = desk.put_desk(
        conn,
        asker,
        found,
        body.sections,
        side=body.side,
        note=body.note or None,
        places=[OwnPlace(**one.model_dump()) for one in body.places],
        today=today,
    )
    return Page([show_desk(one, lang) for one in done], len(done), None)


@router.get("/{section_id}")
def compare_section(
    inspection_id: UUID,
    section_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Hold one section against what is known today; nothing is kept."""
    found = read_inspection(conn, inspection_id, asker, today)
    return show_desk(desk.compare_sections(conn, found, [section_id], today)[0], lang)


def show_desk(one: Desk, lang: Lang) -> dict[str, Any]:
    """Return the desk work on a section for JSON, in words."""
    return {
        "section": str(one.subject.id),
        "ordinal": one.subject.ordinal,
        "label": one.subject.label,
        "items": [show_item(item, lang) for item in one.items],
        "no_data": [
            {"what": what, "words": text(f"desk_lacks.{what}", lang)} for what in one.lacks
        ],
        "agreed_text": one.agreed_text,
        "text_now": one.text_now,
        "note": one.note,
        "actor": one.actor_name,
        "at": None if one.at is None else one.at.isoformat(),
    }


def show_item(one: Item, lang: Lang) -> dict[str, Any]:
    """Return a reason to look for JSON, with its words."""
    facts: dict[str, Any] = {**one.facts, "measure": one.measure, "unit": one.unit}
    if one.facts.get("layer") in LAYERS:
        facts["layer"] = text(f"feature_layer.{one.facts['layer']}", lang)
    return {
        "kind": one.kind,
        "lon": one.lon,
        "lat": one.lat,
        "measure": one.measure,
        "unit": one.unit,
        "look": one.look,
        "words": text(f"desk_item.{one.kind}", lang, **facts),
    }
