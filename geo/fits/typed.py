"""Coordinates as somebody typed them: the numbers read, and the way to EPSG:4490 opened."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS
from sqlalchemy import Connection

from geo.crs.dms import Axis, DegreesForm, DmsError, read_dms
from geo.crs.gcj02 import read_shifted
from geo.crs.local_fit import LocalFit, apply_fit, check_fit_serves
from geo.crs.systems import IDENTICAL, check_datum, datum_of, horizontal, name_of, read_crs
from geo.crs.transform import transform_points
from geo.errors import OptionInvalidError
from geo.fits.store import find_fit
from geo.texts import Text

Points = npt.NDArray[np.float64]

AXES: Mapping[str, Axis] = {"lon": "lon", "lat": "lat"}
MOST_DEGREES = 360.0


@dataclass(frozen=True, slots=True)
class System:
    """A system that positions were declared in, and its way to EPSG:4490.

    ``is_new`` says that it was declared to be CGCS2000 or WGS 84.
    """

    name: str
    to_lonlat: Callable[[Points], Points]
    is_new: bool
    fit: LocalFit | None = None


def open_system(conn: Connection, crs: str, fit: str | None) -> System:
    """Return the way from a declared system to EPSG:4490, those of web maps included.

    Raises
    ------
    OptionInvalidError
        If it is no system.
    CrsRefusedError
        If its datum is an old one and no fit is named, or the fit is of another datum.
    FitUnknownError, FitRefusedError
    """
    shifted = read_shifted(crs)
    if shifted is not None:
        return System(shifted.name, shifted.to_true, is_new=False)
    return open_crs(conn, horizontal(read_crs(crs, option="crs")), fit)


def open_crs(conn: Connection, crs: CRS, fit: str | None) -> System:
    """Return the way from a two-dimensional system that PROJ knows to EPSG:4490.

    Raises
    ------
    CrsRefusedError, FitUnknownError, FitRefusedError
        As :func:`open_system`.
    """
    if fit:
        found = find_fit(conn, fit)
        check_fit_serves(found, crs)
        return System(name_of(crs), lambda xy: apply_fit(found, xy, crs), is_new=False, fit=found)
    check_datum(crs)
    new = datum_of(crs) in IDENTICAL
    return System(name_of(crs), lambda xy: transform_points(xy, crs), is_new=new)


def read_coordinate(value: float | str, option: str, *, form: DegreesForm | None = None) -> float:
    """Return a coordinate: a number as it is, a text in any spelling of degrees, or metres.

    Parameters
    ----------
    option
        ``x``, ``y``, ``lon`` or ``lat``; the last two refuse a letter of the other axis.
    form
        What a text that is a plain number means; see :func:`geo.crs.dms.read_dms`.

    Raises
    ------
    OptionInvalidError
        If it is none, or a text that may be ``DDD.MMSSss`` and nobody said so.
    """
    if not isinstance(value, str):
        return value
    plain = value.strip().replace(",", "") if value.count(".") <= 1 else value
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if math.isfinite(number) and abs(number) > MOST_DEGREES:  # metres
        return number
    try:
        return read_dms(value, axis=AXES.get(option), form=form)
    except DmsError as exc:
        rule = "coordinate" if exc.rule == "dms_invalid" else exc.rule
        raise OptionInvalidError(
            option=option, value=value, allowed=Text(f"allowed.{rule}")
        ) from None
