from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.divisions.apply import Source
from geo.errors import (
    MarkerNotThenError,
    MarkerUnknownError,
    NotPublishedError,
    NumberTakenError,
    OutsideJurisdictionError,
    UnauthenticatedError,
)
from geo.markers.facts import ObjectFacts, Position, SideFacts
from geo.markers.objects import list_object_versions, read_objects
from geo.markers.own import read_own
from geo.markers.read import list_markers, list_versions, read_marker
from geo.markers.store import Stored, store_markers
from tests.border import PUBLIC, TRIPOINT, Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY

VIEWER = system_viewer("test")
LATER = date(2024, 5, 1)
OBJECTS = (
    ObjectFacts(ordinal=1, name="石桥", part="东北角", grid_bearing_deg=43.5, distance_m=21.3),
    ObjectFacts(ordinal=2, name="水塔", part="中心", grid_bearing_deg=143.0, distance_m=88.0),
    ObjectFacts(ordinal=3, name="独立树", grid_bearing_deg=310.25, distance_m=12.75),
)


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def _store(conn: Connection, *cards: object, day: date = FROM) -> Stored:
    return store_markers(
        conn,
        list(cards),
        valid_from=day,
        source=Source(name="册"),
        actor="system:test",  # type: ignore[arg-type]
    )


def test_a_marker_is_read_as_it_was_stored(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border, card(border, "238184I", material="石质"))
    found = read_marker(conn, marker_id, TODAY, VIEWER)
    assert (found.number, found.member, found.faces, found.state) == ("238184I", "", 2, "in_place")
    assert (found.lon, found.lat, found.accuracy_m) == (117.2, 36.15, 0.05)
    assert [side.name for side in found.sides] == ["东岭县", "西川县"]
    assert [line.name for line in found.lines] == ["东岭县—西川县"]
    assert found.managing is not None
    assert found.managing.name == "东岭县"


def test_a_changed_card_makes_a_version_and_the_old_one_stays(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    changed = replace(card(border, material="花岗岩"), known=marker_id)
    done = _store(conn, changed, day=LATER)
    assert (done.changed, done.added, done.unchanged) == (1, 0, 0)
    then, now = (read_marker(conn, marker_id, at, VIEWER) for at in (FROM, LATER))
    assert (then.material, then.version, then.valid_to) == (None, 1, LATER)
    assert (now.material, now.version, now.revision) == ("花岗岩", 2, 1)
    assert [one.version for one in list_versions(conn, marker_id, VIEWER, TODAY)] == [1, 2]


def test_the_same_card_again_changes_nothing(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border, card(border, objects=OBJECTS))
    again = _store(conn, replace(card(border, objects=OBJECTS), known=marker_id), day=LATER)
    assert (again.unchanged, again.changed) == (1, 0)
    assert read_marker(conn, marker_id, LATER, VIEWER).revision == 0


def test_a_number_stands_once_on_a_line_but_on_another_line_too(
    conn: Connection, border: Border
) -> None:
    set_marker(conn, border, card(border, "003"))
    with pytest.raises(NumberTakenError) as refused:
        _store(conn, card(border, "003"))
    assert refused.value.facts == {"number": "003", "member": "", "line": "东岭县—西川县"}
    _store(conn, card(border, "003", line="AC"))
    assert list_markers(conn, VIEWER, TODAY, number="003").total == 2


def test_two_stones_of_one_number_are_told_apart_by_their_member(
    conn: Connection, border: Border
) -> None:
    pair = [card(border, "004", member=one, set_up="double") for one in "AB"]
    _store(conn, *pair)
    found = list_markers(conn, VIEWER, TODAY, number="004").items
    assert [one.member for one in found] == ["A", "B"]
    assert [one.member for one in list_markers(conn, VIEWER, TODAY, number="004B").items] == ["B"]


def test_a_tripoint_belongs_to_three_sides_and_three_lines(
    conn: Connection, border: Border
) -> None:
    lon, lat = TRIPOINT
    tripoint = card(
        border, "212321I", line="AB,AC,BC", faces=3, position=Position(lon=lon, lat=lat)
    )
    marker_id = set_marker(conn, border, tripoint)
    for letter in "ABC":
        found = read_marker(conn, marker_id, TODAY, border.viewer(letter))
        assert len(found.sides) == len(found.lines) == 3


def test_objects_have_versions_of_their_own(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border, card(border, objects=OBJECTS))
    moved = (*OBJECTS[:2], ObjectFacts(ordinal=3, name="电杆", distance_m=14.0))
    done = _store(conn, replace(card(border, objects=moved), known=marker_id), day=LATER)
    assert done.changed == 1
    assert [one.name for one in read_objects(conn, [marker_id], FROM)[marker_id]][2] == "独立树"
    assert [one.name for one in read_objects(conn, [marker_id], LATER)[marker_id]][2] == "电杆"
    assert len(list_object_versions(conn, marker_id)) == 4


def test_each_side_has_its_own_part(conn: Connection, border: Border) -> None:
    own = {border.sides["A"]: SideFacts(site="岭下村", custodian="王守界")}
    marker_id = set_marker(conn, border, card(border, own=own))
    assert read_own(conn, [marker_id], TODAY)[marker_id][border.sides["A"]].site == "岭下村"


def test_neighbours_and_those_above_see_a_marker_and_nobody_else(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    for place in ("A", "B", "city", "province"):
        assert read_marker(conn, marker_id, TODAY, border.viewer(place, role="viewer")).lon
    with pytest.raises(OutsideJurisdictionError):
        read_marker(conn, marker_id, TODAY, border.viewer("C"))
    assert list_markers(conn, border.viewer("C"), TODAY).total == 0
    with pytest.raises(NotPublishedError):
        read_marker(conn, marker_id, TODAY, PUBLIC)
    with pytest.raises(UnauthenticatedError):
        list_markers(conn, PUBLIC, TODAY)


def test_a_marker_before_its_first_version_says_from_when_it_is_known(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    with pytest.raises(MarkerNotThenError) as refused:
        read_marker(conn, marker_id, date(1990, 1, 1), VIEWER)
    assert refused.value.facts["known_from"] == FROM
    with pytest.raises(MarkerUnknownError):
        read_marker(conn, border.city, TODAY, VIEWER)


def test_pages_of_markers_follow_each_other_by_number(conn: Connection, border: Border) -> None:
    set_marker(conn, border, *(card(border, f"{one:03}") for one in range(1, 8)))
    first = list_markers(conn, VIEWER, TODAY, limit=5)
    rest = list_markers(conn, VIEWER, TODAY, limit=5, after=first.next or "")
    assert first.total == rest.total == 7
    assert [one.number for one in (*first.items, *rest.items)] == [f"{n:03}" for n in range(1, 8)]
    assert rest.next is None
    inside = list_markers(conn, VIEWER, TODAY, within=border.sides["C"])
    assert inside.total == 0
