from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import system_viewer
from geo.network.streets import Rule, rule_of
from geo.office import office, set_office
from tests.geo.network.town import RULE, join

OPEN = {"highway": "residential"}


def walkable(rule: Rule = RULE, **tags: str | None) -> bool:
    (allowed,) = rule.walkable(join("AB", AB=tags).streets.tags).tolist()
    return bool(allowed)


@pytest.mark.parametrize("highway", ["residential", "footway", "steps", "trunk", "cycleway", None])
def test_a_street_of_any_class_that_is_not_closed_is_walkable(highway: str | None) -> None:
    assert walkable(highway=highway)


@pytest.mark.parametrize("highway", ["motorway", "motorway_link", "construction", "proposed"])
@pytest.mark.parametrize("foot", [None, "yes", "designated"])
def test_a_closed_class_is_closed_whatever_foot_says(highway: str, foot: str | None) -> None:
    assert not walkable(highway=highway, foot=foot)


@pytest.mark.parametrize("foot", ["no", "private"])
@pytest.mark.parametrize("access", [None, "yes", "permissive"])
def test_a_street_closed_on_foot_is_closed_whatever_access_says(
    foot: str, access: str | None
) -> None:
    assert not walkable(highway="residential", foot=foot, access=access)


@pytest.mark.parametrize("access", ["no", "private"])
def test_a_street_without_access_is_closed_where_foot_is_not_given(access: str) -> None:
    assert not walkable(highway="service", access=access)


@pytest.mark.parametrize("foot", ["yes", "designated", "permissive", "customers"])
@pytest.mark.parametrize("access", ["no", "private"])
def test_foot_opens_a_street_that_access_closes(foot: str, access: str) -> None:
    assert walkable(highway="service", foot=foot, access=access)


@pytest.mark.parametrize("access", ["destination", "customers", "delivery"])
def test_any_other_access_leaves_a_street_open(access: str) -> None:
    assert walkable(highway="service", access=access)


def test_a_rule_that_closes_nothing_leaves_all_open() -> None:
    rule = Rule(highways_closed=frozenset(), foot_closed=frozenset(), access_closed=frozenset())
    assert walkable(rule, highway="motorway", foot="no", access="no")
    assert str(rule) == "access_closed=; foot_closed=; highways_closed="


def test_the_rule_is_the_office_s_and_its_text_is_in_order(conn: Connection) -> None:
    assert rule_of(office(conn)) == RULE
    viewer = system_viewer("test")
    set_office(conn, viewer, "network.highways_closed", "trunk,motorway")
    rule = rule_of(office(conn))
    assert rule == replace(RULE, highways_closed=frozenset({"motorway", "trunk"}))
    assert str(rule) == (
        "access_closed=no,private; foot_closed=no,private; highways_closed=motorway,trunk"
    )
    set_office(conn, viewer, "network.highways_closed", "motorway,trunk")
    assert str(rule_of(office(conn))) == str(rule)


def test_the_hash_tells_networks_apart_by_course_and_by_tags() -> None:
    one = join("ABC", ABC=OPEN).streets.sha256()
    assert one == join("ABC", ABC=OPEN).streets.sha256()
    others = {
        join("AEC", AEC=OPEN).streets.sha256(),
        join("ABC").streets.sha256(),
        join("ABC", ABC={"highway": "primary"}).streets.sha256(),
        join("ABC", ABC={"name": "residential"}).streets.sha256(),
    }
    assert one not in others
    assert len(others) == 4
