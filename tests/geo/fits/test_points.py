from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from geo.crs.dms import write_dms
from geo.crs.local_fit import fit_points
from geo.crs.systems import read_crs
from geo.errors import ColumnMissingError, CrsRefusedError, FileRefusedError, OptionInvalidError
from geo.exchange.raw import Options
from geo.fits.common import PointRow, common_points
from geo.fits.points import read_points
from geo.texts import LANGS, text
from tests.geo.crs.old_datum import as_xian80

COUNTY = np.array([[116.9, 36.0], [117.4, 36.05], [117.3, 36.4], [116.95, 36.35]])
HEAD = "点名,旧横坐标,旧纵坐标,新横坐标,新纵坐标"


def write(folder: Path, rows: list[str], head: str = HEAD) -> Path:
    path = folder / "公共点.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_table_of_points_in_two_zones_is_read(tmp_path: Path) -> None:
    new = np.column_stack(Transformer.from_crs(4490, 4548, always_xy=True).transform(*COUNTY.T))
    old = as_xian80(COUNTY, 2363)
    rows = [
        f"P{n},{a},{b},{c},{d}" for n, ((a, b), (c, d)) in enumerate(zip(old, new, strict=True))
    ]
    points = common_points(read_points(write(tmp_path, rows), Options()), "EPSG:4548")
    assert [one.name for one in points] == ["P0", "P1", "P2", "P3"]
    assert np.array([(one.lon, one.lat) for one in points]) == pytest.approx(COUNTY, abs=1e-9)
    assert fit_points("x", "seven", read_crs("2363"), points, most_residual_m=0.01).worst_m < 0.01


def test_degrees_may_be_in_minutes_and_seconds_or_packed_where_said(tmp_path: Path) -> None:
    head = "点名,旧经度,旧纬度,新经度,新纬度"
    rows = [f"P,{write_dms(lon)},{write_dms(lat)},{lon:.7f},{lat:.7f}" for lon, lat in COUNTY]
    (first, *_) = read_points(write(tmp_path, rows, head), Options(degrees="decimal"))
    assert first.old == pytest.approx((116.9, 36.0))
    packed = write(tmp_path, ["P,116.540000,36.000000,117.101010,36.101010"], head)
    with pytest.raises(OptionInvalidError):
        read_points(packed, Options())
    (only,) = read_points(packed, Options(degrees="dms_packed"))
    assert only.old == (116.9, 36.0)


def test_what_is_no_coordinate_or_no_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as caught:
        read_points(write(tmp_path, ["P1,1,2,甲,4"]), Options())
    for lang in LANGS:
        words = text("error.file_refused", lang, **caught.value.facts)
        assert "新横坐标" in words
        assert "甲" in words
    with pytest.raises(FileRefusedError):
        read_points(write(tmp_path, ["P1,1,2,,4"]), Options())
    with pytest.raises(ColumnMissingError):
        read_points(write(tmp_path, ["P1,1,2"], "点名,旧横坐标,旧纵坐标"), Options())


def test_new_coordinates_of_an_old_datum_are_refused() -> None:
    with pytest.raises(CrsRefusedError):
        common_points([PointRow(name="P", old=(1, 2), new=(3, 4))], "西安80")
