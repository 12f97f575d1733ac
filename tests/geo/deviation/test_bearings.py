from __future__ import annotations

from datetime import date
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geo.crs.magnetic import declination_deg
from geo.crs.zones import cm_crs, convergence_deg
from geo.deviation.bearings import (
    FieldReading,
    Station,
    bearing_off,
    compare_objects,
    compute_bearing,
    to_grid,
)
from geo.errors import OptionInvalidError
from geo.markers.objects import ReferenceObject
from geo.office import Office, default_settings

OFFICE = Office(default_settings())
DAY = date(2026, 6, 1)
HERE = Station(lon=118.2, lat=36.15, height_m=200.0, day=DAY)


def thing(ordinal: int = 1, **facts: object) -> ReferenceObject:
    none = dict.fromkeys(ReferenceObject.__slots__)
    given_ = {
        **none, "object_id": uuid4(), "marker_id": uuid4(), "ordinal": ordinal, "name": "水塔",
        "grid_bearing_deg": 45.0, "distance_m": 100.0, **facts,
    }  # fmt: skip
    return ReferenceObject(**given_)  # type: ignore[arg-type]


@given(st.floats(73.7, 135.8), st.floats(18, 53), st.floats(0, 359.9), st.floats(20, 2000))
def test_a_grid_bearing_is_the_one_in_the_grid_of_pyproj(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    there = Transformer.from_crs(4490, cm_crs(lon), always_xy=True)
    x, y = there.transform(lon, lat)
    turn = np.radians(bearing)
    to_lon, to_lat = there.transform(
        x + metres * np.sin(turn), y + metres * np.cos(turn), direction="INVERSE"
    )
    grid, distance = compute_bearing(lon, lat, to_lon, to_lat)
    assert abs(bearing_off(grid, bearing)) < 0.002
    # On the ground a little shorter than in the grid: at most 1 in 2,900 at the zone's edge.
    assert distance == pytest.approx(metres, rel=4e-4)


def test_bearings_from_other_norths_come_to_the_grid() -> None:
    turn = convergence_deg(HERE.lon, HERE.lat)
    assert to_grid(45.0, "grid", HERE) == 45.0
    assert to_grid(45.0, "true", HERE) == pytest.approx(45.0 - turn)
    needle = declination_deg(HERE.lon, HERE.lat, 200.0, DAY)
    assert to_grid(45.0, "magnetic", HERE) == pytest.approx(45.0 + needle - turn)
    assert to_grid(1.0, "magnetic", HERE) == pytest.approx(361.0 + needle - turn)


@pytest.mark.parametrize(("now", "before", "off"), [(1, 359, 2), (359, 1, -2), (180, 0, -180)])
def test_bearings_differ_by_the_smaller_angle(now: float, before: float, off: float) -> None:
    assert bearing_off(now, before) == pytest.approx(off)


def test_an_object_of_known_place_is_computed_from_the_survey() -> None:
    known = thing(lon=118.201, lat=36.151, grid_bearing_deg=None, distance_m=None)
    grid, distance = compute_bearing(HERE.lon, HERE.lat, 118.201, 36.151)
    registered = thing(lon=118.201, lat=36.151, grid_bearing_deg=grid, distance_m=distance)
    seen, findings = compare_objects([registered], [], HERE, OFFICE, surveyed=True)
    assert findings == []
    assert seen[0].how == "computed"
    assert seen[0].bearing_off_deg == pytest.approx(0)
    assert seen[0].true_bearing_deg == pytest.approx(grid + convergence_deg(HERE.lon, HERE.lat))
    assert compare_objects([known], [], HERE, OFFICE, surveyed=True)[0][0].bearing_off_deg is None
    assert compare_objects([registered], [], HERE, OFFICE, surveyed=False) == ([], [])


def test_tape_and_bearing_of_the_field_are_compared_with_the_register() -> None:
    good = FieldReading(ordinal=1, distance_m=100.4, bearing_deg=45.5)
    bad = FieldReading(ordinal=2, distance_m=102.5, bearing_deg=47.0)
    seen, findings = compare_objects(
        [thing(1), thing(2)], [good, bad], HERE, OFFICE, surveyed=False
    )
    assert [one.distance_off_m for one in seen] == pytest.approx([0.4, 2.5])
    assert [one.bearing_off_deg for one in seen] == pytest.approx([0.5, 2.0])
    assert [one.rule for one in findings] == ["object_distance_differs", "object_bearing_differs"]
    assert all("水塔" in one.message("zh") for one in findings)


def test_a_compass_is_turned_to_the_grid_by_the_declination_of_the_day() -> None:
    needle = declination_deg(HERE.lon, HERE.lat, 200.0, DAY)
    read = (45.0 + convergence_deg(HERE.lon, HERE.lat) - needle) % 360
    reading = FieldReading(ordinal=1, bearing_deg=read, bearing="magnetic")
    (seen,), findings = compare_objects([thing()], [reading], HERE, OFFICE, surveyed=True)
    assert seen.bearing_off_deg == pytest.approx(0, abs=1e-9)
    assert seen.compared == "grid"
    assert findings == []


def test_without_a_grid_bearing_compass_is_held_against_compass() -> None:
    registered = thing(grid_bearing_deg=None, magnetic_bearing_deg=50.0)
    reading = FieldReading(ordinal=1, bearing_deg=52.0, bearing="magnetic")
    (seen,), findings = compare_objects([registered], [reading], None, OFFICE, surveyed=False)
    assert (seen.bearing_off_deg, seen.compared) == (2.0, "magnetic")
    assert findings == []


def test_a_reading_of_no_object_is_refused_with_those_there_are() -> None:
    with pytest.raises(OptionInvalidError) as caught:
        compare_objects([thing(2)], [FieldReading(ordinal=7)], HERE, OFFICE, surveyed=True)
    assert caught.value.facts["allowed"] == [2]
