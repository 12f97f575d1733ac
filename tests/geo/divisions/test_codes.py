from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.divisions.codes import (
    PROVINCES,
    is_city_district,
    levels_of,
    probable_parents,
    read_code,
    reference_names,
    without_country,
)


@pytest.mark.parametrize(
    ("raw", "text", "level"),
    [
        ("37", "370000", "province"),
        ("3709", "370900", "prefecture"),
        ("370900", "370900", "prefecture"),
        ("370902", "370902", "county"),
        ("370902001", "370902001", "township"),
        ("370902001000", "370902001", "township"),
        ("370902001003", "370902001003", "village"),
        ("370000000000", "370000", "province"),
        ("429004", "429004", "county"),
        ("659012", "659012", "county"),
        ("441900003", "441900003", "township"),
        ("710021", "710021", "county"),
    ],
)
def test_a_code_tells_its_level_whatever_its_length(raw: str, text: str, level: str) -> None:
    code = read_code(raw)
    assert code is not None
    assert (code.text, code.level) == (text, level)


@pytest.mark.parametrize(
    "raw", ["", "3", "370", "37090", "990000", "37090A", "３７０９００", "370902000003", "-37090"]
)
def test_what_is_no_code_is_not_read(raw: str) -> None:
    assert read_code(raw) is None


@given(
    st.sampled_from(sorted(PROVINCES)),
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 999),
    st.integers(0, 999),
)
def test_a_code_that_was_read_reads_the_same_again(
    province: str, prefecture: int, county: int, township: int, village: int
) -> None:
    raw = f"{province}{prefecture:02}{county:02}{township:03}{village:03}"
    code = read_code(raw)
    if code is not None:
        assert read_code(code.text) == code
        assert raw.startswith(code.text)


@pytest.mark.parametrize(
    ("raw", "parents"),
    [
        ("370000", ()),
        ("370900", ("370000",)),
        ("370902", ("370900", "370000")),
        ("429004", ("420000",)),
        ("659012", ("650000",)),
        ("441900003", ("441900",)),
        ("370902001003", ("370902001", "370902")),
    ],
)
def test_a_code_tells_who_its_parent_may_be(raw: str, parents: tuple[str, ...]) -> None:
    code = read_code(raw)
    assert code is not None
    assert probable_parents(code) == parents


def test_codes_outside_the_ranges_of_the_standard_are_read_but_unusual() -> None:
    farm, town = read_code("629700"), read_code("130731999")
    assert farm is not None
    assert town is not None
    assert not farm.usual
    assert not town.usual


def test_the_countrys_number_before_a_code_is_recognised() -> None:
    assert without_country("156370900") == "370900"
    assert without_country("370902001") is None
    assert without_country("156990000") is None


def test_only_the_districts_of_a_city_are_districts() -> None:
    assert is_city_district("370902", "county")
    assert not is_city_district("370921", "county")
    assert not is_city_district("370983", "county")
    assert not is_city_district("429004", "county")
    assert not is_city_district("370900", "prefecture")


@pytest.mark.parametrize(
    ("raw", "levels"),
    [
        ("370902", {"county"}),
        ("441900", {"prefecture", "county"}),
        ("310000", {"province", "prefecture"}),
        ("820000", {"province", "prefecture", "county"}),
        ("429004", {"county", "prefecture"}),
    ],
)
def test_a_unit_without_the_next_level_stands_among_it(raw: str, levels: set[str]) -> None:
    code = read_code(raw)
    assert code is not None
    assert levels_of(code) == levels


def test_the_reference_list_has_every_province_and_333_prefectures() -> None:
    names = reference_names()
    assert {code[:2] for code in names} == PROVINCES
    assert sum(not code.endswith("0000") for code in names) == 333
