"""Old datums in files: through a local fit or not at all; mixed tables are found."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from geo.crs.local_fit import LocalFit, fit_points
from geo.crs.systems import read_crs
from geo.db.ids import new_id
from geo.errors import CrsRefusedError, FileRefusedError, OptionInvalidError
from tests.geo.crs.old_datum import as_xian80, common_points
from tests.geo.exchange.making import DIVISIONS, PLACES, concluded, reason, rules, staged

COUNTY = np.array([[116.9, 36.0], [117.4, 36.05], [117.3, 36.4], [116.95, 36.35]])
INSIDE = np.array([[117.1, 36.1], [117.2, 36.3], [117.0, 36.2], [117.35, 36.1]])
GEOD = Geod(ellps="GRS80")
FIT_ID = new_id()


@pytest.fixture(scope="module")
def fit() -> LocalFit:
    made = fit_points(
        "泰安", "seven", read_crs("2363"), common_points(COUNTY, 2363), most_residual_m=1.0
    )
    return LocalFit(**{name: getattr(made, name) for name in made.__slots__} | {"id": FIT_ID})


def table(
    folder: Path, xy: np.ndarray, *, head: str = "代码,名称,横坐标x,纵坐标y", more: object = ()
) -> Path:
    extra = list(more) or [""] * len(xy)
    rows = [
        f"{row},点{row},{x:.4f},{y:.4f}{'' if not said else f',{said}'}"
        for row, ((x, y), said) in enumerate(zip(xy.tolist(), extra, strict=True), 1)
    ]
    path = folder / "点.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


MAPPING = {"lon": "横坐标x", "lat": "纵坐标y"}


def off_m(found: gpd.GeoDataFrame, truth: np.ndarray) -> float:
    places = shapely.get_coordinates(found.geometry.to_numpy())
    *_, away = GEOD.inv(places[:, 0], places[:, 1], truth[:, 0], truth[:, 1])
    return float(np.max(away))


@pytest.mark.parametrize("epsg", [2363, 2384])
def test_a_fit_brings_a_table_of_an_old_datum_to_centimetres(
    tmp_path: Path, fit: LocalFit, epsg: int
) -> None:
    path = table(tmp_path, as_xian80(INSIDE, epsg))
    with pytest.raises(CrsRefusedError) as caught:
        staged(path, PLACES, crs=f"EPSG:{epsg}", mapping=MAPPING)
    assert all("yutu fit make" in words for words in reason(caught.value))
    found = staged(path, PLACES, crs=f"EPSG:{epsg}", mapping=MAPPING, fit=fit)
    assert found.findings == []
    assert off_m(found.rows, INSIDE) < 0.02
    assert found.source_crs == f"EPSG:{epsg}"
    assert found.fit_id == FIT_ID
    assert found.rows["given"][0].x == pytest.approx(as_xian80(INSIDE, epsg)[0, 0], abs=1e-3)
    facts = concluded(found)["crs_fitted"]
    assert facts["fit"] == "泰安"
    assert 50 < int(str(facts["moved_m"])) < 200


def test_a_fit_alone_declares_its_own_system(tmp_path: Path, fit: LocalFit) -> None:
    found = staged(table(tmp_path, as_xian80(INSIDE, 2363)), PLACES, mapping=MAPPING, fit=fit)
    assert off_m(found.rows, INSIDE) < 0.02


def test_degrees_of_an_old_datum_go_the_same_way(tmp_path: Path, fit: LocalFit) -> None:
    path = tmp_path / "点.csv"
    lines = ["代码,名称,经度,纬度"]
    lines += [f"{row},点,{x:.9f},{y:.9f}" for row, (x, y) in enumerate(as_xian80(INSIDE).tolist())]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = staged(path, PLACES, crs="西安80", fit=fit)
    assert off_m(found.rows, INSIDE) < 0.01
    assert found.source_crs == "EPSG:4610"


def test_polygons_of_an_old_datum_are_fitted_vertex_by_vertex(
    tmp_path: Path, fit: LocalFit
) -> None:
    truth = shapely.box(117.0, 36.1, 117.2, 36.3)
    old = shapely.transform(truth, lambda xy: as_xian80(xy, 2363))
    data = gpd.GeoDataFrame({"代码": ["370900"], "名称": ["泰安市"]}, geometry=[old], crs=2363)
    data.to_file(tmp_path / "区.gpkg")
    found = staged(tmp_path / "区.gpkg", DIVISIONS, fit=fit)
    assert found.findings == []
    vertices = shapely.get_coordinates(found.rows.geometry[0])
    *_, away = GEOD.inv(*vertices.T, *shapely.get_coordinates(truth).T)
    assert max(away) < 0.02


def test_a_fit_serves_neither_another_datum_nor_the_new_one(tmp_path: Path, fit: LocalFit) -> None:
    metres = np.array([Transformer.from_crs(4490, 4527, always_xy=True).transform(117.1, 36.1)])
    for crs in ("EPSG:4527", "EPSG:2415", "gcj02"):
        with pytest.raises((CrsRefusedError, OptionInvalidError)) as caught:
            staged(table(tmp_path, metres), PLACES, crs=crs, mapping=MAPPING, fit=fit)
        reason(caught.value)


def test_places_outside_the_area_of_a_fit_are_left_out_by_row(
    tmp_path: Path, fit: LocalFit
) -> None:
    places = np.vstack([INSIDE, [[118.0, 36.1]]])
    found = staged(table(tmp_path, as_xian80(places, 2363)), PLACES, mapping=MAPPING, fit=fit)
    assert [(one.row, one.rule) for one in found.findings] == [(6, "outside_fit")]
    assert found.bad_rows == {6}


def test_rows_of_another_zone_number_are_found_and_not_read(tmp_path: Path) -> None:
    own = np.array([[39_509_000.0, 4_000_000.0], [39_510_000.0, 4_001_000.0]])
    other = np.array([[38_780_000.0, 4_000_500.0], [509_500.0, 4_000_500.0], [117.1, 36.1]])
    path = table(tmp_path, np.vstack([own, own, other]))
    found = staged(path, PLACES, crs="EPSG:4527", mapping=MAPPING)
    mixed = [one for one in found.findings if one.rule == "zone_mixed"]
    assert [one.row for one in mixed] == [6, 7, 8]
    assert "EPSG:4526" in mixed[0].message("zh")
    assert found.bad_rows == {6, 7, 8}


HEAD = "代码,名称,横坐标x,纵坐标y,坐标系"


def test_a_table_of_two_datums_is_refused_with_their_rows(tmp_path: Path, fit: LocalFit) -> None:
    said = ["西安80", "CGCS2000", "1980西安坐标系", "CGCS2000"]
    path = table(tmp_path, as_xian80(INSIDE, 2363), head=HEAD, more=said)
    for options in ({"fit": fit}, {"crs": "EPSG:4527"}, {}):
        with pytest.raises(FileRefusedError) as caught:
            staged(path, PLACES, mapping=MAPPING, **options)
        for words in reason(caught.value):
            assert "西安80" in words
            assert "3" in words


def test_a_column_that_says_one_datum_must_be_the_one_declared(
    tmp_path: Path, fit: LocalFit
) -> None:
    path = table(tmp_path, as_xian80(INSIDE, 2363), head=HEAD, more=["西安80"] * 4)
    found = staged(path, PLACES, mapping=MAPPING, fit=fit)
    assert off_m(found.rows, INSIDE) < 0.02
    with pytest.raises(OptionInvalidError) as caught:
        staged(path, PLACES, mapping=MAPPING, crs="EPSG:4527")
    assert "坐标系" in reason(caught.value)[0]


def test_a_column_alone_states_the_system_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "点.csv"
    path.write_text("代码,名称,经度,纬度,坐标系\n1,甲,117.1,36.1,WGS84\n2,乙,117.2,36.1,cgcs2000\n")
    found = staged(path, PLACES)
    assert rules(found) == []
    assert found.source_crs in {"EPSG:4326", "EPSG:4490"}
    path.write_text("代码,名称,经度,纬度,坐标系\n1,甲,117.1,36.1,城建独立\n")
    with pytest.raises(OptionInvalidError):
        staged(path, PLACES)
    assert staged(path, PLACES, crs="EPSG:4490").findings == []


def test_only_a_fit_that_is_stored_is_named_by_the_rows(fit: LocalFit) -> None:
    assert isinstance(fit.id, UUID)
