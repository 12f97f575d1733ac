from __future__ import annotations

import re

from geo.facilities.kinds import KINDS
from geo.markers.life import STATES as STATES_OF_LIFE
from geo.texts import LANGS, catalogue
from maps.browser_files import find_file
from maps.marks import MARKS, STATES
from maps.overlays import (
    list_colours,
    list_marks,
    paint_facilities,
    paint_markers,
    paint_streets,
)
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


def test_every_state_of_a_marker_has_a_shape_and_no_two_groups_look_alike() -> None:
    assert set(STATES) == set(STATES_OF_LIFE)
    assert set(STATES.values()) == set(MARKS) == set(list_marks())
    assert len({mark.path for mark in MARKS.values()}) == len(MARKS)
    for lang in LANGS:
        assert {f"page.mark_of.{group}" for group in MARKS} <= set(catalogue(lang))


def test_markers_bear_their_number_and_the_shape_of_their_state() -> None:
    _chosen, drawn = paint_markers()
    match = drawn["layout"]["icon-image"]
    pairs = dict(zip(match[2:-1:2], match[3:-1:2], strict=True))
    assert pairs == {state: f"marker:{group}" for state, group in STATES.items()}
    assert drawn["layout"]["text-field"][-1] == ["get", "number"]
