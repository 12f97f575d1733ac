from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from geo.crs.zones import (
    cm_crs,
    convergence_deg,
    convergences_deg,
    crs_of_zone,
    from_zones,
    to_zones,
    zone_of,
    zones_of,
)
from geo.errors import CrsRefusedError


@pytest.mark.parametrize(
    ("lon", "zone", "numbered", "by_meridian"),
    [
        (117.1, 39, 4527, 4548),
        (118.0, 39, 4527, 4548),
        (118.36, 39, 4527, 4548),
        (113.4, 38, 4526, 4547),
        (118.5, 40, 4528, 4549),
        (116.5, 39, 4527, 4548),
        (116.49, 39, 4527, 4548),
        (115.49, 38, 4526, 4547),
        (73.2, 25, 4513, 4534),
        (135.9, 45, 4533, 4554),
    ],
)
def test_a_longitude_has_its_zone_and_the_registry_its_meridian(
    lon: float, zone: int, numbered: int, by_meridian: int
) -> None:
    assert zone_of(lon) == zone
    assert cm_crs(lon).to_epsg() == by_meridian
    assert crs_of_zone(zone, numbered=True).to_epsg() == numbered
    operation = CRS.from_epsg(by_meridian).coordinate_operation
    assert operation is not None
    meridian = next(one.value for one in operation.params if "origin" in one.name and one.value > 1)
    assert meridian == zone * 3


@pytest.mark.parametrize("lon", [0.0, 72.0, 140.0, float("nan")])
def test_no_zone_is_made_up_outside_china(lon: float) -> None:
    with pytest.raises(CrsRefusedError, match=r"EPSG|°"):
        zone_of(lon)
    assert zones_of(np.array([lon])).tolist() == [0]


@given(st.floats(73.6, 135.9), st.floats(4, 54))
def test_convergence_is_the_angle_between_true_and_grid_north(lon: float, lat: float) -> None:
    # A step to the true north, seen in the grid.
    lon2, lat2, _ = Geod(ellps="GRS80").fwd(lon, lat, 0, 50)
    step = Transformer.from_crs(4490, cm_crs(lon), always_xy=True)
    (x1, y1), (x2, y2) = step.transform(lon, lat), step.transform(lon2, lat2)
    grid = np.degrees(np.arctan2(x2 - x1, y2 - y1))
    # True bearing 0, so grid = 0 - convergence.
    assert convergence_deg(lon, lat) == pytest.approx(-grid, abs=2e-5)


def test_convergence_is_positive_in_the_east_of_a_zone() -> None:
    assert convergence_deg(118.0, 36.0) == pytest.approx(np.sin(np.radians(36)), abs=1e-4)
    assert convergence_deg(116.6, 36.0) < 0


def test_places_without_a_zone_have_neither_grid_nor_convergence() -> None:
    places = np.array([[10.0, 50.0], [117.1, 36.1]])
    zones = zones_of(places[:, 0])
    moved = to_zones(places, zones)
    assert np.isnan(moved[0]).all()
    assert np.isfinite(moved[1]).all()
    assert np.isnan(convergences_deg(places[:, 0], places[:, 1])[0])


@given(st.lists(st.tuples(st.floats(73.6, 135.9), st.floats(4, 54)), min_size=1, max_size=20))
def test_zones_there_and_back_are_the_same_places(places: list[tuple[float, float]]) -> None:
    lonlat = np.array(places)
    zones = zones_of(lonlat[:, 0])
    assert from_zones(to_zones(lonlat, zones), zones) == pytest.approx(lonlat, abs=1e-9)


def test_a_place_in_the_grid_is_where_pyproj_puts_it() -> None:
    places = np.array([[117.1, 36.1], [113.4, 31.7]])
    moved = to_zones(places, zones_of(places[:, 0]))
    for place, epsg, found in zip(places, (4548, 4547), moved, strict=True):
        truth = Transformer.from_crs(4490, epsg, always_xy=True).transform(*place)
        assert found == pytest.approx(truth, abs=1e-6)
