"""How far places are from the streets of a network that was imported, by the straight line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from sqlalchemy import Connection, Float, func, select
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects.postgresql import ARRAY

from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.db.sql import CGCS2000 as SRID
from geo.db.sql import load
from geo.network.tables import network_edge

HERE = Path(__file__).parent
Floats = npt.NDArray[np.float64]

REACH_M = 2000.0
"""Streets are looked for this far round each place; beyond it one by one."""
REACH_DEG = 0.02
"""The same in degrees of latitude, a little more."""
CELL_DEG = 0.02
AT_ONCE = 2000
MOST_FAR = 1000
"""Distances beyond ``REACH_M`` that are measured; no list of findings is longer."""
CANDIDATES = 10
"""Nearest streets in degrees of which the nearest in metres is taken: degrees are not square."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The streets round some places, in a frame of metres."""

    frame: CRS
    lines: npt.NDArray[np.object_]
    tree: shapely.STRtree

    def to_metres(self, lonlat: Floats) -> Floats:
        """Return places (n, 2) in EPSG:4490 in this frame."""
        return transform_points(lonlat, CGCS2000, self.frame)

    def distance_m(self, xy: Floats) -> Floats:
        """Return how far each place of this frame is from the nearest street; inf without any."""
        if len(self.lines) == 0:
            return np.full(len(xy), np.inf)
        points = shapely.points(xy)
        nearest = self.tree.nearest(points)
        return np.asarray(shapely.distance(points, self.lines[nearest]), dtype=np.float64)


def open_neighbourhood(conn: Connection, network_id: UUID, lonlat: Floats) -> Neighbourhood:
    """Load the streets within ``REACH_M`` of places, which lie within a degree or two."""
    frame = local_metres(round(float(np.median(lonlat[:, 0])), 1))
    cells = np.unique(np.floor(lonlat / CELL_DEG).astype(np.int64), axis=0) * CELL_DEG
    wide = REACH_DEG / np.cos(np.radians(np.abs(lonlat[:, 1]).max()))
    edge = network_edge.c
    sides = (
        cells[:, 0] - wide,
        cells[:, 1] - REACH_DEG,
        cells[:, 0] + CELL_DEG + wide,
        cells[:, 1] + CELL_DEG + REACH_DEG,
    )
    box = (
        func.unnest(*(cast_sql(side.tolist(), ARRAY(Float)) for side in sides))
        .table_valued("west", "south", "east", "north")
        .render_derived()
    )
    reach = func.ST_MakeEnvelope(box.c.west, box.c.south, box.c.east, box.c.north, SRID)
    rows = conn.execute(
        select(edge.number, func.ST_AsBinary(edge.geom))
        .distinct()
        .join_from(box, network_edge, edge.geom.op("&&")(reach))
        .where(edge.network_id == network_id)
        .order_by(edge.number)
    )
    wkb = np.array([bytes(shape) for _, shape in rows] + [None], dtype=object)[:-1]
    lines = shapely.transform(
        np.asarray(shapely.from_wkb(wkb), dtype=object),
        lambda xy: transform_points(xy, CGCS2000, frame),
    )
    return Neighbourhood(frame, lines, shapely.STRtree(lines))


def distances_to_streets(conn: Connection, network_id: UUID, lonlat: Floats) -> Floats:
    """Return how far each place is from the nearest street of any class, metres.

    Beyond ``REACH_M`` the first ``MOST_FAR`` are measured, the others are inf; so is everything
    where the network has no street.
    """
    distances = np.full(len(lonlat), np.inf)
    for places in _by_degree(lonlat):
        near = open_neighbourhood(conn, network_id, lonlat[places])
        distances[places] = near.distance_m(near.to_metres(lonlat[places]))
    distances[distances > REACH_M] = np.inf
    far = np.flatnonzero(np.isinf(distances))[:MOST_FAR]
    distances[far] = _measure(conn, network_id, lonlat[far])
    return distances


def _by_degree(lonlat: Floats) -> Iterator[npt.NDArray[np.int64]]:
    """Give places by whole degrees of longitude, so that a frame of metres is true for them."""
    order = np.lexsort((lonlat[:, 1], np.floor(lonlat[:, 0])))
    degrees = np.floor(lonlat[order, 0])
    for part in np.split(order, np.flatnonzero(np.diff(degrees)) + 1):
        for begin in range(0, len(part), AT_ONCE):
            yield part[begin : begin + AT_ONCE]


def _measure(conn: Connection, network_id: UUID, lonlat: Floats) -> Floats:
    """Return the distances of places that are far from any street, one by one."""
    found = np.full(len(lonlat), np.inf)
    asked = {
        "network": network_id,
        "lons": lonlat[:, 0].tolist(),
        "lats": lonlat[:, 1].tolist(),
        "candidates": CANDIDATES,
    }
    rows = conn.execute(load(HERE / "far.sql"), asked)
    for place, distance_m in rows:
        found[place - 1] = np.inf if distance_m is None else distance_m
    return found
