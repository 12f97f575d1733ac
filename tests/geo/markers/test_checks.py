from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection

from geo.markers.checks import count_whole, judge_goals
from geo.markers.events import EventFacts, list_events, record_event
from geo.markers.facts import ObjectFacts, Position, SideFacts
from geo.markers.objects import read_objects
from geo.markers.own import read_own
from geo.markers.read import read_marker
from tests.border import Border, card, draw_border, set_marker
from tests.geo.divisions.given import TODAY

DAY = date(2026, 5, 1)


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def _judge(conn: Connection, border: Border, marker_id: object) -> dict[str, object]:
    marker = read_marker(conn, marker_id, TODAY, border.viewer("A"))  # type: ignore[arg-type]
    goals = judge_goals(
        marker,
        list_events(conn, [marker.id])[marker.id],
        read_objects(conn, [marker.id], TODAY).get(marker.id, []),
        read_own(conn, [marker.id], TODAY).get(marker.id, {}),
        [],
    )
    return {one.key: (one.met, [str(why) for why in one.why]) for one in goals}


def test_what_nobody_looked_at_is_not_judged(conn: Connection, border: Border) -> None:
    goals = _judge(conn, border, set_marker(conn, border))
    assert goals["firmly_set"] == (None, ["还没有检查记录"])


def test_a_check_says_of_each_goal_whether_it_is_met(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    viewer = border.viewer("A")
    marker = read_marker(conn, marker_id, TODAY, viewer)
    said = {"firmly_set": True, "inscription_clear": False}
    facts = EventFacts(kind="checked", at=DAY, goals=said)
    assert record_event(conn, viewer, marker, facts, today=TODAY).state == "in_place"
    goals = _judge(conn, border, marker_id)
    assert goals["firmly_set"] == (True, [])
    assert goals["inscription_clear"] == (False, [])
    assert goals["easily_seen"] == (None, ["还没有检查记录"])


def test_a_lost_marker_meets_no_goal_whatever_was_said_before(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    viewer = border.viewer("A")
    marker = read_marker(conn, marker_id, TODAY, viewer)
    for kind, goals in (("checked", {"firmly_set": True}), ("lost", None)):
        facts = EventFacts(kind=kind, at=DAY, goals=goals)
        record_event(conn, viewer, marker, facts, today=TODAY)
    assert _judge(conn, border, marker_id)["firmly_set"] == (False, ["现在的状态是“丢失”"])


def test_a_file_names_everything_it_lacks(conn: Connection, border: Border) -> None:
    objects = tuple(
        ObjectFacts(ordinal=place, name=f"物{place}", grid_bearing_deg=10.0, distance_m=5.0)
        for place in (1, 2)
    )
    facts = card(
        border,
        objects=(*objects, ObjectFacts(ordinal=3, name="塔")),
        own={border.sides["A"]: SideFacts(site="岭下村")},
        position=Position(lon=117.2, lat=36.15),
    )
    met, why = _judge(conn, border, set_marker(conn, border, facts))["file_complete"]  # type: ignore[misc]
    assert met is False
    assert why == [
        "缺材质",
        "缺埋设日期",
        "缺测量方法",
        "缺测量精度",
        "缺高程",
        "方位物只有 2 个完整（名称、方位角、距离），应不少于 3 个",
        "缺西川县一侧的所在地",
        "缺界桩登记表",
        "缺照片",
    ]


def test_an_object_is_measured_from_either_north_with_its_distance() -> None:
    objects = [
        ObjectFacts(ordinal=1, name="塔", magnetic_bearing_deg=12.0, distance_m=30.0),
        ObjectFacts(ordinal=2, name="桥", grid_bearing_deg=0.0, distance_m=5.0),
        ObjectFacts(ordinal=3, name="树", grid_bearing_deg=90.0),
        ObjectFacts(ordinal=4, name="井", distance_m=4.0),
    ]
    assert count_whole(objects) == 2
