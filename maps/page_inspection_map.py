"""The map of one inspection: its markers and sections, each with the mark of what was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import shapely

from geo.inspections.facts import Outcome, Subject
from geo.texts import Lang, text
from maps.marks import Mark
from maps.palette import AZURITE, CINNABAR, INK_SOFT, MALACHITE, OCHRE, PANEL

GOOD = frozenset({"in_place", "unchanged"})
OUTCOME_MARKS = {
    "open": Mark("M12 4A8 8 0 1 1 11.99 4Z", PANEL, INK_SOFT, 3.0),
    "good": Mark("M4 4H20V20H4Z", MALACHITE, PANEL),
    "found": Mark("M12 2.5L22 20.5H2Z", OCHRE, PANEL),
    "conflict": Mark("M12 2L22 12L12 22L2 12Z", CINNABAR, PANEL),
    "disagreed": Mark("M4 4H20V20H4ZM4 4L20 20M20 4L4 20", PANEL, AZURITE, 2.6),
}
"""Shape and colour of what was found; their names are ``page.insp.mark.<group>``."""
MARGIN_DEG = 0.01
Box = tuple[float, float, float, float]


def group_of(one: Outcome) -> str:
    """Return the mark of an outcome; ``found`` is agreed, but something is to be done."""
    if one.status == "agreed":
        return "good" if one.state in GOOD else "found"
    return one.status


def place_of(subject: Subject) -> tuple[float, float] | None:
    """Return where a marker stood in the register when the inspection began, EPSG:4490."""
    place = subject.register.get("position") or {}
    if subject.kind != "marker" or not (place.get("lon") and place.get("lat")):
        return None
    return float(place["lon"]), float(place["lat"])


def box_round(subjects: Sequence[Subject]) -> Box | None:
    """Return the box round the markers, with a margin of a kilometre; None without a place."""
    places = [place for one in subjects if (place := place_of(one))]
    if not places:
        return None
    lons, lats = zip(*places, strict=True)
    west, south = min(lons) - MARGIN_DEG, min(lats) - MARGIN_DEG
    return west, south, max(lons) + MARGIN_DEG, max(lats) + MARGIN_DEG


def write_features(
    outcomes: Sequence[Outcome], shapes: Mapping[UUID, shapely.Geometry], lang: Lang
) -> dict[str, Any]:
    """Return the subjects as GeoJSON, EPSG:4490; one without a place is left out.

    Parameters
    ----------
    shapes
        The part of the line of each section.
    """
    return {"type": "FeatureCollection", "features": list(_features(outcomes, shapes, lang))}


def _features(
    outcomes: Sequence[Outcome], shapes: Mapping[UUID, shapely.Geometry], lang: Lang
) -> Iterator[dict[str, Any]]:
    for one in outcomes:
        place, shape = place_of(one.subject), shapes.get(one.subject.id)
        geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
        if place is not None:
            geometry = {"type": "Point", "coordinates": place}
        if geometry is None:
            continue
        group, kind = group_of(one), one.subject.kind
        word = text(f"result.{kind}.{one.state}" if one.state else f"outcome.{one.status}", lang)
        mark = OUTCOME_MARKS[group]
        yield {
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "kind": kind,
                "id": str(one.subject.id),
                "label": one.subject.label,
                "word": word,
                "group": group,
                "colour": mark.stroke if mark.fill == PANEL else mark.fill,
            },
        }
