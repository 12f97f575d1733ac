"""Degrees in the columns of tables: every spelling is read, what could be two things is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from geo.errors import OptionInvalidError
from tests.geo.exchange.making import PLACES, reason, staged

HEAD = "代码,名称,经度,纬度"


def table(folder: Path, *pairs: tuple[str, str], head: str = HEAD) -> Path:
    lines = [head, *(f"{row},点{row},{lon},{lat}" for row, (lon, lat) in enumerate(pairs, 1))]
    path = folder / "点.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("117°05′12.34″", "36°09′00″"),
        ("１１７°０５′１２．３４″", "北纬36度9分0秒"),
        ("117-05-12.34", "36-09-00"),
        ("117 05 12.34 E", "36:09:00 N"),
        ("117.08676111", "36.15"),
    ],
)
def test_degrees_in_cells_are_read_in_every_spelling(tmp_path: Path, lon: str, lat: str) -> None:
    found = staged(table(tmp_path, (lon, lat)), PLACES, crs="EPSG:4490")
    assert found.findings == []
    place = found.rows.geometry[0]
    assert (place.x, place.y) == pytest.approx((117.0867611111, 36.15), abs=1e-8)


def test_a_cell_that_is_no_angle_says_why(tmp_path: Path) -> None:
    path = table(
        tmp_path, ("117°65′", "36°09′"), ("117度多", "36.1"), ("190°01′", "36°09′"), ("117°", "36°")
    )
    found = staged(path, PLACES, crs="EPSG:4490")
    assert [(one.row, one.rule) for one in found.findings if one.rule != "geometry_missing"] == [
        (2, "dms_parts"),
        (3, "coordinate_invalid"),
        (4, "dms_range"),
    ]


PACKED = (("117.051234", "36.090000"), ("117.1159", "36.1030"))


def test_columns_that_may_all_be_packed_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(table(tmp_path, *PACKED), PLACES, crs="EPSG:4490")
    for words in reason(caught.value):
        assert "dms-packed" in words
        assert "117°05′12.34″" in words


def test_so_are_the_numbers_of_a_workbook(tmp_path: Path) -> None:
    book = Workbook()
    for row in (HEAD.split(","), ["1", "点", 117.051234, 36.09], ["2", "点", 117.1159, 36.103]):
        book.active.append(row)
    book.save(tmp_path / "点.xlsx")
    with pytest.raises(OptionInvalidError):
        staged(tmp_path / "点.xlsx", PLACES, crs="EPSG:4490")
    found = staged(tmp_path / "点.xlsx", PLACES, crs="EPSG:4490", degrees="dms_packed")
    assert found.rows.geometry[1].x == pytest.approx(117 + 11 / 60 + 59 / 3600)


def test_they_are_read_as_it_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, *PACKED)
    packed = staged(path, PLACES, crs="EPSG:4490", degrees="dms_packed")
    assert packed.rows.geometry[0].x == pytest.approx(117.0867611111, abs=1e-9)
    assert packed.rows.geometry[1].y == pytest.approx(36 + 10.5 / 60)
    decimal = staged(path, PLACES, crs="EPSG:4490", degrees="decimal")
    assert decimal.rows.geometry[0].x == 117.051234


def test_one_number_with_sixty_minutes_settles_that_all_are_decimal(tmp_path: Path) -> None:
    found = staged(table(tmp_path, *PACKED, ("117.0867", "36.2")), PLACES, crs="EPSG:4490")
    assert found.rows.geometry[0].x == 117.051234


def test_what_cannot_be_packed_though_said_to_be_is_a_finding(tmp_path: Path) -> None:
    path = table(tmp_path, *PACKED, ("117.0867", "36.2"))
    found = staged(path, PLACES, crs="EPSG:4490", degrees="dms_packed")
    assert next((one.row, one.rule) for one in found.findings) == (4, "dms_parts")


def test_metres_and_web_maps_are_never_asked_about(tmp_path: Path) -> None:
    metres = table(tmp_path, ("39500123.0512", "4000123.0930"), head="代码,名称,X坐标,Y坐标")
    assert staged(metres, PLACES, crs="EPSG:4527").findings == []
    web = staged(table(tmp_path, *PACKED), PLACES, crs="gcj02")
    assert web.findings == []
    coarse = staged(table(tmp_path, ("117.05", "36.09")), PLACES, crs="EPSG:4490")
    assert coarse.rows.geometry[0].x == 117.05
