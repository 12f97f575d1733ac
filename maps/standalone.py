"""A coverage run as one HTML file that opens anywhere: the map, the answer, all it rests on.

The file loads nothing. A policy in its head forbids the browser to ask for anything or to run any
script but the two inside, so a facility may be called whatever it likes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
import numpy as np
import shapely
from folium.raster_layers import ImageOverlay
from markupsafe import Markup

from geo.coverage.runs import Run, RunCells, RunStreets
from geo.divisions.shapes import DivisionShape
from geo.facilities.kinds import KINDS
from geo.texts import Lang, text
from maps import run_words
from maps.browser_files import MAPS, STATIC, VENDOR
from maps.palette import CINNABAR, DASH, PANEL, colour_of
from maps.rendering import read_icon, render
from maps.run_picture import EARTH_M, Floats, count_people, draw_run, frame_run, to_mercator
from maps.run_words import tell_run
from maps.style import STROKES

OWN = MAPS / "web" / "standalone"
MOST_VERTICES = 600_000
"""Most vertices of streets in a file, 4 bytes each; of more, the longest streets are drawn."""
STEPS = 65_535
"""Into how many steps the extent of the streets is divided: their coordinates take 2 bytes."""
OPACITY = 0.82


def render_run_map(
    run: Run,
    cells: RunCells,
    *,
    streets: RunStreets,
    divisions: Sequence[DivisionShape],
    lang: Lang,
) -> str:
    """Render a run as a standalone map; the same run gives the same file.

    Parameters
    ----------
    streets
        Lines in EPSG:4490, drawn quietly over the cells.
    divisions
        Whose outlines are drawn; EPSG:4490, thinned by the caller.
    """
    drawn = draw_run(cells, run.parameters["limit_m"])
    west, south, east, north = drawn.bounds
    made = _make_map(((south, west), (north, east)))
    image = base64.b64encode(drawn.png).decode()
    overlay = ImageOverlay(
        f"data:image/png;base64,{image}",
        [[south, west], [north, east]],
        opacity=OPACITY,
        alt=text("page.run.legend", lang),
    )
    _add(made, overlay, "cells")
    _add_divisions(made, divisions)
    _add_facilities(made, run, lang)
    return _render_file(run, cells, made, pack_streets(streets), lang)


def _make_map(bounds: tuple[tuple[float, float], tuple[float, float]]) -> folium.Map:
    """Make a map that brings nothing of its own along; the names inside it are always the same."""
    middle = [sum(axis) / 2 for axis in zip(*bounds, strict=True)]
    made = folium.Map(
        middle,
        tiles=None,
        zoom_start=11,
        min_zoom=4,
        max_zoom=18,
        zoom_control="topright",
        attribution_control=False,
        zoom_snap=0.25,
    )
    made.default_js, made.default_css = [], []
    made._id = "run"  # noqa: SLF001 - folium would draw lots
    return made


def _add(made: folium.Map, element: Any, ident: str) -> None:
    element._id = ident  # noqa: SLF001 - folium would draw lots
    made.add_child(element)


def _add_divisions(made: folium.Map, divisions: Sequence[DivisionShape]) -> None:
    stroke = STROKES["county"]
    for number, one in enumerate(divisions):
        lines = [
            [(lat, lon) for lon, lat in np.asarray(ring.coords)[:, :2].round(5).tolist()]
            for part in shapely.get_parts(one.shape)
            for ring in (part.exterior, *part.interiors)
        ]
        line = folium.PolyLine(  # type: ignore[no-untyped-call]
            lines, color=DASH, weight=1.5, dash_array=stroke.dash_px(), interactive=False
        )
        _add(made, line, f"border{number}")
        words = render("run_name.html", "zh", name=one.name)
        icon = folium.DivIcon(html=words, icon_size=(0, 0), class_name="place")
        label = _marker((one.label[1], one.label[0]), icon, f"name{number}", made)
        label.options |= {"interactive": False, "keyboard": False}


def _add_facilities(made: folium.Map, run: Run, lang: Lang) -> None:
    for number, one in enumerate(run.result["reach"]):
        icon = folium.DivIcon(
            html=draw_facility(one["kind"], snapped=one["snapped"]),
            icon_size=(26, 26),
            icon_anchor=(13, 13),
            popup_anchor=(0, -10),
            class_name="facility",
        )
        marker = _marker((one["lat"], one["lon"]), icon, f"facility{number}", made)
        words = _write_popup(run, one, lang)
        # What stands aside is seen above the rest.
        raised = 0 if one["snapped"] else 1000
        marker.options |= {"title": one["facility"], "popupHtml": words, "zIndexOffset": raised}


def _marker(place: tuple[float, float], icon: folium.DivIcon, ident: str, made: folium.Map) -> Any:
    """Add a marker that has its icon from the start: Leaflet's own would be a file elsewhere."""
    _add(made, icon, ident)
    marker: Any = folium.Marker(place)
    marker.options["icon"] = icon
    _add(made, marker, ident)
    return marker


def draw_facility(kind: str, *, snapped: bool) -> str:
    """Draw the mark of a facility as SVG: a disc with its symbol, an empty diamond if left out."""
    known = KINDS.get(kind)
    symbol = read_icon(known.symbol) if known else ""
    colour = colour_of(known.group if known else "")
    thick = 'stroke-width="2"'
    line = 'fill="none" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"'
    if snapped:
        shape = f'<circle cx="13" cy="13" r="12" fill="{colour}" stroke="{PANEL}" {thick}/>'
        look = f'stroke="{PANEL}"'
    else:
        shape = (
            f'<rect x="4" y="4" width="18" height="18" transform="rotate(45 13 13)"'
            f' fill="{PANEL}" stroke="{CINNABAR}" {thick} stroke-dasharray="4 2"/>'
        )
        look = f'stroke="{CINNABAR}"'
    inside = f'<g transform="translate(6 6) scale(.5833)" {look} {line}>{symbol}</g>'
    return f'<svg viewBox="0 0 26 26" aria-hidden="true">{shape}{inside}</svg>'


def _write_popup(run: Run, one: Mapping[str, Any], lang: Lang) -> str:
    return render(
        "run_facility.html",
        lang,
        name=one["facility"],
        kind=run_words.name_kind(one["kind"], lang),
        people=one["people"],
        snapped=one["snapped"],
        snap_limit_m=run.parameters["snap_limit_m"],
    )


def pack_streets(streets: RunStreets) -> dict[str, Any]:
    """Pack lines for the file: bounds in Web Mercator (0 to 1), lengths and steps in base64."""
    lonlat, counts = _choose_streets(streets)
    x, y = to_mercator(lonlat[:, 0], lonlat[:, 1])
    half = np.pi * EARTH_M
    unit = np.column_stack([0.5 + x / half / 2, 0.5 - y / half / 2])
    low = unit.min(axis=0) if len(unit) else np.zeros(2)
    span = np.maximum(unit.max(axis=0) - low, 1e-9) if len(unit) else np.ones(2)
    steps = np.round((unit - low) / span * STEPS).astype("<u2")
    return {
        "low": low.tolist(),
        "span": span.tolist(),
        "counts": base64.b64encode(counts.astype("<u2").tobytes()).decode(),
        "steps": base64.b64encode(steps.tobytes()).decode(),
    }


def _choose_streets(streets: RunStreets) -> tuple[Floats, np.ndarray[Any, Any]]:
    """Return the vertices of the streets that fit, the longest ones first if not all do."""
    counts = np.diff(streets.starts)
    if counts.sum() <= MOST_VERTICES:
        return streets.lonlat, counts
    owner = np.repeat(np.arange(len(counts)), counts)
    step = np.hypot(*np.diff(streets.lonlat, axis=0, prepend=streets.lonlat[:1]).T)
    step[streets.starts[:-1][counts > 0]] = 0.0
    longest = np.argsort(-np.bincount(owner, weights=step, minlength=len(counts)), kind="stable")
    taken = np.zeros(len(counts), dtype=bool)
    taken[longest[np.cumsum(counts[longest]) <= MOST_VERTICES]] = True
    return streets.lonlat[taken[owner]], counts[taken]


def _render_file(
    run: Run, cells: RunCells, made: folium.Map, streets: Mapping[str, Any], lang: Lang
) -> str:
    figure: Any = made.get_root()
    figure.render()
    scripts = (_read_leaflet(), figure.script.render() + _read(OWN / "run_map.js"))
    packed = json.dumps(streets)
    sheets = (VENDOR / "leaflet" / "leaflet.css", STATIC / "tokens.css", OWN / "run_map.css")
    asked = run.parameters
    counted = count_people(cells, asked["limit_m"])
    shares = (counted / counted.sum()).tolist() if counted.sum() > 0 else None
    return render(
        "run_map.html",
        lang,
        **tell_run(run, lang),
        answer_too=run_words.tell_answer(run, "en" if lang == "zh" else "zh"),
        legend=run_words.make_legend(asked["limit_m"], asked["speed_m_per_min"], lang, shares),
        taking=_as_html(draw_facility(asked["kinds"][0], snapped=True)),
        left=_as_html(draw_facility(asked["kinds"][0], snapped=False)),
        bounds=json.dumps(frame_run(cells)),
        policy=_write_policy(scripts),
        styles=_as_html(f"<style>{''.join(_read(sheet) for sheet in sheets)}</style>"),
        streets=_as_html(f'<script type="application/json" id="streets">{packed}</script>'),
        body=_as_html(figure.html.render()),
        scripts=_as_html("".join(f"<script>{script}</script>" for script in scripts)),
    )


def _as_html(made: str) -> Markup:
    return Markup(made)  # noqa: S704 - made of our own files and of values folium or Jinja escaped


def _write_policy(scripts: Sequence[str]) -> str:
    """Write the policy by which the browser loads nothing and runs these scripts alone."""
    hashes = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts)
    runs = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {runs};"
        " base-uri 'none'; form-action 'none'"
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _read_leaflet() -> str:
    """Return Leaflet without the remark by which developers' tools look for another file."""
    return _read(VENDOR / "leaflet" / "leaflet.js").partition("//# sourceMappingURL")[0]
