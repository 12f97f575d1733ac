"""What lies on the land of the map as MapLibre layers: streets, facilities and their colours."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from geo.facilities.kinds import KINDS
from geo.tiles import MARKERS_FROM_ZOOM
from maps.marks import MARKS, STATES
from maps.palette import (
    AZURITE,
    CINNABAR,
    FONTS,
    INK,
    PANEL,
    PAPER,
    colour_of,
)

SYMBOL_FROM_ZOOM = 11
"""Facilities are dots further out."""
NAME_FROM_ZOOM = 14
NUMBER_FROM_ZOOM = 11
"""Markers bear their number from here on."""
ROUGH = ("township", "village")
"""Positions that stand for a whole township or village: drawn as an open ring."""

STREETS = (
    (("motorway", "trunk", "motorway_link", "trunk_link"), 2.6, "#C9B391"),
    (("primary", "secondary", "primary_link", "secondary_link"), 1.9, "#CBC2B2"),
    (("tertiary", "unclassified", "tertiary_link"), 1.3, "#CFC9BD"),
)
"""Classes of streets (OSM highway), their width in pixels at zoom 14, their colour."""
OTHER_STREET = (0.9, "#D6D1C6")


def list_colours() -> dict[str, str]:
    """Return the colour of each group of facilities, for the page's script to draw symbols in."""
    return {kind.group: colour_of(kind.group) for kind in KINDS.values()}


def add_sources(at: date) -> dict[str, dict[str, Any]]:
    """Return the sources of what lies on the land."""
    return {
        name: {
            "type": "vector",
            "tiles": [f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?at={at.isoformat()}"],
            "maxzoom": 14,
            **({"promoteId": "id"} if name != "streets" else {}),
        }
        for name in ("streets", "facilities", "markers")
    }


def paint_streets() -> list[dict[str, Any]]:
    """Paint streets quietly, the larger the class the wider and warmer."""
    width: list[Any] = ["match", ["get", "highway"]]
    colour: list[Any] = ["match", ["get", "highway"]]
    for classes, wide, shade in STREETS:
        width += [list(classes), wide]
        colour += [list(classes), shade]
    stops = [
        part
        for zoom, share in ((11, 0.35), (14, 1.0), (17, 3.4))
        for part in (zoom, ["*", share, [*width, OTHER_STREET[0]]])
    ]
    return [
        {
            "id": "street",
            "type": "line",
            "source": "streets",
            "source-layer": "streets",
            "layout": {"line-join": "round", "line-cap": "round"},
            "paint": {
                "line-color": [*colour, OTHER_STREET[1]],
                "line-width": ["interpolate", ["exponential", 1.4], ["zoom"], *stops],
            },
        }
    ]


def paint_facilities() -> list[dict[str, Any]]:
    """Paint facilities: dots in the colour of their group, near by the symbol of their kind.

    A symbol that would lie on another gives way. The page's script draws the pictures that
    ``icon-image`` names (group, symbol, how sure the place is), filters kinds and marks the chosen.
    """
    return [_facility_chosen(), _facility_dot(), _facility_symbol()]


FACILITIES = {"source": "facilities", "source-layer": "facilities"}


def _facility_chosen() -> dict[str, Any]:
    return {
        "id": "chosen-facility",
        "type": "circle",
        **FACILITIES,
        "filter": ["==", ["get", "id"], ""],
        "paint": {
            "circle-radius": 18,
            "circle-color": PANEL,
            "circle-opacity": 0.7,
            "circle-stroke-color": AZURITE,
            "circle-stroke-width": 3,
        },
    }


def _facility_dot() -> dict[str, Any]:
    colours = [part for group, colour in list_colours().items() for part in (group, colour)]
    return {
        "id": "facility-dot",
        "type": "circle",
        **FACILITIES,
        "maxzoom": SYMBOL_FROM_ZOOM,
        "paint": {
            "circle-radius": ["interpolate", ["linear"], ["zoom"], 5, 1.2, 9.5, 2, 11, 5],
            "circle-color": ["match", ["get", "group"], *colours, AZURITE],
            "circle-stroke-color": PANEL,
            "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 6, 0.4, 11, 1.2],
        },
    }


def _facility_symbol() -> dict[str, Any]:
    rough = ["in", ["get", "position_quality"], ["literal", list(ROUGH)]]
    sure = ["case", rough, ":rough", ":sure"]
    picture = ["concat", "facility:", ["get", "group"], ":", ["get", "symbol"], sure]
    return {
        "id": "facility",
        "type": "symbol",
        **FACILITIES,
        "minzoom": SYMBOL_FROM_ZOOM,
        "layout": {
            "icon-image": picture,
            "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.7, 14, 1],
            "icon-padding": 1,
            "text-field": ["step", ["zoom"], "", NAME_FROM_ZOOM, ["get", "name"]],
            "text-font": [f"{FONTS[0]} Regular", *FONTS],
            "text-size": 13,
            "text-offset": [0, 1.1],
            "text-anchor": "top",
            "text-max-width": 9,
            "text-optional": True,
        },
        "paint": {"text-color": INK, "text-halo-color": PAPER, "text-halo-width": 1.6},
    }


def paint_markers() -> list[dict[str, Any]]:
    """Paint boundary markers with their numbers: the shape says the state, and which is chosen."""
    source = {"source": "markers", "source-layer": "markers", "minzoom": MARKERS_FROM_ZOOM}
    groups = [part for state, group in STATES.items() for part in (state, f"marker:{group}")]
    size = ["interpolate", ["linear"], ["zoom"], MARKERS_FROM_ZOOM, 0.35, 10, 0.6, 13, 1]
    return [
        {
            "id": "chosen-marker",
            "type": "circle",
            **source,
            "filter": ["==", ["get", "id"], ""],
            "paint": {
                "circle-radius": 17,
                "circle-color": PANEL,
                "circle-opacity": 0.7,
                "circle-stroke-color": CINNABAR,
                "circle-stroke-width": 3,
            },
        },
        {
            "id": "marker",
            "type": "symbol",
            **source,
            "layout": {
                "icon-image": ["match", ["get", "state"], *groups, "marker:in_order"],
                "icon-size": size,
                "icon-allow-overlap": True,
                "text-field": ["step", ["zoom"], "", NUMBER_FROM_ZOOM, ["get", "number"]],
                "text-font": [f"{FONTS[0]} Medium", *FONTS],
                "text-size": 12.5,
                "text-offset": [0, 0.95],
                "text-anchor": "top",
                "text-optional": True,
            },
            "paint": {"text-color": INK, "text-halo-color": PAPER, "text-halo-width": 1.8},
        },
    ]


def list_marks() -> dict[str, dict[str, Any]]:
    """Return the shapes of markers, for the page's script to draw."""
    return {group: asdict(mark) for group, mark in MARKS.items()}
