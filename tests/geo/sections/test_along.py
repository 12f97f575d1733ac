from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod
from sqlalchemy import Connection

from geo.db.ids import new_id
from geo.errors import (
    LineUnknownError,
    OutsideJurisdictionError,
    UnauthenticatedError,
)
from geo.markers.facts import Position
from geo.sections.along import (
    Track,
    cut_track,
    length_m,
    list_stops,
    make_track,
    measure_places,
    read_track,
    require_reach,
    runs_forward,
)
from tests.border import PUBLIC, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY

GRS80 = Geod("+a=6378137 +rf=298.257222101")


def _track(shape: shapely.Geometry) -> Track:
    return make_track(shape, line_id=new_id(), sides=(new_id(), new_id()))


def _bent() -> Track:
    return _track(shapely.LineString([(117.0, 36.0), (117.1, 36.0), (117.1, 36.1)]))


def test_a_line_is_measured_on_the_ellipsoid() -> None:
    _, _, east = GRS80.inv(117.0, 36.0, 117.1, 36.0)
    _, _, north = GRS80.inv(117.1, 36.0, 117.1, 36.1)
    assert _bent().at_m == pytest.approx([0.0, east, east + north], abs=1e-6)


def test_a_place_beside_the_line_is_taken_to_its_nearest_point() -> None:
    track = _bent()
    along, off = measure_places(track, np.array([[117.05, 36.001], [117.1, 36.05], [117.2, 36.2]]))
    # An edge is the shortest way between its vertices: here 1.2 m north of the parallel.
    ((middle_lon, middle_lat),) = GRS80.npts(117.0, 36.0, 117.1, 36.0, 1)
    _, _, beside = GRS80.inv(middle_lon, middle_lat, 117.05, 36.001)
    assert along[0] == pytest.approx(track.at_m[1] / 2, rel=3e-4)
    assert off[0] == pytest.approx(beside, rel=1e-3)
    assert off[1] == pytest.approx(0.0, abs=0.5)
    assert along[2] == track.length_m


def test_a_part_of_a_line_keeps_the_vertices_between_its_ends() -> None:
    track = _bent()
    middle = track.at_m[1]
    part = cut_track(track, middle - 1000, middle + 500)
    assert shapely.get_num_coordinates(part) == 3
    assert length_m(part) == pytest.approx(1500.0, abs=0.05)
    back = cut_track(track, middle + 500, middle - 1000)
    assert back.equals_exact(part.reverse(), 0.0)


def test_a_gap_in_the_line_counts_nothing_and_stays_a_gap() -> None:
    west = shapely.LineString([(117.0, 36.0), (117.1, 36.0)])
    east = shapely.LineString([(117.2, 36.0), (117.3, 36.0)])
    track = _track(shapely.MultiLineString([west, east]))
    assert track.length_m == pytest.approx(length_m(west) + length_m(east))
    across = cut_track(track, track.length_m / 4, track.length_m * 3 / 4)
    assert across.geom_type == "MultiLineString"
    assert length_m(across) == pytest.approx(track.length_m / 2, rel=1e-6)
    along, _ = measure_places(track, np.array([[117.14, 36.0]]))
    assert along[0] == pytest.approx(length_m(west))


def test_a_ring_is_cut_over_the_place_where_it_closes() -> None:
    track = _track(shapely.box(117.0, 36.0, 117.1, 36.1).exterior)
    quarter = track.length_m / 4
    part = cut_track(track, 3.5 * quarter, 0.5 * quarter)
    assert track.is_ring
    assert part.geom_type == "LineString"
    assert length_m(part) == pytest.approx(quarter, rel=1e-3)
    assert runs_forward(track, [3.0, 2.0, 1.0])


@pytest.mark.parametrize(
    ("end", "forward"),
    [((118.0, 36.1), True), ((116.0, 36.1), False), ((117.1, 35.0), True), ((117.1, 37.0), False)],
)
def test_a_line_without_numbers_runs_from_west_to_east_or_north_to_south(
    end: tuple[float, float],
    forward: bool,  # noqa: FBT001 - a case of the test
) -> None:
    track = _track(shapely.LineString([(117.0, 36.0), end]))
    assert runs_forward(track, [10.0]) is forward
    assert runs_forward(track, [10.0, 20.0, 30.0])
    assert not runs_forward(track, [30.0, 20.0, 25.0, 10.0])


def test_the_halves_of_a_double_marker_are_one_stop_between_the_banks(conn: Connection) -> None:
    border = draw_border(conn)
    halves = [
        card(
            border,
            "002",
            member=member,
            set_up="double",
            position=Position(lon=lon, lat=36.2),
        )
        for member, lon in (("A", 117.199), ("B", 117.201))
    ]
    set_marker(conn, border, *halves, card(border, "001"), card(border, "003", position=None))
    track = read_track(conn, border.lines["AB"], TODAY)
    stops = {one.marker.number: one for one in list_stops(conn, track, TODAY)}
    assert stops.keys() == {"001", "002"}
    assert [half.member for half in stops["002"].markers] == ["A", "B"]
    assert stops["002"].off_m == pytest.approx(90.1, abs=0.3)
    assert stops["001"].off_m == pytest.approx(0.0, abs=0.01)


def test_only_who_has_a_role_at_one_of_the_sides_reaches_a_line(conn: Connection) -> None:
    border = draw_border(conn)
    track = read_track(conn, border.lines["AC"], TODAY)
    for letters in ("A", "C", "city", "province"):
        require_reach(conn, border.viewer(letters, role="viewer"), track, what="线")
    with pytest.raises(OutsideJurisdictionError):
        require_reach(conn, border.viewer("B", role="administrator"), track, what="线")
    with pytest.raises(UnauthenticatedError):
        require_reach(conn, PUBLIC, track, what="线")


def test_a_line_that_was_not_there_yet_is_unknown(conn: Connection) -> None:
    border = draw_border(conn)
    with pytest.raises(LineUnknownError):
        read_track(conn, border.lines["AB"], FROM.replace(year=2010))
