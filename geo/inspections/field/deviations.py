"""Hold the positions that were recorded against the register: a proposal, people conclude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, system_viewer
from geo.crs.systems import IDENTICAL, datum_of, horizontal, read_crs
from geo.deviation.judge import Verdict
from geo.deviation.markers import Deviation, judge_many
from geo.deviation.survey import Survey
from geo.errors import RecordUnknownError
from geo.exchange.findings import Finding
from geo.inspections.facts import Inspection, Record

CHINA = ZoneInfo("Asia/Shanghai")
READER = system_viewer("inspections")
"""Who may see the inspection sees its markers; a guest has no grant that reaches them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerdict:
    """What the recorded position of a marker says; a proposal, never a result.

    ``distance_m`` is from the registered position, ``limit_m`` the office's limit of that day;
    None is what cannot be said. ``findings`` name what is wrong with the position itself: another
    zone, easting and northing swapped, far from the line.
    """

    record_id: UUID
    verdict: Verdict
    distance_m: float | None
    limit_m: float | None
    findings: tuple[Finding, ...]
    deviation: Deviation | None


def judge_record(
    conn: Connection, viewer: Viewer, inspection: Inspection, record: Record
) -> RecordVerdict:
    """Judge the position of one record; see :func:`judge_records`."""
    found = judge_records(conn, viewer, inspection, [record])
    if not found:
        raise RecordUnknownError(record=record.id)
    return found[0]


def judge_records(
    conn: Connection,
    viewer: Viewer,  # noqa: ARG001 - who asks was let in by the inspection itself
    inspection: Inspection,
    records: Sequence[Record],
) -> list[RecordVerdict]:
    """Judge the positions of records of markers, in their order; those of sections are left out.

    Each is held against the register of the day it was found, or of the day the inspection began
    where that is later. One without a position is undecidable. Who may see the inspection was
    asked before.
    """
    shown = {one.key for one in inspection.subjects}
    chosen = [
        one
        for one in records
        if one.subject_kind == "marker" and (one.subject_kind, one.subject_id) in shown
    ]
    begun = inspection.created_at.astimezone(CHINA).date()
    by_day: dict[date, list[Record]] = {}
    for one in chosen:
        if one.body.get("position"):
            by_day.setdefault(max(one.on_day, begun), []).append(one)
    judged: dict[UUID, Deviation] = {}
    for day, some in by_day.items():
        deviations = judge_many(conn, READER, [_survey(one) for one in some], day)
        judged.update(zip((one.id for one in some), deviations, strict=True))
    return [_verdict(one, judged.get(one.id)) for one in chosen]


def _survey(record: Record) -> Survey:
    position = record.body["position"]
    accuracy_m = position.get("accuracy_m")
    given = _as_given(position)
    x, y = given or (float(position["lon"]), float(position["lat"]))
    return Survey(
        marker_id=record.subject_id,
        x=x,
        y=y,
        crs=position["crs"] if given else "EPSG:4490",
        method=position.get("method"),
        accuracy_m=None if accuracy_m is None else float(accuracy_m),
        on=record.on_day,
    )


def _as_given(position: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the numbers as they were written: only in them another zone or order is seen.

    None where they were degrees, minutes and seconds, or of a datum that a fit led away from.
    """
    crs, written = position.get("crs"), (position.get("given_x"), position.get("given_y"))
    if crs is None or None in written:
        return None
    try:
        x, y = (float(one) for one in written if one is not None)
    except ValueError:
        return None
    return (x, y) if datum_of(horizontal(read_crs(crs, option="crs"))) in IDENTICAL else None


def _verdict(record: Record, found: Deviation | None) -> RecordVerdict:
    if found is None:
        lacks = Finding(rule="record_without_position", severity="warning")
        return RecordVerdict(
            record_id=record.id, verdict="undecidable", distance_m=None, limit_m=None,
            findings=(lacks,), deviation=None,
        )  # fmt: skip
    return RecordVerdict(
        record_id=record.id,
        verdict=found.verdict,
        distance_m=found.distance_m,
        limit_m=found.limit_m,
        findings=tuple(found.findings),
        deviation=found,
    )
