from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import public_viewer, system_viewer
from geo.divisions.lineage import record_succession
from geo.divisions.read import (
    find_division,
    list_divisions,
    read_ancestors,
    read_division,
    units_below,
)
from geo.errors import DivisionNotThenError, DivisionUnknownError, NotPublishedError
from tests.geo.divisions.given import FROM, TODAY, end, put
from tests.grid import draw

VIEWER = system_viewer("test")
PUBLIC = public_viewer(demo_open=False)


@pytest.fixture(autouse=True)
def _register(conn: Connection) -> None:
    put(
        conn,
        ("370000", "山东省"),
        ("370900", "泰安市"),
        ("370902", "泰山区", draw("A")["A"]),
        ("370911", "岱岳区"),
        ("370902001", "岱庙街道"),
        ("420000", "湖北省"),
        ("429004", "仙桃市"),
    )


def test_a_division_is_found_by_its_code_in_any_length(conn: Connection) -> None:
    for code in ("37", "370000", "370000000000"):
        assert read_division(conn, code, TODAY, VIEWER).name == "山东省"


def test_a_division_names_those_above_it_from_the_top(conn: Connection) -> None:
    street = read_division(conn, "370902001", TODAY, VIEWER)
    assert [unit.name for unit in street.ancestors] == ["山东省", "泰安市", "泰山区"]
    assert street.parent is not None
    assert street.parent.code == "370902"


def test_a_division_without_a_polygon_has_all_its_other_facts(conn: Connection) -> None:
    city = read_division(conn, "370900", TODAY, VIEWER)
    assert (city.has_polygon, city.bbox, city.area_km2, city.label) == (False, None, None, None)
    assert city.children == 2


def test_before_the_first_known_version_the_answer_says_from_when_it_is_known(
    conn: Connection,
) -> None:
    with pytest.raises(DivisionNotThenError) as refusal:
        read_division(conn, "370902", date(1985, 1, 1), VIEWER)
    assert refusal.value.facts["known_from"] == FROM


def test_an_ended_division_says_until_when_and_who_took_over(conn: Connection) -> None:
    put(conn, ("371200", "莱芜市"), ("370116", "莱芜区"))
    end(conn, "371200", date(2021, 1, 9))
    record_succession(
        conn, find_division(conn, "371200"), find_division(conn, "370116"), date(2021, 1, 9)
    )
    assert read_division(conn, "371200", date(2020, 6, 1), VIEWER).name == "莱芜市"
    with pytest.raises(DivisionNotThenError) as refusal:
        read_division(conn, "371200", TODAY, VIEWER)
    assert refusal.value.facts["valid_to"] == date(2021, 1, 9)
    assert refusal.value.facts["successors"] == ["370116"]


def test_a_code_that_nobody_ever_bore_is_unknown(conn: Connection) -> None:
    for code in ("371999", "abc", "370902' OR 1=1"):
        with pytest.raises(DivisionUnknownError):
            read_division(conn, code, TODAY, VIEWER)


def test_the_public_does_not_see_what_is_not_published(conn: Connection) -> None:
    with pytest.raises(NotPublishedError):
        read_division(conn, "370902", TODAY, PUBLIC)
    assert list_divisions(conn, PUBLIC, TODAY).total == 0


def test_xiantao_lies_under_its_province(conn: Connection) -> None:
    ancestors = read_ancestors(conn, find_division(conn, "429004"), TODAY)
    assert [unit.name for unit in ancestors] == ["湖北省"]
    assert find_division(conn, "429004") in units_below(conn, find_division(conn, "42"), TODAY)


def test_a_search_finds_part_of_a_name_the_exact_name_first(conn: Connection) -> None:
    put(conn, ("370903", "大泰山区县"))
    found = list_divisions(conn, VIEWER, TODAY, query="泰山区")
    assert [one.name for one in found.items] == ["泰山区", "大泰山区县"]


def test_a_search_finds_the_beginning_of_a_code(conn: Connection) -> None:
    found = list_divisions(conn, VIEWER, TODAY, query="3709")
    assert [one.code for one in found.items] == ["370900", "370902", "370911", "370902001"]


@pytest.mark.parametrize("query", ["%", "_", "\\", "%%'", "100%"])
def test_wildcards_in_a_search_are_plain_characters(conn: Connection, query: str) -> None:
    assert list_divisions(conn, VIEWER, TODAY, query=query).total == 0


def test_pages_of_a_list_follow_each_other_without_gap_or_repeat(conn: Connection) -> None:
    codes, after = [], ""
    while True:
        page = list_divisions(conn, VIEWER, TODAY, after=after, limit=3)
        codes += [one.code for one in page.items]
        assert page.total == 7
        if page.next is None:
            break
        after = page.next
    assert codes == ["370000", "420000", "370900", "370902", "370911", "429004", "370902001"]


def test_children_and_level_and_area_narrow_a_list(conn: Connection) -> None:
    city = find_division(conn, "370900")
    children = list_divisions(conn, VIEWER, TODAY, parent=city)
    assert [one.code for one in children.items] == ["370902", "370911"]
    counties = list_divisions(conn, VIEWER, TODAY, within=city, level="county")
    assert counties.total == 2
