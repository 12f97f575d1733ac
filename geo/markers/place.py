"""Where coordinates that somebody typed lie; what cannot be told is asked, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
from pyproj import CRS
from sqlalchemy import Connection

from geo.crs.dms import Axis, DegreesForm, DmsError, read_dms
from geo.crs.local_fit import apply_fit, outside_fit
from geo.crs.systems import (
    CHINA,
    UNPUBLISHED,
    datum_of,
    horizontal,
    name_of,
    read_crs,
    stored_name,
)
from geo.crs.transform import Points, transform_points
from geo.errors import OptionInvalidError
from geo.fits.store import find_fit
from geo.markers.facts import Position
from geo.texts import Text

DEGREES = "EPSG:4490"


def read_position(conn: Connection, given: Mapping[str, Any]) -> Position:
    """Return where typed coordinates lie, with the coordinates as they were typed beside it.

    Parameters
    ----------
    given
        ``lon`` and ``lat`` (numbers, or degrees, minutes and seconds in any spelling), or ``x``
        (easting or longitude) and ``y`` with ``crs``; ``degrees`` says what a plain number typed as
        text is (``decimal`` or ``dms_packed``), where it could be either; ``fit`` names the local
        fit an old datum needs; ``method`` and ``accuracy_m`` are of the survey.

    Raises
    ------
    OptionInvalidError
        If a coordinate is missing or none, or the place lies outside China as read, or outside the
        area of the fit: axes swapped, a wrong zone or datum are named by what was read.
    CrsRefusedError, FitUnknownError
        If an old datum comes without a fit, or with another datum's.
    """
    degrees = given.get("lon") is not None or given.get("lat") is not None
    names = ("lon", "lat") if degrees else ("x", "y")
    texts = [_typed(given, name) for name in names]
    crs = _read_system(given.get("crs") or (DEGREES if degrees else None))
    form = given.get("degrees")
    numbers = [
        _degrees(given[name], name, form) if crs.is_geographic else _metres(text, name)
        for text, name in zip(texts, names, strict=True)
    ]
    found, fit_id = _move(conn, np.array([numbers]), crs, given.get("fit"))
    lon, lat = (float(one) for one in found[0])
    west, south, east, north = CHINA
    if not (west <= lon <= east and south <= lat <= north):
        raise OptionInvalidError(
            option="/".join(names),
            value=", ".join(texts),
            allowed=Text("allowed.place_in_china", {"crs": name_of(crs)}),
        )
    return Position(
        lon=lon,
        lat=lat,
        given_x=texts[0],
        given_y=texts[1],
        source_crs=stored_name(crs),
        fit_id=fit_id,
        method=given.get("method"),
        accuracy_m=given.get("accuracy_m"),
    )


def _read_system(said: object) -> CRS:
    if said is None:
        raise OptionInvalidError(
            option="crs", value=Text("reason.not_given"), allowed="EPSG:4527, EPSG:4548, 4490 …"
        )
    return horizontal(read_crs(str(said), option="crs"))


def _move(conn: Connection, xy: Points, crs: CRS, fit_name: object) -> tuple[Points, UUID | None]:
    """Return the points in EPSG:4490, and the local fit that an old datum took."""
    if datum_of(crs) not in UNPUBLISHED or not fit_name:
        return transform_points(xy, crs), None
    fit = find_fit(conn, str(fit_name))
    found = apply_fit(fit, xy, crs)
    if outside_fit(fit, found).any():
        raise OptionInvalidError(option="fit", value=fit.name, allowed=Text("allowed.inside_fit"))
    return found, fit.id


def _typed(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None or not str(value).strip():
        raise OptionInvalidError(
            option=name, value=Text("reason.not_given"), allowed=Text("allowed.coordinate")
        )
    return str(value).strip()


def _degrees(value: object, name: str, form: DegreesForm | None) -> float:
    """Return decimal degrees; a number is decimal, a text in any spelling that can be told."""
    if isinstance(value, int | float):
        return float(value)
    axis: Axis = "lon" if name in ("lon", "x") else "lat"
    try:
        return read_dms(str(value), axis=axis, form=form)
    except DmsError as error:
        key = "degrees_form" if error.rule == "dms_packed_unsure" else "coordinate"
        raise OptionInvalidError(option=name, value=value, allowed=Text(f"allowed.{key}")) from None


def _metres(text: str, name: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise OptionInvalidError(
            option=name, value=text, allowed=Text("allowed.coordinate")
        ) from None
