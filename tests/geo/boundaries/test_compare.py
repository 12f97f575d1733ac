from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, MultiLineString

from geo.boundaries.compare import compare_lines, dense_points, length_km

ELLIPSOID = Geod(ellps="GRS80")
STRAIGHT = LineString([(117.0, 36.0), (117.5, 36.0)])


def test_two_equal_courses_do_not_differ() -> None:
    found = compare_lines(STRAIGHT, STRAIGHT)
    assert (found.worst_m, found.mean_m, found.side) == (0.0, 0.0, None)


def test_the_worst_place_is_found_with_its_distance_and_side() -> None:
    bulge = LineString([(117.0, 36.001), (117.25, 36.002), (117.5, 36.001)])
    found = compare_lines(STRAIGHT, bulge)
    assert found.worst_m == pytest.approx(ELLIPSOID.inv(117.25, 36, 117.25, 36.002)[2], rel=1e-4)
    assert found.place == pytest.approx((117.25, 36.002), abs=1e-3)
    assert found.worst_at_km == pytest.approx(found.record_km / 2, rel=0.01)
    assert found.mean_m == pytest.approx(111 * 1.5, rel=0.01)
    assert found.side == "left"
    assert compare_lines(STRAIGHT.reverse(), bulge).side == "right"


def test_the_profile_covers_the_line_and_tells_where_it_differs() -> None:
    step = LineString([(117.0, 36.0), (117.25, 36.0), (117.2501, 36.01), (117.5, 36.01)])
    found = compare_lines(STRAIGHT, step)
    assert found.profile[0].from_km == 0.0
    assert found.profile[-1].to_km == pytest.approx(found.record_km)
    first, last = found.profile[10], found.profile[-10]
    assert first.worst_m < 1
    assert last.worst_m > 1000


def test_a_course_that_is_cut_short_differs_by_what_is_missing() -> None:
    short = LineString([(117.0, 36.0), (117.4, 36.0)])
    missing = ELLIPSOID.inv(117.4, 36, 117.5, 36)[2]
    assert compare_lines(STRAIGHT, short).worst_m == pytest.approx(missing, rel=1e-3)
    assert compare_lines(short, STRAIGHT).worst_m == pytest.approx(missing, rel=1e-3)


def test_the_way_between_two_parts_of_a_line_counts_nothing() -> None:
    parts = MultiLineString([[(117, 36), (117.1, 36)], [(117.4, 36), (117.5, 36)]])
    assert length_km(parts) == pytest.approx(length_km(STRAIGHT) * 0.4, rel=1e-5)
    places, along = dense_points(parts, 50.0)
    assert not ((places[:, 0] > 117.1001) & (places[:, 0] < 117.3999)).any()
    assert along[-1] == pytest.approx(length_km(parts) * 1000)
    assert compare_lines(parts, parts).worst_m == 0.0


@given(st.floats(1e-5, 0.02), st.floats(75, 130), st.floats(20, 50))
def test_a_line_moved_north_differs_by_that_everywhere(
    moved: float, lon: float, lat: float
) -> None:
    line = LineString([(lon, lat), (lon + 0.1, lat), (lon + 0.2, lat)])
    north = shapely.transform(line, lambda xy: xy + np.array([0, moved]))
    metres = ELLIPSOID.inv(lon, lat, lon, lat + moved)[2]
    found = compare_lines(line, north)
    assert found.worst_m == pytest.approx(metres, rel=2e-3, abs=0.05)
    assert found.mean_m == pytest.approx(metres, rel=2e-3, abs=0.05)


def test_it_agrees_with_the_brute_force_discrete_hausdorff_distance() -> None:
    random = np.random.default_rng(7)
    x = np.linspace(117, 117.2, 60)
    one = LineString(np.column_stack([x, 36 + random.normal(0, 0.002, 60)]))
    other = LineString(np.column_stack([x, 36 + random.normal(0, 0.002, 60)]))
    found = compare_lines(one, other)
    mine, theirs = (dense_points(line, 5.0)[0] for line in (one, other))
    apart = np.array(
        [ELLIPSOID.inv(*np.broadcast_to(p, theirs.shape).T, *theirs.T)[2] for p in mine]
    )
    brute = max(apart.min(axis=1).max(), apart.min(axis=0).max())
    assert found.worst_m == pytest.approx(brute, abs=5.0)
