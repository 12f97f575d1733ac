"""How far it is from each cell to the nearest facility, and whom each facility reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.coverage.inputs import Inputs, Place
from geo.coverage.question import Rules
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.network.graph import Graph, Snapped
from geo.network.snap import snap
from geo.network.walk import walk_many, walk_to_nearest
from geo.progress import Progress, part_of, report

Floats = npt.NDArray[np.float64]


REACHES_M = (2000.0, 4000.0, 10_000.0)
"""A walk notes whom each facility reaches up to the first of these that is no less than the limit.

So it holds for other limits too, and a run with another one need not walk again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Distances of n cells, metres: infinity where no facility can be reached, NaN without streets.

    ``facility`` is the number of the nearest one among those that take part (-1: none), ``snapped``
    says which of these stand by a street. The cells that the k-th of them reaches are, ascending,
    ``reached[starts[k]:starts[k + 1]]``, which lie ``reached_m`` from it.
    """

    metres: Floats
    facility: npt.NDArray[np.int32]
    snapped: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.int64]
    reached: npt.NDArray[np.int32]
    reached_m: Floats


def snap_cells(inputs: Inputs, rules: Rules, progress: Progress) -> Snapped:
    """Find where the cells meet the streets; it depends on cells, graph and snap limit alone."""
    xy = to_frame(inputs.graph, inputs.cells.lon, inputs.cells.lat)
    return snap(inputs.graph, xy, rules.snap_limit_m, progress)


def walk(inputs: Inputs, rules: Rules, cells: Snapped, progress: Progress) -> Walked:
    """Walk from the facilities through the streets to the cells.

    The distance from a person to a facility is the straight line from the cell's centre to its
    snap point, the way along the streets, and the straight line from the facility's snap point to
    the facility.
    """
    report(progress, 0.0, "doing.walk")
    lonlat = locate_serving(inputs, rules)
    facilities = snap(inputs.graph, to_frame(inputs.graph, *lonlat.T), rules.snap_limit_m)
    metres, facility = walk_to_nearest(inputs.graph, facilities, cells)
    report(progress, 0.5, "doing.reach")
    rest = part_of(progress, 0.5, 1.0)
    starts, reached, reached_m = walk_many(inputs.graph, facilities, cells, reach_of(rules), rest)
    return Walked(
        metres=metres,
        facility=facility,
        snapped=facilities.edge >= 0,
        starts=starts,
        reached=reached,
        reached_m=reached_m,
    )


def reach_of(rules: Rules) -> float:
    """Return how far a walk looks for whom each facility reaches, metres."""
    return next(reach for reach in REACHES_M if reach >= rules.limit_m)


def find_serving(inputs: Inputs, rules: Rules) -> list[Place]:
    """Return the facilities that take part, in their order."""
    return [place for place in inputs.facilities if is_serving(place, rules)]


def locate_serving(inputs: Inputs, rules: Rules) -> Floats:
    """Return longitude and latitude of the facilities that take part, shape (n, 2)."""
    places = [(place.lon, place.lat) for place in find_serving(inputs, rules)]
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def is_serving(place: Place, rules: Rules) -> bool:
    """Return whether a facility takes part: it is on the map, and well enough placed."""
    return place.lon is not None and rules.takes(place.position_quality)


def to_frame(graph: Graph, lon: Floats, lat: Floats) -> Floats:
    """Return places in EPSG:4490 in the frame of a graph, shape (n, 2), metres."""
    frame = local_metres(graph.middle_lon)
    return transform_points(np.column_stack([lon, lat]), CGCS2000, frame)
