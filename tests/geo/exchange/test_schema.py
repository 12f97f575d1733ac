from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.exchange.schema import (
    CellError,
    parse_bool,
    parse_code,
    parse_date,
    parse_int,
    parse_number,
    parse_text,
)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("370900", "370900"),
        (370900, "370900"),
        (370900.0, "370900"),
        ("370900.0", "370900"),
        ("'010203", "010203"),
        (" 370900 ", "370900"),
        ("３７０９００", "370900"),
        (370902001001.0, "370902001001"),
        ("XL-3701-02", "XL-3701-02"),
    ],
)
def test_a_code_stays_text_whatever_the_spreadsheet_made_of_it(cell: object, code: str) -> None:
    assert parse_code(cell) == code


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("3.70902E+11", "code_digits_lost"),
        (1e17, "code_digits_lost"),
        (3709.5, "code_invalid_text"),
        ("37 09", "code_invalid_text"),
        ("37<09", "code_invalid_text"),
        (True, "code_invalid_text"),
        (float("nan"), "code_invalid_text"),
        ("1" * 65, "code_invalid_text"),
        ("3709\x0000", "character_control"),
    ],
)
def test_a_code_that_lost_digits_or_is_none_is_refused(cell: object, rule: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_code(cell)
    assert caught.value.rule == rule


@given(st.from_regex(r"\A[0-9]{1,15}\Z"))
def test_leading_zeros_of_a_code_are_never_eaten(code: str) -> None:
    assert parse_code(code) == code


@pytest.mark.parametrize(
    "cell",
    [
        "2020-01-02",
        "2020-1-2",
        "2020/1/2",
        "2020.1.2",
        "2020年1月2日",
        "2020 年 1 月 2 日",
        "20200102",
        20200102,
        43832,
        43832.0,
        date(2020, 1, 2),
        datetime(2020, 1, 2),  # noqa: DTZ001  (spreadsheets know no zone)
        "2020-01-02 00:00:00",
        "2020-01-02T00:00",
        "２０２０-０１-０２",
    ],
)
def test_a_date_is_read_as_offices_write_it(cell: object) -> None:
    assert parse_date(cell) == date(2020, 1, 2)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("infinity", "date_out_of_range"),
        ("-infinity", "date_out_of_range"),
        (float("inf"), "date_out_of_range"),
        ("0044-03-15 BC", "date_out_of_range"),
        ("公元前44年", "date_out_of_range"),
        ("10000-01-01", "date_invalid"),
        ("0000-01-01", "date_invalid"),
        ("2020-02-30", "date_invalid"),
        ("2020", "date_invalid"),
        (2020, "date_invalid"),
        ("2020年1月", "date_invalid"),
        ("昨天", "date_invalid"),
        ("2020-01-02 15:30:00", "date_with_time"),
        (43832.5, "date_with_time"),
        (datetime(2020, 1, 2, 8, tzinfo=UTC), "date_with_time"),
        (True, "date_invalid"),
    ],
)
def test_what_is_no_date_or_cannot_be_kept_is_refused(cell: object, rule: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_date(cell)
    assert caught.value.rule == rule


@given(st.dates())
def test_every_iso_date_is_itself(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1,234.5", 1234.5), ("１２", 12.0), ("-3", -3.0), ("−3", -3.0), (7, 7.0), ("1e3", 1000.0)],
)
def test_a_number_is_read_with_separators_and_full_width_digits(
    cell: object, number: float
) -> None:
    assert parse_number(cell) == number


@pytest.mark.parametrize("cell", ["nan", "inf", "12米", "", ".", "e5", "1,2", True, "117°05′"])
def test_what_is_no_number_is_refused(cell: object) -> None:
    with pytest.raises(CellError) as caught:
        parse_number(cell)
    assert caught.value.rule == "number_invalid"


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), "1e999", 10**400, Decimal("NaN")])
def test_a_number_that_is_not_finite_is_refused(cell: object) -> None:
    with pytest.raises(CellError) as caught:
        parse_number(cell)
    assert caught.value.rule == "number_not_finite"


def test_an_integer_may_come_as_a_float_but_not_with_a_fraction() -> None:
    assert parse_int(12.0) == parse_int("12") == parse_int(12) == 12
    assert parse_int(2**60) == 2**60
    for cell in (12.5, "12.5"):
        with pytest.raises(CellError) as caught:
            parse_int(cell)
        assert caught.value.rule == "integer_invalid"
    for cell in (1e17, 2**64):
        with pytest.raises(CellError) as caught:
            parse_int(cell)
        assert caught.value.rule == "code_digits_lost"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("是", True),
        ("否", False),
        (1, True),
        (0.0, False),
        ("TRUE", True),
        ("n", False),
        (True, True),
    ],
)
def test_yes_and_no_are_read_in_both_languages(cell: object, value: bool) -> None:  # noqa: FBT001
    assert parse_bool(cell) is value


def test_maybe_is_neither_yes_nor_no() -> None:
    with pytest.raises(CellError):
        parse_bool("可能")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  泰安市\u3000", "泰安市"),
        ("泰安\n市", "泰安 市"),
        ("<script>", "<script>"),
        (370900.0, "370900"),
        ("e\u0301", "\u00e9"),
        ("\u0626\u06c7\u200cx", "\u0626\u06c7\u200cx"),
        ("\U0002ebf0家村", "\U0002ebf0家村"),
        (date(2020, 1, 2), "2020-01-02"),
    ],
)
def test_text_is_kept_but_for_white_space(cell: object, text: str) -> None:
    assert parse_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "rule", "code_point"),
    [
        ("泰\x07安", "character_control", "U+0007"),
        ("泰\x00安", "character_control", "U+0000"),
        ("泰\u202e安", "character_control", "U+202E"),
        ("泰\u200b安", "character_control", "U+200B"),
        ("\ue863家村", "character_private", "U+E863"),
        ("泰\ufffd市", "character_lost", "U+FFFD"),
        ("泰\ud800市", "character_lost", "U+D800"),
    ],
)
def test_invisible_private_and_lost_characters_are_named(
    cell: str, rule: str, code_point: str
) -> None:
    with pytest.raises(CellError) as caught:
        parse_text(cell)
    assert (caught.value.rule, caught.value.facts["code_point"]) == (rule, code_point)


def test_text_has_a_longest_length() -> None:
    assert parse_text("长" * 5, max_len=5) == "长" * 5
    with pytest.raises(CellError) as caught:
        parse_text("长" * 6, max_len=5)
    assert caught.value.facts == {"length": 6, "limit": 5}
