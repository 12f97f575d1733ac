"""Magnetic declination of a place and a day, by the World Magnetic Model.

References
----------
NOAA NCEI and British Geological Survey, The US/UK World Magnetic Model; a new one every five years.
Its declination is good to some 0.4 degrees in China away from iron and local anomalies; a compass
in the field is read to 0.5 degrees at best.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from pygeomag import GeoMag
from pygeomag.wmm.wmm_2010 import WMM_2010
from pygeomag.wmm.wmm_2015v2 import WMM_2015v2
from pygeomag.wmm.wmm_2020 import WMM_2020
from pygeomag.wmm.wmm_2025 import WMM_2025

from geo.errors import OptionInvalidError
from geo.texts import Text

MODELS = {2010: WMM_2010, 2015: WMM_2015v2, 2020: WMM_2020, 2025: WMM_2025}
"""Coefficients by the year from which a model holds, five years each."""
MODEL_YEARS = 5
M_PER_KM = 1000.0


def declination_deg(lon: float, lat: float, height_m: float, day: date) -> float:
    """Return the declination in degrees, positive to the east: true = magnetic + declination.

    Parameters
    ----------
    lon, lat
        In EPSG:4490, degrees.
    height_m
        Above the ellipsoid; 100 m more or less matter nothing.

    Raises
    ------
    OptionInvalidError
        If the day lies outside the years of the models.
    """
    start = day.year - day.year % MODEL_YEARS
    if start not in MODELS:
        first, last = min(MODELS), max(MODELS) + MODEL_YEARS - 1
        allowed = Text("reason.magnetic_years", {"first": first, "last": last})
        raise OptionInvalidError(option="on", value=day.isoformat(), allowed=allowed)
    days = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    year = day.year + (day.timetuple().tm_yday - 1) / days
    found = _model(start).calculate(glat=lat, glon=lon, alt=height_m / M_PER_KM, time=year)
    return float(found.d)


@lru_cache(maxsize=len(MODELS))
def _model(start: int) -> GeoMag:
    return GeoMag(coefficients_data=MODELS[start])
