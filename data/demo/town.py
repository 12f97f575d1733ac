"""A synthetic county town at 郯城, from one fixed seed: streets, people, facilities, counts.

Everything here is made up and says so (示例数据 / synthetic) in its names and its sources; only the
county's polygon and the names of its townships are real. It is written to files and taken in by
the ordinary way, like everybody's data.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from shapely.ops import substring

from data.demo.core import build_core
from data.demo.country import Country, build_country
from data.demo.ground import COUNTY, Ground, read_ground, to_lonlat
from data.demo.people import AGES, OFFICIAL, People, settle_people
from data.demo.places import Facility, count_hope_cabins, place_facilities
from data.demo.streets import Streets

SEED = 371_322
NAME = "示例县城 synthetic"
MARK = "示例数据 synthetic 郯城"
MOTORWAY_PIECES = 6
EDGE_M = 5.0


@dataclass(frozen=True, slots=True)
class Town:
    """The synthetic county in metres about the town's middle."""

    ground: Ground
    streets: Streets
    country: Country
    people: People
    facilities: list[Facility]
    hope_cabins: list[tuple[str, int]]


def build_town(seed: int = SEED) -> Town:
    """Build the town; the same seed gives the same town."""
    rng = np.random.default_rng(seed)
    ground = read_ground()
    streets = Streets()
    core = build_core(rng, ground, streets)
    country = build_country(rng, ground, core, streets)
    _lay_motorway(ground, streets)
    people = settle_people(rng, ground, core, country)
    facilities = place_facilities(rng, ground, country)
    return Town(ground, streets, country, people, facilities, count_hope_cabins(rng, ground))


def write_roads(town: Town, folder: Path) -> Path:
    """Write the streets as GeoJSON, with the nodes each piece runs between."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "highway": street.highway,
                "name": street.name or None,
                "access": street.access or None,
                "from_node": street.start,
                "to_node": street.end,
            },
            "geometry": {"type": "LineString", "coordinates": to_lonlat(street.xy).tolist()},
        }
        for street in town.streets.pieces
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    path = folder / f"{MARK} 道路.geojson"
    content = {"type": "FeatureCollection", "crs": crs, "features": features}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def write_people(town: Town, folder: Path) -> Path:
    """Write the people by point and age group."""
    at = to_lonlat(town.people.at).tolist()
    rows = zip(town.people.name, at, town.people.people.tolist(), strict=True)
    return _table(
        folder / f"{MARK} 人口.csv",
        ("名称", "经度", "纬度", *AGES),
        ((name, *place, *numbers) for name, place, numbers in rows),
    )


def write_totals(town: Town, folder: Path) -> Path:
    """Write what an office would have counted: more than the points have, by township."""
    codes = [code for code, _ in town.ground.townships]
    counted = np.array(
        [
            town.people.people[town.people.township == place].sum(axis=0) * OFFICIAL
            for place in range(len(codes))
        ]
    )
    numbers = np.round(counted).astype(int)
    rows = [(COUNTY, *numbers.sum(axis=0).tolist())]
    rows += [(code, *line) for code, line in zip(codes, numbers.tolist(), strict=True)]
    return _table(folder / f"{MARK} 官方人口.csv", ("区划代码", *AGES), rows)


def write_facilities(town: Town, folder: Path) -> Path:
    """Write the facilities; where nobody knows the place, the township stands alone."""
    codes = [code for code, _ in town.ground.townships]
    known = [one.at for one in town.facilities if one.at is not None]
    places = iter(to_lonlat(np.array(known)).tolist())
    rows = [
        (
            one.name,
            one.kind,
            codes[one.township],
            *(("", "") if one.at is None else next(places)),
            one.quality,
            *("" if size is None else size for size in (one.capacity, one.beds, one.nursing_beds)),
        )
        for one in town.facilities
    ]
    heads = (
        "名称", "类型", "区划代码", "经度", "纬度", "位置精度", "容量", "床位数", "护理型床位",
    )  # fmt: skip
    return _table(folder / f"{MARK} 设施.csv", heads, rows)


def write_counts(town: Town, folder: Path) -> Path:
    """Write the numbers of 希望小屋, which stand in homes and are no points, by township."""
    rows = [("hope_cabin", code, number) for code, number in town.hope_cabins]
    return _table(folder / f"{MARK} 希望小屋.csv", ("类型", "区划代码", "数量"), rows)


def _lay_motorway(ground: Ground, streets: Streets) -> None:
    """Lay a motorway over everything through the county, with one junction at the nearest road."""
    inner = shapely.buffer(ground.county, -EDGE_M)
    line = max(shapely.get_parts(shapely.intersection(ground.motorway, inner)), key=shapely.length)
    nodes = np.asarray(shapely.points(np.array(streets.nodes)), dtype=object)
    junction = int(np.argmin(shapely.distance(line, nodes)))
    ramp_at = float(shapely.line_locate_point(line, nodes[junction]))
    ends = np.linspace(0, shapely.length(line), MOTORWAY_PIECES + 1)
    stops = np.sort(np.append(ends, ramp_at))
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, stops))
    at = [streets.add_node(point) for point in points]
    for place, (start, end) in enumerate(pairwise(stops.tolist())):
        bends = shapely.get_coordinates(substring(line, start, end))[1:-1]
        streets.join(at[place], at[place + 1], "motorway", "示例高速公路", bends=list(bends))
    ramp = at[int(np.searchsorted(stops, ramp_at))]
    streets.join(ramp, junction, "motorway_link", "示例高速公路连接线")


def _table(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
    return path
