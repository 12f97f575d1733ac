"""The form of a marker's card: what stands in its fields, and the page that adds a marker."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from geo.boundaries.sides import Sides
from geo.crs.systems import ZONES_3
from geo.crs.zones import EPSG_BY_MERIDIAN, EPSG_BY_NUMBER, ZONE_DEG, zones_of
from geo.files.attach import PAPER_KINDS
from geo.markers.objects import LEAST_OBJECTS, ReferenceObject
from geo.markers.read import Marker
from geo.markers.tables import METHODS, SET_UPS
from geo.texts import Lang, text
from maps.page import Frame, frame_facts
from maps.page_register import Refused, register_facts
from maps.rendering import render

PLAIN = (
    "number", "member", "set_up", "faces", "material", "grade", "managing", "height_m",
    "height_datum", "set_on", "surveyed_on", "note",
)  # fmt: skip
"""The fields of a card besides its place and its objects."""
ABOUT = ("how", "at", "reason", "more_lines", "paper_kind", "paper_number", "paper_dated", "issuer")
"""What a form says of the change itself."""
PLACE = ("x", "y", "crs", "other_crs", "degrees", "fit", "method", "accuracy_m")
OBJECT = ("name", "part", "grid", "magnetic", "distance", "lon", "lat", "note")
MOST_OBJECTS = 7
"""Rows of reference objects in the form, unless a card has more."""
FIRST_NUMBERED = {"xian80": 2349, "beijing54": 2401}
FIRST_BY_MERIDIAN = {"xian80": 2370, "beijing54": 2422}
"""EPSG number of the 3-degree zone 25 of the old datums, with and without zone number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMarkerView:
    """The page that adds a marker to a line; ``editable`` are the sides the viewer edits.

    ``lon`` is where the line lies, degrees; the systems offered are those of its zone.
    """

    sides: Sides
    name: str
    lon: float | None
    editable: Collection[UUID]
    refused: Refused | None = None


def empty_card() -> dict[str, Any]:
    """Return the form of a card in which nothing stands yet."""
    blank = dict.fromkeys((*PLAIN, *PLACE, *ABOUT), "")
    rows = [dict.fromkeys(OBJECT, "") for _ in range(MOST_OBJECTS)]
    return blank | {"set_up": "single", "faces": "2", "crs": "EPSG:4490", "objects": rows}


def show_card(marker: Marker, objects: Sequence[ReferenceObject]) -> dict[str, Any]:
    """Return a card as it stands in its form: every value as text, an empty one as nothing.

    The place is left empty: it changes by a correction only, and then it is typed anew.
    """
    shown = empty_card()
    shown |= {name: _write(getattr(marker, name)) for name in PLAIN if name != "managing"}
    shown["managing"] = marker.managing.code if marker.managing else ""
    last = max((one.ordinal for one in objects), default=0)
    rows = [dict.fromkeys(OBJECT, "") for _ in range(max(MOST_OBJECTS, last + 1))]
    for one in objects:
        rows[one.ordinal - 1] = {
            "name": one.name,
            "part": _write(one.part),
            "grid": _write(one.grid_bearing_deg),
            "magnetic": _write(one.magnetic_bearing_deg),
            "distance": _write(one.distance_m),
            "lon": _write(one.lon),
            "lat": _write(one.lat),
            "note": _write(one.note),
        }
    return shown | {"objects": rows}


def list_systems(lon: float | None, lang: Lang) -> list[tuple[str, str]]:
    """Return the systems that coordinates of a place are likely in, with their names."""
    systems = [
        (code, text(f"page.system.{code}", lang))
        for code in ("EPSG:4490", "EPSG:4326", "EPSG:4610", "EPSG:4214")
    ]
    zone = int(zones_of(np.array([lon]))[0]) if lon is not None else 0
    if zone == 0:
        return systems
    place = zone - ZONES_3.start
    facts = {"zone": zone, "meridian": zone * ZONE_DEG}
    planes = [
        ("page.system.zone", EPSG_BY_MERIDIAN),
        ("page.system.zone_numbered", EPSG_BY_NUMBER),
        ("page.system.xian80", FIRST_BY_MERIDIAN["xian80"]),
        ("page.system.xian80_numbered", FIRST_NUMBERED["xian80"]),
        ("page.system.beijing54", FIRST_BY_MERIDIAN["beijing54"]),
        ("page.system.beijing54_numbered", FIRST_NUMBERED["beijing54"]),
    ]
    return systems + [(f"EPSG:{first + place}", text(key, lang, **facts)) for key, first in planes]


def card_facts(typed: Mapping[str, Any], lon: float | None, lang: Lang) -> dict[str, Any]:
    """Return what the fields of a card take."""
    return {
        "card": typed,
        "now": None,
        "card_systems": list_systems(lon, lang),
        "set_ups": SET_UPS,
        "methods": METHODS,
        "least_objects": LEAST_OBJECTS,
    }


def render_new_marker(frame: Frame, today: date, view: NewMarkerView) -> str:
    """Render the page that adds a marker to a line."""
    refused = view.refused
    typed = refused.typed if refused else empty_card()
    return render(
        "marker_new.html",
        frame.lang,
        **frame_facts(frame),
        **register_facts(frame.lang, today, today),
        **card_facts(typed, view.lon, frame.lang),
        line=view.sides.line_id,
        name=view.name,
        sides=(view.sides.left, view.sides.right),
        whole=set(view.editable) == set(view.sides.ids),
        paper_kinds=PAPER_KINDS,
        refused=refused,
    )


def _write(value: object) -> str:
    return "" if value is None else str(value)
