"""Parts of a long line's inspection over HTTP: the pairs of counties, their parts, the sum."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field
from sqlalchemy import Connection

from api.bodies import Strict
from api.deps import Asker, AskerLang, ReadConn, Today, WriteConn
from api.errors import as_json
from api.inspection_views import show_listed
from api.revision import Seen
from geo.divisions.read import find_division
from geo.inspections.planning.pairs import find_pairs
from geo.inspections.planning.parts import PartFacts, PartTotal, open_parts, roll_up
from geo.inspections.read import read_inspection
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/inspections/{inspection_id}", tags=["inspections"])

UnitLevel = Annotated[
    Literal["county", "prefecture"], Query(description="Pairs of counties, or of cities.")
]


class PartBody(Strict):
    """A part: two counties by code, their own line where there is one, and what they look after."""

    lead: str = Field(min_length=2, max_length=12)
    cooperating: str = Field(min_length=2, max_length=12)
    line_id: UUID | None = None
    subjects: list[UUID] = Field(max_length=5000)
    field_from: date | None = None
    field_to: date | None = None


class PartsBody(Strict):
    """The parts; without any, those that the register finds along the line."""

    parts: list[PartBody] | None = Field(None, min_length=1, max_length=200)
    unit_level: Literal["county", "prefecture"] = "county"


@router.get("/pairs")
def get_pairs(
    inspection_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
    unit_level: UnitLevel = "county",
) -> dict[str, Any]:
    """Find the pairs of counties along the line, and what each would look after."""
    found = read_inspection(conn, inspection_id, asker, today)
    pairs = find_pairs(conn, found, today, unit_level=unit_level)
    return {"items": [as_json(one, lang) for one in pairs], "total": len(pairs)}


@router.post("/parts", status_code=status.HTTP_201_CREATED)
def post_parts(
    inspection_id: UUID,
    body: PartsBody,
    conn: WriteConn,
    asker: Asker,
    today: Today,
    seen: Seen,
) -> dict[str, Any]:
    """Divide an inspection into parts with parties, records and signatures of their own."""
    found = read_inspection(conn, inspection_id, asker, today)
    if body.parts is None:
        pairs = find_pairs(conn, found, today, unit_level=body.unit_level)
        parts = [pair.as_part() for pair in pairs]
    else:
        parts = [_as_part(conn, one) for one in body.parts]
    made = open_parts(conn, asker, found, parts, today=today, seen=seen)
    return {"parts": [str(one) for one in made], "total": len(made)}


@router.get("/roll-up")
def get_roll_up(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> dict[str, Any]:
    """Add up what the parts found."""
    found = read_inspection(conn, inspection_id, asker, today)
    total = roll_up(conn, found, today)
    return {
        "parts": [_show_part(one, lang) for one in total.parts],
        "results": _results(total.results, lang),
        "markers": total.markers,
        "sections": total.sections,
        "disagreed": total.disagreed,
        "conflicts": total.conflicts,
        "open": total.open,
        "length_km": total.length_km,
        "parts_km": total.parts_km,
        "unsigned": [str(one.listed.id) for one in total.unsigned],
    }


def _as_part(conn: Connection, body: PartBody) -> PartFacts:
    return PartFacts(
        lead_id=find_division(conn, body.lead),
        cooperating_id=find_division(conn, body.cooperating),
        line_id=body.line_id,
        subjects=frozenset(body.subjects),
        field_from=body.field_from,
        field_to=body.field_to,
    )


def _show_part(one: PartTotal, lang: Lang) -> dict[str, Any]:
    shown = show_listed(one.listed, lang)
    return shown | {"name": one.name, "results": _results(one.results, lang)}


def _results(results: Any, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "state": state,
            "state_name": text(f"result.{kind}.{state}", lang),
            "count": count,
        }
        for (kind, state), count in sorted(results.items())
    ]
