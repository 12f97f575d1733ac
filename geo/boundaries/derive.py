"""Lines from polygons: the shared edges of each pair of neighbours, joined; arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.boundaries.edges import Floats, Geometries, Ints, Matched, segments
from geo.divisions.area import GEOD


@dataclass(frozen=True, slots=True)
class DerivedLines:
    """Lines between neighbours: one row for each connected piece of a pair's common boundary.

    ``left`` and ``right`` number the units, the left one (the smaller number) lies to the left in
    the direction of ``geoms`` (MultiLineString, EPSG:4490); ``length_km`` is on the ellipsoid.
    """

    left: Ints
    right: Ints
    geoms: Geometries
    length_km: Floats

    @property
    def pairs(self) -> int:
        """Return the number of unordered pairs of neighbours."""
        return len(np.unique(np.stack([self.left, self.right], axis=1), axis=0))


def derive_lines(matched: Matched, unit_of: Ints | None = None) -> DerivedLines:
    """Join shared edges into lines.

    An edge of a pair goes on into the next as long as the same two units lie on its sides, so a
    line runs from tripoint to tripoint (or to the coast, or closes on itself round an enclave).
    Pieces of one pair that touch in a point are one line.

    Parameters
    ----------
    unit_of
        For each polygon the unit it counts with (districts of one city merged); edges inside one
        unit are no line. By default every polygon is a unit of its own.

    Returns
    -------
    DerivedLines
        Sorted by left, right, and length, the longest piece first.
    """
    shared, left, right = matched.shared, matched.left, matched.right
    if unit_of is not None:
        left, right = unit_of[left], unit_of[right]
        border = left != right
        shared, left, right = shared[border], left[border], right[border]
    low, high = np.minimum(left, right), np.maximum(left, right)
    lines = segments(matched.edges, shared)
    turned = left > right
    lines[turned] = shapely.reverse(lines[turned])
    count = int(high.max()) + 1 if len(high) else 1
    pair = low * count + high
    order = np.argsort(pair, kind="stable")
    keys, group = np.unique(pair[order], return_inverse=True)
    merged = shapely.line_merge(
        shapely.multilinestrings(lines[order], indices=group), directed=True
    )
    chains, chain_pair = shapely.get_parts(merged, return_index=True)
    piece = _connect(chains, chain_pair)
    in_order = np.argsort(piece, kind="stable")
    geoms = np.asarray(
        shapely.multilinestrings(chains[in_order], indices=piece[in_order]), dtype=object
    )
    piece_pair = np.zeros(len(geoms), dtype=np.int64)
    piece_pair[piece] = chain_pair
    return _sorted(keys[piece_pair] // count, keys[piece_pair] % count, geoms)


def _connect(chains: Geometries, pair: Ints) -> Ints:
    """Give chains the number of their piece: those of a pair that share an end are one piece."""
    ends = np.r_[
        shapely.get_coordinates(shapely.get_point(chains, 0)),
        shapely.get_coordinates(shapely.get_point(chains, -1)),
    ]
    _, node = np.unique(np.c_[np.r_[pair, pair], ends], axis=0, return_inverse=True)
    start, end = np.split(node.ravel(), 2)
    piece = np.arange(len(chains))
    while True:
        # Every node takes the smallest piece number that meets in it, until nothing changes.
        lowest = np.full(int(node.max()) + 1 if len(node) else 0, len(chains))
        np.minimum.at(lowest, start, piece)
        np.minimum.at(lowest, end, piece)
        better = np.minimum(lowest[start], lowest[end])
        if np.array_equal(better, piece):
            numbered: Ints = np.unique(piece, return_inverse=True)[1]
            return numbered
        piece = better


def _sorted(left: Ints, right: Ints, geoms: Geometries) -> DerivedLines:
    length = lengths_km(geoms)
    order = np.lexsort((-length, right, left))
    return DerivedLines(left[order], right[order], geoms[order], length[order])


def lengths_km(lines: Geometries) -> Floats:
    """Return the length of lines in EPSG:4490 on the ellipsoid, km; 0 for an empty one.

    References
    ----------
    Karney 2013, Algorithms for geodesics, doi:10.1007/s00190-012-0578-z.
    """
    parts, part_line = shapely.get_parts(lines, return_index=True)
    xy, vertex_part = shapely.get_coordinates(parts, return_index=True)
    a = np.flatnonzero(vertex_part[1:] == vertex_part[:-1])
    metres = GEOD.inv(xy[a, 0], xy[a, 1], xy[a + 1, 0], xy[a + 1, 1])[2]
    total = np.bincount(part_line[vertex_part[a]], weights=metres, minlength=len(lines))
    return np.asarray(total, dtype=np.float64) / 1000
