"""The form of a marker's card, read as the facts that the API takes as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.forms import read_bearing, read_day, read_metres, read_number
from geo.errors import MarkerInvalidError
from geo.exchange.findings import Finding
from maps.page_marker_card import ABOUT, OBJECT, PLACE, PLAIN

LONGEST = 2000
MOST_ROWS = 20
DAYS = ("set_on", "surveyed_on")


def read_typed(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed into the form of a card; objects in rows ``o1_name``, ``o2_name`` …."""
    typed: dict[str, Any] = {name: _word(sent, name) for name in (*PLAIN, *PLACE, *ABOUT)}
    rows = []
    for row in range(1, MOST_ROWS + 1):
        if f"o{row}_name" not in sent:
            break
        rows.append({name: _word(sent, f"o{row}_{name}") for name in OBJECT})
    return typed | {"objects": rows, "seen": _word(sent, "seen")}


def read_card_body(typed: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from the card that was shown, as the API takes a card.

    Raises
    ------
    OptionInvalidError, MarkerInvalidError
        If something cannot be read as what it is to be.
    """
    body: dict[str, Any] = {
        name: _read_plain(name, typed[name]) for name in PLAIN if typed[name] != shown[name]
    }
    if typed["x"] or typed["y"]:
        body["position"] = _read_place(typed)
    if _said(typed["objects"]) != _said(shown["objects"]):
        body["objects"] = _read_objects(typed, shown["objects"])
    return body


def count_whole(body: Mapping[str, Any]) -> int:
    """Return how many of the reference objects have a bearing and a distance."""
    return sum(
        one.get("distance_m") is not None
        and (one.get("grid_bearing_deg") is not None or one.get("magnetic_bearing_deg") is not None)
        for one in body.get("objects", ())
    )


def _word(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    # Browsers send CRLF; the register has plain line ends.
    return value.replace("\r\n", "\n").strip()[:LONGEST] if isinstance(value, str) else ""


def _read_plain(name: str, typed: str) -> Any:
    if name in ("number", "member", "set_up"):
        return typed
    if not typed:
        return None
    if name == "faces":
        return int(typed) if typed.isdecimal() else typed
    if name == "height_m":
        return read_number(typed, "height")
    return read_day(typed, name).isoformat() if name in DAYS else typed


def _read_place(typed: Mapping[str, Any]) -> dict[str, Any]:
    place = {name: typed[name] for name in ("x", "y", "degrees", "fit", "method") if typed[name]}
    accuracy = read_metres(typed["accuracy_m"], "accuracy")
    if accuracy is not None:
        place["accuracy_m"] = accuracy
    return place | {"crs": typed["other_crs"] or typed["crs"]}


def _said(rows: Sequence[Mapping[str, str]]) -> dict[int, Mapping[str, str]]:
    return {place: row for place, row in enumerate(rows, 1) if any(row.values())}


def _read_objects(
    typed: Mapping[str, Any], shown: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    said, nameless = _said(typed["objects"]), []
    for place, row in said.items():
        if not row["name"]:
            value = next(word for word in row.values() if word)
            facts = {"ordinal": place}
            nameless.append(
                Finding(rule="object_without_name", severity="error", value=value, facts=facts)
            )
    if nameless:
        raise MarkerInvalidError(findings=nameless)
    known = _said(shown)
    return [
        _read_object(place, row, known.get(place, {}), typed["degrees"])
        for place, row in said.items()
    ]


def _read_object(
    place: int, row: Mapping[str, str], known: Mapping[str, str], degrees: str
) -> dict[str, Any]:
    one: dict[str, Any] = {
        "ordinal": place,
        "name": row["name"],
        "part": row["part"] or None,
        "grid_bearing_deg": read_bearing(row["grid"], "grid_bearing", place),
        "magnetic_bearing_deg": read_bearing(row["magnetic"], "magnetic_bearing", place),
        "distance_m": read_metres(row["distance"], "distance", place),
        "note": row["note"] or None,
    }
    if row["lon"] or row["lat"]:
        same = all(row[name] == known.get(name) for name in ("lon", "lat"))
        # What the register itself wrote is decimal degrees; what is typed may have to be asked.
        at: dict[str, Any] = {
            name: float(row[name]) if same else row[name] for name in ("lon", "lat")
        }
        one["position"] = at | ({"degrees": degrees} if degrees else {})
    return one
