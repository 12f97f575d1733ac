from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.errors import CrsRefusedError, FileRefusedError, FileUnreadableError
from tests.geo.exchange.making import (
    ROWS,
    TAIAN,
    concluded,
    frame,
    reason,
    rules,
    staged,
)


def parquet(folder: Path, **options: Any) -> Path:
    path = folder / "区划.parquet"
    frame(**options).to_parquet(path)
    return path


def change(path: Path, change_column: Any) -> Path:
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    change_column(geo["columns"]["geometry"])
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def test_a_file_of_geopandas_is_staged(tmp_path: Path) -> None:
    found = staged(parquet(tmp_path))
    assert found.findings == []
    assert found.rows["code"].tolist() == ["370900", "370100"]
    assert found.source_crs == "EPSG:4490"
    assert found.rows.geometry[0].equals(TAIAN)


def test_a_missing_crs_is_crs84_by_the_standard_and_null_is_unknown(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    found = staged(change(path, lambda column: column.pop("crs")))
    assert found.source_crs == "OGC:CRS84"
    found = staged(change(path, lambda column: column.update(crs=None)))
    assert rules(found) == ["crs_guessed"]


def test_xian_80_and_nonsense_for_a_crs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CrsRefusedError):
        staged(parquet(tmp_path, epsg=4610))
    with pytest.raises(FileRefusedError):
        staged(change(parquet(tmp_path), lambda column: column.update(crs={"a": 1})))


def test_plain_parquet_gives_rows_without_geometry(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(ROWS), path)
    found = staged(path)
    assert found.rows["name"].tolist() == ["泰安市", "济南市"]
    assert found.rows.geometry.isna().all()


def test_another_geometry_encoding_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    frame().to_parquet(path, geometry_encoding="geoarrow")
    with pytest.raises(FileRefusedError) as caught:
        staged(path)
    assert "WKB" in reason(caught.value)[0]


@pytest.mark.parametrize("left", [0.1, 0.5, 0.99])
def test_a_cut_file_is_damaged(tmp_path: Path, left: float) -> None:
    path = parquet(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * left)])
    with pytest.raises(FileUnreadableError) as caught:
        staged(path)
    reason(caught.value)


def test_what_unpacks_to_too_much_is_refused_while_it_does(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = pa.table({"代码": ["1"] * 200_000, "名称": ["长" * 100] * 200_000})
    pq.write_table(table, path, compression="zstd")
    assert path.stat().st_size < 100_000
    with pytest.raises(FileRefusedError) as caught:
        staged(path, max_unpacked_bytes=2**20)
    assert "1 MB" in reason(caught.value)[0]
    with pytest.raises(FileUnreadableError):
        staged(path, max_rows=1000)


def test_bytes_that_are_no_wkb_are_a_finding_in_their_row(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    table = pq.read_table(path)
    wkb = table.column("geometry").to_pylist()
    broken = table.set_column(
        table.column_names.index("geometry"), "geometry", pa.array([wkb[0], wkb[1][:20]])
    )
    pq.write_table(broken.replace_schema_metadata(table.schema.metadata), path)
    found = staged(path)
    assert [(one.rule, one.row) for one in found.findings] == [("geometry_broken", 2)]
    assert "crs_stated" in concluded(found)
