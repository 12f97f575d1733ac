"""One legend for everything: the colours and line patterns of Yutu's maps.

Browser, server picture, sheet and legend all draw from the tables here. Boundary lines are told
apart by pattern first (dash and dot, fewer marks the lower the level, as Chinese administrative
maps have it), then by width and by the coloured band beneath (境界色带).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.tiles import LEVEL_FROM_ZOOM
from maps.overlays import (
    add_sources,
    list_colours,
    list_marks,
    paint_facilities,
    paint_markers,
    paint_streets,
)
from maps.palette import (
    AZURITE,
    CHOSEN_LINE,
    CINNABAR,
    DASH,
    FONTS,
    GLOW,
    INK,
    INK_SOFT,
    OUTSIDE,
    PANEL,
    PAPER,
    TINTS,
)


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a boundary line is drawn: width in pixels, dashes and gaps in line widths."""

    width_px: float
    dash: tuple[float, ...]
    band: str | None = None
    band_px: float = 0.0

    def dash_px(self) -> str:
        """Return dashes and gaps in pixels, as SVG and Leaflet take them."""
        return " ".join(f"{part * self.width_px:.1f}" for part in self.dash)


STROKES: dict[str, Stroke] = {
    "national": Stroke(2.6, (7, 2, 1, 2), "#E3B4A6", 11),
    "province": Stroke(1.9, (7, 2, 1.2, 2), "#E9C8BC", 9),
    "prefecture": Stroke(1.5, (6, 2, 1.2, 2, 1.2, 2), "#E6DAC0", 6),
    "county": Stroke(1.15, (5, 3)),
    "township": Stroke(1.1, (1.2, 2.4)),
    "village": Stroke(0.9, (1, 4)),
}
"""Boundary lines by level, the highest first."""


FROM_ZOOM = {"national": 0, **LEVEL_FROM_ZOOM}
"""The map zoom at which divisions and lines of a level appear."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """How the names of a level are written: size at their first zoom and four zooms on, pixels."""

    size_px: tuple[float, float]
    weight: str
    colour: str
    spacing_em: float


LETTERING: dict[str, Lettering] = {
    "province": Lettering((10, 15), "Medium", "#7A5548", 0.22),
    "prefecture": Lettering((12.5, 19), "Medium", INK, 0.12),
    "county": Lettering((11.5, 16), "Regular", "#3C444C", 0.04),
    "township": Lettering((11, 13), "Regular", INK_SOFT, 0.0),
}


def make_style(
    *, at: date, units: Mapping[str, str], tints: Mapping[str, int], markers: bool = True
) -> dict[str, Any]:
    """Make the MapLibre style of the map as of a date.

    Tile addresses are relative to the host; the page makes them absolute.

    Parameters
    ----------
    units
        For a level of lines the level of the units whose lines draw it; without one the units of
        that level itself. Drawn from two, dashes would lie in each other's gaps.
    tints
        The index of the tint of a division code; a code it does not name is left on plain paper.
    markers
        False for the public, who would only ask for empty tiles.
    """
    overlays = add_sources(at)
    if not markers:
        del overlays["markers"]
    return {
        "version": 8,
        "name": "yutu",
        "sources": {
            name: _source(name, key, at)
            for name, key in (("divisions", "code"), ("boundary_lines", "id"))
        }
        | overlays,
        "metadata": {"colours": list_colours(), "marks": list_marks()},
        "layers": [
            {"id": "outside", "type": "background", "paint": {"background-color": OUTSIDE}},
            *_land(tints),
            *paint_streets(),
            *_bands(units),
            *_selection(),
            *_lines(units),
            *_names(),
            *paint_facilities(),
            *(paint_markers() if markers else ()),
        ],
    }


def _source(name: str, key: str, at: date) -> dict[str, Any]:
    return {
        "type": "vector",
        "tiles": [f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?at={at.isoformat()}"],
        "promoteId": key,
        "maxzoom": 14,
    }


def _of_level(level: str) -> list[Any]:
    return ["==", ["get", "level"], level]


def _land(tints: Mapping[str, int]) -> list[dict[str, Any]]:
    """Draw land as paper, then a fill per level that answers to the pointer."""
    state = ["boolean", ["feature-state", "hover"], False]
    layers: list[dict[str, Any]] = []
    for level in LETTERING:
        common = {
            "source": "divisions",
            "source-layer": "divisions",
            "filter": _of_level(level),
            "minzoom": FROM_ZOOM[level],
        }
        if level in ("province", "prefecture"):
            paint = {"fill-color": _tint(tints), "fill-antialias": False}
            layers.append({"id": f"land-{level}", "type": "fill", **common, "paint": paint})
        touch = {"fill-color": AZURITE, "fill-opacity": ["case", state, 0.08, 0]}
        layers.append({"id": f"division-{level}", "type": "fill", **common, "paint": touch})
    coast = {"line-color": "#9FB0BA", "line-width": 0.8}
    province = {"source": "divisions", "source-layer": "divisions", "filter": _of_level("province")}
    layers.append({"id": "coast", "type": "line", **province, "paint": coast})
    return layers


def _tint(tints: Mapping[str, int]) -> str | list[Any]:
    if not tints:
        return PAPER
    pairs = [part for code, tint in sorted(tints.items()) for part in (code, TINTS[tint])]
    return ["match", ["get", "code"], *pairs, PAPER]


def _line_layer(ident: str, level: str, units: Mapping[str, str]) -> dict[str, Any]:
    unit = units.get(level, level)
    return {
        "id": ident,
        "type": "line",
        "source": "boundary_lines",
        "source-layer": "boundary_lines",
        "filter": ["all", _of_level(level), ["==", ["get", "unit_level"], unit]],
        "minzoom": FROM_ZOOM[unit],
    }


def _grow(px: float, *, least: float = 0.6, most: float = 1.45) -> list[Any]:
    # Far out lines are many and short: they thin faster than the scale.
    steps = (3, 0.5 * least), (5, least), (8, 1.0), (12, most)
    stops = [part for zoom, share in steps for part in (zoom, round(px * share, 2))]
    return ["interpolate", ["linear"], ["zoom"], *stops]


def _bands(units: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **_line_layer(f"band-{level}", level, units),
            "layout": {"line-join": "round", "line-cap": "round"},
            "paint": {"line-color": stroke.band, "line-width": _grow(stroke.band_px)},
        }
        for level, stroke in reversed(STROKES.items())
        if stroke.band
    ]


def _selection() -> list[dict[str, Any]]:
    """Draw what is chosen; the page sets the filters."""
    nothing = ["==", ["get", "code"], ""]
    division = {"source": "divisions", "source-layer": "divisions", "filter": nothing}
    edges = (
        # Opaque: where a thin colour lies on itself at a bend, it would show darker.
        ("chosen-glow", {"line-color": GLOW, "line-width": _grow(13)}),
        ("chosen-edge", {"line-color": AZURITE, "line-width": _grow(3)}),
    )
    return [
        {
            "id": "chosen-division",
            "type": "fill",
            **division,
            "paint": {"fill-color": PANEL, "fill-opacity": 0.6},
        },
        *(
            {
                "id": ident,
                "type": "line",
                **division,
                "layout": {"line-join": "round"},
                "paint": paint,
            }
            for ident, paint in edges
        ),
        {
            "id": "chosen-line",
            "type": "line",
            "source": "boundary_lines",
            "source-layer": "boundary_lines",
            "filter": ["==", ["get", "id"], ""],
            "layout": {"line-join": "round", "line-cap": "round"},
            "paint": {"line-color": CHOSEN_LINE, "line-width": _grow(6.0)},
        },
    ]


def _lines(units: Mapping[str, str]) -> list[dict[str, Any]]:
    layers = []
    for level, stroke in reversed(STROKES.items()):
        paint = {
            "line-color": ["case", ["boolean", ["feature-state", "hover"], False], CINNABAR, DASH],
            "line-width": _grow(stroke.width_px),
            "line-dasharray": list(stroke.dash),
        }
        layers.append({**_line_layer(f"line-{level}", level, units), "paint": paint})
    return layers


def _names() -> list[dict[str, Any]]:
    return [_name(level, how) for level, how in reversed(LETTERING.items())]


def _name(level: str, how: Lettering) -> dict[str, Any]:
    first = FROM_ZOOM[level]
    zooms = (max(first, 2), first + 4)
    # Without a glyphs address MapLibre draws with the families named here and takes the weight
    # from the first name.
    families = [f"{FONTS[0]} {how.weight}", *FONTS]
    stops = [part for size in zip(zooms, how.size_px, strict=True) for part in size]
    return {
        "id": f"name-{level}",
        "type": "symbol",
        "source": "divisions",
        "source-layer": "division_labels",
        "filter": _of_level(level),
        "minzoom": first,
        **({"maxzoom": 7} if level == "province" else {}),
        "layout": {
            "text-field": ["get", "name"],
            "text-font": families,
            "text-size": ["interpolate", ["linear"], ["zoom"], *stops],
            "text-letter-spacing": how.spacing_em,
            "text-max-width": 8,
            "text-padding": 2,
            # Where names compete for room, the larger division keeps its own.
            "symbol-sort-key": ["-", 0, ["to-number", ["get", "area_km2"], 0]],
        },
        "paint": {
            "text-color": how.colour,
            "text-halo-color": "rgba(251, 250, 246, 0.9)",
            "text-halo-width": 1.6,
        },
    }


def give_tints(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Give neighbours different tints: the unit with most neighbours chooses first.

    Where the tints do not suffice, a unit takes the one fewest of its neighbours have.
    """
    beside: dict[str, set[str]] = {}
    for one, other in pairs:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    tints: dict[str, int] = {}
    for code in sorted(beside, key=lambda code: (-len(beside[code]), code)):
        taken = Counter(tints[other] for other in beside[code] if other in tints)
        # Among the free ones the one used least so far, so that all tints appear.
        used = Counter(tints.values())
        tints[code] = min(range(len(TINTS)), key=lambda tint: (taken[tint], used[tint], tint))
    return tints
