"""Numbers are opaque text: told which named forms they have, never derived and never mended."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.markers.numbers import match_number, number_forms, plain_number, split_member
from geo.office import default_settings

ANY_RULE = st.sampled_from(sorted(number_forms()))


def rules(number: str) -> list[str]:
    return [form.rule for form in match_number(number)]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1253165Q", ["provincial", "county"]),
        ("1253165A", ["provincial", "county"]),
        ("1253165", ["provincial_without_letter"]),
        ("8184001F", ["county"]),
        ("238184I", ["tripoint"]),
        ("238184i", []),
        ("2381841", ["provincial_without_letter"]),
        ("1253165\uff31", []),
        ("\uff11\uff12\uff13\uff14\uff15\uff16\uff17", []),
        ("125 3165", []),
        ("示例-1", []),
        ("", []),
    ],
)
def test_a_number_is_told_the_forms_it_has(number: str, expected: list[str]) -> None:
    assert rules(number) == expected


def test_a_tripoint_whose_county_code_is_dead_has_its_form_all_the_same() -> None:
    (form,) = match_number("238184I")
    assert form.faces == 3
    assert form.parts("238184I") == {
        "first": "23", "second": "81", "third": "84", "letter": "I"
    }  # fmt: skip
    assert set(form.parts("238184I")) == set(form.groups)


def test_only_the_forms_the_office_counts_are_compared() -> None:
    assert match_number("1253165Q", {"tripoint"}) == []
    assert [form.rule for form in match_number("1253165Q", {"county"})] == ["county"]


def test_the_office_counts_all_forms_of_the_file_by_default() -> None:
    counted = str(default_settings()["markers.number_forms"].value).split(",")
    assert counted == list(number_forms())


def test_every_form_says_what_it_and_each_of_its_parts_is() -> None:
    for form in number_forms().values():
        assert all(form.names.values()), form.rule
        assert set(re.compile(form.regex).groupindex) == set(form.groups), form.rule
        assert form.member is None or form.member in form.groups
        assert set(form.set_up.values()) <= {"single", "double", "triple"}
        assert all(names["zh"] and names["en"] for names in form.groups.values())


def test_letters_of_two_or_three_stones_part_them_and_that_of_one_does_not() -> None:
    assert split_member("1253165A") == ("1253165", "A")
    assert split_member("1253165E") == ("1253165", "E")
    assert split_member("1253165Q") is None
    assert split_member("8184001F") is None
    assert split_member("238184I") is None


@given(ANY_RULE, st.data())
def test_every_number_made_by_a_form_is_found_to_have_it(rule: str, data: st.DataObject) -> None:
    form = number_forms()[rule]
    number = data.draw(st.from_regex(form.regex, fullmatch=True))
    assert form in match_number(number)
    # The parts are the whole of it and in its order: nothing is added, dropped or turned round.
    assert "".join(form.parts(number).values()) == number


@given(st.text(max_size=40))
def test_any_text_at_all_can_be_compared_and_what_no_form_has_is_said(number: str) -> None:
    assert set(rules(number)) <= set(number_forms())
    for form in number_forms().values():
        assert bool(form.parts(number)) == (form.rule in rules(number))


@given(st.text(max_size=40))
def test_a_number_is_kept_as_written_but_for_the_space_around_it(number: str) -> None:
    kept = plain_number(number)
    assert plain_number(kept) == kept
    ascii_only = "".join(char for char in number if char.isascii()).strip()
    assert plain_number(ascii_only) == ascii_only


@given(st.from_regex(r"[0-9]{7}[ABCDE]", fullmatch=True))
def test_the_two_parts_of_a_set_s_number_make_the_number(number: str) -> None:
    parted = split_member(number)
    assert parted is not None
    assert "".join(parted) == number
