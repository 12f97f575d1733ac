"""An office finds its markers of 1998 in Xi'an 80, has a few control points in both: it saves them.

Nobody has the national parameters. The table is refused as it is; four control points make a fit of
its own, the table goes in through it with its old numbers kept, and a survey of today in CGCS2000
finds every stone in its place.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from tests.border import CODES, GROUND, NAMES
from tests.geo.crs.old_datum import as_xian80
from tests.grid import draw
from tests.stories.office import yutu
from tests.stories.served import Served, folder, serve

pytestmark = pytest.mark.slow

DAY = "2024-01-01"
CONTROL = np.array([[116.98, 36.02], [117.33, 36.05], [117.28, 36.31], [117.03, 36.27]])
STONES = np.array([[117.2, 36.29], [117.2, 36.251], [117.2, 36.2015], [117.2, 36.16]])
"""On the line of 东岭县 and 西川县, EPSG:4490."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with folder() as made:
        yield made


def write(path: Path, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return str(path)


def write_counties(path: Path) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"代码": CODES[letter], "名称": NAMES[letter]},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for letter, shape in draw(GROUND).items()
    ]
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return str(path)


def write_stones(path: Path) -> str:
    """Write the table as it was kept: X is the northing, Y the easting with its zone number."""
    heads = (
        "界桩编号",
        "毗邻行政区",
        "类型",
        "面数",
        "X坐标",
        "Y坐标",
        "测量方法",
        "点位精度",
        "坐标系",
    )
    rows = [
        (f"0001{number:03d}Q", "东岭县、西川县", "单立", "双面", f"{north:.3f}", f"{east:.3f}",
         "GPS静态", "0.1", "1980西安坐标系")
        for number, (east, north) in enumerate(as_xian80(STONES, 2363).tolist(), 1)
    ]  # fmt: skip
    return write(path, heads, rows)


def write_control(path: Path) -> str:
    heads = ("点名", "旧横坐标", "旧纵坐标", "新横坐标", "新纵坐标")
    old = as_xian80(CONTROL, 2363)
    new = np.column_stack(Transformer.from_crs(4490, 4527, always_xy=True).transform(*CONTROL.T))
    rows = [
        (f"控{number}", *(f"{value:.3f}" for value in (*one, *other)))
        for number, (one, other) in enumerate(zip(old.tolist(), new.tolist(), strict=True), 1)
    ]
    return write(path, heads, rows)


def write_survey(path: Path) -> str:
    """Write what two people with RTK measured last week; the third stone leans half a metre."""
    to_zone = Transformer.from_crs(4490, 4548, always_xy=True)
    east, north = (np.asarray(one) for one in to_zone.transform(*STONES.T))
    east = east + np.array([0.02, -0.03, 0.7, 0.01])
    rows = [
        (f"0001{number:03d}Q", f"{x:.3f}", f"{y:.3f}")
        for number, (x, y) in enumerate(zip(east, north, strict=True), 1)
    ]
    return write(path, ("界桩编号", "横坐标", "纵坐标"), rows)


def ask(served: Served, token: str, path: str) -> Any:
    return served.get(path, headers={"Authorization": f"Bearer {token}"}).json()


def test_a_table_of_xian_80_goes_in_through_a_fit_of_the_offices_own(
    home: Path, tmp_path: Path
) -> None:
    counties = write_counties(tmp_path / "县.geojson")
    code, _, words, _ = yutu(home, "import", "divisions", counties, "--valid-from", DAY)
    assert code == 0, words

    stones = write_stones(tmp_path / "界桩1998.csv")
    take = ("import", "markers", stones, "--valid-from", DAY, "--crs", "EPSG:2363")
    code, told, _, _ = yutu(home, *take)
    assert code != 0
    assert told["code"] == "crs_refused"
    assert "yutu fit make" in json.dumps(told, ensure_ascii=False)

    # Declared as what it is not, it contradicts its own column.
    code, told, _, _ = yutu(home, *take[:-1], "EPSG:4527")
    assert (code, told["code"]) == (2, "option_invalid")

    control = write_control(tmp_path / "控制点.csv")
    code, fit, words, _ = yutu(
        home, "fit", "make", "示例 西安80", control, "--crs", "EPSG:2363", "--to", "EPSG:4527",
        "--kind", "four", "--note", "示例控制点",
    )  # fmt: skip
    assert code == 0, words
    assert fit["worst_m"] < 0.05

    code, done, words, _ = yutu(home, *take, "--fit", "示例 西安80")
    assert code == 0, (done, words)
    assert (done["state"], done["added"], done["errors"]) == ("applied", 4, 0)
    assert "crs_fitted" in [one["rule"] for one in done["conclusions"]]

    survey = write_survey(tmp_path / "实测.csv")
    code, judged, words, _ = yutu(
        home, "markers", "deviation", survey, "--crs", "EPSG:4548", "--method", "gnss_rtk",
        "--accuracy-m", "0.03",
    )  # fmt: skip
    assert code == 0, words
    assert [one["verdict"] for one in judged["items"]] == [
        "within", "within", "suspicious", "within",
    ]  # fmt: skip

    with serve(home, "--no-demo") as served:
        token = served.log_in()
        found = ask(served, token, "/api/v1/markers?number=0001")
        assert found["total"] == 4
        one = ask(served, token, f"/api/v1/markers/{found['items'][0]['id']}")
        *_, off_m = Geod(ellps="GRS80").inv(one["lon"], one["lat"], *STONES[0])
        assert off_m < 0.05
        assert one["source_crs"] == "EPSG:2363"
        assert float(one["given_x"]) == pytest.approx(as_xian80(STONES, 2363)[0, 0], abs=0.001)
        assert one["fit_id"] == fit["id"]
        public = served.get("/api/v1/markers?number=0001")
        assert public.status_code == 401
