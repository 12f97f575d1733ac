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
from geo.progress import Progress, report

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Distances of n cells, metres: infinity where no facility can be reached, NaN without streets.

    ``facility`` is the index of the nearest one in ``serving`` (-1: none). ``serving`` are the
    indices of the facilities that take part, ``snapped`` says which of those stand by a street.
    The cells that the k-th of them reaches within the limit are ``reached[starts[k]:starts[k+1]]``.
    """

    metres: Floats
    facility: npt.NDArray[np.int32]
    serving: tuple[int, ...]
    snapped: npt.NDArray[np.bool_]
    starts: npt.NDArray[np.int64]
    reached: npt.NDArray[np.int32]


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
    serving = tuple(
        number for number, place in enumerate(inputs.facilities) if is_serving(place, rules)
    )
    places = [inputs.facilities[number] for number in serving]
    lon, lat = (
        np.array([getattr(place, axis) for place in places], dtype=np.float64)
        for axis in ("lon", "lat")
    )
    facilities = snap(inputs.graph, to_frame(inputs.graph, lon, lat), rules.snap_limit_m)
    metres, facility = walk_to_nearest(inputs.graph, facilities, cells)
    report(progress, 0.5, "doing.reach")
    starts, reached, _ = walk_many(inputs.graph, facilities, cells, rules.limit_m, progress)
    return Walked(
        metres=metres,
        facility=facility,
        serving=serving,
        snapped=facilities.edge >= 0,
        starts=starts,
        reached=reached,
    )


def is_serving(place: Place, rules: Rules) -> bool:
    """Return whether a facility takes part: it is on the map, and well enough placed."""
    return place.lon is not None and rules.takes(place.position_quality)


def to_frame(graph: Graph, lon: Floats, lat: Floats) -> Floats:
    """Return places in EPSG:4490 in the frame of a graph, shape (n, 2), metres."""
    frame = local_metres(graph.middle_lon)
    return transform_points(np.column_stack([lon, lat]), CGCS2000, frame)
