from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from geo.facilities.read import Division, Facility, KindCount, Page
from maps.page_facilities import (
    FacilityList,
    box_round,
    group_kinds,
    render_facilities,
    render_facility,
)
from tests.maps.runs import ATTACK

AT = date(2026, 11, 22)


def _facility(**changed: Any) -> Facility:
    facts: dict[str, Any] = dict.fromkeys(Facility.__dataclass_fields__)
    facts |= {
        "id": UUID(int=9),
        "kind": "care_home",
        "name": "泰山养老院",
        "division": Division("370902", "泰山区"),
        "beds": 120,
        "lon": 117.12345,
        "lat": 36.2,
        "position_quality": "village",
        "valid_from": date(2024, 1, 1),
        "source": "list & map.xlsx",
        "publication": "unpublished",
    }
    return Facility(**(facts | changed))


def _count(kind: str, total: int, unplaced: int, place: str) -> KindCount:
    return KindCount(
        kind=kind,
        division=Division("370902", place),
        facilities=total,
        unplaced=unplaced,
        beds=None,
        nursing_beds=None,
    )


def test_facts_of_a_facility_stand_in_its_panel_with_its_position_in_words() -> None:
    html = render_facility("zh", AT, _facility())
    for fact in ("养老院", "120", "村级位置", "117.12345", "list &amp; map.xlsx", "泰山区"):
        assert fact in html
    assert "示例数据 / synthetic" not in html
    assert "示例数据 / synthetic" in render_facility("zh", AT, _facility(publication="demo"))


def test_a_facility_without_a_place_says_so_and_gives_no_box() -> None:
    facility = _facility(lon=None, lat=None, position_quality="none")
    assert box_round(facility) is None
    html = render_facility("zh", AT, facility)
    assert "没有坐标" in html
    assert 'data-bbox=""' in html


def test_a_division_the_register_does_not_know_is_shown_as_it_came() -> None:
    html = render_facility("zh", AT, _facility(division=None, division_code="999999"))
    assert "999999（未登记的区划）" in html


@pytest.mark.parametrize("which", ["all", "unplaced", "370902"])
def test_a_list_of_facilities_cannot_be_markup(which: str) -> None:
    page = Page(items=[_facility(name=ATTACK)], total=3, next=None)
    place = ATTACK if which == "370902" else ""
    listed = FacilityList(which=which, place=place, page=page, kinds=["care_home"])
    html = render_facilities("zh", AT, listed)
    assert "<script" not in html
    assert "列出 1 个，共 3 个" in html


def test_kinds_are_summed_over_divisions_and_put_into_groups_in_the_order_of_the_kinds() -> None:
    counts = [
        _count("hospital", 2, 0, "甲"),
        _count("care_home", 3, 1, "甲"),
        _count("care_home", 4, 2, "乙"),
    ]
    groups = group_kinds(counts)
    assert [group.key for group in groups] == ["care", "health"]
    (home,) = groups[0].kinds
    assert (home.key, home.total, home.unplaced) == ("care_home", 7, 3)
