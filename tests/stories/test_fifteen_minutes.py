"""A planner has an Excel list, streets and people, and wants to know who lives near a hospital."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.real_data import REAL, needs_real_data
from tests.stories.office import yutu
from tests.stories.served import folder

pytestmark = [pytest.mark.slow, *needs_real_data]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with folder() as made:
        yield made


def write_list(path: Path) -> Path:
    """Write the hospitals as offices keep them: a title, merged heads, notes, gaps."""
    with (REAL / "wuhan_hospitals_gcj02.csv").open(encoding="utf-8") as file:
        hospitals = list(csv.DictReader(file))
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["武汉市医院一览表（2026年）"])
    sheet.merge_cells("A1:F1")
    sheet.append(["序号", "名称", "坐标", None, "床位数", "备注"])
    sheet.append([None, None, "经度", "纬度", None, None])
    sheet.merge_cells("C2:D2")
    for column in "ABEF":
        sheet.merge_cells(f"{column}2:{column}3")
    for number, one in enumerate(hospitals, 1):
        note = "院址待迁" if number == 3 else None
        sheet.append([number, one["name"], float(one["lon"]), float(one["lat"]), None, note])
    sheet.append(["填表说明：坐标取自高德地图。"])
    book.save(path)
    return path


def test_from_an_excel_list_to_a_map_that_opens_anywhere(home: Path, tmp_path: Path) -> None:
    code, roads, _, _ = yutu(home, "import", "roads", str(REAL / "wuhan_8989.parquet"))
    assert (code, roads["state"], roads["rows"]) == (0, "applied", 92_667)
    raster = str(REAL / "wuhan_worldpop_20plus_60plus.tif")
    code, people, _, _ = yutu(home, "import", "population", raster, "--bands", "20+,60+")
    assert (code, people["state"]) == (0, "applied")

    listed = write_list(tmp_path / "医院.xlsx")
    words = ("import", "facilities", str(listed), "--kind", "hospital")
    code, wrong, _, _ = yutu(home, *words, "--crs", "EPSG:4490", "--dry-run")
    assert code == 0
    shifted = [one for one in wrong["findings"] if one["rule"] == "looks_shifted"]
    assert "--crs gcj02" in shifted[0]["message"]
    code, right, _, _ = yutu(home, *words, "--crs", "gcj02")
    assert (code, right["added"]) == (0, 47), right["findings"]
    assert "looks_shifted" not in {one["rule"] for one in right["findings"]}

    page = tmp_path / "map.html"
    ask = ("coverage", "run", "--kinds", "hospital", "--limit-m", "1125", "--ages", "60+")
    code, told, _, _ = yutu(home, *ask, "--map", str(page))
    assert code == 0
    check_answer(told)
    assert page.stat().st_size > 100_000
    assert "http://" not in page.read_text(encoding="utf-8").split("<body")[0]

    code, again, _, _ = yutu(home, "coverage", "repeat", told["run_id"])
    assert (code, again["same"]) == (0, True)


def check_answer(told: dict[str, Any]) -> None:
    assert told["people"] == pytest.approx(1_464_750, abs=1)
    assert told["cells"] == 208_767
    assert told["facilities"] == 47
    # They stand in towns kilometres beyond the streets that were imported.
    assert told["facilities_unsnapped"] == ["江夏区第一人民医院", "黄陂区人民医院"]
    assert 0 < told["covered"] < told["people"]
    assert told["cells_unsnapped"] < told["cells"]
