from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.sections.directions import DIRECTIONS, measure_leg, name_direction

TABLE = {
    "北偏东北": (11.25, 33.75),
    "东北": (33.75, 56.25),
    "东偏东北": (56.25, 78.75),
    "东": (78.75, 101.25),
    "东偏东南": (101.25, 123.75),
    "东南": (123.75, 146.25),
    "南偏东南": (146.25, 168.75),
    "南": (168.75, 191.25),
    "南偏西南": (191.25, 213.75),
    "西南": (213.75, 236.25),
    "西偏西南": (236.25, 258.75),
    "西": (258.75, 281.25),
    "西偏西北": (281.25, 303.75),
    "西北": (303.75, 326.25),
    "北偏西北": (326.25, 348.75),
}
"""The table of the handbook, written out; 北 is what is left of the circle."""

angles = st.floats(min_value=0.0, max_value=360.0, exclude_max=True)
turns = st.integers(min_value=-3, max_value=3)
places = st.tuples(st.floats(74.0, 134.0), st.floats(4.0, 53.0))


@given(angles)
def test_every_azimuth_has_the_word_of_its_row_in_the_table(azimuth: float) -> None:
    rows = [word for word, (low, high) in TABLE.items() if low <= azimuth < high]
    assert [name_direction(azimuth)] == (rows or ["北"])


@pytest.mark.parametrize(("word", "edges"), TABLE.items())
def test_a_sector_begins_at_its_lower_edge_and_ends_before_its_upper(
    word: str, edges: tuple[float, float]
) -> None:
    low, high = edges
    assert name_direction(low) == word
    assert name_direction(math.nextafter(high, 0.0)) == word
    assert name_direction(math.nextafter(low, 0.0)) != word
    assert name_direction(high) != word


@pytest.mark.parametrize("azimuth", [0.0, 360.0, 348.75, 11.2499999, 359.999999999, -0.0, -1e-300])
def test_north_goes_over_the_end_of_the_circle(azimuth: float) -> None:
    assert name_direction(azimuth) == "北"


@given(st.integers(0, 35_999), turns)
def test_whole_turns_change_nothing(hundredths: int, turns: int) -> None:
    # Half a hundredth keeps away from the edges, where adding a turn rounds.
    azimuth = hundredths / 100 + 0.005
    assert name_direction(azimuth + 360.0 * turns) == name_direction(azimuth)


@given(st.integers(0, 35_999))
def test_the_opposite_direction_is_eight_words_on(hundredths: int) -> None:
    azimuth = hundredths / 100 + 0.005
    here, there = name_direction(azimuth), name_direction(azimuth + 180.0)
    assert (DIRECTIONS.index(there) - DIRECTIONS.index(here)) % 16 == 8


@pytest.mark.parametrize("azimuth", [math.nan, math.inf])
def test_what_is_no_angle_has_no_word(azimuth: float) -> None:
    with pytest.raises(ValueError, match=r"nan|inf"):
        name_direction(azimuth)


@given(places, st.floats(0.0, 359.99), st.floats(10.0, 50_000.0))
def test_a_leg_is_the_geodesic_on_the_ellipsoid(
    begin: tuple[float, float], azimuth: float, distance_m: float
) -> None:
    lon, lat, _ = Geod("+a=6378137 +rf=298.257222101").fwd(*begin, azimuth, distance_m)
    leg = measure_leg(begin, (lon, lat))
    assert leg.distance_m == pytest.approx(distance_m, abs=1e-6)
    assert math.cos(math.radians(leg.azimuth_deg - azimuth)) == pytest.approx(1.0, abs=1e-9)


def test_between_equal_places_there_is_nothing_to_measure() -> None:
    assert measure_leg((117.0, 36.0), (117.0, 36.0)) == (0.0, 0.0)
