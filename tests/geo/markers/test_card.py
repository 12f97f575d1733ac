from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Connection

from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.crs.zones import crs_of_zone
from geo.errors import (
    CrsRefusedError,
    DivisionUnknownError,
    FitUnknownError,
    MarkerInvalidError,
    OptionInvalidError,
)
from geo.markers.card import read_card
from geo.markers.place import read_position
from tests.border import Border, draw_border
from tests.geo.divisions.given import TODAY


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def test_coordinates_of_a_zone_lie_where_proj_says(conn: Connection) -> None:
    east, north = transform_points(np.array([[117.2, 36.15]]), CGCS2000, crs_of_zone(39))[0]
    for crs, x in (("EPSG:4548", east), ("EPSG:4527", east + 39_000_000)):
        found = read_position(conn, {"x": x, "y": north, "crs": crs})
        assert (found.lon, found.lat) == (pytest.approx(117.2, abs=1e-9), pytest.approx(36.15))
        assert (found.given_x, found.source_crs) == (str(x), crs)


@pytest.mark.parametrize("lon", ["117°12′00″", "117-12-00", "东经117度12分0秒", 117.2])
def test_degrees_are_read_in_any_spelling(conn: Connection, lon: object) -> None:
    found = read_position(conn, {"lon": lon, "lat": "36°09′00″N"})
    assert (found.lon, found.lat) == (pytest.approx(117.2), pytest.approx(36.15))
    assert found.given_x == str(lon)


def test_packed_degrees_are_asked_about_and_read_as_declared(conn: Connection) -> None:
    typed = {"lon": "117.1200", "lat": "36.0900"}
    with pytest.raises(OptionInvalidError) as refused:
        read_position(conn, typed)
    assert "dms_packed" in str(refused.value.facts["allowed"])
    assert read_position(conn, typed | {"degrees": "dms_packed"}).lat == pytest.approx(36.15)
    assert read_position(conn, typed | {"degrees": "decimal"}).lat == pytest.approx(36.09)


@pytest.mark.parametrize(
    "given",
    [
        {"x": 4_002_600, "y": 518_023, "crs": "EPSG:4548"},
        {"x": 39_518_023, "y": 4_002_600, "crs": "EPSG:4548"},
        {"x": 518_023, "y": 4_002_600, "crs": "EPSG:4527"},
        {"lon": 36.15, "lat": 117.2},
        {"x": 518_023, "y": 4_002_600},
        {"x": 518_023, "crs": "EPSG:4548"},
        {"x": "东", "y": 4_002_600, "crs": "EPSG:4548"},
    ],
)  # fmt: skip
def test_swapped_axes_wrong_zones_and_gaps_are_refused(
    conn: Connection, given: dict[str, object]
) -> None:
    with pytest.raises(OptionInvalidError):
        read_position(conn, given)


def test_an_old_datum_needs_a_fit(conn: Connection) -> None:
    with pytest.raises(CrsRefusedError):
        read_position(conn, {"x": 39_518_023, "y": 4_002_600, "crs": "EPSG:2363"})


def test_a_card_takes_its_sides_from_its_lines(conn: Connection, border: Border) -> None:
    body = {"number": "1", "lines": ["东岭县—西川县"], "managing": "370921"}
    found = read_card(conn, body, TODAY)
    assert found.lines == (border.lines["AB"],)
    assert set(found.sides) == {border.sides["A"], border.sides["B"]}
    assert found.managing_id == border.sides["A"]


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ({"faces": 4}, "faces"),
        ({"set_up": "double"}, "member"),
        ({"set_up": "quadruple", "member": "A"}, "set_up"),
        ({"managing": "371321"}, "managing"),
        ({"objects": [{"name": "树", "distance_m": -1.0}]}, "distance_m"),
        ({"objects": [{"name": "树", "magnetic_bearing_deg": 360.0}]}, "magnetic_bearing_deg"),
        ({"objects": [{"name": "树", "ordinal": 1}, {"name": "塔", "ordinal": 1}]}, "ordinal"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused_with_the_field(
    conn: Connection, border: Border, body: dict[str, object], column: str
) -> None:
    whole = {"number": "1", "lines": [str(border.lines["AB"])], **body}
    with pytest.raises(MarkerInvalidError) as refused:
        read_card(conn, whole, TODAY)
    findings = refused.value.facts["findings"]
    assert [one.column for one in findings] == [column]  # type: ignore[attr-defined]


def test_a_line_or_a_party_nobody_knows_is_refused(conn: Connection, border: Border) -> None:
    line = str(border.lines["AB"])
    for body in ({"number": "1"}, {"lines": [line]}, {"number": "1", "lines": ["无此线"]}):
        with pytest.raises(OptionInvalidError):
            read_card(conn, body, TODAY)
    with pytest.raises(DivisionUnknownError):
        read_card(conn, {"number": "1", "lines": [line], "managing": "999999"}, TODAY)


def test_a_fit_that_no_old_datum_needs_is_refused_not_passed_over(conn: Connection) -> None:
    with pytest.raises(FitUnknownError):
        read_position(conn, {"lon": 117.2, "lat": 36.15, "fit": "没有的"})


def test_a_shifted_map_gives_no_position_of_the_register(conn: Connection) -> None:
    with pytest.raises(OptionInvalidError):
        read_position(conn, {"x": 117.2, "y": 36.15, "crs": "GCJ-02"})
