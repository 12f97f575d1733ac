"""The country round the synthetic town: seats of townships, villages, and the roads between."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from data.demo.core import RADIUS_M, Core
from data.demo.ground import Floats, Ground
from data.demo.streets import Place, Streets, Union, bend, crosses

VILLAGES = 612
"""As many as the county has 微愿服务站: one in each village or community."""
COMMUNITIES = 38
"""How many of them are communities of the town."""
APART_M = 1_020.0
FROM_WATER_M = 330.0
FROM_EDGE_M = 420.0
FROM_SEAT_M = 900.0
DROPPED = 0.22
"""Share of the roads between neighbours that were never built."""
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁"
    "魏薛叶阎余潘杜戴夏钟汪田任姜"
)
ENDINGS = ("庄", "集", "屯", "楼", "湖", "墩", "沟", "桥", "圩", "埠", "寨", "营", "洼", "堰")


@dataclass(frozen=True, slots=True)
class Village:
    """A village or community; ``homes`` (k, 2) is where its people live, metres."""

    name: str
    township: int
    at: Floats
    homes: Floats


@dataclass(frozen=True, slots=True)
class Country:
    """Villages and communities of the town, and where people live at the seats of townships.

    ``farmsteads`` (4, 2) stand alone at the four ends of the county, far from any street.
    """

    villages: tuple[Village, ...]
    seats: tuple[Floats, ...]
    farmsteads: Floats


def build_country(
    rng: np.random.Generator, ground: Ground, core: Core, streets: Streets
) -> Country:
    """Build townships, villages and roads round the town that is there already."""
    places: list[Place] = list(core.gates)
    seats: list[Floats] = [np.empty((0, 2))]
    for seat in ground.seats[1:]:
        place, homes = _build_seat(rng, streets, seat, ground)
        places.append(place)
        seats.append(homes)
    names = _names(rng)
    villages = [Village(names.pop(), 0, at, at[np.newaxis, :]) for at in _communities(rng, core)]
    for at in _village_places(rng, ground):
        place, homes = _build_village(rng, streets, at)
        places.append(place)
        township = int(np.argmin(np.hypot(*(ground.seats - at).T)))
        villages.append(Village(names.pop(), township, at, homes))
    _build_roads(rng, ground, core, streets, places)
    return Country(tuple(villages), tuple(seats), _ends(shapely.buffer(ground.county, -60.0)))


def _names(rng: np.random.Generator) -> list[str]:
    """Return names of villages, each once and each said to be an example."""
    names = [f"示例{surname}{ending}村" for surname in SURNAMES for ending in ENDINGS]
    return [names[place] for place in rng.permutation(len(names)).tolist()]


def _communities(rng: np.random.Generator, core: Core) -> Floats:
    """Return middles of communities of the town, well apart from each other."""
    chosen = [int(rng.integers(len(core.blocks)))]
    away = np.full(len(core.blocks), np.inf)
    while len(chosen) < COMMUNITIES:
        away = np.minimum(away, np.hypot(*(core.blocks - core.blocks[chosen[-1]]).T))
        chosen.append(int(np.argmax(away)))
    return core.blocks[chosen]


def _village_places(rng: np.random.Generator, ground: Ground) -> Floats:
    """Return where villages lie: apart, dry, in the county."""
    inner = shapely.buffer(ground.county, -FROM_EDGE_M)
    shapely.prepare(inner)
    lines = shapely.union_all([barrier.line for barrier in ground.barriers] + [ground.motorway])
    placed = np.empty((0, 2))
    west, south, east, north = shapely.bounds(ground.county).tolist()
    while len(placed) < VILLAGES - COMMUNITIES:
        points = np.column_stack([rng.uniform(west, east, 4000), rng.uniform(south, north, 4000)])
        shapes = shapely.points(points)
        fit = shapely.contains_xy(inner, points[:, 0], points[:, 1])
        fit &= ~shapely.dwithin(shapes, lines, FROM_WATER_M)
        fit &= np.hypot(points[:, 0] / RADIUS_M[0], points[:, 1] / RADIUS_M[1]) > 1.16  # noqa: PLR2004
        fit &= (_distances(points, ground.seats[1:]) > FROM_SEAT_M).all(axis=1)
        for point in points[fit]:
            if (np.hypot(*(placed - point).T) > APART_M).all():
                placed = np.vstack([placed, point])
    return placed[: VILLAGES - COMMUNITIES]


def _ends(inner: shapely.Geometry) -> Floats:
    """Return the westernmost, southernmost, easternmost and northernmost places."""
    at = shapely.get_coordinates(inner)
    x, y = at[:, 0], at[:, 1]
    ends = [x.argmin(), y.argmin(), x.argmax(), y.argmax()]
    return at[[int(end) for end in ends]]


def _distances(points: Floats, others: Floats) -> Floats:
    return np.hypot(
        points[:, np.newaxis, 0] - others[:, 0], points[:, np.newaxis, 1] - others[:, 1]
    )


def _build_seat(
    rng: np.random.Generator, streets: Streets, seat: Floats, ground: Ground
) -> tuple[Place, Floats]:
    """Build a small town of some streets each way; return it and where its people live."""
    columns, rows = int(rng.integers(4, 7)), int(rng.integers(3, 6))
    xs = np.cumsum(rng.uniform(130, 240, columns))
    ys = np.cumsum(rng.uniform(120, 220, rows))
    turn = rng.normal(0, 0.09)
    x, y = np.meshgrid(xs - xs.mean(), ys - ys.mean(), indexing="ij")
    at = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], -1)
    at += seat + rng.normal(0, 10, at.shape)
    nodes = [[streets.add_node(at[i, j]) for j in range(rows)] for i in range(columns)]
    main = (columns // 2, rows // 2)
    lines = [barrier.line for barrier in ground.barriers]
    for i in range(columns):
        for j in range(rows):
            for di, dj in ((1, 0), (0, 1)):
                if i + di >= columns or j + dj >= rows:
                    continue
                is_main = (dj and i == main[0]) or (di and j == main[1])
                piece = np.array([at[i, j], at[i + di, j + dj]])
                if (not is_main and rng.random() < 0.16) or crosses(piece, lines):  # noqa: PLR2004
                    continue
                highway = "tertiary" if is_main else "residential"
                streets.join(
                    nodes[i][j], nodes[i + di][j + dj], highway, "示例镇街" * bool(is_main)
                )
    homes = ((at[:-1, :-1] + at[1:, :-1] + at[:-1, 1:] + at[1:, 1:]) / 4).reshape(-1, 2)
    ports = (nodes[0][main[1]], nodes[-1][main[1]], nodes[main[0]][0], nodes[main[0]][-1])
    return Place(seat, ports), homes


def _build_village(rng: np.random.Generator, streets: Streets, at: Floats) -> tuple[Place, Floats]:
    """Build a village of one street with one to three lanes across it."""
    lanes = int(rng.choice([1, 2, 3], p=[0.55, 0.33, 0.12]))
    turn = rng.normal(0, 0.16) + (np.pi / 2 if rng.random() < 0.25 else 0.0)  # noqa: PLR2004
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    steps = np.concatenate([[0.0], np.cumsum(rng.uniform(90, 170, lanes + 1))])
    middles = at + (steps - steps.mean())[:, np.newaxis] * along
    line = [streets.add_node(point) for point in middles]
    ends = [line[0], line[-1]]
    for start, end in pairwise(line):
        streets.join(start, end, "residential")
    homes = [(middles[:-1] + middles[1:]) / 2]
    for node in line[1:-1]:
        for side in (-1, 1):
            tip = streets.nodes[node] + side * rng.uniform(80, 190) * across
            ends.append(streets.add_node(tip))
            streets.join(node, ends[-1], "living_street")
            homes.append(((tip + streets.nodes[node]) / 2)[np.newaxis, :])
    return Place(at, tuple(ends)), np.concatenate(homes)


def _build_roads(
    rng: np.random.Generator, ground: Ground, core: Core, streets: Streets, places: list[Place]
) -> None:
    """Join neighbours by roads, keep a few bridges, and leave nobody behind."""
    ways = _ways(rng, ground, core, streets, places)
    chosen = {pair for pair, way in ways.items() if way.near and not way.over}
    chosen = {pair for pair in sorted(chosen) if rng.random() > DROPPED}
    chosen |= _bridges(ground, ways)
    parts = Union(len(places))
    for one in range(1, len(core.gates)):
        parts.join(0, one)
    for one, other in chosen:
        parts.join(one, other)
    for pair in sorted(ways, key=lambda pair: (bool(ways[pair].over), ways[pair].length, pair)):
        if parts.join(*pair):
            chosen.add(pair)
    main = _main_roads(ground, ways, chosen, len(core.gates))
    for pair in sorted(chosen):
        way = ways[pair]
        seat = main.get(pair)
        name = "" if seat is None else f"示例{ground.townships[seat][1][:2]}路"
        highway = "unclassified" if seat is None else "secondary"
        streets.join(way.start, way.end, highway, name, bends=way.bends)


@dataclass(frozen=True, slots=True)
class _Way:
    """A road that could be between two places, and the barriers it would cross."""

    start: int
    end: int
    bends: tuple[Floats, ...]
    length: float
    near: bool
    over: tuple[int, ...]
    y: float


def _ways(
    rng: np.random.Generator, ground: Ground, core: Core, streets: Streets, places: list[Place]
) -> dict[tuple[int, int], _Way]:
    """Return the roads that could be, by the places they would join: neighbours by Delaunay."""
    at = np.array([place.at for place in places])
    edges = shapely.delaunay_triangles(shapely.multipoints(at), only_edges=True)
    number = {tuple(point): place for place, point in enumerate(at.tolist())}
    town = shapely.Polygon(
        [(0.9 * RADIUS_M[0] * np.cos(t), 0.9 * RADIUS_M[1] * np.sin(t)) for t in
         np.linspace(0, 2 * np.pi, 60)]
    )  # fmt: skip
    pairs = sorted(
        (min(ends), max(ends))
        for ends in (
            [number[tuple(end)] for end in shapely.get_coordinates(line).tolist()]
            for line in shapely.get_parts(edges)
        )
        if max(ends) >= len(core.gates)
    )
    roads = [_road(rng, streets, places[one], places[other]) for one, other in pairs]
    lines = np.asarray(shapely.linestrings([xy for _, _, xy in roads]), dtype=object)
    shapely.prepare(ground.county)
    fit = ~shapely.intersects(lines, town) & shapely.covers(ground.county, lines)
    over = [shapely.intersects(lines, barrier.line) for barrier in ground.barriers]
    return {
        pairs[place]: _Way(
            *roads[place][:2],
            tuple(roads[place][2][1:-1]),
            float(shapely.length(lines[place])),
            _is_near(at, *pairs[place]),
            tuple(one for one, hit in enumerate(over) if hit[place]),
            float(at[list(pairs[place]), 1].mean()),
        )
        for place in np.flatnonzero(fit).tolist()
    }


def _road(
    rng: np.random.Generator, streets: Streets, one: Place, other: Place
) -> tuple[int, int, Floats]:
    """Return the nodes and vertices of a road between two places, a little winding."""
    start, end = one.port_towards(streets, other.at), other.port_towards(streets, one.at)
    bends = bend(rng, streets.nodes[start], streets.nodes[end])
    return start, end, np.array([streets.nodes[start], *bends, streets.nodes[end]])


def _is_near(at: Floats, one: int, other: int) -> bool:
    """Say whether two places are neighbours: no third one lies in the circle between them."""
    middle, radius = (at[one] + at[other]) / 2, float(np.hypot(*(at[one] - at[other]))) / 2
    return bool((np.hypot(*(at - middle).T) >= radius * (1 - 1e-9)).all())


def _bridges(ground: Ground, ways: dict[tuple[int, int], _Way]) -> set[tuple[int, int]]:
    """Return the roads over water and rails: the shortest one each so many kilometres."""
    chosen = set()
    for place, barrier in enumerate(ground.barriers):
        by_stretch: defaultdict[int, list[tuple[float, tuple[int, int]]]] = defaultdict(list)
        for pair, way in ways.items():
            if way.over == (place,):
                by_stretch[int(way.y // barrier.every_m)].append((way.length, pair))
        chosen |= {min(stretch)[1] for stretch in by_stretch.values()}
    return chosen


def _main_roads(
    ground: Ground, ways: dict[tuple[int, int], _Way], chosen: set[tuple[int, int]], gates: int
) -> dict[tuple[int, int], int]:
    """Return the roads on the shortest way from the town to each seat, with that seat's number."""
    near: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for one, other in sorted(chosen):
        near[one].append((other, ways[one, other].length))
        near[other].append((one, ways[one, other].length))
    before: dict[int, int] = {}
    done: set[int] = set()
    queue = [(0.0, gate, gate) for gate in range(gates)]
    while queue:
        length, place, came = heapq.heappop(queue)
        if place in done:
            continue
        done.add(place)
        before[place] = came
        for other, more in near[place]:
            if other not in done:
                heapq.heappush(queue, (length + more, other, place))
    main: dict[tuple[int, int], int] = {}
    for seat in range(1, len(ground.seats)):
        place = gates + seat - 1
        while before.get(place, place) != place:
            pair = (min(place, before[place]), max(place, before[place]))
            main.setdefault(pair, seat)
            place = before[place]
    return main
