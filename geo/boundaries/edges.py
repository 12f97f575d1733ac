"""The edges of polygons, and which polygons share them; arrays only, no database.

Every ring is turned so that its polygon lies on the left, and every edge is a pair of vertex
numbers. Two polygons that are neighbours in order run along the same edge in opposite directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

DECIMALS = 9
"""Coordinates are compared to 1e-9 degrees (0.1 mm), so that formats do not make differences."""
NODE_TOLERANCE_DEG = 1e-8
"""A vertex this near (1 mm) to a neighbour's edge is taken as lying on it."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Geometries = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Edges:
    """Directed edges: ``start`` and ``end`` number ``vertices`` (n, 2), ``unit`` the polygons.

    The polygon lies to the left of the edge. ``vertices`` are lon, lat in EPSG:4490.
    """

    vertices: Floats
    start: Ints
    end: Ints
    unit: Ints

    @property
    def key(self) -> Ints:
        """Return a number for each edge that does not depend on its direction."""
        low, high = np.minimum(self.start, self.end), np.maximum(self.start, self.end)
        return low * len(self.vertices) + high


@dataclass(frozen=True, slots=True)
class Matched:
    """Edges by what they are: ``left`` and ``right`` number the polygons on both sides.

    ``shared`` are positions in the edges (one of the two that match, its polygon the left one);
    ``open`` are those without a partner: a coast, an outer border, or a fault.
    """

    edges: Edges
    shared: Ints
    left: Ints
    right: Ints
    open: Ints


def match_edges(polygons: Geometries) -> Matched:
    """Find the edges that two polygons share.

    Where one polygon has a vertex in the middle of its neighbour's edge, the edge is cut there
    first. Edges that are used more than twice, or twice in the same direction (the polygons
    overlap), count as open.

    Parameters
    ----------
    polygons
        MultiPolygons or polygons in EPSG:4490; their place in the array is their number.
    """
    edges = _read_edges(polygons)
    matched = _match(edges)
    cut = _cut_at_vertices(edges, matched.open)
    return matched if cut is None else _match(cut)


def _read_edges(polygons: Geometries) -> Edges:
    parts, part_unit = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    rounded = np.ascontiguousarray(np.round(xy, DECIMALS) + 0.0)  # + 0.0 makes -0.0 a 0.0
    # A complex number is one key for both coordinates, which sorts several times faster.
    vertices, number = np.unique(rounded.view(np.complex128).ravel(), return_inverse=True)
    before = np.flatnonzero(vertex_ring[1:] == vertex_ring[:-1])
    start, end = number[before], number[before + 1]
    unit = part_unit[ring_part[vertex_ring[before]]]
    real = start != end
    return Edges(
        vertices.view(np.float64).reshape(-1, 2),
        start[real],
        end[real],
        unit[real].astype(np.int64),
    )


def _match(edges: Edges) -> Matched:
    key = edges.key
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
    times = np.diff(np.r_[first, len(order)])
    one, other = order[first[times == 2]], order[first[times == 2] + 1]  # noqa: PLR2004
    opposite = edges.start[one] == edges.end[other]
    good = opposite & (edges.unit[one] != edges.unit[other])
    one, other = one[good], other[good]
    swap = edges.unit[one] > edges.unit[other]
    shared = np.where(swap, other, one)
    partner = np.where(swap, one, other)
    is_open = np.ones(len(key), dtype=bool)
    is_open[one] = is_open[other] = False
    return Matched(edges, shared, edges.unit[shared], edges.unit[partner], np.flatnonzero(is_open))


def _cut_at_vertices(edges: Edges, open_: Ints) -> Edges | None:
    """Cut open edges at the open vertices that lie on them; None where none does."""
    if not len(open_):
        return None
    lines = segments(edges, open_)
    candidates = np.unique(np.r_[edges.start[open_], edges.end[open_]])
    points = shapely.points(edges.vertices[candidates])
    near = shapely.STRtree(lines).query(points, predicate="dwithin", distance=NODE_TOLERANCE_DEG)
    vertex, edge = candidates[near[0]], open_[near[1]]
    inside = (vertex != edges.start[edge]) & (vertex != edges.end[edge])
    if not inside.any():
        return None
    return _insert_vertices(edges, edge[inside], vertex[inside])


def _insert_vertices(edges: Edges, edge: Ints, vertex: Ints) -> Edges:
    """Return the edges with vertices put into some of them, in their order along each."""
    begin = edges.vertices[edges.start[edge]]
    along = np.hypot(*(edges.vertices[vertex] - begin).T)
    order = np.lexsort((along, edge))
    edge, vertex = edge[order], vertex[order]
    is_last = np.r_[edge[1:] != edge[:-1], True]
    is_first = np.r_[True, edge[1:] != edge[:-1]]
    # Before each put-in vertex runs a piece from the vertex before it; after the last, the rest.
    piece_start = np.where(is_first, edges.start[edge], np.r_[-1, vertex[:-1]])
    rest = edge[is_last]
    kept = np.ones(len(edges.start), dtype=bool)
    kept[rest] = False
    return Edges(
        edges.vertices,
        np.r_[edges.start[kept], piece_start, vertex[is_last]],
        np.r_[edges.end[kept], vertex, edges.end[rest]],
        np.r_[edges.unit[kept], edges.unit[edge], edges.unit[rest]],
    )


def segments(edges: Edges, chosen: Ints) -> Geometries:
    """Return chosen edges as LineStrings of two points."""
    ends = np.stack(
        [edges.vertices[edges.start[chosen]], edges.vertices[edges.end[chosen]]], axis=1
    )
    return np.asarray(shapely.linestrings(ends), dtype=object)
