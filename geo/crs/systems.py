"""Which coordinate system it is: names and codes read, datums told apart, zones recognised.

References
----------
EPSG registry: CGCS2000 4490 (geographic), 4513-4533 (3-degree zones 25-45 with the zone number
before the easting), 4534-4554 (the same by central meridian 75-135 E, no number), 4491-4501 and
4502-4512 (6-degree zones 13-23).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, cast

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import CrsRefusedError, OptionInvalidError
from geo.texts import Text

EPSG = 4490
CGCS2000 = CRS.from_epsg(EPSG)
Extent = tuple[float, float, float, float]
"""West, south, east, north in degrees."""
CHINA: Extent = (73.0, 3.0, 136.0, 54.5)
"""Mainland, islands and sea; a Chinese place outside is a mistake."""
WORLD: Extent = (-180.0, -90.0, 180.0, 90.0)

Datum = Literal["cgcs2000", "wgs84", "xian80", "beijing54", "new_beijing", "other"]

IDENTICAL: frozenset[Datum] = frozenset({"cgcs2000", "wgs84"})
"""The datums taken as identical; the one named exception to the refusal of ballpark."""
UNPUBLISHED: frozenset[Datum] = frozenset({"xian80", "beijing54", "new_beijing"})
"""The datums whose transformation to CGCS2000 is a state secret."""

TWO_AXES = 2
ZONES_3 = range(25, 46)
ZONES_6 = range(13, 24)
ZONE_WIDTH_M = 1_000_000
FALSE_EASTING_M = 500_000
MAX_OFFSET_M = 400_000  # half a 6-degree zone is 334 km at the equator
NORTHINGS = (300_000, 6_100_000)  # 3 to 54.5 degrees north
ALLOWED = (
    "EPSG:4490, EPSG:4513-4554, EPSG:4491-4512, EPSG:4326, OGC:CRS84, EPSG:3857, EPSG:326xx, "
    "GCJ-02, BD-09"
)

NAMES = {
    "cgcs2000": "EPSG:4490",
    "2000国家大地坐标系": "EPSG:4490",
    "国家2000": "EPSG:4490",
    "wgs84": "EPSG:4326",
    "wgs-84": "EPSG:4326",
    "wgs 84": "EPSG:4326",
    "crs84": "OGC:CRS84",
    "ogc:crs84": "OGC:CRS84",
    "urn:ogc:def:crs:ogc:1.3:crs84": "OGC:CRS84",
    "urn:ogc:def:crs:ogc::crs84": "OGC:CRS84",
    "http://www.opengis.net/def/crs/ogc/1.3/crs84": "OGC:CRS84",
    "xian80": "EPSG:4610",
    "西安80": "EPSG:4610",
    "1980西安坐标系": "EPSG:4610",
    "beijing54": "EPSG:4214",
    "北京54": "EPSG:4214",
    "1954北京坐标系": "EPSG:4214",
}
EPSG_FORMS = re.compile(
    r"(?:epsg:{1,2}|urn:(?:ogc|x-ogc):def:crs:epsg:[\d.]*:|https?://www\.opengis\.net/"
    r"(?:def/crs/epsg/[\d.]+/|gml/srs/epsg\.xml#))?(\d{4,6})"
)


def read_crs(name: str, *, option: str = "--crs") -> CRS:
    """Return the system of a code or a name people use: ``EPSG:4527``, ``4527``, ``CGCS2000``.

    Only codes and known names are read, never WKT, a pipeline or a path: PROJ would follow those
    to files of this machine.

    Raises
    ------
    OptionInvalidError
        If it is neither. GCJ-02 and BD-09 are no coordinate systems to PROJ: ``geo.crs.gcj02``
        reads their names.
    """
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    known = NAMES.get(plain)
    match = EPSG_FORMS.fullmatch(plain)
    code = known or (f"EPSG:{match[1]}" if match else None)
    found = _of_code(code) if code else None
    if found is None:
        raise OptionInvalidError(option=option, value=name, allowed=ALLOWED)
    return found


@lru_cache(maxsize=256)
def _of_code(code: str) -> CRS | None:
    try:
        return CRS.from_user_input(code)
    except CRSError:
        return None


def horizontal(crs: CRS) -> CRS:
    """Return the two-dimensional part of a system; heights are none of its business.

    Raises
    ------
    CrsRefusedError
        If the system has no place on Earth (engineering, vertical, geocentric), does not count
        from Greenwich or not in degrees.
    """
    flat = crs
    while flat.is_compound or flat.is_bound:
        inner = flat.source_crs if flat.is_bound else flat.sub_crs_list[0]
        flat = cast("CRS", inner)
    if not (flat.is_geographic or flat.is_projected):
        raise CrsRefusedError(crs=name_of(crs), reason=Text("reason.crs_kind"))
    flat = _without_height(flat)
    base = geographic(flat)
    greenwich = base.prime_meridian is None or base.prime_meridian.longitude == 0
    if not greenwich or base.axis_info[0].unit_name.casefold() != "degree":
        raise CrsRefusedError(crs=name_of(crs), reason=Text("reason.crs_kind"))
    return flat


def geographic(crs: CRS) -> CRS:
    """Return the longitudes and latitudes a system stands on (itself, where it is geographic)."""
    base = crs.geodetic_crs
    if base is None:
        raise CrsRefusedError(crs=name_of(crs), reason=Text("reason.crs_kind"))
    return _without_height(base)


def _without_height(crs: CRS) -> CRS:
    """Return a system of two axes; one that has two already would lose its EPSG number."""
    return crs if len(crs.axis_info) == TWO_AXES else crs.to_2d()


def datum_of(crs: CRS) -> Datum:
    """Tell the datum by its name; an Esri .prj and the EPSG registry spell the same one apart."""
    base = crs.geodetic_crs
    if base is None or base.datum is None:
        return "other"
    plain = re.sub(r"[^a-z0-9]", "", f"{base.datum.name} {base.name}".casefold())
    for datum, marks in _DATUM_MARKS.items():
        if any(mark in plain for mark in marks):
            return datum
    return "other"


_DATUM_MARKS: dict[Datum, tuple[str, ...]] = {
    "new_beijing": ("newbeijing",),
    "beijing54": ("beijing1954", "beijing54"),
    "xian80": ("xian1980", "xian80"),
    "cgcs2000": ("china2000", "cgcs2000", "chinageodeticcoordinatesystem2000"),
    "wgs84": ("worldgeodeticsystem1984", "wgs84", "wgs1984"),
}


def check_datum(crs: CRS) -> None:
    """Refuse a system whose way to CGCS2000 nobody has published.

    Raises
    ------
    CrsRefusedError
        For Xi'an 80, Beijing 54 and New Beijing, geographic or in zones. PROJ would hand the
        coordinates back unchanged, tens of metres to 150 m wrong.
    """
    datum = datum_of(crs)
    if datum in UNPUBLISHED:
        raise CrsRefusedError(
            crs=name_of(crs),
            reason=Text("reason.datum_unpublished", {"datum": Text(f"crs.{datum}")}),
        )


def epsg_of(crs: CRS) -> int | None:
    """Return the EPSG number, also of an Esri .prj that spells the same system its own way."""
    return crs.to_epsg()


def name_of(crs: CRS) -> str:
    """Return how people call a system: EPSG number and name, or the name alone."""
    number = epsg_of(crs)
    if number is None:
        return str(crs.name)
    return f"EPSG:{number} ({crs.name})"


def stored_name(crs: CRS) -> str:
    """Return what to keep of a system: its EPSG number, or else its whole WKT."""
    number = epsg_of(crs)
    if number is not None:
        return f"EPSG:{number}"
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())


def same_system(one: CRS, other: CRS) -> bool:
    """Say whether two systems are one; by number first, for equality fails on an Esri .prj."""
    first, second = epsg_of(one), epsg_of(other)
    if first is not None and second is not None:
        return first == second
    return bool(one == other)


def same_place(one: CRS, other: CRS) -> bool:
    """Say whether coordinates mean the same in both, CGCS2000 and WGS 84 taken as identical."""
    if same_system(one, other):
        return True
    return (
        one.is_geographic
        and other.is_geographic
        and datum_of(one) in IDENTICAL
        and datum_of(other) in IDENTICAL
    )


def zone_of_easting(easting: float) -> int | None:
    """Return the zone number an easting of eight digits begins with; None where it has none.

    3-degree zones are numbered 25-45 and 6-degree zones 13-23, so the number alone says which.
    """
    zone, rest = divmod(easting, ZONE_WIDTH_M)
    if abs(rest - FALSE_EASTING_M) > MAX_OFFSET_M:
        return None
    return int(zone) if int(zone) in ZONES_3 or int(zone) in ZONES_6 else None


def epsg_of_zone(zone: int) -> int:
    """Return the EPSG number of the CGCS2000 zone whose eastings begin with this number."""
    return 4513 + zone - 25 if zone in ZONES_3 else 4491 + zone - 13


def false_easting(crs: CRS) -> float | None:
    """Return the false easting of a transverse Mercator system in metres, None for others."""
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    return next((float(p.value) for p in operation.params if p.name == "False easting"), None)
