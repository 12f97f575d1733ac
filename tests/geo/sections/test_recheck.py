from __future__ import annotations

from datetime import date
from uuid import uuid4

import shapely
from shapely import LineString
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.boundaries.change import change_line
from geo.boundaries.course import Course, as_lines
from geo.boundaries.surveys import read_course
from geo.divisions.apply import Source
from geo.office import set_office
from geo.sections.recheck import recheck_markers
from tests.border import card, draw_border, set_marker
from tests.geo.divisions.given import TODAY

VIEWER = system_viewer("test")


def test_markers_that_a_changed_line_leaves_are_named_and_stay_where_they_are(
    conn: Connection,
) -> None:
    border = draw_border(conn)
    line = border.lines["AB"]
    shape = read_course(conn, line, TODAY)
    assert shape is not None
    set_marker(conn, border, card(border, "37092302"))
    assert recheck_markers(conn, [line], TODAY) == []
    xy = shapely.get_coordinates(shapely.segmentize(shapely.line_merge(shape), 0.02))
    xy[1:-1] += 0.005
    course = Course(shape=as_lines(LineString(xy)), origin="agreed", as_of=TODAY)
    change_line(conn, VIEWER, line, course, valid_from=TODAY, source=Source(name="test"), seen=0)
    (found,) = recheck_markers(conn, [line], TODAY)
    assert (found.rule, found.value, found.severity) == ("marker_off_line", "37092302", "warning")
    assert float(str(found.facts["distance_m"])) > 50
    assert found.message("zh")
    set_office(conn, VIEWER, "lines.marker_distance_m", 10_000)
    assert recheck_markers(conn, [line], TODAY) == []


def test_a_line_that_is_not_there_has_nothing_to_check(conn: Connection) -> None:
    assert recheck_markers(conn, [uuid4()], date(1990, 1, 1)) == []
