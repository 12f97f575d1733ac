from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import Point

from geo.crs.local_fit import CommonPoint, Kind, LocalFit, apply_fit, fit_points, outside_fit
from geo.crs.systems import read_crs
from geo.errors import CrsRefusedError, FitRefusedError
from geo.texts import LANGS, text
from tests.geo.crs.old_datum import as_xian80, common_points

COUNTY = np.array([[116.9, 36.0], [117.4, 36.05], [117.3, 36.4], [116.95, 36.35], [117.15, 36.2]])
"""Some 50 km of country in zone 39."""
INSIDE = np.array([[117.1, 36.1], [117.2, 36.3], [117.0, 36.2], [117.35, 36.1]])
GEOD = Geod(ellps="GRS80")


def fit_county(kind: Kind = "seven", epsg: int = 2363, **options: float) -> LocalFit:
    points = common_points(COUNTY, epsg)
    return fit_points(
        "泰安", kind, read_crs(str(epsg)), points, **{"most_residual_m": 1.0, **options}
    )


def off_m(found: np.ndarray, truth: np.ndarray) -> float:
    *_, metres = GEOD.inv(found[:, 0], found[:, 1], truth[:, 0], truth[:, 1])
    return float(np.max(metres))


@pytest.mark.parametrize(
    ("kind", "epsg", "limit_m"),
    [
        ("seven", 4610, 0.01),
        ("seven", 2363, 0.01),
        ("seven", 2384, 0.01),
        ("four", 2363, 0.05),
        ("four", 2384, 0.05),
        ("four", 4610, 0.05),
    ],
)
def test_a_shift_in_space_is_recovered_to_centimetres(
    kind: Kind, epsg: int, limit_m: float
) -> None:
    assert off_m(as_xian80(INSIDE), INSIDE) > 50
    fit = fit_county(kind, epsg)
    assert off_m(apply_fit(fit, as_xian80(INSIDE, epsg)), INSIDE) < limit_m
    assert fit.worst_m < limit_m


def test_a_fit_made_in_a_zone_serves_every_system_of_its_datum() -> None:
    fit = fit_county(epsg=2363)
    for epsg in (4610, 2384, 2333):
        moved = apply_fit(fit, as_xian80(INSIDE, epsg), read_crs(str(epsg)))
        assert off_m(moved, INSIDE) < 0.01
    with pytest.raises(CrsRefusedError):
        apply_fit(fit, INSIDE, read_crs("4214"))
    with pytest.raises(CrsRefusedError):
        apply_fit(fit, INSIDE, read_crs("4490"))


def test_three_points_are_enough_and_two_are_not() -> None:
    points = common_points(COUNTY[:3])
    fit = fit_points("三点", "seven", read_crs("4610"), points, most_residual_m=1)
    assert off_m(apply_fit(fit, as_xian80(INSIDE)), INSIDE) < 0.02
    assert fit.accuracy_m >= 0.05
    told = refusal(points[:2])
    assert "2" in told
    assert "3" in told


def refusal(points: list[CommonPoint], crs: str = "4610", **options: float) -> str:
    with pytest.raises(FitRefusedError) as caught:
        fit_points("坏", "four", read_crs(crs), points, **{"most_residual_m": 1.0, **options})
    words = [text("error.fit_refused", lang, **caught.value.facts) for lang in LANGS]
    assert words[0] != words[1]
    return words[0]


def test_points_in_a_line_or_at_one_place_are_refused_by_name() -> None:
    line = np.array([[117.0 + step / 10, 36.0 + step / 10] for step in range(4)])
    assert "一条直线" in refusal(common_points(line))
    twice = np.vstack([COUNTY[:3], COUNTY[:1]])
    told = refusal(common_points(twice))
    assert "P1" in told
    assert "P4" in told


def test_a_point_that_does_not_fit_is_named_with_its_residual() -> None:
    points = common_points(COUNTY, 2363)
    points[4] = replace(points[4], x=points[4].x + 20)
    assert "P5" in refusal(points, "2363")


def test_swapped_axes_and_wrong_zones_are_no_common_points() -> None:
    points = common_points(COUNTY, 2363)
    swapped = [replace(one, x=one.y, y=one.x) for one in points]
    assert "P1" in refusal(swapped, "2363")
    assert "千米" in refusal(points, "2362") or "∞" in refusal(points, "2362")
    bare = [replace(one, x=one.x - 39_000_000) for one in points]
    assert "∞" in refusal(bare, "2363") or "km" in refusal(bare, "2363")


@pytest.mark.parametrize("crs", ["4490", "4326", "4547", "3857", "4267"])
def test_only_old_datums_are_fitted(crs: str) -> None:
    with pytest.raises(CrsRefusedError):
        fit_points("无", "four", read_crs(crs), common_points(COUNTY), most_residual_m=1)


def test_the_area_reaches_a_tenth_beyond_the_points_and_no_further() -> None:
    fit = fit_county()
    assert not outside_fit(fit, COUNTY).any()
    assert fit.area.contains(Point(117.1, 36.1))
    places = np.array([[117.42, 36.06], [118.2, 36.1], [np.nan, np.nan]])
    assert outside_fit(fit, places).tolist() == [False, True, False]


def test_the_stated_accuracy_is_the_surveyors_or_follows_from_the_residuals() -> None:
    assert fit_county(accuracy_m=0.3).accuracy_m == 0.3
    rough = common_points(COUNTY, 2363)
    generator = np.random.default_rng(7)
    rough = [
        replace(one, x=one.x + dx, y=one.y + dy)
        for one, (dx, dy) in zip(rough, generator.normal(0, 0.3, (5, 2)).tolist(), strict=True)
    ]
    fit = fit_points("粗", "four", read_crs("2363"), rough, most_residual_m=2)
    assert 0.1 < fit.rms_m <= fit.worst_m
    assert fit.accuracy_m > fit.rms_m
    assert [one.residual_m for one in fit.points] == pytest.approx(
        [np.hypot(one.east_m, one.north_m) for one in fit.points]
    )


def test_what_a_projection_cannot_take_is_no_place() -> None:
    fit = fit_county("four")
    moved = apply_fit(fit, np.array([[np.inf, 4e6], [39_500_000.0, 4e6]]))
    assert np.isnan(moved[0]).all()
    assert np.isfinite(moved[1]).all()


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(-30, 30), st.floats(-50, 50))
def test_a_similarity_of_the_plane_is_recovered_whatever_it_is(
    east_m: float, north_m: float, turn_s: float, ppm: float
) -> None:
    """Drawn in the plane of zone 39, so that four parameters must find it exactly."""
    from geo.crs.transform import transform_within_datum  # noqa: PLC0415 - only here

    start = transform_within_datum(COUNTY, read_crs("4490"), read_crs("4548"))
    middle = start.mean(axis=0)
    turn = np.radians(turn_s / 3600)
    by = (1 + ppm * 1e-6) * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    # The same plane coordinates read as Xi'an 80 of the same meridian.
    old = (start - middle) @ by.T + middle + (east_m, north_m)
    points = [
        CommonPoint(name=str(place), x=x, y=y, lon=lon, lat=lat)
        for place, ((x, y), (lon, lat)) in enumerate(
            zip(old.tolist(), COUNTY.tolist(), strict=True)
        )
    ]
    fit = fit_points("平面", "four", read_crs("2384"), points, most_residual_m=0.001)
    assert off_m(apply_fit(fit, old), COUNTY) < 0.001
