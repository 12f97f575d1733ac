"""What is known of people, over HTTP."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from geo.db.engine import transaction
from tests.conftest import Database
from tests.geo.population.making import raster, take

URL = "/api/v1/population"


def test_sets_are_listed_with_raw_totals_ages_and_source(
    admin: TestClient, database: Database, home: Path, tmp_path: Path
) -> None:
    with transaction(database.engine, "system:test") as conn:
        take(conn, raster(tmp_path / "p.tif", [[[1, 2.5]], [[1, 0]]]), home, bands="total,60+")
        take(
            conn, raster(tmp_path / "示例.tif", [[[4]]]), home, bands="60+", publication="demo"
        )  # fmt: skip
    answer = admin.get(URL).json()
    assert answer["total"] == 2
    demo, real = answer["items"]
    assert (real["content"], real["ages"], real["cells"]) == ("cells", ["total", "60+"], 2)
    assert (real["people"], real["source"]) == ({"total": 3.5, "60+": 1}, "p.tif")
    assert real["mark"] is None
    assert "示例" in demo["mark"]
    del admin.headers["Authorization"]
    public = admin.get(URL).json()["items"]
    assert [one["name"] for one in public] in ([], ["示例"])
