"""``yutu fit`` and ``yutu markers`` as a surveyor types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from pyproj import Transformer
from typer.testing import CliRunner

from geo.db.engine import transaction
from geo.settings import settings
from scripts.cli import app
from tests.border import card, draw_border, set_marker
from tests.conftest import Database
from tests.geo.crs.old_datum import as_xian80

Run = Callable[..., Result]
COUNTY = np.array([[117.0, 36.0], [117.4, 36.05], [117.3, 36.3], [117.05, 36.25]])


@pytest.fixture
def run(
    database: Database,
    home: Path,  # noqa: ARG001 - the settings point at it
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    monkeypatch.setenv("YUTU_DATABASE_URL", database.app_url)
    monkeypatch.setenv("YUTU_DATABASE_OWNER_URL", database.owner_url)
    settings.cache_clear()
    with transaction(database.engine, "system:test") as conn:
        border = draw_border(conn)
        set_marker(conn, border, card(border, "238184I"))

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        return result

    yield call
    settings.cache_clear()


@pytest.fixture
def points(home: Path) -> Path:
    lines = ["点名,旧横坐标,旧纵坐标,新经度,新纬度"]
    for number, (old, new) in enumerate(zip(as_xian80(COUNTY, 2363), COUNTY, strict=True), 1):
        lines.append(f"P{number},{old[0]:.4f},{old[1]:.4f},{new[0]:.9f},{new[1]:.9f}")
    path = home / "公共点.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_fit_is_made_listed_shown_and_retired(run: Run, points: Path) -> None:
    made = json.loads(run("fit", "make", "泰安", str(points), "--crs", "2363", "--json").stdout)
    assert made["worst_m"] < 0.01
    assert len(made["points"]) == 4
    assert "泰安" in run("fit", "list").stderr
    assert "P4" in run("fit", "show", "泰安").stderr
    assert json.loads(run("fit", "retire", "泰安", "--json").stdout)["retired_at"]
    assert "已停用" in run("fit", "list").stderr
    assert (
        "fit_exists"
        in run("fit", "make", "泰安", str(points), "--crs", "2363", "--json", code=1).stdout
    )
    for wrong in (("--kind", "nine"), ("--degrees", "x"), ("--accuracy-m", "-1")):
        run("fit", "make", "甲", str(points), "--crs", "2363", *wrong, code=2)


def test_a_table_of_positions_is_held_against_the_register(
    run: Run, points: Path, home: Path
) -> None:
    east, north = Transformer.from_crs(4490, 4548, always_xy=True).transform(117.2, 36.15)
    table = home / "实测.csv"
    rows = (f"238184I,{east + 0.2:.3f},{north:.3f}", f"238184I,{north:.3f},{east:.3f}", "9,1,2")
    table.write_text("\n".join(["界桩编号,横坐标,纵坐标", *rows]), encoding="utf-8")
    told = json.loads(
        run(
            "markers", "deviation", str(table), "--crs", "EPSG:4548", "--method", "gnss_rtk",
            "--json",
        ).stdout
    )  # fmt: skip
    assert [one["verdict"] for one in told["items"]] == ["within", "undecidable"]
    assert told["items"][1]["findings"][0]["rule"] == "axes_swapped"
    assert [(one["row"], one["rule"]) for one in told["findings"]] == [(4, "marker_unknown")]
    said = run("markers", "deviation", str(table), "--crs", "4548", "--method", "gnss_rtk").stderr
    assert "238184I" in said
    assert "0.20 / 0.50 m" in said
    old = as_xian80(np.array([[117.2, 36.15]]), 2363)[0]
    table.write_text(f"界桩编号,Y坐标,X坐标\n238184I,{old[0]:.3f},{old[1]:.3f}\n", encoding="utf-8")
    argv = ("markers", "deviation", str(table), "--crs", "EPSG:2363", "--accuracy-m", "0.1")
    assert "crs_refused" in run(*argv, "--json", code=1).stdout
    run("fit", "make", "泰安", str(points), "--crs", "2363")
    told = json.loads(run(*argv, "--fit", "泰安", "--json").stdout)
    assert told["items"][0]["distance_m"] < 0.05
    assert told["within"] == 1
