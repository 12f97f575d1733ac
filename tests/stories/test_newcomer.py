"""A newcomer types one command and walks through what is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
import shapely

from tests.grid import draw
from tests.stories.served import Served, folder, serve, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    with serve(home) as started:
        yield started
        assert started.stop() == 0


def test_the_page_opens_with_the_mark_and_asks_nobody_else(served: Served) -> None:
    page = served.get("/")
    assert page.status_code == 200
    assert "示例数据，未经地图审核，内部使用，不得公开" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_shandong_is_there_with_its_neighbours_cut_into_lines(served: Served) -> None:
    city = served.get("/api/v1/divisions/370900").json()
    assert (city["name"], city["level"]) == ("泰安市", "prefecture")
    assert city["parent"]["name"] == "山东省"
    assert city["mark"] is not None
    inner = served.get("/api/v1/boundary-lines?within=3709&level=county").json()
    assert inner["total"] == 7
    assert inner["length_km"] == pytest.approx(302, abs=1)
    whole = served.get("/api/v1/boundary-lines?within=37&level=county&limit=1000").json()
    pairs = {frozenset((one["left_code"], one["right_code"])) for one in whole["items"]}
    assert len(pairs) == 345
    assert whole["length_km"] == pytest.approx(11_728, abs=1)


def test_townships_are_there_by_name_without_polygons(served: Served) -> None:
    towns = served.get("/api/v1/divisions/371322/children").json()
    assert towns["total"] > 10
    assert not any(town["has_polygon"] for town in towns["items"])


def test_before_the_first_version_the_answer_says_from_when_it_is_known(served: Served) -> None:
    answer = served.get("/api/v1/divisions/370900?at=1985-01-01")
    assert answer.status_code == 404
    assert answer.json()["known_from"] == "2023-01-01"


def test_tiles_are_drawn_by_ourselves(served: Served) -> None:
    for layer in ("divisions", "boundary_lines"):
        tile = served.get(f"/tiles/{layer}/7/105/50.mvt")
        assert tile.status_code == 200
        assert len(tile.content) > 1000


def test_a_file_goes_in_as_a_job_and_its_lines_follow(served: Served) -> None:
    header = {"Authorization": f"Bearer {served.log_in()}"}
    drawn = draw("AB", west=80.0, south=38.0)
    features = [
        {
            "type": "Feature",
            "properties": {"代码": code, "名称": name},
            "geometry": json.loads(shapely.to_geojson(drawn[letter])),
        }
        for letter, code, name in (("A", "653221", "和田县"), ("B", "653222", "墨玉县"))
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    answer = httpx.post(
        f"{served.url}/api/v1/imports/divisions",
        files={"file": ("新疆两县.geojson", content)},
        data={"valid_from": "2024-01-01"},
        headers=header,
        timeout=30,
    )
    assert answer.status_code == 202
    url = answer.json()["url"]
    wait_for(lambda: served.get(url, headers=header).json()["state"] == "done")
    lines = served.get("/api/v1/boundary-lines?within=6532&level=county", headers=header).json()
    assert lines["total"] == 1
    hidden = served.get("/api/v1/divisions/653221")
    assert hidden.status_code == 401
    assert "尚未公开" in hidden.json()["detail"]


def test_the_command_line_works_beside_the_running_service(served: Served, home: Path) -> None:
    assert served.process.poll() is None
    command = [sys.executable, "-m", "scripts.cli", "topology", "check", "--within", "37", "--json"]
    done = subprocess.run(
        command, env={**os.environ, "YUTU_HOME": str(home)}, capture_output=True, check=True
    )
    report = json.loads(done.stdout)
    assert (report["units"], report["pairs"], report["gaps"]) == (136, 345, [])
    assert served.get("/readyz").status_code == 200
