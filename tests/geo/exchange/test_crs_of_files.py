from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from pyproj import CRS

from geo.crs.gcj02 import Points, to_bd09, to_gcj02
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_geometries
from geo.errors import CrsRefusedError, FileRefusedError, OptionInvalidError
from tests.geo.exchange.making import (
    JINAN,
    TAIAN,
    collection,
    concluded,
    frame,
    reason,
    rules,
    shapefile,
    staged,
)

ZONE_39 = "EPSG:4527 (CGCS2000 / 3-degree Gauss-Kruger zone 39)"
IN_4527 = [
    shapely.box(39_500_000, 4e6, 39_510_000, 4.01e6),
    shapely.box(39_510_000, 4e6, 39_520_000, 4.01e6),
]
IN_4548 = [shapely.box(500_000, 4e6, 510_000, 4.01e6), shapely.box(510_000, 4e6, 520_000, 4.01e6)]


def bare(folder: Path, shapes: list[shapely.Polygon]) -> Path:
    """Write a Shapefile without .prj."""
    path = shapefile(folder / "区划.shp", shapes)
    path.with_suffix(".prj").unlink()
    return path


def swap(shapes: list[shapely.Polygon]) -> list[shapely.Polygon]:
    return [shapely.transform(shape, lambda xy: xy[:, ::-1]) for shape in shapes]


def test_degrees_without_prj_are_taken_as_cgcs2000_with_a_warning(tmp_path: Path) -> None:
    found = staged(bare(tmp_path, [TAIAN, JINAN]))
    assert [(one.rule, one.severity, one.row) for one in found.findings] == [
        ("crs_guessed", "warning", None)
    ]
    assert "经度 117.00 至 117.10" in found.findings[0].message()
    assert "x 是经度" in next(
        one.message() for one in found.conclusions if one.rule == "crs_guessed"
    )
    assert found.rows.geometry[0].equals(TAIAN)


def test_a_declared_system_stands_where_the_file_says_nothing(tmp_path: Path) -> None:
    found = staged(bare(tmp_path, IN_4527), crs="EPSG:4527")
    assert found.findings == []
    assert found.source_crs == "EPSG:4527"
    assert concluded(found)["crs_declared"]["crs"] == ZONE_39
    assert found.rows.geometry[0].bounds[:2] == pytest.approx((117.0, 36.1303), abs=1e-4)


def test_eastings_of_eight_digits_without_system_name_the_candidate(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(bare(tmp_path, IN_4527))
    zh, en = reason(caught.value)
    assert "EPSG:4527" in zh
    assert "--crs" in en
    assert "39" in en


def test_eastings_of_six_digits_without_system_ask_for_the_meridian(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(bare(tmp_path, IN_4548))
    assert "中央经线" in reason(caught.value)[0]


def test_northing_first_is_refused_and_named(tmp_path: Path) -> None:
    for shapes, crs in ((IN_4527, None), (IN_4527, "4527"), (IN_4548, "4548")):
        with pytest.raises(FileRefusedError) as caught:
            staged(bare(tmp_path, swap(shapes)), crs=crs)
        assert "横纵坐标颠倒" in reason(caught.value)[0]


def test_a_zone_number_too_many_or_too_few_names_the_right_system(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as caught:
        staged(bare(tmp_path, IN_4527), crs="EPSG:4548")
    assert "EPSG:4527" in reason(caught.value)[0]
    with pytest.raises(FileRefusedError) as caught:
        staged(bare(tmp_path, IN_4548), crs="EPSG:4527")
    assert "EPSG:4534" in reason(caught.value)[1]
    with pytest.raises(FileRefusedError) as caught:
        staged(bare(tmp_path, IN_4527), crs="EPSG:4526")
    assert "EPSG:4527" in reason(caught.value)[1]


def test_degrees_in_a_system_of_metres_and_the_reverse_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as caught:
        staged(bare(tmp_path, [TAIAN, JINAN]), crs="EPSG:4527")
    assert "单位为米" in reason(caught.value)[0]
    with pytest.raises(FileRefusedError) as caught:
        staged(bare(tmp_path, IN_4527), crs="EPSG:4490")
    zh, en = reason(caught.value)
    assert "EPSG:4527" in zh
    assert "no degrees" in en


def test_places_outside_china_without_system_are_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(bare(tmp_path, [shapely.box(2, 48, 3, 49), shapely.box(4, 48, 5, 49)]))
    assert "EPSG:4490" in reason(caught.value)[0]


def test_the_prj_is_followed(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "区划.shp", IN_4527, epsg=4527)
    found = staged(path)
    assert found.source_crs == "EPSG:4527"
    assert found.rows.geometry[0].bounds[0] == pytest.approx(117.0)
    assert staged(path, crs="EPSG:4527").source_crs == "EPSG:4527"


@pytest.mark.parametrize("number", [3857, 32650, 4548, 4527, 4509, 4498])
def test_every_system_in_use_comes_to_the_same_place(tmp_path: Path, number: int) -> None:
    shapes = frame().geometry.to_numpy()
    moved = transform_geometries(shapes, CGCS2000, CRS.from_epsg(number))
    found = staged(shapefile(tmp_path / "区划.shp", list(moved), epsg=number))
    assert found.findings == []
    for there, shape in zip(found.rows.geometry, shapes, strict=True):
        assert shapely.hausdorff_distance(there, shape) < 1e-8


def test_a_declaration_against_the_prj_is_refused_with_what_the_file_says(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(shapefile(tmp_path / "区划.shp", IN_4527, epsg=4527), crs="EPSG:4528")
    zh, _ = reason(caught.value)
    assert ".prj" in zh
    assert "EPSG:4527" in zh


def test_wgs_84_and_cgcs2000_may_contradict_each_other_with_a_warning(tmp_path: Path) -> None:
    found = staged(shapefile(tmp_path / "区划.shp", epsg=4326), crs="EPSG:4490")
    assert rules(found) == ["crs_taken_as_same"]
    assert found.source_crs == "EPSG:4490"


@pytest.mark.parametrize("number", [4610, 4214, 2363, 2415])
def test_xian_80_and_beijing_54_are_refused_from_prj_and_declared(
    tmp_path: Path, number: int
) -> None:
    shapes = IN_4527 if number in (2363, 2415) else [TAIAN, JINAN]
    path = shapefile(tmp_path / "区划.shp", shapes, epsg=number)
    for crs in (None, f"EPSG:{number}"):
        with pytest.raises(CrsRefusedError) as caught:
            staged(path, crs=crs)
        assert "没有公开的转换参数" in reason(caught.value)[0]
    with pytest.raises(CrsRefusedError):
        staged(bare(tmp_path, shapes), crs="西安80")


@pytest.mark.parametrize(
    ("name", "stored", "shift"), [("火星坐标", "GCJ-02", to_gcj02), ("bd09", "BD-09", to_bd09)]
)
def test_coordinates_of_map_vendors_are_put_back_and_kept_as_they_came(
    tmp_path: Path, name: str, stored: str, shift: Callable[[Points], Points]
) -> None:
    moved = [shapely.transform(shape, shift) for shape in (TAIAN, JINAN)]
    found = staged(bare(tmp_path, moved), crs=name)
    assert found.source_crs == stored
    assert 400 < int(str(concluded(found)["crs_shifted"]["moved_m"])) < 1500
    assert shapely.hausdorff_distance(found.rows.geometry[0], TAIAN) < 1e-9
    assert shapely.hausdorff_distance(found.rows["given"][0], moved[0]) < 1e-9


def test_a_file_that_states_its_system_contradicts_a_shift(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalidError) as caught:
        staged(shapefile(tmp_path / "区划.shp", epsg=4527, shapes=IN_4527), crs="gcj02")
    assert "EPSG:4527" in reason(caught.value)[0]
    with pytest.raises(OptionInvalidError):
        staged(shapefile(tmp_path / "又.shp"), crs="bd09")


def test_what_geojson_supposes_is_not_stated(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(collection([TAIAN, JINAN]), encoding="utf-8")
    assert staged(path, crs="gcj02").source_crs == "GCJ-02"


def test_metres_declared_as_shifted_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError) as caught:
        staged(bare(tmp_path, IN_4527), crs="gcj02")
    assert "GCJ-02" in reason(caught.value)[0]


def test_a_prj_nobody_can_read_counts_as_none_and_is_told(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "区划.shp")
    path.with_suffix(".prj").write_text("这不是坐标系", encoding="gbk")
    found = staged(path)
    assert "prj_unreadable" in concluded(found)
    assert rules(found) == ["crs_guessed"]


def test_a_wrong_declaration_is_refused_even_where_there_is_no_place(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("代码,名称\n1,甲\n", encoding="utf-8")
    with pytest.raises(OptionInvalidError):
        staged(path, crs="gcj03")
    assert staged(path, crs="EPSG:4527").source_crs is None
