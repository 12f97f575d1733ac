"""Cells of a table of markers, in the words and units offices write."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.exchange.schema import CellError
from geo.markers.incoming.cells import (
    SetUp,
    parse_accuracy,
    parse_bearing,
    parse_distance,
    parse_listed,
    parse_number_text,
    parse_set_up,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("单立双面", SetUp("single", 2, "单立双面")),
        ("单立三面型", SetUp("single", 3, "单立三面型")),
        (" 双立 ", SetUp("double", None, "双立")),
        ("同号三立", SetUp("triple", None, "同号三立")),
        ("三面型", SetUp(None, 3, "三面型")),
    ],
)
def test_set_up_and_faces_are_two_things_in_one_cell(written: str, expected: SetUp) -> None:
    assert parse_set_up(written) == expected


@pytest.mark.parametrize(
    ("written", "degrees"),
    [
        ("12°30′00″", 12.5), ("12度30分", 12.5), ("12-30-00", 12.5), ("12:30:00", 12.5),
        ("359°59'60.0\"", None), ("400", None), (360, None), ("-1", None), ("北", None),
        ("12.5°", 12.5), (0, 0.0), ("—", None),
    ],
)  # fmt: skip
def test_a_bearing_is_read_in_its_spellings_and_refused_outside_the_circle(
    written: object, degrees: float | None
) -> None:
    if degrees is None and written != "—":
        with pytest.raises(CellError):
            parse_bearing(written)
    else:
        assert parse_bearing(written) == degrees


@given(st.integers(0, 359), st.integers(0, 59), st.integers(0, 59))
def test_every_bearing_in_degrees_minutes_and_seconds_is_read(d: int, m: int, s: int) -> None:
    for written in (f"{d}°{m:02d}′{s:02d}″", f"{d}度{m}分{s}秒", f"{d}-{m:02d}-{s:02d}"):
        assert parse_bearing(written) == pytest.approx(d + m / 60 + s / 3600, abs=1e-12)


@pytest.mark.parametrize(
    ("written", "metres"),
    [("±5cm", 0.05), ("0.05 m", 0.05), ("5mm", 0.005), ("０．５米", 0.5), (1, 1.0), ("无", None)],
)
def test_an_accuracy_is_read_with_its_unit(written: object, metres: float | None) -> None:
    assert parse_accuracy(written) == (None if metres is None else pytest.approx(metres))


@pytest.mark.parametrize("written", [0, -3, "20001", "inf", "约20"])
def test_a_distance_is_above_nothing_and_within_sight(written: object) -> None:
    with pytest.raises(CellError):
        parse_distance(written)


def test_what_a_cell_lists_is_parted_and_a_number_stays_a_code() -> None:
    assert parse_listed("甲—乙线、乙—丙线;甲—乙线") == ("甲—乙线", "乙—丙线")
    assert parse_listed(8184.0) == ("8184",)
    assert parse_listed(" 、 ") is None


def test_a_number_is_taken_as_it_is_written() -> None:
    assert parse_number_text(" 238184I ") == "238184I"
    assert parse_number_text(1253165.0) == "1253165"
    for lost in ("1.25E+07", "", "12\u202e34", "9" * 41):
        with pytest.raises(CellError):
            parse_number_text(lost)


@given(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40))
def test_no_sign_of_a_number_is_changed_but_its_composition(number: str) -> None:
    written = unicodedata.normalize("NFC", number)
    if len(written) <= 40:
        assert parse_number_text(number) == written
