from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.db.ids import new_id
from geo.features.read import Feature
from geo.sections.course import CourseLeg, Tolerances, find_followed, trace_course
from geo.sections.directions import DIRECTIONS

GRS80 = Geod("+a=6378137 +rf=298.257222101")
TOLERANCES = Tolerances(turn_m=50.0, near_m=50.0, most_turns=20)


def walk(*legs: tuple[float, float]) -> shapely.LineString:
    """Return a line from 117 E 36 N that goes so many metres at each azimuth."""
    places = [(117.0, 36.0)]
    for azimuth, metres in legs:
        lon, lat, _ = GRS80.fwd(*places[-1], azimuth, metres)
        places.append((lon, lat))
    return shapely.LineString(places)


def feature(name: str, geom: shapely.Geometry, layer: str = "roads") -> Feature:
    return Feature(id=new_id(), layer=layer, name=name, kind=None, geom=geom)


def told(legs: list[CourseLeg]) -> list[tuple[str, int]]:
    return [(leg.word, round(leg.length_m)) for leg in legs]


def test_legs_have_the_direction_and_the_length_that_were_walked() -> None:
    legs = trace_course(walk((45.0, 1200.0), (90.0, 800.0), (170.0, 500.0)), [], TOLERANCES)
    assert told(legs) == [("东北", 1200), ("东", 800), ("南", 500)]


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(500, 5000)), min_size=1, max_size=6))
def test_whatever_is_walked_in_the_middle_of_sectors_is_told_again(
    walked: list[tuple[int, int]],
) -> None:
    # Two legs after each other are one where they go the same way, and no turn at all where the
    # second goes straight back.
    legs = [walked[0]]
    for direction, metres in walked[1:]:
        if (direction - legs[-1][0]) % 16 not in (0, 7, 8, 9):
            legs.append((direction, metres))
    line = walk(*((direction * 22.5, metres) for direction, metres in legs))
    tolerances = Tolerances(turn_m=1.0, near_m=0.0, most_turns=100)
    found = told(trace_course(line, [], tolerances))
    assert found == [(DIRECTIONS[direction], metres) for direction, metres in legs]


def test_small_bends_are_no_turns_but_their_length_counts() -> None:
    bends = [(90.0 + 30.0 * (-1) ** number, 40.0) for number in range(50)]
    (leg,) = trace_course(walk(*bends), [], TOLERANCES)
    assert (leg.word, round(leg.length_m)) == ("东", 2000)


def test_too_many_turns_make_the_tolerance_larger() -> None:
    zigzag = walk(*((90.0 + 40.0 * (-1) ** number, 400.0) for number in range(60)))
    assert len(trace_course(zigzag, [], TOLERANCES)) == 1
    few = Tolerances(turn_m=50.0, near_m=0.0, most_turns=100)
    assert len(trace_course(zigzag, [], few)) == 60


def test_what_is_crossed_is_told_with_metres_from_the_beginning_of_the_leg() -> None:
    line = walk((90.0, 1000.0), (180.0, 1000.0))
    (lon, lat) = line.coords[1]
    on_second, _, _ = GRS80.fwd(lon, lat, 180.0, 300.0)
    south = GRS80.fwd(lon, lat, 180.0, 300.0)[1]
    road = shapely.LineString([(on_second - 0.01, south), (on_second + 0.01, south)])
    first, second = trace_course(line, [feature("省道102", road)], TOLERANCES)
    assert first.crossings == ()
    (crossing,) = second.crossings
    assert (crossing.name, round(crossing.at_m)) == ("省道102", 300)


def test_a_road_in_pieces_is_crossed_once_and_one_that_runs_along_is_not() -> None:
    line = walk((90.0, 1000.0))
    at, south, north = 117.004, 35.999, 36.001
    ((middle),) = (float(np.interp(at, *shapely.get_coordinates(line).T)),)
    pieces = [
        feature("县道7", shapely.LineString([(at, south), (at, middle)])),
        feature("县道7", shapely.LineString([(at, middle), (at, north)])),
        feature("沿线路", line),
        feature("某村", shapely.Point(at, 36.0), "settlements"),
    ]
    (leg,) = trace_course(line, pieces, TOLERANCES)
    assert [one.name for one in leg.crossings] == ["县道7"]


def test_a_lake_is_crossed_where_it_is_entered() -> None:
    line = walk((90.0, 2000.0))
    lake = feature("东湖", shapely.box(117.005, 35.99, 117.01, 36.01), "water")
    ((crossing,),) = (leg.crossings for leg in trace_course(line, [lake], TOLERANCES))
    _, _, metres = GRS80.inv(117.0, 36.0, 117.005, 36.0)
    assert crossing.at_m == pytest.approx(metres, abs=0.5)


def test_a_turn_at_a_named_place_is_told_by_its_name_and_kept() -> None:
    line = walk((90.0, 1000.0), (90.0, 500.0), (180.0, 700.0))
    hill = feature("鹰嘴山", shapely.Point(line.coords[2]), "terrain")
    far = feature("远山", shapely.Point(117.0, 36.5), "terrain")
    legs = trace_course(line, [hill, far], TOLERANCES)
    assert [(leg.word, leg.at) for leg in legs] == [("东", "鹰嘴山"), ("南", None)]


def test_the_line_follows_what_lies_near_most_of_it() -> None:
    line = walk((90.0, 4000.0))
    beside = shapely.transform(line, lambda xy: xy + np.array([0.0, 0.0002]))
    half = shapely.LineString([line.coords[0], (117.02, 36.0)])
    water = frozenset({"water"})
    rivers = [feature("柳河", beside, "water"), feature("小沟", half, "water")]
    assert find_followed(line, rivers, water, within_m=50.0) == "柳河"
    assert find_followed(line, rivers[1:], water, within_m=50.0) is None
    assert find_followed(line, rivers, water, within_m=5.0) is None
    assert find_followed(line, rivers, frozenset({"roads"}), within_m=50.0) is None


def test_over_a_gap_nothing_is_counted() -> None:
    west = walk((90.0, 1000.0))
    lon, lat, _ = GRS80.fwd(*west.coords[1], 90.0, 3000.0)
    end = GRS80.fwd(lon, lat, 90.0, 1000.0)[:2]
    legs = trace_course(
        shapely.MultiLineString([west, shapely.LineString([(lon, lat), end])]), [], TOLERANCES
    )
    assert math.fsum(leg.length_m for leg in legs) == pytest.approx(2000.0, abs=0.01)
