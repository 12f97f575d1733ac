from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.crs.dms import DmsError, fits_packed, is_plain_number, looks_packed, read_dms, write_dms

TRUE = 117 + 5 / 60 + 12.34 / 3600


@pytest.mark.parametrize(
    "spelling",
    [
        "117°05′12.34″",
        "117°05'12.34\"",
        "117º05'12.34''",
        "117°05’12.34”",
        "１１７°０５′１２．３４″",
        "117-05-12.34",
        "117－05－12.34",
        "117 05 12.34",
        "117:05:12.34",
        "117：05：12.34",
        "117度5分12.34秒",
        "117度05分12.34秒",
        "东经117度5分12.34秒",
        "东经 117°05′12.34″",
        "E117°05′12.34″",
        "117°05′12.34″E",
        "117 05 12.34 E",
        " 117° 05′ 12.34″ ",
        "117°5′12.34",
    ],
)
def test_every_spelling_of_an_angle_is_the_same_angle(spelling: str) -> None:
    assert read_dms(spelling, axis="lon") == pytest.approx(TRUE, abs=1e-12)


@pytest.mark.parametrize(
    ("spelling", "degrees"),
    [
        ("36°", 36.0),
        ("北纬36度", 36.0),
        ("36°5.5′N", 36 + 5.5 / 60),
        ("36-30", 36.5),
        ("S36°30′", -36.5),
        ("南纬36°30′", -36.5),
        ("-36.5", -36.5),
        ("36.5 S", -36.5),
        ("36.5°", 36.5),
        ("36°30′00″S", -36.5),
        ("36.5", 36.5),
    ],
)
def test_parts_may_be_missing_and_a_letter_or_a_sign_says_which_side(
    spelling: str, degrees: float
) -> None:
    assert read_dms(spelling, axis="lat") == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    ("spelling", "rule"),
    [
        ("", "dms_invalid"),
        ("西边", "dms_invalid"),
        ("117,5", "dms_invalid"),
        ("-E117°", "dms_invalid"),
        ("N117°W", "dms_invalid"),
        ("E-117°", "dms_invalid"),
        ("117°05.5′12″", "dms_invalid"),
        ("117°60′00″", "dms_parts"),
        ("117-05-60", "dms_parts"),
        ("217°05′", "dms_range"),
        ("北纬36°05′", "dms_axis"),
    ],
)
def test_what_is_no_longitude_is_refused_with_what_is_wrong(spelling: str, rule: str) -> None:
    with pytest.raises(DmsError) as caught:
        read_dms(spelling, axis="lon")
    assert caught.value.rule == rule


def test_a_latitude_ends_at_the_pole() -> None:
    with pytest.raises(DmsError) as caught:
        read_dms("117°05′12″", axis="lat")
    assert caught.value.rule == "dms_range"


def test_a_number_that_may_hold_minutes_and_seconds_is_never_guessed() -> None:
    with pytest.raises(DmsError) as caught:
        read_dms("117.051234")
    assert caught.value.rule == "dms_packed_unsure"
    assert read_dms("117.051234", form="dms_packed") == pytest.approx(TRUE, abs=1e-12)
    assert read_dms("117.051234", form="decimal") == 117.051234
    assert read_dms("36.3", form="dms_packed") == 36.5


def test_declared_as_packed_minutes_of_sixty_are_refused() -> None:
    with pytest.raises(DmsError) as caught:
        read_dms("117.086734", form="dms_packed")
    assert caught.value.rule == "dms_parts"


def test_only_numbers_that_fit_and_have_digits_enough_look_packed() -> None:
    assert looks_packed("117.051234")
    assert looks_packed("36.1234")
    assert not looks_packed("117.08671")
    assert not looks_packed("117.5")
    assert not looks_packed("117.0512345678")
    assert not looks_packed("117°05′")
    assert fits_packed("117.5")
    assert not fits_packed("117.7")


def test_only_a_number_alone_is_plain() -> None:
    assert is_plain_number("-117.5")
    assert not is_plain_number("117.5E")
    assert not is_plain_number("117-05")


@given(st.integers(-179, 179), st.integers(0, 59), st.integers(0, 5999), st.sampled_from("-: "))
def test_parts_survive_writing_and_reading(
    degrees: int, minutes: int, hundredths: int, by: str
) -> None:
    seconds = f"{hundredths / 100:05.2f}"
    spelled = f"{abs(degrees)}{by}{minutes:02d}{by}{seconds}"
    spelled = f"-{spelled}" if degrees < 0 else spelled
    written = write_dms(read_dms(spelled))
    nothing = abs(degrees) == minutes == hundredths == 0
    sign = "-" if degrees < 0 and not nothing else ""
    assert written == f"{sign}{abs(degrees)}°{minutes:02d}′{seconds}″"


@given(st.floats(-180, 180), st.integers(0, 6))
def test_what_is_written_is_read_back_to_its_last_digit(degrees: float, digits: int) -> None:
    half = 0.5 * 10**-digits / 3600
    assert abs(read_dms(write_dms(degrees, digits)) - degrees) <= half + 1e-12


def test_seconds_are_carried_and_never_sixty() -> None:
    assert write_dms(59.99999999) == "60°00′00.00″"
    assert write_dms(117.0833333333) == "117°05′00.00″"
    assert write_dms(9.5 / 3600, 0) == "0°00′10″"
    assert write_dms(-0.000000001) == "0°00′00.00″"
    assert write_dms(-36.5) == "-36°30′00.00″"
