"""Check what a side sends of a subject, and spell it canonically."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from geo.errors import RecordRefusedError
from geo.files.attach import read_attachment
from geo.inspections.facts import RESULTS, Inspection
from geo.inspections.measures import spell_all
from geo.inspections.parties import Acting
from geo.markers.place import read_position
from geo.markers.tables import METHODS
from geo.texts import Text as Words

SPELLINGS: Mapping[str, str] = {"intact": "in_place", "完好": "in_place"}
UNCHANGED = {"intact", "in_place", "完好", "clear"}
CHINA = ZoneInfo("Asia/Shanghai")
LONGEST_CONTENTS = 65_536
"""Characters of what is said of a subject, as JSON."""
MOST_ACCURACY_M = 10_000.0
LARGEST = 2**53
"""RFC 8785 has IEEE doubles: a whole number beyond is not kept to the last digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """What a side says of a subject.

    ``side`` is its code, name, id or role; ``at`` a day, or an instant of the field. ``position``
    is as :func:`geo.markers.place.read_position` takes it. ``edited_at`` is when the client wrote
    this version; of two, the later holds, in whichever order they arrive. ``scan_id`` is the
    signed paper that a record of a side without accounts was entered from.
    """

    kind: str
    subject_id: UUID
    side: str | None
    at: date | datetime
    state: str
    position: Mapping[str, Any] | None = None
    contents: Mapping[str, Any] | None = None
    note: str | None = None
    edited_at: datetime | None = None
    scan_id: UUID | None = None


def check_facts(
    conn: Connection, found: Inspection, acting: Acting, facts: RecordFacts, today: date
) -> tuple[date, dict[str, Any]]:
    """Return the day of a record in the field and its canonical body.

    Raises
    ------
    RecordRefusedError, OptionInvalidError, CrsRefusedError
    """
    on_day = _check_day(found, facts, today)
    _check_scan(conn, found, acting, facts)
    body = {
        "at": facts.at.isoformat(),
        "state": _check_state(facts),
        "position": _position(conn, facts.position),
        "contents": _contents(facts.contents),
        "note": facts.note,
    }
    return on_day, body


def refused(field: str, value: object, reason: Words) -> RecordRefusedError:
    """Return the refusal of something that was said."""
    return RecordRefusedError(field=field, value=value, reason=reason)


def _check_day(found: Inspection, facts: RecordFacts, today: date) -> date:
    on_day = _china_day(facts.at)
    if on_day > today:
        raise refused("at", on_day, Words("reason.day_ahead", {"today": today}))
    first = date(found.year - 1, 1, 1)
    if on_day < first:
        raise refused("at", on_day, Words("reason.day_before", {"first": first}))
    return on_day


def _china_day(at: date | datetime) -> date:
    """Return the day in China; an instant without a zone is of China's clocks."""
    if not isinstance(at, datetime):
        return at
    return (at if at.tzinfo is None else at.astimezone(CHINA)).date()


def _check_state(facts: RecordFacts) -> str:
    state = facts.state.strip()
    if facts.kind == "section" and state in UNCHANGED:
        state = "unchanged"
    state = SPELLINGS.get(state, state)
    allowed = RESULTS[facts.kind]
    named = {str(Words(f"result.{facts.kind}.{one}")): one for one in allowed}
    state = named.get(state, state)
    if state not in allowed:
        told = [f"{key} {word}" for word, key in named.items()]
        raise refused("state", facts.state, Words("reason.one_of", {"allowed": told}))
    if state == "unreachable" and not (facts.note or "").strip():
        raise refused("note", Words("reason.not_given"), Words("reason.unreachable_why"))
    return state


def _check_scan(conn: Connection, found: Inspection, acting: Acting, facts: RecordFacts) -> None:
    if facts.scan_id is None:
        if acting.via == "paper":
            raise refused("scan", Words("reason.not_given"), Words("reason.paper_needs_scan"))
        return
    scan = read_attachment(conn, facts.scan_id)
    if scan.object_id != found.id or scan.withdrawn_at is not None:
        raise refused("scan", facts.scan_id, Words("reason.scan_elsewhere"))


def _position(conn: Connection, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not given:
        return None
    _check_survey(given)
    read = read_position(conn, given)
    spelled: dict[str, Any] = spell_all(
        {
            "lon": round(read.lon, 9),
            "lat": round(read.lat, 9),
            "given_x": read.given_x,
            "given_y": read.given_y,
            "crs": read.source_crs,
            "method": read.method,
            "accuracy_m": read.accuracy_m,
        }
    )
    return spelled


def _check_survey(given: Mapping[str, Any]) -> None:
    method, accuracy_m = given.get("method"), given.get("accuracy_m")
    if method is not None and method not in METHODS:
        allowed = [Words(f"method.{one}") for one in METHODS]
        one_of = Words("reason.one_of", {"allowed": [*METHODS, *allowed]})
        raise refused("position.method", method, one_of)
    if accuracy_m is not None and not 0 < accuracy_m <= MOST_ACCURACY_M:
        limit = Words("reason.accuracy", {"most": MOST_ACCURACY_M})
        raise refused("position.accuracy_m", accuracy_m, limit)


def _contents(given: Mapping[str, Any] | None) -> dict[str, Any]:
    contents = dict(given or {})
    if not _is_plain(contents):
        raise refused("contents", Words("reason.not_shown"), Words("reason.not_finite"))
    if len(json.dumps(contents, ensure_ascii=False)) > LONGEST_CONTENTS:
        limit = Words("reason.too_long", {"limit": LONGEST_CONTENTS})
        raise refused("contents", Words("reason.not_shown"), limit)
    spelled: dict[str, Any] = spell_all(contents)
    return spelled


def _is_plain(value: Any) -> bool:
    """Return whether JSON has finite numbers only, and no text the database cannot hold."""
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, int):
        return abs(value) < LARGEST
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
    if isinstance(value, Mapping):
        return all(_is_plain(key) and _is_plain(one) for key, one in value.items())
    return all(_is_plain(one) for one in value) if isinstance(value, list | tuple) else True
