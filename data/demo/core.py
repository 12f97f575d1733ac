"""The county town itself: a grid grown askew, cut by a river and a railway, with lanes inside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from data.demo.ground import Floats, Ground, river_x
from data.demo.streets import Place, Street, Streets, crosses

RADIUS_M = (3_150.0, 2_550.0)
"""Half axes of the town, east and north."""
BANK_M = 48.0
BRIDGES = (-1, 1, 3)
"""Which main streets from west to east cross the river, counted from the middle."""
PASSAGES = (-2, 0, 1, 3)
"""Which of them cross the railway."""
BOULEVARDS = (
    "示例北环路", "示例文化路", "示例人民路", "示例郯子路", "示例东城路", "示例师郯路",
    "示例建设路", "示例团结路", "示例古城路", "示例南环路", "示例迎宾路", "示例银杏路",
    "示例琅琊路", "示例郯东路",
)  # fmt: skip
GATES = 18
PARKS = 4


@dataclass(frozen=True, slots=True)
class Core:
    """The town's blocks and ways out; ``blocks`` (n, 2) are middles of quarter blocks in metres."""

    blocks: Floats
    gates: tuple[Place, ...]


@dataclass(slots=True)
class _Grid:
    """Lines of the grid; even ones are streets, odd ones the lanes between, where there are any."""

    at: Floats  # (columns, rows, 2)
    inside: Floats  # how far out, 1 at the edge of the town
    middle: tuple[int, int]
    nodes: dict[tuple[int, int], int]


def build_core(rng: np.random.Generator, ground: Ground, streets: Streets) -> Core:
    """Build the streets of the town and return where people live and how one gets out."""
    grid = _lay_grid(rng)
    begin = len(streets.pieces)
    _draw_streets(rng, grid, streets)
    _draw_lanes(rng, grid, streets)
    _draw_parks(rng, grid, streets)
    lines = [barrier.line for barrier in ground.barriers]
    bridges = _cut_at_barriers(grid, streets, begin, lines)
    _walk_along_the_river(streets, bridges)
    return Core(_blocks(grid, ground), _gates(grid, streets, begin))


def _lay_grid(rng: np.random.Generator) -> _Grid:
    xs, x0 = _lines(rng, RADIUS_M[0])
    ys, y0 = _lines(rng, RADIUS_M[1])
    x, y = np.meshgrid(xs, ys, indexing="ij")
    phase = rng.uniform(0, 2 * np.pi, 4)
    east = x + 75 * np.sin(y / 1_150 + phase[0]) + 40 * np.sin((x + y) / 820 + phase[1])
    north = y + 65 * np.sin(x / 1_250 + phase[2]) + 40 * np.sin((x - y) / 900 + phase[3])
    turn = np.radians(-4.0)
    at = np.stack(
        [east * np.cos(turn) - north * np.sin(turn), east * np.sin(turn) + north * np.cos(turn)],
        axis=-1,
    )
    at += rng.normal(0, 9.0, at.shape)
    wobble = 1 + 0.10 * np.sin(3 * np.arctan2(at[..., 1], at[..., 0]) + phase[0])
    inside = np.hypot(at[..., 0] / RADIUS_M[0], at[..., 1] / RADIUS_M[1]) / wobble
    return _Grid(at, inside, (x0, y0), {})


def _lines(rng: np.random.Generator, radius: float) -> tuple[Floats, int]:
    """Return where the lines lie, a lane between each two streets, and which is the middle one."""
    steps = rng.uniform(330, 500, 2 * int(1.2 * radius / 400))
    mains = np.concatenate([[0.0], np.cumsum(steps)])
    middle = len(mains) // 2
    mains -= mains[middle]
    lanes = (mains[:-1] + mains[1:]) / 2 + rng.uniform(-45, 45, len(mains) - 1)
    return np.sort(np.concatenate([mains, lanes])), 2 * middle


def _node(grid: _Grid, streets: Streets, column: int, row: int) -> int:
    if (column, row) not in grid.nodes:
        grid.nodes[column, row] = streets.add_node(grid.at[column, row])
    return grid.nodes[column, row]


def _draw_streets(rng: np.random.Generator, grid: _Grid, streets: Streets) -> None:
    """Draw the streets; towards the edge of the town some are missing."""
    columns, rows = grid.inside.shape
    for column in range(0, columns, 2):
        pieces = [((column, row), (column, row + 1)) for row in range(rows - 1)]
        _draw_line(rng, grid, streets, pieces, (column - grid.middle[0]) // 2)
    for row in range(0, rows, 2):
        pieces = [((column, row), (column + 1, row)) for column in range(columns - 1)]
        _draw_line(rng, grid, streets, pieces, (row - grid.middle[1]) // 2 + 50)


def _draw_line(
    rng: np.random.Generator,
    grid: _Grid,
    streets: Streets,
    pieces: list[tuple[tuple[int, int], tuple[int, int]]],
    number: int,
) -> None:
    main = number % 50 % 3 == 0
    name = BOULEVARDS[number % len(BOULEVARDS)] if main else f"示例{abs(number) % 50 + 1}号路"
    highway = "secondary" if main else "tertiary" if number % 2 else "residential"
    for start, end in pieces:
        out = max(grid.inside[start], grid.inside[end])
        missing = out > 0.72 and not main and rng.random() < 0.55 * (out - 0.5)  # noqa: PLR2004
        if out <= (1.04 if main else 0.98) and not missing:
            streets.join(_node(grid, streets, *start), _node(grid, streets, *end), highway, name)


def _draw_lanes(rng: np.random.Generator, grid: _Grid, streets: Streets) -> None:
    """Draw lanes into the blocks, whole or as dead ends, denser towards the middle."""
    columns, rows = grid.inside.shape
    for column in range(1, columns - 1, 2):
        for row in range(1, rows - 1, 2):
            out = float(grid.inside[column, row])
            if out > 0.96:  # noqa: PLR2004 - the edge of the town
                continue
            for step in ((0, -1), (0, 1), (-1, 0), (1, 0)):
                if rng.random() > 0.9 - 0.5 * out:
                    continue
                there = (column + step[0], row + step[1])
                if there not in grid.nodes:
                    continue
                kind = "residential" if rng.random() < 0.4 else "living_street"  # noqa: PLR2004
                access = "private" if rng.random() < 0.02 else ""  # noqa: PLR2004 - a walled yard
                here = _node(grid, streets, column, row)
                streets.join(grid.nodes[there], here, kind, access=access)


def _draw_parks(rng: np.random.Generator, grid: _Grid, streets: Streets) -> None:
    """Draw paths across some blocks from corner to corner."""
    columns, rows = grid.inside.shape
    blocks = [
        (column, row)
        for column in range(1, columns - 1, 2)
        for row in range(1, rows - 1, 2)
        if grid.inside[column, row] < 0.7  # noqa: PLR2004 - not at the edge
    ]
    for place in rng.choice(len(blocks), PARKS, replace=False).tolist():
        column, row = blocks[place]
        middle = _node(grid, streets, column, row)
        for step in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            corner = grid.nodes.get((column + step[0], row + step[1]))
            if corner is not None:
                streets.join(corner, middle, "footway", "示例公园步道")


def _cut_at_barriers(
    grid: _Grid, streets: Streets, begin: int, lines: list[shapely.LineString]
) -> list[tuple[int, int]]:
    """Take away what crosses water or rails but for bridges; return the bridges' bank nodes."""
    railway, town_river = lines[-1], lines[1]
    row_of = {node: place[1] for place, node in grid.nodes.items()}
    kept: list[Street] = []
    banks: list[tuple[int, int]] = []
    for piece in streets.pieces[begin:]:
        on_river, on_rails = crosses(piece.xy, [town_river]), crosses(piece.xy, [railway])
        level = row_of[piece.start] == row_of[piece.end]
        number = (row_of[piece.start] - grid.middle[1]) / 2
        if on_river and level and number in BRIDGES:
            banks.append(_bridge(streets, kept, piece))
        elif not _in_river(piece, town_river) and (not on_rails or (level and number in PASSAGES)):
            kept.append(piece)
    streets.pieces[begin:] = kept
    return banks


def _in_river(piece: Street, river: shapely.LineString) -> bool:
    """Say whether a street would stand in the water."""
    return bool(shapely.dwithin(shapely.LineString(piece.xy), river, BANK_M * 0.9))


def _bridge(streets: Streets, kept: list[Street], piece: Street) -> tuple[int, int]:
    """Replace a piece by a bridge with a node on each bank; return these, west first."""
    west, east = sorted((piece.start, piece.end), key=lambda node: float(streets.nodes[node][0]))
    one, other = streets.nodes[west], streets.nodes[east]
    share = np.linspace(0, 1, 200)[:, np.newaxis]
    way = one + share * (other - one)
    over = int(np.argmin(np.abs(way[:, 0] - river_x(way[:, 1]))))
    length = float(np.hypot(*(other - one)))
    step = (other - one) / length * min(BANK_M, length / 4)
    banks = tuple(streets.add_node(way[over] + side * step) for side in (-1, 1))
    for start, end in pairwise((west, *banks, east)):
        xy = np.array([streets.nodes[start], streets.nodes[end]])
        kept.append(Street(start, end, xy, piece.highway, piece.name))
    return banks[0], banks[1]


def _walk_along_the_river(streets: Streets, bridges: list[tuple[int, int]]) -> None:
    """Lay a path along each bank from bridge to bridge, and some way beyond."""
    for side, sign in ((0, -1.0), (1, 1.0)):
        stops = sorted((pair[side] for pair in bridges), key=lambda node: streets.nodes[node][1])
        ends = [(stops[0], -700.0), (stops[-1], 700.0)] if stops else []
        for stop, beyond in ends:
            y = float(streets.nodes[stop][1]) + beyond
            tip = np.array([river_x(np.array([y]))[0] + sign * BANK_M, y])
            stops.append(streets.add_node(tip))
        stops.sort(key=lambda node: streets.nodes[node][1])
        for start, end in pairwise(stops):
            low, high = streets.nodes[start][1], streets.nodes[end][1]
            ys = np.linspace(low, high, max(3, int((high - low) / 120)))[1:-1]
            bends = list(np.column_stack([river_x(ys) + sign * BANK_M, ys]))
            streets.join(start, end, "footway", "示例滨河步道", bends=bends)


def _blocks(grid: _Grid, ground: Ground) -> Floats:
    """Return the middles of quarter blocks where people can live: in town, not in the water."""
    corners = grid.at
    middles = (corners[:-1, :-1] + corners[1:, :-1] + corners[:-1, 1:] + corners[1:, 1:]) / 4
    points = middles.reshape(-1, 2)
    out = np.hypot(points[:, 0] / RADIUS_M[0], points[:, 1] / RADIUS_M[1])
    shapes = shapely.points(points)
    dry = np.ones(len(points), dtype=np.bool_)
    for barrier in ground.barriers:
        dry &= shapely.distance(shapes, barrier.line) > 1.5 * BANK_M
    return points[(out < 0.96) & dry]  # noqa: PLR2004 - the edge of the town


def _gates(grid: _Grid, streets: Streets, begin: int) -> tuple[Place, ...]:
    """Return the outermost nodes round the town, where roads from outside arrive."""
    used = {node for piece in streets.pieces[begin:] for node in (piece.start, piece.end)}
    out = [(place, node) for place, node in grid.nodes.items() if node in used]
    at = np.array([grid.at[place] for place, _ in out])
    sector = ((np.arctan2(at[:, 1], at[:, 0]) + np.pi) / (2 * np.pi) * GATES).astype(int)
    far = np.array([grid.inside[place] for place, _ in out])
    gates = []
    for one in range(GATES):
        members = np.flatnonzero(sector == one)
        if len(members):
            best = int(members[np.argmax(far[members])])
            gates.append(Place(at[best], (out[best][1],)))
    return tuple(gates)
