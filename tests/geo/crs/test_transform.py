from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod

from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries, transform_points
from geo.errors import CrsRefusedError
from geo.settings import ROOT

WGS84 = CRS.from_epsg(4326)


def moved(x: float, y: float, source: int, target: int = 4490) -> tuple[float, float]:
    found = transform_points(np.array([[x, y]]), CRS.from_epsg(source), CRS.from_epsg(target))
    return float(found[0, 0]), float(found[0, 1])


def test_longitude_comes_first_though_the_authority_says_latitude() -> None:
    assert moved(39_500_000, 4_000_000, 4527) == pytest.approx((117.0, 36.13029292), abs=1e-8)
    assert moved(500_000, 4_000_000, 4548) == pytest.approx((117.0, 36.13029292), abs=1e-8)


def test_cgcs2000_and_wgs_84_are_taken_as_identical() -> None:
    assert moved(117.1, 36.2, 4326) == (117.1, 36.2)
    assert moved(117.1, 36.2, 4490, 4326) == (117.1, 36.2)


def test_web_mercator_follows_from_that_identity() -> None:
    x, y = moved(117.0, 36.0, 4490, 3857)
    assert (x, y) == pytest.approx((13_024_380.423, 4_300_621.372), abs=0.001)
    assert moved(x, y, 3857) == pytest.approx((117.0, 36.0), abs=1e-9)


def test_utm_on_wgs_84_comes_to_cgcs2000() -> None:
    assert moved(500_000, 4_000_000, 32650) == pytest.approx((117.0, 36.1447181), abs=1e-7)


def test_hong_kong_has_a_published_transformation_and_is_taken() -> None:
    assert moved(836_694, 819_069, 2326) == pytest.approx((114.181, 22.3106), abs=1e-3)


@pytest.mark.parametrize("source", [4610, 2363, 4214, 2421, 4555, 21413])
@pytest.mark.parametrize("target", [4490, 4326, 3857, 4527])
def test_what_proj_would_hand_back_unchanged_is_refused(source: int, target: int) -> None:
    with pytest.raises(CrsRefusedError):
        moved(117.0, 36.0, source, target)


def test_no_cgcs2000_goes_out_as_xian_80_either() -> None:
    with pytest.raises(CrsRefusedError):
        moved(117.0, 36.0, 4490, 4610)


def test_an_unknown_datum_is_ballpark_and_refused() -> None:
    unknown = CRS.from_wkt(
        'GEOGCS["unknown",DATUM["unknown",SPHEROID["Krassowsky",6378245,298.3]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    with pytest.raises(CrsRefusedError) as caught:
        transform_points(np.array([[117.0, 36.0]]), unknown)
    assert "近似" in str(caught.value.facts["reason"])


def test_a_towgs84_in_a_prj_does_not_let_beijing_54_through() -> None:
    bound = CRS.from_wkt(
        'GEOGCS["GCS_Beijing_1954",DATUM["Beijing_1954",SPHEROID["Krassowsky",6378245,298.3],'
        'TOWGS84[15.8,-154.4,-82.3,0,0,0,0]],PRIMEM["Greenwich",0],'
        'UNIT["degree",0.0174532925199433]]'
    )
    assert bound.is_bound
    with pytest.raises(CrsRefusedError):
        transform_points(np.array([[117.0, 36.0]]), bound)


def test_swapped_axes_and_a_zone_number_too_many_give_nan_and_never_a_place() -> None:
    swapped = transform_points(np.array([[4_000_000.0, 39_500_000.0]]), CRS.from_epsg(4527))
    numbered = transform_points(np.array([[39_500_000.0, 4_000_000.0]]), CRS.from_epsg(4548))
    assert np.isnan(swapped).all()
    assert np.isnan(numbered).all()


def test_geometries_keep_their_none_and_their_shape() -> None:
    zone = CRS.from_epsg(4527)
    shapes = np.array([shapely.box(39_500_000, 4e6, 39_500_100, 4.0001e6), None], dtype=object)
    there = transform_geometries(shapes, zone)
    assert there[1] is None
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(there[0])
    assert abs(area) == pytest.approx(10_000, rel=1e-3)
    assert transform_geometries(shapes, CGCS2000) is shapes


def test_no_points_and_no_geometries_are_none_of_a_trouble() -> None:
    zone = CRS.from_epsg(4527)
    assert transform_points(np.empty((0, 2)), zone).shape == (0, 2)
    assert len(transform_geometries(np.empty(0, dtype=object), zone)) == 0


@given(st.floats(115.6, 118.4), st.floats(18.0, 53.0))
def test_there_and_back_through_a_zone_is_where_it_began(lon: float, lat: float) -> None:
    zone = CRS.from_epsg(4527)
    out = transform_points(np.array([[lon, lat]]), WGS84, zone)
    back = transform_points(out, zone, WGS84)
    assert back[0] == pytest.approx([lon, lat], abs=1e-9)


def test_always_xy_lives_in_one_module_only() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for room in ("geo", "api", "maps", "data", "scripts")
        for path in (ROOT / room).rglob("*.py")
        if _makes_transformers(path)
    }
    assert users == {"geo/crs/transform.py"}


def _makes_transformers(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return "Transformer" in imported or "to_crs" in names
