"""Recorded positions against the register over HTTP: proposals beside the records."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from api.deps import Asker, AskerLang, ReadConn, Today
from api.paging import Page
from api.routers.deviation import show_deviation, show_findings
from geo.inspections.field import deviations
from geo.inspections.field.deviations import RecordVerdict
from geo.inspections.field.photos import require_record
from geo.inspections.field.recorded import list_records, read_record
from geo.inspections.read import read_inspection
from geo.texts import Lang, text

router = APIRouter(prefix="/api/v1/inspections/{inspection_id}", tags=["inspections"])


@router.get("/records/{record_id}/deviation")
def judge_record(
    inspection_id: UUID,
    record_id: UUID,
    conn: ReadConn,
    asker: Asker,
    lang: AskerLang,
    today: Today,
) -> dict[str, Any]:
    """Hold the position of a marker's record against the register: a proposal, never a result."""
    found = read_inspection(conn, inspection_id, asker, today)
    require_record(conn, found, record_id)
    record = read_record(conn, record_id)
    return show_verdict(deviations.judge_record(conn, asker, found, record), lang)


@router.get("/deviations")
def judge_records(
    inspection_id: UUID, conn: ReadConn, asker: Asker, lang: AskerLang, today: Today
) -> Page[dict[str, Any]]:
    """Hold the positions of all records of markers against the register, in their order."""
    found = read_inspection(conn, inspection_id, asker, today)
    records = [one for one in list_records(conn, inspection_id) if one.withdrawn_at is None]
    judged = deviations.judge_records(conn, asker, found, records)
    return Page([show_verdict(one, lang) for one in judged], len(judged), None)


def show_verdict(one: RecordVerdict, lang: Lang) -> dict[str, Any]:
    """Return a verdict for JSON with its findings in words."""
    return {
        "record": str(one.record_id),
        "verdict": one.verdict,
        "verdict_name": text(f"verdict.{one.verdict}", lang),
        "distance_m": one.distance_m,
        "limit_m": one.limit_m,
        "findings": show_findings(one.findings, lang),
        "deviation": None if one.deviation is None else show_deviation(one.deviation, lang),
    }
