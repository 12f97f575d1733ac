from __future__ import annotations

import re

from geo.facilities.kinds import KINDS
from maps.browser_files import find_file
from maps.overlays import list_colours, paint_facilities, paint_streets
from maps.rendering import read_icon


def test_every_group_of_facilities_has_a_colour() -> None:
    colours = list_colours()
    assert set(colours) == {kind.group for kind in KINDS.values()}
    assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in colours.values())


def test_every_kind_has_its_symbol_among_the_browser_files() -> None:
    for kind in KINDS.values():
        assert find_file(f"vendor/lucide/{kind.symbol}.svg") is not None, kind.key
        assert read_icon(kind.symbol).startswith("<")


def test_far_out_facilities_are_dots_and_near_symbols_with_names() -> None:
    layers = {layer["id"]: layer for layer in paint_facilities()}
    assert layers["facility-dot"]["maxzoom"] == layers["facility"]["minzoom"]
    assert layers["facility"]["layout"]["text-optional"] is True


def test_streets_grow_with_the_zoom() -> None:
    (street,) = paint_streets()
    widths = street["paint"]["line-width"]
    assert widths[:3] == ["interpolate", ["exponential", 1.4], ["zoom"]]
    assert [widths[at] for at in (3, 5, 7)] == [11, 14, 17]
