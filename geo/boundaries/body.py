"""What a proposal or a form says of a line, as JSON has it, read into facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely

from geo.boundaries.course import ORIGINS_GIVEN, Course, as_lines, is_line
from geo.boundaries.record import FACTS, RecordFacts
from geo.errors import LineInvalidError
from geo.exchange.findings import Finding
from geo.texts import Text

DAYS = frozenset({"length_dated", "settled_on", "approved_on", "published_on"})
BESIDE = frozenset({"valid_from", "source", "document", "kind", "note_of_change"})
"""What may stand beside the facts of a record."""


def read_record_body(body: Mapping[str, Any], *, today: date) -> tuple[RecordFacts, date]:
    """Return the facts of a record and the day from which they hold.

    Raises
    ------
    LineInvalidError
        With a finding for every field that there is not, or that holds no such value.
    """
    facts: dict[str, Any] = {}
    found: list[Finding] = []
    for name, value in body.items():
        if name in BESIDE:
            continue
        if name not in FACTS:
            allowed = Text("allowed.named", {"names": list(FACTS)})
            found.append(
                Finding(rule="field_unknown", severity="error", column=name, allowed=allowed)
            )
        elif not _fits(name, value):
            found.append(
                Finding(
                    rule="field_invalid",
                    severity="error",
                    column=name,
                    value=str(value),
                    allowed=_allowed(name),
                )
            )
        else:
            facts[name] = date.fromisoformat(value) if name in DAYS and value else value
    valid_from = _day(body, "valid_from", today, found)
    if found:
        raise LineInvalidError(findings=found)
    return RecordFacts(**facts), valid_from


def read_course_body(body: Mapping[str, Any], *, today: date) -> tuple[Course, date]:
    """Return a course and the day from which it is to be the line of record.

    Raises
    ------
    LineInvalidError
    """
    found: list[Finding] = []
    shape = read_geometry(body.get("geometry"))
    if shape is None:
        found.append(Finding(rule="line_no_line", severity="error", column="geometry"))
    origin = body.get("origin") or "agreed"
    if origin not in ORIGINS_GIVEN:
        found.append(
            Finding(
                rule="field_invalid", severity="error", column="origin", value=str(origin),
                allowed=Text("allowed.named", {"names": list(ORIGINS_GIVEN)}),
            )
        )  # fmt: skip
    accuracy = body.get("accuracy_m")
    if accuracy is not None and not (isinstance(accuracy, int | float) and accuracy > 0):
        found.append(
            Finding(
                rule="field_invalid", severity="error", column="accuracy_m", value=str(accuracy),
                allowed=Text("allowed.number"),
            )
        )  # fmt: skip
    valid_from = _day(body, "valid_from", today, found)
    as_of = _day(body, "as_of", valid_from, found)
    if found or shape is None:
        raise LineInvalidError(findings=found)
    return Course(shape=shape, origin=origin, as_of=as_of, accuracy_m=accuracy), valid_from


def read_geometry(geometry: object) -> shapely.Geometry | None:
    """Return a GeoJSON line as MultiLineString; None where it is none, or not a line."""
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return None
    if shape is None or not is_line(shape):
        return None
    return as_lines(shape)


def _fits(name: str, value: object) -> bool:
    if name == "disputed":
        return isinstance(value, bool)
    if value is None:
        return True
    if name == "official_length_km":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) and (name not in DAYS or _is_day(value))


def _allowed(name: str) -> str | Text:
    if name == "disputed":
        return Text("allowed.bool")
    if name == "official_length_km":
        return Text("allowed.number")
    return Text("allowed.date" if name in DAYS else "allowed.text")


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _day(body: Mapping[str, Any], name: str, default: date, found: list[Finding]) -> date:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, str) and _is_day(value):
        return date.fromisoformat(value)
    allowed = Text("allowed.date")
    found.append(
        Finding(
            rule="field_invalid", severity="error", column=name, value=str(value), allowed=allowed
        )
    )
    return default
