"""The whole of what is signed of an inspection, and its one spelling (RFC 8785).

Measures are decimal strings, photos stand by their SHA-256, everything in an order of its own; what
goes on after the signature (the state, the approval, how a work order ended, who looks after it) is
no part of it. Names of places are those of the day the inspection was opened.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.jurisdiction import system_viewer
from geo.db.sql import any_uuid
from geo.errors import GuestRefusedError
from geo.files.tables import attachment
from geo.inspections.facts import Inspection, Outcome, Party, Photo, Record, Subject
from geo.inspections.field.outcomes import list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.measures import spell
from geo.inspections.read import read_inspection
from geo.inspections.signing.canonical import digest
from geo.inspections.tables import inspection_desk
from geo.texts import Text
from geo.upkeep.tables import work_order

FORMAT = "yutu-inspection-content/1"
CHINA = ZoneInfo("Asia/Shanghai")
READER = system_viewer("content")
Json = dict[str, Any]


def build_content(
    conn: Connection, inspection: Inspection, recorded: Sequence[Record] | None = None
) -> Json:
    """Return the whole of what is signed, as JSON without floats.

    Parameters
    ----------
    inspection
        As anybody sees it: the content is whole for a contractor's view too.
    recorded
        All its records, where they were read already.
    """
    opened_on = open_day(inspection)
    whole = read_inspection(conn, inspection.id, READER, opened_on)
    recorded = list_records(conn, whole.id) if recorded is None else recorded
    records = [one for one in recorded if one.counts]
    outcomes = list_outcomes(conn, whole, records)
    codes = {one.id: one.code for one in whole.parties}
    content = {
        "format": FORMAT,
        "inspection": _inspection(whole),
        "parties": [_party(one) for one in whole.parties],
        "subjects": [_subject(one, codes) for one in whole.subjects],
        "records": _records(conn, whole, records, codes),
        "outcomes": [_outcome(one, codes) for one in outcomes],
        "work_orders": _work_orders(conn, whole),
        "desk": _desk(conn, whole),
        "parts": [_part(conn, one, opened_on) for one in whole.parts],
    }
    return dict(_plain(content))


def open_day(inspection: Inspection) -> date:
    """Return the day in China whose names stand in the content: they change, what is signed not."""
    return inspection.created_at.astimezone(CHINA).date()


def require_whole(seen: Inspection) -> None:
    """Refuse a contractor, who has no part in what is signed.

    Raises
    ------
    GuestRefusedError
    """
    if not seen.is_whole:
        raise GuestRefusedError(reason=Text("reason.contractor_content"))


def content_sha256(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, in hex: what signatures and seals are bound to."""
    return digest(content)


def count_content(content: Mapping[str, Any]) -> dict[str, int]:
    """Return how many markers, sections, records and photos there are, and of each outcome."""
    subjects = Counter(f"{one['kind']}s" for one in content["subjects"])
    outcomes = Counter(one["status"] for one in content["outcomes"])
    photos = {photo["sha256"] for one in content["records"] for photo in one["photos"]}
    return {
        **{name: subjects[name] for name in ("markers", "sections")},
        **{name: outcomes[name] for name in ("agreed", "disagreed", "conflict", "open")},
        "records": len(content["records"]),
        "photos": len(photos),
    }


def _inspection(one: Inspection) -> Json:
    return {
        "id": one.id,
        "parent_id": one.parent_id,
        "line": {"id": one.line_id, "code": one.line_code, "name": one.line_name},
        "kind": one.kind,
        "round": one.round,
        "year": one.year,
        "reason": one.reason,
        "field_from": one.field_from,
        "field_to": one.field_to,
    }


def _party(one: Party) -> Json:
    return {"id": one.id, "code": one.code, "name": one.name, "role": one.role}


def _subject(one: Subject, codes: Mapping[UUID, str]) -> Json:
    return {
        "kind": one.kind,
        "id": one.id,
        "ordinal": one.ordinal,
        "label": one.label,
        "sides": [codes[side] for side in one.sides],
        "lead": codes.get(one.lead_id),
        "register": one.register,
    }


def _records(
    conn: Connection, whole: Inspection, records: Sequence[Record], codes: Mapping[UUID, str]
) -> list[Json]:
    scans = _scans(conn, {one.scan_id for one in records if one.scan_id})
    places = {one.key: place for place, one in enumerate(whole.subjects)}
    sides = {one.id: one.ordinal for one in whole.parties}

    def place_of(one: Record) -> tuple[int, int, date, datetime, str]:
        place = places.get((one.subject_kind, one.subject_id), len(places))
        return place, sides[one.division_id], one.on_day, one.edited_at, str(one.id)

    return [
        {
            "id": one.id,
            "subject": {"kind": one.subject_kind, "id": one.subject_id},
            "side": codes[one.division_id],
            "version": one.version,
            "on_day": one.on_day,
            "edited_at": one.edited_at,
            "state": one.state,
            "body": one.body,
            "via": one.via,
            "scan_sha256": scans.get(one.scan_id) if one.scan_id else None,
            "recorded_by": one.actor_name,
            "photos": [_photo(photo) for photo in _in_order(one.photos)],
        }
        for one in sorted(records, key=place_of)
    ]


def _in_order(photos: Iterable[Photo]) -> list[Photo]:
    return sorted(photos, key=lambda one: (one.shows, one.object_ordinal or 0, one.sha256))


def _photo(one: Photo) -> Json:
    return {
        "sha256": one.sha256,
        "size": one.size,
        "media_type": one.media_type,
        "shows": one.shows,
        "object_ordinal": one.object_ordinal,
        "taken_at": one.taken_at,
        "note": one.note,
    }


def _outcome(one: Outcome, codes: Mapping[UUID, str]) -> Json:
    return {
        "subject": {"kind": one.subject.kind, "id": one.subject.id},
        "status": one.status,
        "state": one.state,
        "words": one.words,
        "lacks": sorted(codes[side] for side in one.lacks),
        "views": {codes[side]: record.id for side, record in one.views.items()},
        "said": {
            codes[side]: {"state": state, "words": words}
            for side, (state, words) in one.proposed.items()
        },
    }


def _work_orders(conn: Connection, whole: Inspection) -> list[Json]:
    order = work_order.c
    rows = conn.execute(
        select(
            order.id, order.object_kind, order.object_id, order.task, order.responsible_id,
            order.due_on, order.note,
        )
        .where(order.cause_id == whole.id)
        .order_by(order.id)
    ).mappings()  # fmt: skip
    return [dict(row) for row in rows]


def _desk(conn: Connection, whole: Inspection) -> list[Json]:
    desk = inspection_desk.c
    rows = conn.execute(
        select(desk.section_id, desk["items"], desk.note)
        .where(desk.inspection_id == whole.id)
        .ext(distinct_on(desk.section_id))
        .order_by(desk.section_id, desk.at.desc(), desk.id.desc())
    ).mappings()
    return [dict(row) for row in rows]


def _part(conn: Connection, part_id: UUID, at: date) -> Json:
    part = read_inspection(conn, part_id, READER, at)
    content = build_content(conn, part)
    return {
        "id": part_id,
        "parties": [_party(one) for one in part.parties],
        "content_sha256": content_sha256(content),
        "counts": count_content(content),
    }


def _scans(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    given = attachment.c
    rows = conn.execute(
        select(given.id, given.file_sha256).where(given.id == any_uuid(list(ids)))
    ).all()
    return {row.id: row.file_sha256 for row in rows}


def _plain(value: Any) -> Any:
    """Return JSON with ids, days and instants (UTC) as texts, and floats as decimal strings."""
    # By way of its spelling: a walk through it all in Python takes ten times as long.
    spelled = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_say)
    return json.loads(spelled, parse_float=lambda number: spell(float(number)))


def _say(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else str(value)
