from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
import shapely

from geo.errors import FileRefusedError, FileUnreadableError, OptionInvalidError
from geo.exchange.stage import Options, stage
from tests.geo.exchange.making import EVERYTHING, frame, reason, rules, staged


def gpkg(folder: Path, **options: str) -> Path:
    path = folder / "区划.gpkg"
    pyogrio.write_dataframe(frame(), path, **options)
    return path


def test_a_layer_is_staged_with_exact_types(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    gdf = frame().assign(
        人口=pd.array([2**53 + 1, None], dtype="Int64"),
        日期=pd.to_datetime(["2020-01-02", None]),
        有效=[True, False],
    )
    pyogrio.write_dataframe(gdf, path)
    found = staged(path, EVERYTHING)
    assert found.findings == []
    assert found.rows["people"].tolist() == [2**53 + 1, None]
    assert found.rows["since"].tolist() == [date(2020, 1, 2), None]
    assert found.rows["active"].tolist() == [True, False]
    assert found.source_crs == "EPSG:4490"


def test_several_layers_need_a_name(tmp_path: Path) -> None:
    path = gpkg(tmp_path, layer="县")
    pyogrio.write_dataframe(frame().iloc[:1], path, layer="市", append=False)
    with pytest.raises(OptionInvalidError) as caught:
        staged(path)
    assert "县、市" in reason(caught.value)[0]
    assert len(staged(path, layer="市").rows) == 1
    with pytest.raises(OptionInvalidError):
        staged(path, layer="省")


def test_a_layer_without_system_is_as_good_as_no_prj(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(frame(epsg=None), path)
    assert rules(staged(path)) == ["crs_guessed"]


def test_a_table_without_geometry_is_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    pyogrio.write_dataframe(pd.DataFrame(frame().drop(columns="geometry")), path)
    found = staged(path)
    assert found.rows["code"].tolist() == ["370900", "370100"]
    assert found.findings == []


@pytest.mark.parametrize("left", [0.02, 0.3, 0.7, 0.95])
def test_a_cut_file_is_damaged(tmp_path: Path, left: float) -> None:
    path = gpkg(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * left)])
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    assert "损坏" in reason(caught.value)[0]


def test_a_database_that_is_no_geopackage_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (a)")
        db.commit()
    with pytest.raises(FileUnreadableError):
        staged(path)


def test_a_view_for_a_layer_is_refused(tmp_path: Path) -> None:
    path = gpkg(tmp_path, layer="a")
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE VIEW v AS SELECT * FROM a")
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            " VALUES ('v', 'attributes', 'v', 0)"
        )
        db.commit()
    with pytest.raises(FileRefusedError) as caught:
        staged(path, layer="v")
    assert "视图" in reason(caught.value)[0]


def test_a_virtual_table_for_a_layer_is_refused(tmp_path: Path) -> None:
    path = gpkg(tmp_path, layer="a")
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE VIRTUAL TABLE v USING rtree(id, x0, x1)")
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            " VALUES ('v', 'attributes', 'v', 0)"
        )
        db.commit()
    with pytest.raises(FileRefusedError):
        staged(path, layer="v")


def test_a_file_without_its_suffix_on_disk_is_read_as_well(tmp_path: Path) -> None:
    path = gpkg(tmp_path).rename(tmp_path / "upload-1")
    found = stage(path, EVERYTHING, Options(), file_name="区划.gpkg")
    assert len(found.rows) == 2


def test_broken_geometry_in_one_row_is_a_finding_of_that_row(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    gdf = frame([shapely.box(117, 36, 118, 37), None])
    pyogrio.write_dataframe(gdf, path, layer="a", SPATIAL_INDEX="NO")
    with closing(sqlite3.connect(path)) as db:
        header = db.execute("SELECT geom FROM a").fetchone()[0][:40]
        db.execute("UPDATE a SET geom = ? WHERE fid = 1", [header + b"\x01\x63\x00\x00\x00"])
        db.commit()
    found = staged(path)
    assert found.rows.geometry.isna().all()


def test_too_many_rows_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        staged(gpkg(tmp_path), max_rows=1)


def test_the_file_is_left_as_it_was(tmp_path: Path) -> None:
    path = gpkg(tmp_path)
    before = path.read_bytes()
    staged(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
