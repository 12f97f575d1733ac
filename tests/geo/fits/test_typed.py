from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from geo.crs.systems import read_crs
from geo.errors import CrsRefusedError, FitUnknownError, OptionInvalidError
from geo.fits.typed import open_crs, open_system, read_coordinate


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (117.2, 117.2),
        ("117°12′00″", 117.2),
        ("117-12-00", 117.2),
        ("4,002,600.5", 4_002_600.5),
        (" 39518023 ", 39_518_023.0),
    ],
)
def test_a_coordinate_is_read_as_it_was_typed(typed: float | str, read: float) -> None:
    assert read_coordinate(typed, "x") == pytest.approx(read, abs=1e-12)


@given(st.floats(361, 1e8))
def test_metres_come_back_as_they_are(metres: float) -> None:
    assert read_coordinate(repr(metres), "y") == metres


@pytest.mark.parametrize("typed", ["东", "", "inf", "1e999", "nan", "12°61′", "36°09′N"])
def test_what_is_no_longitude_is_refused_with_what_is_allowed(typed: str) -> None:
    with pytest.raises(OptionInvalidError) as refused:
        read_coordinate(typed, "lon")
    assert str(refused.value.facts["allowed"])


def test_packed_degrees_are_asked_about_and_read_as_declared() -> None:
    with pytest.raises(OptionInvalidError) as refused:
        read_coordinate("117.1200", "lon")
    assert "dms_packed" in str(refused.value.facts["allowed"])
    assert read_coordinate("117.1200", "lon", form="decimal") == 117.12
    assert read_coordinate("117.1200", "lon", form="dms_packed") == pytest.approx(117.2)


def test_an_old_datum_opens_with_its_fit_only(conn: Connection) -> None:
    with pytest.raises(CrsRefusedError):
        open_system(conn, "EPSG:2363", None)
    with pytest.raises(FitUnknownError):
        open_crs(conn, read_crs("EPSG:2363"), "没有的")


def test_a_shifted_map_is_a_system_and_no_crs(conn: Connection) -> None:
    opened = open_system(conn, "GCJ-02", None)
    moved = opened.to_lonlat(np.array([[117.2, 36.15]]))[0]
    assert not opened.is_new
    assert 100 < np.hypot(*(moved - (117.2, 36.15))) * 111_000 < 1000
