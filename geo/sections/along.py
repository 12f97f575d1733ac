"""Measure along a line of record: where on it a marker stands, and the part between two places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection, Uuid, func, literal, or_, select

from geo.access.jurisdiction import Viewer, in_reach, refuse_hidden, require_some_role
from geo.boundaries.tables import boundary_line_version
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.errors import LineUnknownError
from geo.markers.tables import marker_on_line, marker_version
from geo.sections.directions import GRS80, measure_leg

Floats = npt.NDArray[np.float64]
version = boundary_line_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A line of record as it runs on a date, in the direction in which it is stored.

    ``xy`` are its vertices, lon and lat in EPSG:4490 (n, 2); ``at_m`` their distance along it on
    the ellipsoid, metres (n). A line of several parts is measured part after part: ``part`` says
    of which a vertex is, and the way across between two parts counts nothing.
    """

    line_id: UUID
    left_id: UUID
    right_id: UUID
    xy: Floats
    at_m: Floats
    part: npt.NDArray[np.intp]

    @property
    def length_m(self) -> float:
        """Return the length of the whole line on the ellipsoid."""
        return float(self.at_m[-1])

    @property
    def is_ring(self) -> bool:
        """Return whether the line comes back to where it begins, as that round an enclave does."""
        return bool(self.part[-1] == 0 and np.array_equal(self.xy[0], self.xy[-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerRef:
    """A marker by its number; ``member`` is the letter of a half of a double marker."""

    id: UUID
    number: str
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where the markers of one number stand on a line: metres along it, metres off it.

    The halves of a double marker on two banks are one stop, in their middle along the line.
    """

    markers: tuple[MarkerRef, ...]
    at_m: float
    off_m: float

    @property
    def marker(self) -> MarkerRef:
        """Return the marker, of a double one its first half."""
        return self.markers[0]


def read_track(conn: Connection, line_id: UUID, at: date) -> Track:
    """Read how a line of record runs on a date.

    Raises
    ------
    LineUnknownError
        If there is no such line on the date.
    """
    row = conn.execute(
        select(
            version.left_id, version.right_id, func.ST_AsBinary(version.geom).label("wkb")
        ).where(version.line_id == line_id, version.valid.contains(at))
    ).one_or_none()
    if row is None:
        raise LineUnknownError(line=line_id)
    shape = shapely.line_merge(shapely.from_wkb(bytes(row.wkb)))
    return make_track(shape, line_id=line_id, sides=(row.left_id, row.right_id))


def require_reach(conn: Connection, viewer: Viewer, track: Track, *, what: str) -> None:
    """Refuse who has no role at one of the line's sides or above: markers lie at its ends.

    Raises
    ------
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
    """
    require_some_role(viewer, "viewer")
    sides = [track.left_id, track.right_id]
    reached = or_(*(in_reach(viewer, literal(side, Uuid)) for side in sides))
    if not conn.execute(select(reached)).scalar_one():
        refuse_hidden(conn, viewer, sides, what=what)


def make_track(shape: shapely.Geometry, *, line_id: UUID, sides: tuple[UUID, UUID]) -> Track:
    """Measure a line (LineString or MultiLineString in EPSG:4490) along itself."""
    parts = shapely.get_parts(shape)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    _, _, steps = GRS80.inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    steps = np.where(part[:-1] == part[1:], steps, 0.0)
    at_m = np.concatenate([[0.0], np.cumsum(steps)])
    return Track(line_id=line_id, left_id=sides[0], right_id=sides[1], xy=xy, at_m=at_m, part=part)


def list_stops(conn: Connection, track: Track, at: date) -> list[Stop]:
    """Return the markers along a line on a date, in the order of the line.

    A marker without a position is not among them.
    """
    on, card = marker_on_line.c, marker_version.c
    rows = conn.execute(
        select(
            on.marker_id,
            card.number,
            card.member,
            func.ST_X(card.geom).label("lon"),
            func.ST_Y(card.geom).label("lat"),
        )
        .join_from(marker_on_line, marker_version, card.marker_id == on.marker_id)
        .where(on.line_id == track.line_id, on.valid.contains(at), card.valid.contains(at))
        .where(card.geom.is_not(None))
        .order_by(card.number, card.member)
    ).all()
    along, off = measure_places(track, np.array([(row.lon, row.lat) for row in rows]))
    halves: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        halves[row.number].append(place)
    stops = [
        Stop(
            markers=tuple(
                MarkerRef(id=rows[one].marker_id, number=number, member=rows[one].member)
                for one in places
            ),
            at_m=float(along[places].mean()),
            off_m=float(off[places].mean()),
        )
        for number, places in halves.items()
    ]
    return sorted(stops, key=lambda one: one.at_m)


def runs_forward(track: Track, at_m: Sequence[float]) -> bool:
    """Return whether places given in order of their numbers follow the direction of the line.

    With fewer than two it is asked whether the line runs from west to east, or, if it is higher
    than wide, from north to south, as numbers do (GB/T 17796). A ring is always run forward.
    """
    if track.is_ring:
        return True
    trend = float(np.sign(np.diff(np.asarray(at_m))).sum())
    if trend:
        return trend > 0
    leg = measure_leg(tuple(track.xy[0]), tuple(track.xy[-1]))
    east, north = (turn(np.radians(leg.azimuth_deg)) * leg.distance_m for turn in (np.sin, np.cos))
    return bool(east >= 0 if abs(east) >= abs(north) else north <= 0)


def measure_places(track: Track, lonlat: Floats) -> tuple[Floats, Floats]:
    """Return where along a line places are, and how far off it, metres each.

    A place is taken to the nearest point of the line, in a frame in metres round it; an edge is the
    shortest way between its vertices.

    Parameters
    ----------
    lonlat
        Places in EPSG:4490 (n, 2).
    """
    if len(lonlat) == 0:
        return np.empty(0), np.empty(0)
    frame = local_metres(float(np.round(track.xy[:, 0].mean())))
    vertices = transform_points(track.xy, CGCS2000, frame)
    places = transform_points(lonlat, CGCS2000, frame)
    begin, step = vertices[:-1], np.diff(vertices, axis=0)
    within = track.part[:-1] == track.part[1:]
    length = np.maximum(np.einsum("ij,ij->i", step, step), np.finfo(float).tiny)
    found, off = np.empty(len(places)), np.empty(len(places))
    for number, place in enumerate(places):
        share = np.clip(((place - begin) * step).sum(axis=1) / length, 0.0, 1.0)
        away = np.hypot(*(begin + share[:, np.newaxis] * step - place).T)
        away[~within] = np.inf
        best = int(np.argmin(away))
        along = track.at_m[best + 1] - track.at_m[best]
        found[number] = track.at_m[best] + share[best] * along
        off[number] = away[best]
    return found, off


def cut_track(track: Track, begin_m: float, end_m: float) -> shapely.Geometry:
    """Return the part of a line from one place along it to another, in that direction.

    Backwards where the end comes before the beginning; on a ring always forwards, over the place
    where the ring is closed. A LineString, or a MultiLineString where the line has a gap there.
    """
    if track.is_ring and end_m <= begin_m:
        first, second = _between(track, begin_m, track.length_m), _between(track, 0.0, end_m)
        xy = np.vstack([shapely.get_coordinates(first), shapely.get_coordinates(second)])
        return shapely.remove_repeated_points(shapely.LineString(xy))
    if end_m < begin_m:
        return shapely.reverse(_between(track, end_m, begin_m))
    return _between(track, begin_m, end_m)


def _between(track: Track, begin_m: float, end_m: float) -> shapely.Geometry:
    lines: list[shapely.LineString] = []
    for number in range(int(track.part[-1]) + 1):
        mine = track.part == number
        at, xy = track.at_m[mine], track.xy[mine]
        low, high = max(begin_m, at[0]), min(end_m, at[-1])
        if high < low or (high == low and begin_m < end_m):
            continue
        first, last = ([np.interp(one, at, xy[:, axis]) for axis in (0, 1)] for one in (low, high))
        lines.append(shapely.LineString([first, *xy[(at > low) & (at < high)], last]))
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def length_m(shape: shapely.Geometry) -> float:
    """Return the length of a line in EPSG:4490 on the ellipsoid, metres."""
    return float(GRS80.geometry_length(shape))
