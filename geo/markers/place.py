"""Where coordinates that somebody typed lie; what cannot be told is asked, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyproj import CRS
from sqlalchemy import Connection

from geo.crs.dms import DegreesForm
from geo.crs.local_fit import outside_fit
from geo.crs.systems import CHINA, horizontal, name_of, read_crs, stored_name
from geo.errors import OptionInvalidError
from geo.fits.typed import open_crs, read_coordinate
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
    CrsRefusedError, FitUnknownError, FitRefusedError
        If an old datum comes without a fit, or a fit is named that is of another datum.
    """
    degrees = given.get("lon") is not None or given.get("lat") is not None
    names = ("lon", "lat") if degrees else ("x", "y")
    texts = [_typed(given, name) for name in names]
    crs = _read_system(given.get("crs") or (DEGREES if degrees else None))
    form: DegreesForm | None = given.get("degrees") if crs.is_geographic else "decimal"
    numbers = [read_coordinate(given[name], name, form=form) for name in names]
    system = open_crs(conn, crs, given.get("fit"))
    found = system.to_lonlat(np.array([numbers]))
    fit = system.fit
    if fit is not None and outside_fit(fit, found).any():
        raise OptionInvalidError(option="fit", value=fit.name, allowed=Text("allowed.inside_fit"))
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
        fit_id=fit.id if fit else None,
        method=given.get("method"),
        accuracy_m=given.get("accuracy_m"),
    )


def _read_system(said: object) -> CRS:
    if said is None:
        raise OptionInvalidError(
            option="crs", value=Text("reason.not_given"), allowed="EPSG:4527, EPSG:4548, 4490 …"
        )
    return horizontal(read_crs(str(said), option="crs"))


def _typed(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None or not str(value).strip():
        raise OptionInvalidError(
            option=name, value=Text("reason.not_given"), allowed=Text("allowed.coordinate")
        )
    return str(value).strip()
