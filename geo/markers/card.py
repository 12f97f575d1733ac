"""Read what somebody writes of a marker into the facts of its card, and check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.divisions.read import find_division
from geo.errors import MarkerInvalidError, OptionInvalidError
from geo.exchange.findings import Finding
from geo.markers.facts import MarkerFacts, ObjectFacts, Position, SideFacts
from geo.markers.known_lines import KnownLines, read_lines
from geo.markers.objects import ReferenceObject, read_objects
from geo.markers.place import read_position
from geo.markers.read import Marker
from geo.markers.tables import SET_UPS
from geo.texts import Text

PLAIN = (
    "number", "member", "set_up", "faces", "material", "grade", "height_m", "height_datum",
    "set_on", "surveyed_on", "note",
)  # fmt: skip
DAYS = ("set_on", "surveyed_on")
CIRCLE = 360.0
SIDES = (2, 3)


def facts_of(conn: Connection, marker: Marker, at: date) -> MarkerFacts:
    """Return the card of a marker as it is in the register on a date, to be changed."""
    position = None
    if marker.lon is not None and marker.lat is not None:
        position = Position(
            lon=marker.lon,
            lat=marker.lat,
            given_x=marker.given_x,
            given_y=marker.given_y,
            source_crs=marker.source_crs,
            fit_id=marker.fit_id,
            method=marker.method,
            accuracy_m=marker.accuracy_m,
        )
    objects = read_objects(conn, [marker.id], at).get(marker.id, [])
    return MarkerFacts(
        **{name: getattr(marker, name) for name in PLAIN},
        lines=tuple(one.id for one in marker.lines),
        sides=tuple(one.id for one in marker.sides),
        known=marker.id,
        managing_id=marker.managing.id if marker.managing else None,
        position=position,
        objects=tuple(_as_facts(one) for one in objects),
    )


def read_card(
    conn: Connection, body: Mapping[str, Any], at: date, *, known: MarkerFacts | None = None
) -> MarkerFacts:
    """Return the facts of a card from what was sent; what is not sent stays as it is known.

    Parameters
    ----------
    body
        Keys as :class:`geo.markers.facts.MarkerFacts` has them, days as ISO text; ``lines`` by id,
        code or name, ``managing`` by code; ``position`` as :func:`geo.markers.place.read_position`
        takes it; ``objects`` in their order, each with ``name``, ``part``, ``grid_bearing_deg``,
        ``magnetic_bearing_deg``, ``distance_m``, ``position``, ``note``.

    Raises
    ------
    MarkerInvalidError
        With everything that is wrong as findings.
    OptionInvalidError, CrsRefusedError, FitUnknownError, DivisionUnknownError
        If a position, a line or a party cannot be read.
    """
    given: dict[str, Any] = {name: body[name] for name in PLAIN if name in body}
    for name in DAYS:
        if isinstance(given.get(name), str):
            given[name] = date.fromisoformat(given[name])
    if "lines" in body:
        given |= _read_lines(conn, body["lines"], at)
    if "managing" in body:
        managing = body["managing"]
        given["managing_id"] = find_division(conn, managing) if managing else None
    if "position" in body:
        given["position"] = read_position(conn, body["position"]) if body["position"] else None
    if "objects" in body:
        given["objects"] = tuple(
            _read_object(conn, one, place) for place, one in enumerate(body["objects"], 1)
        )
    if "own" in body:
        given["own"] = {
            find_division(conn, code): SideFacts(**part) for code, part in body["own"].items()
        }
    facts = replace(known, **given) if known else MarkerFacts(**_with_needed(given))
    refuse_wrong(facts)
    return facts


def refuse_wrong(facts: MarkerFacts) -> None:
    """Refuse a card that contradicts itself.

    Raises
    ------
    MarkerInvalidError
    """
    wrong = [*_wrong_kind(facts), *_wrong_parties(facts), *_wrong_objects(facts.objects)]
    if wrong:
        raise MarkerInvalidError(findings=wrong)


def _with_needed(given: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("number", "lines"):
        if not given.get(name):
            raise OptionInvalidError(
                option=name, value=Text("reason.not_given"), allowed=Text(f"allowed.marker_{name}")
            )
    return dict(given)


def _read_lines(conn: Connection, said: Sequence[str], at: date) -> dict[str, tuple[UUID, ...]]:
    """Return the lines a marker stands on and all their sides."""
    known: KnownLines = read_lines(conn, at)
    ids = []
    for word in said:
        found = known.find(str(word))
        if len(found) != 1:
            allowed = [f"{known.lines[one].name} {one}" for one in sorted(found, key=str)]
            raise OptionInvalidError(
                option="lines", value=word, allowed=allowed or Text("allowed.line")
            )
        ids.append(next(iter(found)))
    sides = dict.fromkeys(side for one in ids for side in known.lines[one].sides)
    return {"lines": tuple(dict.fromkeys(ids)), "sides": tuple(sides)}


def _read_object(conn: Connection, one: Mapping[str, Any], place: int) -> ObjectFacts:
    at = one.get("position")
    plain = {name: value for name, value in one.items() if name not in ("position", "ordinal")}
    return ObjectFacts(
        **plain, ordinal=one.get("ordinal", place), position=read_position(conn, at) if at else None
    )


def _as_facts(one: ReferenceObject) -> ObjectFacts:
    position = None
    if one.lon is not None and one.lat is not None:
        position = Position(lon=one.lon, lat=one.lat, accuracy_m=one.accuracy_m)
    return ObjectFacts(
        ordinal=one.ordinal,
        name=one.name,
        part=one.part,
        grid_bearing_deg=one.grid_bearing_deg,
        magnetic_bearing_deg=one.magnetic_bearing_deg,
        distance_m=one.distance_m,
        position=position,
        note=one.note,
    )


def _wrong_kind(facts: MarkerFacts) -> list[Finding]:
    wrong = []
    if facts.set_up not in SET_UPS:
        wrong.append(_finding("set_up_unknown", "set_up", facts.set_up, ", ".join(SET_UPS)))
    if facts.faces not in (2, 3):
        wrong.append(_finding("faces_unknown", "faces", facts.faces, "2, 3"))
    if (facts.set_up == "single") != (facts.member == ""):
        wrong.append(_finding("member_contradicts", "member", facts.member, Text("allowed.member")))
    if not facts.number.strip():
        wrong.append(_finding("cell_missing", "number", None, Text("allowed.marker_number")))
    return wrong


def _wrong_parties(facts: MarkerFacts) -> list[Finding]:
    wrong = []
    if len(facts.sides) not in SIDES:
        wrong.append(_finding("sides_wrong", "lines", len(facts.sides), "2–3"))
    if facts.managing_id is not None and facts.managing_id not in facts.sides:
        wrong.append(_finding("managing_no_side", "managing", None, Text("allowed.one_of_sides")))
    return wrong


def _wrong_objects(objects: Sequence[ObjectFacts]) -> list[Finding]:
    wrong = []
    for one in objects:
        row = one.ordinal
        for name in ("grid_bearing_deg", "magnetic_bearing_deg"):
            value = getattr(one, name)
            if value is not None and not 0 <= value < CIRCLE:
                wrong.append(_finding("bearing_out_of_range", name, value, "0 ≤ x < 360", row))
        if one.distance_m is not None and one.distance_m <= 0:
            wrong.append(_finding("distance_wrong", "distance_m", one.distance_m, "> 0", row))
    if len({one.ordinal for one in objects}) < len(objects):
        wrong.append(_finding("ordinal_twice", "ordinal", None, "1, 2, 3 …"))
    return wrong


def _finding(
    rule: str, column: str, value: object, allowed: str | Text, row: int | None = None
) -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        row=row,
        column=column,
        value=None if value is None else str(value),
        allowed=allowed,
    )
