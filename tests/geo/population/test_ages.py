from __future__ import annotations

import math

import numpy as np
import pytest

from geo.errors import AgeUnknownError, OptionInvalidError
from geo.exchange.heads import normal_head
from geo.population.ages import LIKELY, heads_of, parse_bands, people_of_age, read_age
from tests.geo.exchange.making import reason

PEOPLE = np.array([[10.0, 4.0, 1.0], [3.5, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("written", "age"),
    [
        ("60+", "60+"), (" 60＋ ", "60+"), ("60岁及以上", "60+"), ("60岁以上人口", "60+"),
        ("pop60plus", "60+"), ("pop_60_plus", "60+"), ("age 80+", "80+"), ("0-14", "0-14"),
        ("60-69岁", "60-69"), ("60至69岁", "60-69"), ("60~69", "60-69"), ("7-7", "7-7"),
        ("total", "total"), ("总人口", "total"), ("0+", "total"), ("Population", "total"),
    ],
)  # fmt: skip
def test_an_age_group_is_read_as_people_write_it(written: str, age: str) -> None:
    assert str(read_age(written)) == age


@pytest.mark.parametrize(
    "written", ["70-60", "", "60", "-5+", "sixty+", "200+", "60++", "60-", "+"]
)
def test_what_is_no_age_group_is_none(written: str) -> None:
    assert read_age(written) is None


def test_bands_are_read_in_their_order() -> None:
    assert parse_bands("60+，20+、total") == ("60+", "20+", "total")
    for wrong in ("60+,60岁及以上", "70-60", "60+,,20+"):
        with pytest.raises(OptionInvalidError) as caught:
            parse_bands(wrong)
        reason(caught.value)


def test_the_heads_of_a_group_are_read_as_that_group() -> None:
    for age in LIKELY:
        assert str(read_age(age)) == age
        assert normal_head(age) in heads_of(age)
    for head in ("60+", "60岁及以上", "60岁及以上人口", "pop60plus", "pop60+"):
        assert normal_head(head) in heads_of("60+")
        assert normal_head(head) not in heads_of("65+")


def test_a_band_is_itself() -> None:
    assert people_of_age(("20+", "60+", "80+"), PEOPLE, "60岁及以上").tolist() == [4, 0]


def test_sums_and_differences_give_what_no_band_is() -> None:
    ages = ("20+", "60+", "80+")
    assert people_of_age(ages, PEOPLE, "20-59").tolist() == [6, 3.5]
    assert people_of_age(ages, PEOPLE, "60-79").tolist() == [3, 0]
    parts = ("60-69", "0-59", "70+")
    assert people_of_age(parts, PEOPLE, "60+").tolist() == [11, 3.5]
    assert people_of_age(parts, PEOPLE, "total").tolist() == [15, 3.5]


def test_a_sum_goes_before_a_difference() -> None:
    ages = ("total", "0-59", "60-79", "80+")
    people = np.array([[100.0, 70.0, 20.0, 9.0]])
    assert people_of_age(ages, people, "60+").tolist() == [29]


def test_a_difference_is_never_below_nobody() -> None:
    people = np.array([[1.0, 1.25], [2.0, 0.5]])
    assert people_of_age(("20+", "60+"), people, "20-59").tolist() == [0, 1.5]


def test_a_group_that_the_bands_do_not_give_is_refused_with_those_there() -> None:
    for age in ("65+", "0-19", "total"):
        with pytest.raises(AgeUnknownError) as caught:
            people_of_age(("20+", "60+"), PEOPLE[:, :2], age)
        assert all("20+" in told and age in told for told in reason(caught.value))
    with pytest.raises(OptionInvalidError):
        people_of_age(("20+",), PEOPLE[:, :1], "old")
    assert math.isfinite(people_of_age(("20+",), np.empty((0, 1)), "20+").sum())
