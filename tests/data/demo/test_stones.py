"""The synthetic markers: the same each time, near their lines, seen from where they stand."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from data.demo.border import write_stones
from data.demo.stones import BANK_M, MOST_OFF_M, Line, Stone, line_codes, set_stones
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.markers.numbers import match_number

GEOD = Geod(ellps="GRS80")
MEET = (117.5, 36.0)


def star() -> list[Line]:
    """Return three lines of 60 to 90 km that meet in one point, and one too short for a marker."""
    ends = {("370001", "370002"): (118.3, 36.1), ("370002", "370003"): (117.4, 36.6),
            ("370001", "370003"): (116.9, 35.6)}  # fmt: skip
    names = {"370001": "甲县", "370002": "乙县", "370003": "丙县", "370004": "丁县"}
    lines = [
        Line(
            key="-".join(codes),
            codes=codes,
            names=(names[codes[0]], names[codes[1]]),
            shape=shapely.LineString(np.linspace(MEET, end, 40)),
        )
        for codes, end in ends.items()
    ]
    short = shapely.LineString([(116.9, 35.6), (116.91, 35.6)])
    codes = ("370001", "370004")
    return [*lines, Line(key="short", codes=codes, names=("甲县", "丁县"), shape=short)]


@pytest.fixture(scope="module")
def stones() -> list[Stone]:
    # More than one seed, so that every kind of stone is among them.
    return [stone for seed in range(40) for stone in set_stones(star(), seed)]


def test_the_same_seed_sets_the_same_stones_whatever_the_order_of_lines() -> None:
    assert set_stones(star()) == set_stones(star()[::-1])
    assert set_stones(star(), 1) != set_stones(star(), 2)


def test_numbers_have_known_forms_and_no_line_is_called_so_in_earnest(stones: list[Stone]) -> None:
    for stone in stones:
        assert match_number(stone.number + stone.member) or match_number(stone.number)
        assert stone.number.startswith("9")
    assert sorted(line_codes(star()).values()) == ["9001", "9002", "9003", "9004"]


def test_every_stone_is_near_its_line_and_the_short_one_has_none(stones: list[Stone]) -> None:
    metres = local_metres(117)
    move = Transformer.from_crs(CGCS2000, metres, always_xy=True).transform
    shapes = {
        line.key: shapely.transform(line.shape, lambda xy: np.column_stack(move(*xy.T)))
        for line in star()
    }
    for stone in stones:
        at = shapely.Point(move(*stone.lonlat))
        limit_m = BANK_M[1] if stone.set_up != "单立" else MOST_OFF_M
        assert max(shapely.distance(at, shapes[key]) for key in stone.lines) < limit_m + 0.5
        assert "short" not in stone.lines


def test_stones_of_one_number_stand_on_both_banks(stones: list[Stone]) -> None:
    pairs = [stone for stone in stones if stone.set_up == "同号双立"]
    assert pairs
    for one, other in zip(pairs[::2], pairs[1::2], strict=True):
        assert (one.number, one.member, other.member) == (other.number, "A", "B")
        assert one.keeper != other.keeper
        assert GEOD.inv(*one.lonlat, *other.lonlat)[2] > 2 * BANK_M[0]


def test_where_three_lines_meet_the_stone_has_three_sides_and_faces(stones: list[Stone]) -> None:
    met = [stone for stone in stones if stone.faces == 3]
    assert met
    for stone in met:
        assert re.fullmatch(r"9[0-9]{5}I", stone.number)
        assert stone.sides == ("甲县", "乙县", "丙县")
        assert len(stone.lines) == 3
    assert {stone.set_up for stone in met} <= {"单立", "同号三立"}


def test_objects_stand_where_their_bearings_say(stones: list[Stone]) -> None:
    zone = Transformer.from_crs("EPSG:4490", "EPSG:4548", always_xy=True).transform
    seen = 0
    for stone in stones:
        assert 2 <= len(stone.objects) <= 4
        assert len({one.name for one in stone.objects}) == len(stone.objects)
        for one in stone.objects:
            if one.lonlat is None or abs(stone.lonlat[0] - 117) > 1.4:
                continue
            east, north = np.subtract(zone(*one.lonlat), zone(*stone.lonlat))
            bearing = np.degrees(np.arctan2(east, north)) % 360
            # 100 m of the plane are 100 m of the ground to some centimetres.
            assert abs((bearing - one.grid_deg + 180) % 360 - 180) < 0.01
            assert np.hypot(east, north) == pytest.approx(one.distance_m, rel=5e-4)
            seen += 1
    assert seen > 50


def test_the_tables_hold_northing_and_numbered_easting_of_their_zone(
    stones: list[Stone], tmp_path: Path
) -> None:
    tables = write_stones(stones[:40], tmp_path)
    assert set(tables) <= {"EPSG:4527", "EPSG:4526", "EPSG:4528"}
    rows = 0
    for path in tables.values():
        assert "示例数据 synthetic" in path.name
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert 3_900_000 < float(row["纵坐标X"]) < 4_100_000
                zone = int(row["横坐标Y"][:2])
                assert f"{zone}带" in path.name
                assert all(
                    "示例" in row[head] for head in ("所在地1", "所在地2", "备注", "方位物1名称")
                )
                rows += 1
    assert rows == 40
