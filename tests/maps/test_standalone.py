from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import numpy as np
import pytest
import shapely

from geo.divisions.shapes import DivisionShape
from maps import standalone
from maps.standalone import render_run_map
from tests.maps.runs import ATTACK, make_cells, make_run, make_streets


def _render(lang: Any = "zh", **changed: Any) -> str:
    lon, lat = (axis.ravel() / 1200 for axis in np.meshgrid(np.arange(40.0), np.arange(30.0)))
    cells = make_cells(lon=114 + lon, lat=30 + lat, distance_m=np.linspace(1, 2500, 1200))
    border = DivisionShape("370902", ATTACK, (114.01, 30.01), shapely.box(114, 30, 114.03, 30.02))
    return render_run_map(
        make_run(**changed), cells, streets=make_streets(), divisions=[border], lang=lang
    )


def _without_scripts(html: str) -> str:
    return re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)


def test_the_file_tells_the_answer_in_chinese_first_and_in_english() -> None:
    html = _without_scripts(_render())
    answer = "60 岁及以上 2,000 人中，1,500 人（75.0%）步行 15 分钟（900 米）内可达敬老院。"
    assert answer in html
    assert html.index(answer) < html.index("1,500 (75.0%) of 2,000 people aged 60 and over")


def test_the_file_holds_parameters_data_versions_sources_and_the_mark() -> None:
    html = _without_scripts(_render())
    for fact in (
        "每分钟 60 米", "500 m", "2020-11-01", "town.osm.pbf", "ab" * 32,
        "2026-11-22 09:02（北京时间）",
        "© OpenStreetMap 贡献者，ODbL", "WorldPop，CC BY 4.0", "未经地图审核", "没有坐标的敬老院",
        "没有路可到", "无法评估", "不在任何登记区划内",
    ):  # fmt: skip
        assert fact in html, fact
    assert "synthetic" not in html


def test_a_file_of_the_demo_says_so() -> None:
    assert "示例数据 / synthetic" in _render(publication="demo")


def test_where_the_share_cannot_be_assessed_the_file_says_why_and_gives_none() -> None:
    html = _without_scripts(_render(result={"share": None, "reason": "no_facilities"}))
    assert "无法评估。没有可以参与计算的设施。" in html
    assert "%）步行" not in html


def test_nothing_in_the_file_is_loaded_from_elsewhere() -> None:
    html = _render()
    assert not re.search(r"<(link|iframe|object|embed)\b|<script[^>]+src=|@import", html)
    assert not re.search(r"""(src|href)=["'](?!data:)""", _without_scripts(html))


def test_the_policy_of_the_file_names_exactly_the_scripts_inside() -> None:
    html = _render()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    named = re.findall(r"sha256-([A-Za-z0-9+/=]+)", policy[1].replace("&#43;", "+"))
    assert named == hashes
    assert len(scripts) == 2
    assert "default-src &#39;none&#39;" in policy[1]


def test_a_name_cannot_be_markup_nor_end_a_script() -> None:
    html = _render()
    assert ATTACK not in html
    assert html.count("<script") == html.count("</script>") == 3


def test_the_same_run_gives_the_same_file() -> None:
    assert _render() == _render()


def test_streets_are_packed_to_a_65535th_of_their_extent() -> None:
    packed = standalone.pack_streets(make_streets())
    steps = np.frombuffer(base64.b64decode(packed["steps"]), "<u2").reshape(-1, 2)
    counts = np.frombuffer(base64.b64decode(packed["counts"]), "<u2")
    assert counts.tolist() == [3, 2]
    unit = np.array(packed["low"]) + steps / 65535 * np.array(packed["span"])
    lons = unit[:, 0] * 360 - 180
    lats = np.degrees(2 * np.arctan(np.exp(np.pi * (1 - 2 * unit[:, 1]))) - np.pi / 2)
    wanted = make_streets().lonlat
    assert np.abs(np.column_stack([lons, lats]) - wanted).max() < 0.03 / 65535
    json.dumps(packed)


def test_of_too_many_streets_the_longest_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standalone, "MOST_VERTICES", 4)
    packed = standalone.pack_streets(make_streets())
    assert np.frombuffer(base64.b64decode(packed["counts"]), "<u2").tolist() == [3]


def test_a_run_without_streets_or_people_is_still_a_file() -> None:
    empty = make_streets()
    streets = type(empty)(starts=np.array([0]), lonlat=np.empty((0, 2)))
    nobody = make_cells(lon=np.empty(0), lat=np.empty(0))
    html = render_run_map(make_run(), nobody, streets=streets, divisions=[], lang="en")
    assert "<h1>" in html
