"""Join lines to a network: where they meet there is a node, and every line is split at its nodes.

Where the source names its nodes (OpenStreetMap, or a file with from and to), the names decide what
joins: a bridge does not meet the street below it. Where it does not, lines join at vertices they
share; a line that only crosses another, without a vertex there, does not meet it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.divisions.area import GEOD
from geo.network.graph import Floats
from geo.network.parts import label_parts
from geo.network.streets import TAGS, Mask, Streets, Words

Index = npt.NDArray[np.int64]

SAME_PLACE_DEG = 1e-9
"""Vertices nearer than this (a tenth of a millimetre) are one place."""
APART_M = 1.0
"""Ends that name the same node may lie this far apart without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A network, and what was left out of it: lines without length, pieces that were there twice.

    ``apart`` are nodes whose ends lie further than a metre from each other.
    """

    streets: Streets
    without_length: int
    twice: int
    apart: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Lines by their vertices: ``key`` numbers the place of each, ``line`` its line in the rows."""

    lonlat: Floats
    key: Index
    line: Index
    row: Index
    without_length: int = 0
    apart: int = 0


def join_streets(rows: gpd.GeoDataFrame) -> Joined:
    """Join staged lines to a network.

    Parameters
    ----------
    rows
        Columns of ``TAGS`` (text or None) and ``geometry`` (LineString or MultiLineString,
        EPSG:4490). With ``nodes`` (arrays of node ids, one id a vertex) lines are split at
        nodes where they meet, themselves included. With ``from_node`` and ``to_node`` in every row
        (LineStrings) each line is one whole piece. Else lines are split where vertices coincide.
    """
    named = "from_node" in rows and bool(len(rows)) and bool(rows["from_node"].notna().all())
    lines = _take_named(rows) if named else _take_lines(rows)
    split = lines if named else _split(lines)
    return _finish(rows, split)


def _take_lines(rows: gpd.GeoDataFrame) -> _Lines:
    parts, row = shapely.get_parts(rows.geometry.to_numpy(), return_index=True)
    lonlat, line = shapely.get_coordinates(parts, return_index=True)
    if "nodes" in rows and len(rows):
        _, key = np.unique(np.concatenate(rows["nodes"].tolist()), return_inverse=True)
    else:
        key = _number_places(lonlat)
    again = np.zeros(len(line), dtype=bool)
    again[1:] = (key[1:] == key[:-1]) & (line[1:] == line[:-1])
    lonlat, key, line = lonlat[~again], key[~again], line[~again]
    enough = np.bincount(line, minlength=len(parts)) > 1
    kept = enough[line]
    return _Lines(
        lonlat=lonlat[kept],
        key=key[kept],
        line=line[kept],
        row=row,
        without_length=int((~enough).sum()),
    )


def _number_places(lonlat: Floats) -> Index:
    """Give each point the number of its place, equal ones the same."""
    grid = np.rint(lonlat / SAME_PLACE_DEG).astype(np.int64)
    order = np.lexsort((grid[:, 1], grid[:, 0]))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (grid[order[1:]] != grid[order[:-1]]).any(axis=1)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(fresh) - 1
    return number


def _split(lines: _Lines) -> _Lines:
    """Split lines at every place where one ends or turns back, or more than two ways lead on.

    Two lines of one course (a street drawn in both directions) have no node on the way.
    """
    places = int(lines.key.max(initial=-1)) + 1
    node = _ways_on(lines, places) != 2  # noqa: PLR2004 - where one came from, and where one goes
    node[lines.key[_is_end(lines.line)]] = True
    meets = np.flatnonzero(node[lines.key])
    whole = lines.line[meets[:-1]] == lines.line[meets[1:]]
    begin, end = meets[:-1][whole], meets[1:][whole]
    size = end - begin + 1
    starts = np.concatenate([[0], np.cumsum(size)])
    taken = np.arange(starts[-1]) - np.repeat(starts[:-1] - begin, size)
    return _Lines(
        lonlat=lines.lonlat[taken],
        key=lines.key[taken],
        line=np.repeat(np.arange(len(size)), size),
        row=lines.row[lines.line[begin]],
        without_length=lines.without_length,
    )


def _ways_on(lines: _Lines, places: int) -> Index:
    """Return how many other places are next to each place along any line."""
    along = lines.line[1:] == lines.line[:-1]
    here, there = lines.key[:-1][along], lines.key[1:][along]
    steps = np.unique(np.concatenate([here * places + there, there * places + here]))
    return np.bincount(steps // max(places, 1), minlength=places)


def _is_end(line: Index) -> Mask:
    """Return whether a vertex is the first or the last of its line."""
    ends = np.ones(len(line), dtype=bool)
    ends[1:-1] = (line[1:-1] != line[:-2]) | (line[1:-1] != line[2:])
    return ends


def _take_named(rows: gpd.GeoDataFrame) -> _Lines:
    """Take each line as one piece between the nodes it names, in the direction that fits them.

    A file may draw a line from its second node to its first; where a node lies follows from where
    most of its lines end.
    """
    named = pd.concat([rows["from_node"], rows["to_node"]], ignore_index=True)
    key = pd.factorize(named)[0].reshape(2, -1).T.astype(np.int64)
    shapes = rows.geometry.to_numpy()
    lonlat, line = shapely.get_coordinates(shapes, return_index=True)
    last = np.flatnonzero(np.append(line[1:] != line[:-1], True))
    first = np.append(0, last[:-1] + 1)
    places = _number_places(lonlat)
    ends = np.column_stack([places[first], places[last]])
    turned = _votes(key, ends[:, ::-1]) > _votes(key, ends)
    shapes = np.where(turned, shapely.reverse(shapes), shapes)
    lonlat = shapely.get_coordinates(shapes)
    vertices = np.full(len(lonlat), -1, dtype=np.int64)
    vertices[first], vertices[last] = key[:, 0], key[:, 1]
    return _Lines(
        lonlat=lonlat,
        key=vertices,
        line=line,
        row=np.arange(len(rows)),
        apart=_count_apart(lonlat, vertices),
    )


def _votes(key: Index, ends: Index) -> Index:
    """Return, by line, how many ends of lines say that its nodes lie where these ends are."""
    (one, other), (here, there) = key.T, ends.T
    node = np.concatenate([one, other, one, other])
    place = np.concatenate([here, there, there, here])
    _, pair, count = np.unique(
        node * (place.max() + 1) + place, return_inverse=True, return_counts=True
    )
    found = count[pair]
    votes: Index = found[: len(key)] + found[len(key) : 2 * len(key)]
    return votes


def _count_apart(lonlat: Floats, key: Index) -> int:
    """Count the nodes one of whose ends lies away from the first."""
    ends = np.flatnonzero(key >= 0)
    _, first, node = np.unique(key[ends], return_index=True, return_inverse=True)
    here, there = lonlat[ends], lonlat[ends][first][node]
    away = GEOD.inv(here[:, 0], here[:, 1], there[:, 0], there[:, 1])[2] > APART_M
    return len(np.unique(node[away]))


def _finish(rows: gpd.GeoDataFrame, lines: _Lines) -> Joined:
    """Measure the pieces, leave out what has no length or is there twice, number the nodes."""
    starts = np.append(np.flatnonzero(np.diff(lines.line, prepend=-1)), len(lines.line))
    length_m = _measure(lines.lonlat, starts)
    ends = np.column_stack([lines.key[starts[:-1]], lines.key[starts[1:] - 1]])
    flat = length_m == 0
    if flat.any():  # two nodes at one place are one node
        ends = label_parts(int(ends.max()) + 1, ends[flat])[ends]
    tags = {tag: _column(rows, tag)[lines.row] for tag in TAGS}
    twice = _find_twice(ends, length_m, lines.lonlat, starts, tags) & ~flat
    kept = ~(flat | twice)
    vertices = np.repeat(kept, np.diff(starts))
    nodes, numbered = np.unique(ends[kept], return_inverse=True)
    streets = Streets(
        nodes=len(nodes),
        ends=numbered.reshape(-1, 2).astype(np.int32),
        starts=np.append(0, np.cumsum(np.diff(starts)[kept])),
        lonlat=lines.lonlat[vertices],
        length_m=length_m[kept],
        tags={tag: words[kept] for tag, words in tags.items()},
    )
    return Joined(
        streets=streets,
        without_length=lines.without_length + int(flat.sum()),
        twice=int(twice.sum()),
        apart=lines.apart,
    )


def _column(rows: gpd.GeoDataFrame, name: str) -> Words:
    if name not in rows:
        return np.full(len(rows), None, dtype=object)
    return np.array(rows[name].tolist() or [None], dtype=object)[: len(rows)]


def _measure(lonlat: Floats, starts: Index) -> Floats:
    """Return the geodesic lengths of lines in metres, on GRS 80.

    References
    ----------
    Karney 2013, Algorithms for geodesics, doi:10.1007/s00190-012-0578-z.
    """
    if len(starts) == 1:
        return np.zeros(0)
    step = np.zeros(len(lonlat))
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    step[:-1] = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    step[starts[1:] - 1] = 0.0
    return np.asarray(np.add.reduceat(step, starts[:-1]), dtype=np.float64)


def _find_twice(
    ends: Index, length_m: Floats, lonlat: Floats, starts: Index, tags: Mapping[str, Words]
) -> Mask:
    """Return which pieces say what an earlier one says: nodes, course and tags, either direction.

    A file of a directed network has every street once for each direction.
    """
    if len(ends) == 0:
        return np.zeros(0, dtype=bool)
    middle = np.add.reduceat(lonlat, starts[:-1], axis=0) / np.diff(starts)[:, None]
    frame = pd.DataFrame(
        {
            "low": ends.min(axis=1),
            "high": ends.max(axis=1),
            "length": np.rint(length_m * 1e3),
            "lon": np.rint(middle[:, 0] / SAME_PLACE_DEG / 10),
            "lat": np.rint(middle[:, 1] / SAME_PLACE_DEG / 10),
            **{tag: tags[tag] for tag in ("highway", "foot", "access")},
        }
    )
    return np.asarray(frame.duplicated().to_numpy(), dtype=bool)
