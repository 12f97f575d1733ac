from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from geo.divisions.incoming import SCHEMA
from geo.exchange.pack import one_file
from geo.exchange.stage import stage
from geo.files.store import hash_file
from tests.grid import draw


def _shapefile(folder: Path) -> Path:
    drawn = draw("AB")
    frame = gpd.GeoDataFrame(
        {"code": ["370902", "370911"], "name": ["泰山区", "岱岳区"]},
        geometry=[drawn["A"], drawn["B"]],
        crs=4490,
    )
    path = folder / "县界.shp"
    frame.to_file(path, engine="pyogrio", encoding="GBK")
    return path


def test_a_loose_shapefile_becomes_one_file_that_reads_the_same(tmp_path: Path) -> None:
    path = _shapefile(tmp_path)
    with one_file(path) as whole:
        packed = stage(whole, SCHEMA)
    loose = stage(path, SCHEMA)
    assert packed.rows["name"].tolist() == loose.rows["name"].tolist() == ["泰山区", "岱岳区"]
    assert packed.rows.geometry.geom_equals(loose.rows.geometry).all()


def test_the_same_parts_make_the_same_file(tmp_path: Path) -> None:
    path = _shapefile(tmp_path)
    with one_file(path) as first, one_file(path) as second:
        assert hash_file(first) == hash_file(second)


def test_any_other_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,name\n", encoding="utf-8")
    with one_file(path) as whole:
        assert whole == path
