from __future__ import annotations

from datetime import date

import pytest

from geo.crs.magnetic import declination_deg
from geo.errors import OptionInvalidError
from geo.texts import text


@pytest.mark.parametrize(
    ("lon", "lat", "day", "declination"),
    [
        # Test values published with the models, at height 0 (WMM2025.0 and WMM2020.0, year start).
        (0.0, 80.0, date(2025, 1, 1), 1.28),
        (120.0, 0.0, date(2025, 1, 1), -0.16),
        (240.0, -80.0, date(2025, 1, 1), 68.78),
        (0.0, 80.0, date(2020, 1, 1), -1.28),
        (120.0, 0.0, date(2020, 1, 1), 0.16),
        (240.0, -80.0, date(2020, 1, 1), 69.36),
    ],
)
def test_the_declination_is_the_one_published_with_the_model(
    lon: float, lat: float, day: date, declination: float
) -> None:
    assert declination_deg(lon, lat, 0.0, day) == pytest.approx(declination, abs=0.011)


def test_north_china_has_the_needle_west_of_north() -> None:
    assert -8 < declination_deg(117.1, 36.1, 150.0, date(2026, 11, 22)) < -6
    assert -7 < declination_deg(117.1, 36.1, 150.0, date(2012, 6, 1)) < -5


@pytest.mark.parametrize("day", [date(2009, 12, 31), date(2030, 1, 1)])
def test_days_outside_the_models_years_are_refused_with_the_years(day: date) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        declination_deg(117.1, 36.1, 0.0, day)
    assert "2029" in text("error.option_invalid", "en", **caught.value.facts)
