"""The synthetic town: the same each time, in the county's numbers, inside the county, labelled."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely

from data.demo.ground import COUNTY
from data.demo.people import AGES, TOTALS, whole
from data.demo.sources import read_layer
from data.demo.town import (
    Town,
    build_town,
    write_counts,
    write_facilities,
    write_people,
    write_roads,
    write_totals,
)
from geo.facilities.kinds import KINDS

WRITERS: tuple[Callable[[Town, Path], Path], ...] = (
    write_roads,
    write_people,
    write_totals,
    write_facilities,
    write_counts,
)


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town()


@pytest.fixture(scope="module")
def county() -> shapely.Geometry:
    shape = next(
        one["geometry"]
        for one in read_layer("district")["features"]
        if one["properties"]["gb"].endswith(COUNTY)
    )
    return shapely.from_geojson(json.dumps(shape))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _roads(path: Path) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return features


def test_the_same_seed_gives_the_same_files(town: Town, tmp_path: Path) -> None:
    again, other = build_town(), build_town(seed=1)
    for write in WRITERS:
        folders = [tmp_path / f"{write.__name__}{number}" for number in range(3)]
        for folder in folders:
            folder.mkdir()
        first, second, third = (
            write(made, folder).read_bytes()
            for made, folder in zip((town, again, other), folders, strict=True)
        )
        assert first == second
        assert first != third


def test_facilities_come_in_the_numbers_of_the_work_report(town: Town, tmp_path: Path) -> None:
    rows = _rows(write_facilities(town, tmp_path))
    kinds = Counter(row["类型"] for row in rows)
    assert kinds["rural_public_cemetery"] + kinds["urban_public_cemetery"] == 98
    assert (kinds["child_protection_centre"], kinds["child_protection_station"]) == (1, 13)
    assert kinds["rural_care_home"] + kinds["care_home"] + kinds["disabled_support_base"] == 5
    wishes = [row["名称"] for row in rows if row["类型"] == "wish_point"]
    assert sum("服务站" in name for name in wishes) == 612
    assert sum("服务点" in name for name in wishes) == 1423
    assert kinds.keys() <= KINDS.keys()
    assert not any(KINDS[kind].private_home for kind in kinds)
    assert "hospital" not in kinds
    assert sum(int(row["数量"]) for row in _rows(write_counts(town, tmp_path))) == 96


def test_some_facilities_have_no_place_and_others_a_rough_one(town: Town, tmp_path: Path) -> None:
    rows = _rows(write_facilities(town, tmp_path))
    cemeteries = [row for row in rows if "cemetery" in row["类型"]]
    qualities = Counter(row["位置精度"] for row in cemeteries)
    assert qualities["none"] == 20
    assert {"village", "mapped", "measured"} <= qualities.keys()
    for row in rows:
        assert (row["位置精度"] == "none") == (row["经度"] == row["纬度"] == "")
        assert row["区划代码"].startswith(COUNTY)
    assert len({(row["类型"], row["名称"]) for row in rows}) == len(rows)


def test_people_are_whole_and_add_up(town: Town, tmp_path: Path) -> None:
    rows = _rows(write_people(town, tmp_path))
    people = np.array([[int(row[age]) for age in AGES] for row in rows])
    assert tuple(people.sum(axis=0).tolist()) == TOTALS
    total, minors, old, oldest = people.T
    assert (minors + old <= total).all()
    assert (oldest <= old).all()
    official = _rows(write_totals(town, tmp_path))
    county, *townships = ([int(row[age]) for age in AGES] for row in official)
    assert np.sum(townships, axis=0).tolist() == county
    assert len(townships) == 13
    assert 1.01 < county[0] / TOTALS[0] < 1.03


def test_largest_remainders_keep_the_total() -> None:
    assert whole(np.array([1.0, 1.0, 1.0]), 100).tolist() == [34, 33, 33]
    assert whole(np.array([0.2, 0.8]), 3).tolist() == [1, 2]


def test_everything_lies_in_the_county(
    town: Town, county: shapely.Geometry, tmp_path: Path
) -> None:
    shapely.prepare(county)
    for path in (write_people(town, tmp_path), write_facilities(town, tmp_path)):
        at = [(float(row["经度"]), float(row["纬度"])) for row in _rows(path) if row["经度"]]
        assert shapely.covers(county, shapely.points(at)).all()
    for road in _roads(write_roads(town, tmp_path)):
        line = shapely.LineString(road["geometry"]["coordinates"])
        assert shapely.covers(county, line), road["properties"]


def test_everything_says_that_it_is_made_up(town: Town, tmp_path: Path) -> None:
    for write in WRITERS:
        path = write(town, tmp_path)
        assert "示例数据" in path.name
        assert "synthetic" in path.name
    assert all("示例" in one.name for one in town.facilities)
    assert all("示例" in name for name in town.people.name)
    assert all("示例" in one.name for one in town.streets.pieces if one.name)


def test_streets_hang_together_and_cross_the_river_on_few_bridges(
    town: Town, tmp_path: Path
) -> None:
    roads = _roads(write_roads(town, tmp_path))
    assert 3000 < len(roads) < 6000
    graph = nx.Graph()
    for road in roads:
        told = road["properties"]
        if not told["highway"].startswith("motorway") and told["access"] is None:
            graph.add_edge(told["from_node"], told["to_node"])
    parts = sorted((len(part) for part in nx.connected_components(graph)), reverse=True)
    assert parts[0] > 0.99 * graph.number_of_nodes()
    river = town.ground.rivers[1].line
    pieces = [shapely.LineString(one.xy) for one in town.streets.pieces]
    bridges = int(shapely.intersects(pieces, river).sum())
    assert 3 <= bridges <= 20
    classes = {road["properties"]["highway"] for road in roads}
    assert {"motorway", "secondary", "residential", "footway", "unclassified"} <= classes


def test_nodes_of_pieces_that_meet_are_at_one_place(town: Town, tmp_path: Path) -> None:
    at: dict[int, tuple[float, float]] = {}
    for road in _roads(write_roads(town, tmp_path)):
        told, way = road["properties"], road["geometry"]["coordinates"]
        for node, place in ((told["from_node"], way[0]), (told["to_node"], way[-1])):
            assert at.setdefault(node, tuple(place)) == tuple(place)
