from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from maps.papers.words import (
    count_markers,
    name_given_system,
    plain,
    write_angle,
    write_day,
    write_km,
    write_metres,
)
from tests.maps.papers.given import make_marker


def test_days_have_no_leading_zeros_and_unknown_ones_say_so() -> None:
    assert write_day(date(2026, 3, 9)) == "2026年3月9日"
    assert {write_day(None), write_metres(None), write_angle(None), write_km(None)} == {"待查"}


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("EPSG:4490", "2000国家大地坐标系（EPSG:4490）"),
        ("EPSG:4527", "2000国家大地坐标系，高斯平面，带号在内（EPSG:4527）"),
        ("EPSG:4548", "2000国家大地坐标系，高斯平面，不含带号（EPSG:4548）"),
        ("EPSG:4214", "1954年北京坐标系（EPSG:4214）"),
        ("某地方坐标系", "某地方坐标系"),
        (None, "待查"),
    ],
)
def test_a_system_is_named_with_its_datum_and_whether_it_has_the_zone_number(
    stored: str | None, told: str
) -> None:
    assert name_given_system(stored) == told


def test_stones_and_numbers_are_counted_apart_and_what_there_is_none_of_is_left_out() -> None:
    three = [make_marker(number="1", set_up="triple", member=one) for one in "CDE"]
    assert count_markers([*three, make_marker(number="2")]) == (
        "4颗（2个桩号）：单立1颗、同号三立3颗"
    )
    assert count_markers([]) == "0颗"


@given(st.text())
def test_every_text_can_stand_in_a_document(text: str) -> None:
    element = etree.Element("t")
    element.text = plain(text)
    assert len(element.text) == len(text)
    assert not set(element.text) & set("\x07\x0c\x00")


def test_what_is_inside_of_lists_and_rows_is_cleaned_too() -> None:
    assert plain({"rows": [{"name": "村\x0b\x07"}], "n": 3}) == {"rows": [{"name": "村  "}], "n": 3}
