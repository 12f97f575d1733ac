from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sqlalchemy import Connection

from geo.coverage.area import find_area, locate, read_regions
from geo.errors import AreaWithoutPolygonError
from tests.geo.divisions.given import put
from tests.grid import draw

AT = date(2026, 11, 22)
LON = np.array([117.05, 117.15, 117.05, 119.0])
LAT = np.array([36.05, 36.05, 36.15, 36.05])


@pytest.fixture
def country(conn: Connection) -> Connection:
    shapes = draw("CC\nAB")
    whole = draw("PP\nPP")
    put(
        conn,
        ("370000", "山东省", whole["P"]),
        ("370900", "泰安市", whole["P"]),
        ("370902", "泰山区", shapes["A"]),
        ("370911", "岱岳区", shapes["B"]),
    )
    return conn


def test_each_cell_is_of_the_county_it_lies_in_or_of_what_is_above(country: Connection) -> None:
    area = find_area(country, LON, LAT, within=None, at=AT)
    names = [area.regions[one].name if one >= 0 else None for one in area.place]
    assert names == ["泰山区", "岱岳区", "泰安市", None]
    assert area.inside.all()


def test_within_a_division_the_ones_right_below_it_are_told_apart(country: Connection) -> None:
    area = find_area(country, LON, LAT, within="370900", at=AT)
    assert area.inside.tolist() == [True, True, True, False]
    assert [region.code for region in area.regions] == ["370900", "370902", "370911"]
    assert area.place.tolist() == [1, 2, 0, -1]
    county = find_area(country, LON, LAT, within="370902", at=AT)
    assert county.inside.tolist() == [True, False, False, False]
    assert [region.code for region in county.regions] == ["370902"]


def test_a_day_before_the_polygons_were_known_has_none(country: Connection) -> None:
    with pytest.raises(AreaWithoutPolygonError):
        find_area(country, LON, LAT, within="370900", at=date(2010, 1, 1))
    assert find_area(country, LON, LAT, within=None, at=date(2010, 1, 1)).regions == ()


def test_a_cell_on_an_edge_is_counted_once_for_the_lower_code(country: Connection) -> None:
    area = find_area(country, np.array([117.1]), np.array([36.05]), within=None, at=AT)
    assert [area.regions[one].code for one in area.place] == ["370902"]


def test_nothing_lies_in_no_regions() -> None:
    assert locate(np.column_stack([LON, LAT]), []).tolist() == [-1] * 4
    assert locate(np.empty((0, 2)), []).tolist() == []


def test_regions_are_read_by_level_and_box(country: Connection) -> None:
    found = read_regions(country, AT, level="county", box=(117.11, 36.0, 117.2, 36.1))
    assert [region.code for region in found] == ["370911"]
