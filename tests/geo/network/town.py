"""Small networks drawn as text: letters are places, words are streets along them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs.systems import CGCS2000
from geo.network.build import Joined, join_streets
from geo.network.make import OpenGraph, make_graph
from geo.network.streets import Rule, Streets
from tests.grid import draw_places

TOWN = """
    A . B . C . X
    . . . . . . .
    D . E . F . Y
    . . . . . . .
    G . H . I . Z
"""
"""Blocks of some 180 m by 220 m round E, and a street apart in the east."""
BLOCKS = ("ABC", "DEF", "GHI", "ADG", "BEH", "CFI")
RULE = Rule(
    highways_closed=frozenset({"motorway", "motorway_link", "construction", "proposed"}),
    foot_closed=frozenset({"no", "private"}),
    access_closed=frozenset({"no", "private"}),
)
PLACES = draw_places(TOWN)


def rows(*courses: str, tags: Mapping[str, Mapping[str, Any]] | None = None) -> gpd.GeoDataFrame:
    """Return streets along the letters of words as staged rows; ``tags`` by word."""
    given = [
        {"row": number, **(tags or {}).get(course, {})} for number, course in enumerate(courses, 1)
    ]
    shapes = [shapely.LineString([PLACES[letter] for letter in course]) for course in courses]
    columns = ("way", "highway", "foot", "access", "name")
    frame = pd.DataFrame(given, columns=["row", *columns], dtype=object)
    return gpd.GeoDataFrame(frame.where(frame.notna(), None), geometry=shapes, crs=CGCS2000)


def join(*courses: str, **tags: Mapping[str, Any]) -> Joined:
    """Join streets drawn without node ids."""
    return join_streets(rows(*courses, tags=tags))


def make(streets: Streets, rule: Rule = RULE) -> OpenGraph:
    """Make a graph of all that is walkable."""
    return make_graph(streets, rule, "drawn")


def letters(lonlat: Any) -> str:
    """Return the letters of places, in their order."""
    by_place = {place: letter for letter, place in PLACES.items()}
    return "".join(by_place[round(float(x), 9), round(float(y), 9)] for x, y in lonlat)


def courses(streets: Streets) -> list[str]:
    """Return the pieces of a network as words, each in its own direction."""
    return [
        letters(streets.lonlat[begin:end])
        for begin, end in zip(streets.starts[:-1], streets.starts[1:], strict=True)
    ]
