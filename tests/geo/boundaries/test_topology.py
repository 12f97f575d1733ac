from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.boundaries.edges import match_edges
from geo.boundaries.topology import Faults, find_faults
from tests.grid import draw


def _faults(*polygons: shapely.Geometry, **options: object) -> Faults:
    array = np.array(polygons, dtype=object)
    return find_faults(array, match_edges(array), **options)  # type: ignore[arg-type]


def _cell_m2(west: float, south: float, size: float) -> float:
    area = Geod(ellps="GRS80").geometry_area_perimeter(
        shapely.box(west, south, west + size, south + size)
    )[0]
    return abs(float(area))


def test_a_clean_coverage_has_no_faults() -> None:
    drawn = draw("""
        AAB
        ACB
        CCC
    """)
    faults = _faults(*drawn.values())
    assert (faults.overlaps, faults.gaps, faults.invalid, faults.slivers) == ([], [], [], 0)


def test_a_hole_that_nobody_covers_is_a_gap_with_its_neighbours_place_and_size() -> None:
    drawn = draw("""
        AAB
        A.B
        AAB
    """)
    (gap,) = _faults(drawn["A"], drawn["B"]).gaps
    assert gap.units == (0, 1)
    assert gap.place == pytest.approx((117.15, 36.15))
    assert gap.area_m2 == pytest.approx(_cell_m2(117.1, 36.1, 0.1), rel=1e-6)


def test_the_coast_is_no_gap() -> None:
    drawn = draw("""
        A.B
        AAB
    """)
    assert _faults(*drawn.values()).gaps == []


def test_a_hole_inside_one_division_is_a_gap() -> None:
    drawn = draw("""
        AAA
        A.A
        AAA
    """)
    (gap,) = _faults(drawn["A"]).gaps
    assert gap.units == (0,)


def test_an_overlap_names_both_divisions_and_its_size() -> None:
    left, right = shapely.box(117, 36, 118.1, 37), shapely.box(118, 36, 119, 37)
    (overlap,) = _faults(left, right).overlaps
    assert overlap.units == (0, 1)
    assert 118 < overlap.place[0] < 118.1
    strip = shapely.box(118, 36, 118.1, 37)
    expected = abs(Geod(ellps="GRS80").geometry_area_perimeter(strip)[0])
    assert overlap.area_m2 == pytest.approx(expected, rel=1e-3)


def test_a_division_drawn_twice_is_an_overlap() -> None:
    box = shapely.box(117, 36, 118, 37)
    (overlap,) = _faults(box, box).overlaps
    assert overlap.units == (0, 1)


def test_an_island_drawn_inside_another_division_is_an_overlap() -> None:
    (overlap,) = _faults(shapely.box(117, 36, 119, 38), shapely.box(117.5, 36.5, 118, 37)).overlaps
    assert overlap.units == (0, 1)


def test_a_narrow_gap_between_edges_that_nearly_match_is_found() -> None:
    left = shapely.box(117, 36, 118, 37)
    right = shapely.Polygon([(118, 36), (119, 36), (119, 37), (118, 37), (118.0001, 36.5)])
    faults = _faults(left, right)
    assert len(faults.gaps) == 1
    assert faults.overlaps == []


def test_slivers_below_the_set_size_are_counted_and_not_listed() -> None:
    left = shapely.box(117, 36, 118, 37)
    right = shapely.Polygon([(118, 36), (119, 36), (119, 37), (118, 37), (118.0001, 36.5)])
    faults = _faults(left, right, min_area_m2=1e7)
    assert (faults.gaps, faults.slivers) == ([], 1)


def test_a_polygon_that_crosses_itself_is_invalid_at_its_place() -> None:
    bow = shapely.Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])
    (invalid,) = _faults(bow).invalid
    assert invalid.place == pytest.approx((117.5, 36.5))
    assert invalid.reason == "Self-intersection"


def test_what_a_neighbour_outside_the_checked_area_covers_is_no_gap() -> None:
    drawn = draw("""
        AAB
        A.B
        AAB
    """)
    enclave = shapely.box(117.1, 36.1, 117.2, 36.2)
    array = (drawn["A"], drawn["B"], enclave)
    faults = _faults(*array, inside=np.array([True, True, False]))
    assert faults.gaps == []


def test_faults_among_neighbours_outside_the_area_are_left_out() -> None:
    left, right = shapely.box(117, 36, 118.1, 37), shapely.box(118, 36, 119, 37)
    far = shapely.box(116, 36, 117, 37)
    faults = _faults(left, right, far, inside=np.array([False, False, True]))
    assert faults.overlaps == []
