from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from geo.texts import LANGS, Lang, catalogue
from geo.tiles import LAYERS, LEVEL_FROM_ZOOM
from maps.browser_files import STATIC
from maps.page import SHOWN_LEVELS
from maps.palette import FONTS, TINTS
from maps.style import FROM_ZOOM, LETTERING, STROKES, give_tints, make_style

AT = date(2026, 11, 21)


def _style(**units: str) -> dict[str, Any]:
    return make_style(at=AT, units=units, tints={"370000": 1})


def test_every_tile_layer_is_a_source_and_every_source_layer_of_it_is_painted() -> None:
    style = _style()
    painted: dict[str, set[str]] = {}
    for layer in style["layers"]:
        if "source" in layer:
            painted.setdefault(layer["source"], set()).add(layer["source-layer"])
    assert painted == {name: set(layers) for name, layers in LAYERS.items()}
    assert set(style["sources"]) == set(LAYERS)


def test_the_style_asks_for_tiles_of_the_date_from_our_own_host_only() -> None:
    for name, source in _style()["sources"].items():
        assert source["tiles"] == [f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?at=2026-11-21"]
    assert not re.search(r"https?:|glyphs|sprite", str(_style()))


def test_every_level_of_the_tiles_has_a_line_pattern_and_all_patterns_differ() -> None:
    assert set(LEVEL_FROM_ZOOM) <= set(STROKES)
    assert set(STROKES) == set(FROM_ZOOM)
    looks = [(stroke.dash, stroke.band) for stroke in STROKES.values()]
    assert len(set(looks)) == len(looks)


def test_lines_get_thinner_as_the_level_falls() -> None:
    widths = [stroke.width_px for stroke in STROKES.values()]
    assert all(upper > lower for upper, lower in pairwise(widths))


def test_dashes_in_pixels_are_the_dashes_in_line_widths_times_the_width() -> None:
    county = STROKES["county"]
    assert county.dash_px() == " ".join(f"{part * county.width_px:.1f}" for part in county.dash)


def test_a_level_is_drawn_from_the_units_that_are_named_for_it_only() -> None:
    layers = {layer["id"]: layer for layer in _style(province="county")["layers"]}
    assert ["==", ["get", "unit_level"], "county"] in layers["line-province"]["filter"]
    assert layers["line-province"]["minzoom"] == LEVEL_FROM_ZOOM["county"]
    assert ["==", ["get", "unit_level"], "prefecture"] in layers["line-prefecture"]["filter"]


def test_names_are_drawn_with_local_chinese_fonts() -> None:
    names = [layer for layer in _style()["layers"] if layer["type"] == "symbol"]
    others = {"facility", "marker"}
    assert {layer["id"] for layer in names} == {*others, *(f"name-{one}" for one in LETTERING)}
    assert all(layer["layout"]["text-font"][1:] == list(FONTS) for layer in names)


def test_the_public_is_not_even_offered_the_tiles_of_markers() -> None:
    style = make_style(at=AT, units={}, tints={}, markers=False)
    assert "markers" not in style["sources"]
    assert not [layer for layer in style["layers"] if layer.get("source") == "markers"]


def test_neighbours_get_different_tints_while_the_tints_suffice() -> None:
    grid = [(f"{r}{c}", f"{r}{c + 1}") for r in range(6) for c in range(5)]
    grid += [(f"{r}{c}", f"{r + 1}{c}") for r in range(5) for c in range(6)]
    tints = give_tints(grid)
    assert all(tints[one] != tints[other] for one, other in grid)
    assert set(tints.values()) == set(range(len(TINTS)))


def test_more_neighbours_than_tints_still_get_one_each() -> None:
    everyone = [(str(a), str(b)) for a in range(8) for b in range(a)]
    assert set(give_tints(everyone)) == {str(a) for a in range(8)}


@pytest.mark.parametrize("lang", LANGS)
def test_every_line_level_has_a_text(lang: Lang) -> None:
    texts = catalogue(lang)
    assert all(f"page.line_of.{level}" in texts for level in STROKES)
    assert set(SHOWN_LEVELS) <= set(STROKES)


def test_colours_stand_in_the_tokens_and_nowhere_else_in_the_stylesheets_by_their_names() -> None:
    tokens = (STATIC / "tokens.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", tokens))
    for sheet in STATIC.glob("*.css"):
        if sheet.name != "tokens.css":
            used = set(re.findall(r"#[0-9A-Fa-f]{6}", sheet.read_text(encoding="utf-8")))
            assert not used & set(named.values()), sheet.name
