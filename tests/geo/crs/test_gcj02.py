from __future__ import annotations

import numpy as np
import pytest
import shapely
from fast_geocn import coord
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.crs.gcj02 import (
    BD09,
    GCJ02,
    Points,
    Shifted,
    from_bd09,
    from_gcj02,
    read_shifted,
    to_bd09,
    to_gcj02,
    true_geometries,
)

GEOD = Geod(ellps="GRS80")
MILLIMETRE = 0.001
EDGE = 0.06  # degrees; nearer to the rectangle's edge a shifted place has two readings

inside = st.lists(
    st.tuples(st.floats(72.004 + EDGE, 137.8347 - EDGE), st.floats(0.8293 + EDGE, 55.8271 - EDGE)),
    min_size=1,
    max_size=20,
)
outside = st.one_of(
    st.tuples(st.floats(-180, 72.004 - EDGE), st.floats(-90, 90)),
    st.tuples(st.floats(137.8347 + EDGE, 180), st.floats(-90, 90)),
    st.tuples(st.floats(-180, 180), st.floats(-90, 0.8293 - EDGE)),
    st.tuples(st.floats(-180, 180), st.floats(55.8271 + EDGE, 90)),
)


def _apart_m(one: Points, other: Points) -> float:
    *_, metres = GEOD.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    return float(np.max(metres))


@given(inside)
def test_there_and_back_again_is_the_same_place_to_a_millimetre(lonlat: object) -> None:
    true = np.array(lonlat, dtype=np.float64)
    assert _apart_m(from_gcj02(to_gcj02(true)), true) < MILLIMETRE
    assert _apart_m(from_bd09(to_bd09(true)), true) < MILLIMETRE
    assert _apart_m(to_gcj02(from_gcj02(true)), true) < MILLIMETRE
    assert _apart_m(to_bd09(from_bd09(true)), true) < MILLIMETRE


@given(outside)
def test_outside_the_rectangle_nothing_is_shifted(lonlat: tuple[float, float]) -> None:
    place = np.array([lonlat], dtype=np.float64)
    for function in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        np.testing.assert_array_equal(function(place), place)


def test_the_shift_is_that_of_another_implementation() -> None:
    """fast-geocn, MIT; its way back is good to half a metre, and its BD-09 turns by another π."""
    true = np.random.default_rng(3).uniform([74, 4], [135, 53], (200, 2))
    theirs = np.array([coord.wgs84_to_gcj02(lon, lat) for lon, lat in true.tolist()])
    assert _apart_m(to_gcj02(true), theirs) < MILLIMETRE


def test_the_shift_of_baidu_is_the_one_everybody_prints() -> None:
    """天安门 in the examples of coordtransform (MIT), to all their digits."""
    gcj = np.array([[116.404, 39.915]])
    baidu = np.array([[116.41036949371029, 39.92133699351022]])
    assert _apart_m(to_bd09(from_gcj02(gcj)), baidu) < MILLIMETRE
    assert _apart_m(to_gcj02(gcj), np.array([[116.41024449916938, 39.91640428150164]])) < MILLIMETRE


def test_in_wuhan_the_shift_is_some_six_hundred_metres() -> None:
    true = np.array([[114.3, 30.6]])
    assert 500 < _apart_m(to_gcj02(true), true) < 700


def test_a_place_that_is_no_number_stays_none() -> None:
    places = np.array([[np.nan, np.nan], [114.3, 30.6]])
    assert np.isnan(from_gcj02(places)).tolist() == [[True, True], [False, False]]


def test_geometries_are_put_back_whole_and_missing_ones_stay_missing() -> None:
    true = shapely.box(114, 30, 114.2, 30.2)
    moved = shapely.transform(true, to_gcj02)
    back = true_geometries(np.array([moved, None], dtype=object), GCJ02)
    assert back[1] is None
    assert shapely.equals_exact(back[0], true, tolerance=1e-9)


@pytest.mark.parametrize(
    ("name", "shifted"),
    [
        ("gcj02", GCJ02),
        ("GCJ-02", GCJ02),
        ("ＧＣＪ０２", GCJ02),
        ("高德", GCJ02),
        ("火星坐标", GCJ02),
        ("火星坐标系", GCJ02),
        ("腾讯", GCJ02),
        ("bd09", BD09),
        ("BD-09", BD09),
        ("百度坐标", BD09),
        ("EPSG:4490", None),
        ("", None),
    ],
)
def test_a_shift_is_known_by_the_names_people_use(name: str, shifted: Shifted | None) -> None:
    assert read_shifted(name) is shifted
