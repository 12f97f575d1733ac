from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from sqlalchemy import Connection

from geo.deviation.judge import VERDICTS, Judged, Limits, accuracies_m, judge
from geo.errors import OptionInvalidError
from geo.office import Office, default_settings, office

LIMITS = Limits(floor_m=0.5, k=2.0, moved_factor=3.0, most_limit_m=20.0)
OFFICE = Office(default_settings())


def moved(east_m: float, north_m: float, lon: float = 117.2, lat: float = 36.15) -> np.ndarray:
    """Return a place so many metres east and north in the grid of zone 39."""
    there = Transformer.from_crs(4490, 4548, always_xy=True)
    x, y = there.transform(lon, lat)
    return np.array([there.transform(x + east_m, y + north_m, direction="INVERSE")])


def judged(east_m: float, north_m: float, before_m: float = 0.1, now_m: float = 0.1) -> Judged:
    return judge(
        np.array([[117.2, 36.15]]), np.array([before_m]), moved(east_m, north_m),
        np.array([now_m]), LIMITS,
    )  # fmt: skip


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_the_deviation_is_that_of_pyproj_in_the_zone(east_m: float, north_m: float) -> None:
    found = judged(east_m, north_m)
    assert found.zone.tolist() == [39]
    assert found.east_m[0] == pytest.approx(east_m, abs=1e-4)
    assert found.north_m[0] == pytest.approx(north_m, abs=1e-4)
    assert found.distance_m[0] == pytest.approx(np.hypot(east_m, north_m), abs=1e-4)


@pytest.mark.parametrize(
    ("distance", "before_m", "now_m", "limit", "verdict"),
    [
        (0.4, 0.1, 0.1, 0.5, "within"),
        (0.6, 0.1, 0.1, 0.5, "suspicious"),
        (1.6, 0.1, 0.1, 0.5, "moved"),
        (1.9, 1.0, 0.1, 2.00998, "within"),
        (5.0, 1.0, 0.1, 2.00998, "suspicious"),
        (7.0, 1.0, 0.1, 2.00998, "moved"),
        (14.0, 1.0, 8.0, 16.1245, "within"),
        (14.0, 25.0, 0.1, 50.0004, "undecidable"),
        (1.0, float("nan"), 0.1, float("nan"), "undecidable"),
        (1.0, 0.1, float("nan"), float("nan"), "undecidable"),
    ],
)
def test_the_limit_is_made_of_both_accuracies_and_the_verdict_of_the_limit(
    distance: float, before_m: float, now_m: float, limit: float, verdict: str
) -> None:
    found = judged(distance, 0.0, before_m, now_m)
    assert found.limit_m[0] == pytest.approx(limit, abs=1e-4, nan_ok=True)
    assert VERDICTS[found.verdict[0]] == verdict


def test_a_missing_position_on_either_side_is_undecidable() -> None:
    here, nowhere = np.array([[117.2, 36.15]]), np.array([[np.nan, np.nan]])
    fine = np.array([0.1])
    for before, now in ((here, nowhere), (nowhere, here)):
        found = judge(before, fine, now, fine, LIMITS)
        assert VERDICTS[found.verdict[0]] == "undecidable"
        assert np.isnan(found.distance_m[0])


def test_an_accuracy_not_given_is_that_of_the_method_and_unknown_is_unknown() -> None:
    found = accuracies_m(
        [0.3, None, None, None, None], ["map", "gnss_rtk", "map", "unknown", None], OFFICE
    )
    assert found.tolist()[:3] == [0.3, 0.1, 25.0]
    assert np.isnan(found[3:]).all()
    with pytest.raises(OptionInvalidError) as caught:
        accuracies_m([None], ["gnss"], OFFICE)
    assert "gnss_rtk" in str(caught.value.facts["allowed"])


def test_the_limits_are_the_offices(conn: Connection) -> None:
    assert Limits.of(office(conn)) == LIMITS
