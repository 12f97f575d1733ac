from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.deviation.offset import offsets_m

GEOD = Geod(ellps="GRS80")
BENT = shapely.LineString([(117.0, 36.0), (117.1, 36.0), (117.1, 36.1)])


def test_left_is_positive_right_is_negative_and_nothing_is_nan() -> None:
    places = np.array([[117.05, 36.01], [117.05, 35.99], [np.nan, np.nan]])
    left, right, nothing = offsets_m(BENT, places)
    assert left == pytest.approx(1110, abs=5)
    assert right == pytest.approx(-1110, abs=5)
    assert np.isnan(nothing)


def test_at_a_bend_both_segments_say_the_side() -> None:
    # A sharp bend: the place ahead of its tip is right of one segment and left of the other.
    sharp = shapely.LineString([(117.0, 36.0), (117.1, 36.01), (117.0, 36.02)])
    assert offsets_m(sharp, np.array([[117.11, 36.0105]]))[0] < 0
    assert offsets_m(sharp, np.array([[117.11, 36.0095]]))[0] < 0
    assert offsets_m(sharp, np.array([[117.05, 36.01]]))[0] > 0


def test_parts_of_a_line_are_not_joined() -> None:
    parts = shapely.MultiLineString(
        [[(117.0, 36.0), (117.1, 36.0)], [(117.2, 36.0), (117.3, 36.0)]]
    )
    (gap,) = offsets_m(parts, np.array([[117.15, 36.0]]))
    *_, expected = GEOD.inv(117.1, 36.0, 117.15, 36.0)
    assert abs(gap) == pytest.approx(expected, rel=3e-4)


@given(st.floats(117.0, 117.3), st.floats(35.9, 36.2))
def test_an_offset_is_the_least_distance_to_the_line(lon: float, lat: float) -> None:
    dense = shapely.segmentize(BENT, 0.0005)
    along = shapely.get_coordinates(dense)
    *_, away = GEOD.inv(
        along[:, 0], along[:, 1], np.full(len(along), lon), np.full(len(along), lat)
    )
    (found,) = offsets_m(BENT, np.array([[lon, lat]]))
    assert abs(found) == pytest.approx(min(away), rel=5e-4, abs=60)
