"""The graph of a walking network as arrays: what the kernel walks and the snap looks into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A walkable network of n nodes and e edges, each walkable both ways.

    ``middle_lon`` is the middle meridian (degrees) of the frame in metres that ``xy`` is in
    (:func:`geo.crs.local.local_metres`). ``indptr`` (n + 1), ``neighbours`` and ``lengths_m`` (2 e)
    are the compressed sparse rows: the neighbours of node i are those from ``indptr[i]`` up to
    ``indptr[i + 1]``. Edge k runs from ``ends[k, 0]`` to ``ends[k, 1]``, is ``edge_m[k]`` long
    (geodesic), and its vertices are ``xy[starts[k]:starts[k + 1]]``. ``number[k]`` is its number in
    the stored network, ``component`` (n) the connected part of a node, 0 the largest.
    """

    middle_lon: float
    indptr: npt.NDArray[np.int64]
    neighbours: Ints
    lengths_m: Floats
    ends: Ints
    edge_m: Floats
    starts: npt.NDArray[np.int64]
    xy: Floats
    number: Ints
    component: Ints
    sha256: str = ""

    @property
    def nodes(self) -> int:
        """Return the number of nodes."""
        return len(self.indptr) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """Where n points meet the streets: ``edge`` -1 where none is within the limit.

    ``along_m`` is the way along the edge from its first node to the snap point (in the measure of
    ``edge_m``), ``away_m`` the straight line from the point to it; both NaN where there is none.
    """

    edge: Ints
    along_m: Floats
    away_m: Floats
