from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from geo.crs.systems import (
    check_datum,
    datum_of,
    epsg_of,
    epsg_of_zone,
    false_easting,
    horizontal,
    read_crs,
    same_place,
    same_system,
    stored_name,
    zone_of_easting,
)
from geo.errors import CrsRefusedError, OptionInvalidError

ESRI_4490 = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)
ESRI_XIAN = (
    'GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("EPSG:4490", 4490),
        ("epsg:4527", 4527),
        ("4326", 4326),
        (" CGCS2000 ", 4490),
        ("２０００国家大地坐标系", 4490),
        ("wgs84", 4326),
        ("urn:ogc:def:crs:EPSG::4490", 4490),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", 3857),
        ("西安80", 4610),
    ],
)
def test_a_system_is_read_from_codes_and_the_names_people_use(name: str, number: int) -> None:
    assert epsg_of(read_crs(name)) == number


@pytest.mark.parametrize("name", ["CRS84", "OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_crs84_is_wgs_84_with_longitude_first(name: str) -> None:
    crs = read_crs(name)
    assert datum_of(crs) == "wgs84"
    assert stored_name(crs) == "OGC:CRS84"


@pytest.mark.parametrize(
    "name",
    [
        "gcj02",
        "GCJ-02",
        "bd09",
        "百度坐标",
        "",
        "EPSG:999999",
        "+proj=longlat +nadgrids=/etc/passwd",
        "/etc/passwd",
        "+init=epsg:4490",
        ESRI_4490,
    ],
)
def test_anything_but_a_code_or_known_name_is_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        read_crs(name)
    assert "EPSG:4490" in str(caught.value.facts["allowed"])


def test_an_esri_prj_is_the_same_system_though_not_equal() -> None:
    esri, epsg = CRS.from_wkt(ESRI_4490), CRS.from_epsg(4490)
    assert esri != epsg
    assert same_system(esri, epsg)
    assert datum_of(esri) == "cgcs2000"


def test_cgcs2000_and_wgs_84_are_one_place_but_not_one_system() -> None:
    cgcs2000, wgs84 = CRS.from_epsg(4490), CRS.from_epsg(4326)
    assert same_place(cgcs2000, wgs84)
    assert not same_system(cgcs2000, wgs84)
    assert not same_place(CRS.from_epsg(4610), cgcs2000)
    assert not same_place(CRS.from_epsg(4527), cgcs2000)


@pytest.mark.parametrize("number", [4610, 2349, 2363, 2390, 2327, 4214, 2401, 2422, 21413, 4555])
def test_datums_without_published_transformation_are_refused_in_words(number: int) -> None:
    with pytest.raises(CrsRefusedError) as caught:
        check_datum(CRS.from_epsg(number))
    assert "没有公开的转换参数" in str(caught.value.facts["reason"])


def test_an_esri_prj_of_xian_80_is_refused_as_well() -> None:
    with pytest.raises(CrsRefusedError):
        check_datum(CRS.from_wkt(ESRI_XIAN))


@pytest.mark.parametrize("number", [4490, 4513, 4527, 4533, 4534, 4554, 4491, 4512, 4326, 3857])
def test_systems_in_use_pass_the_datum_check(number: int) -> None:
    check_datum(CRS.from_epsg(number))


def test_heights_are_left_aside() -> None:
    assert epsg_of(horizontal(CRS.from_user_input("EPSG:4490+5737"))) == 4490
    assert epsg_of(horizontal(CRS.from_epsg(4979))) == 4326
    assert len(horizontal(CRS.from_epsg(4480)).axis_info) == 2


@pytest.mark.parametrize("number", [4479, 5737, 4807])  # geocentric, heights, grads from Paris
def test_what_has_no_degrees_from_greenwich_is_refused(number: int) -> None:
    with pytest.raises(CrsRefusedError):
        horizontal(CRS.from_epsg(number))


@pytest.mark.parametrize(
    ("easting", "zone"),
    [
        (39_500_000, 39),
        (38_412_345.6, 38),
        (20_500_000, 20),
        (500_000, None),
        (3_950_000, None),
        (24_500_000, None),
        (46_500_000, None),
        (39_950_001, None),
        (117.5, None),
    ],
)
def test_the_zone_is_read_from_an_easting_of_eight_digits(easting: float, zone: int | None) -> None:
    assert zone_of_easting(easting) == zone


@given(st.sampled_from([*range(25, 46), *range(13, 24)]), st.floats(-333_000, 333_000))
def test_each_zone_number_names_the_system_whose_false_easting_begins_with_it(
    zone: int, offset: float
) -> None:
    assert zone_of_easting(zone * 1_000_000 + 500_000 + offset) == zone
    assert false_easting(CRS.from_epsg(epsg_of_zone(zone))) == zone * 1_000_000 + 500_000


def test_the_flat_part_of_an_esri_prj_keeps_its_number() -> None:
    esri = CRS.from_wkt(CRS.from_epsg(4527).to_wkt("WKT1_ESRI"))
    assert epsg_of(horizontal(esri)) == 4527
    assert stored_name(horizontal(CRS.from_wkt(ESRI_4490))) == "EPSG:4490"
