"""Degrees, minutes and seconds as people write them, and back.

Read are ``117°05′12.34″`` and its full-width, typed and Chinese forms (``117度05分12.34秒``),
``117-05-12.34``, ``117:05:12.34``, ``117 05 12.34``, with or without seconds, N, E, 北纬, 东经
before or behind, and decimal degrees.

One form cannot be told by its looks: ``DDD.MMSSss`` (``117.051234`` for 117°05′12.34″) is a decimal
number too, and the two readings lie kilometres apart. It is read so only where the caller declares
it, and what could be so is said (:func:`looks_packed`), never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Axis = Literal["lon", "lat"]
DegreesForm = Literal["decimal", "dms_packed"]

MOST: dict[Axis, int] = {"lon": 180, "lat": 90}
SIXTY = 60
LEAST_PACKED = 4
"""Digits behind the point from which a decimal number may hold minutes and seconds."""
MOST_PACKED = 8

_SIGNS = str.maketrans({
    "°": "d", "º": "d", "˚": "d", "度": "d",
    "′": "m", "'": "m", "‘": "m", "’": "m", "´": "m", "`": "m", "ʹ": "m", "分": "m",
    "″": "s", '"': "s", "“": "s", "”": "s", "ʺ": "s", "秒": "s",
    "−": "-", "–": "-", "—": "-", "－": "-", "：": ":",
})  # fmt: skip
_LETTERS = {
    "n": ("lat", 1), "北": ("lat", 1), "北纬": ("lat", 1),
    "s": ("lat", -1), "南": ("lat", -1), "南纬": ("lat", -1),
    "e": ("lon", 1), "东": ("lon", 1), "东经": ("lon", 1),
    "w": ("lon", -1), "西": ("lon", -1), "西经": ("lon", -1),
}  # fmt: skip
_LETTER = r"(?:[东西南北][经纬]?|[nsew])"
_BEHIND = re.compile(rf"(?<=[dm\d\s.]|(?<=\d)s)\s*({_LETTER})$")
_BEFORE = re.compile(rf"^({_LETTER})\s*[:]?\s*(?=[\d+\-.])")
_SOUTH = re.compile(r"[dms]\s*s$|^[+-]?[\d.]+\s*s$")
_SIGNED = re.compile(
    r"(?P<d>\d{1,3})\s*d\s*(?:(?P<m>\d{1,2}(?:\.\d*)?)\s*m\s*(?:(?P<s>\d{1,2}(?:\.\d*)?)\s*s?)?)?"
    r"|(?P<dd>\d{1,3}\.\d+)\s*d"
)
_PLAIN = re.compile(
    r"(?P<d>\d{1,3})(?:\s*-\s*|\s*:\s*|\s+)(?P<m>\d{1,2}(?:\.\d*)?)"
    r"(?:(?:\s*-\s*|\s*:\s*|\s+)(?P<s>\d{1,2}(?:\.\d*)?)\s*s?)?"
)
_DECIMAL = re.compile(r"\d{1,3}(?:\.\d*)?|\.\d+")


class DmsError(ValueError):
    """A text that is no angle; ``rule`` is the catalogue key ``finding.<rule>``."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def read_dms(text: str, *, axis: Axis | None = None, form: DegreesForm | None = None) -> float:
    """Return the decimal degrees of an angle in any spelling; south and west are negative.

    Parameters
    ----------
    axis
        Which of the two it is to be; a letter that says the other one is refused, and its range
        holds. Without it up to 180 degrees.
    form
        What a plain number is: ``decimal`` degrees, or ``dms_packed`` (``DDD.MMSSss``). Without it
        one that could be either is refused.

    Raises
    ------
    DmsError
        ``dms_invalid``: no angle. ``dms_parts``: 60 or more minutes or seconds. ``dms_range``:
        beyond 90 or 180. ``dms_axis``: a latitude for a longitude. ``dms_packed_unsure``: a plain
        number that could hold minutes and seconds.
    """
    plain = _plain(text)
    letter, rest = _take_letter(plain)
    negative = rest.startswith("-")
    rest = rest.lstrip("+-").strip() if rest[:1] in "+-" else rest
    if letter is not None and negative:
        raise DmsError("dms_invalid")
    degrees = _read_degrees(rest, form)
    said, sign = _LETTERS[letter] if letter else (axis, -1 if negative else 1)
    if axis is not None and said != axis:
        raise DmsError("dms_axis")
    if degrees > MOST["lat" if said == "lat" else "lon"]:
        raise DmsError("dms_range")
    return sign * float(degrees)


def is_plain_number(text: str) -> bool:
    """Say whether an angle is written as a number alone, without signs, parts or letters."""
    return _DECIMAL.fullmatch(_plain(text).lstrip("+-")) is not None


def looks_packed(text: str) -> bool:
    """Say whether a plain number could be ``DDD.MMSSss``, minutes and seconds under 60.

    Only with four to eight digits behind the point: ``117.5`` nobody means so.
    """
    whole, point, digits = _plain(text).lstrip("+-").partition(".")
    if not point or not whole.isdigit() or not LEAST_PACKED <= len(digits) <= MOST_PACKED:
        return False
    return fits_packed(text)


def fits_packed(text: str) -> bool:
    """Say whether minutes and seconds would be under 60 if a number were ``DDD.MMSSss``."""
    whole, _, digits = _plain(text).lstrip("+-").partition(".")
    padded = digits.ljust(LEAST_PACKED, "0")
    if not whole.isdigit() or not padded.isdigit():
        return False
    return int(padded[:2]) < SIXTY and int(padded[2:4]) < SIXTY


def write_dms(degrees: float, digits: int = 2) -> str:
    """Return an angle as ``117°05′12.34″``; a negative one has a minus before it.

    Rounded half up at the last digit of the seconds, carried exactly: never 60 seconds.
    """
    seconds = (abs(Decimal(repr(float(degrees)))) * SIXTY * SIXTY).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP
    )
    minutes, rest = divmod(seconds, SIXTY)
    whole, minute = divmod(int(minutes), SIXTY)
    sign = "-" if degrees < 0 and seconds else ""
    width = 3 + digits if digits else 2
    return f"{sign}{whole}°{minute:02d}′{rest:0{width}.{digits}f}″"


def _plain(text: str) -> str:
    # Typed signs first: NFKC would make a double prime two primes, and a degree sign a letter.
    once = str(text).replace("''", "s").replace("′′", "s").replace("’’", "s").strip()
    return unicodedata.normalize("NFKC", once.translate(_SIGNS)).translate(_SIGNS).casefold()


def _take_letter(plain: str) -> tuple[str | None, str]:
    before, behind = _BEFORE.match(plain), _BEHIND.search(plain)
    # "12.34s" is seconds; it says south only where the unit before it is already told.
    if behind and behind[1] == "s" and not _SOUTH.search(plain):
        behind = None
    if before and behind:
        raise DmsError("dms_invalid")
    if before:
        return before[1], plain[before.end() :].strip()
    if behind:
        return behind[1], plain[: behind.start()].strip()
    return None, plain


def _read_degrees(rest: str, form: DegreesForm | None) -> Decimal:
    if _DECIMAL.fullmatch(rest):
        return _read_number(rest, form)
    match = _SIGNED.fullmatch(rest) or _PLAIN.fullmatch(rest)
    if match is None:
        raise DmsError("dms_invalid")
    parts = match.groupdict()
    if parts.get("dd"):
        return Decimal(parts["dd"])
    return _of_parts(parts["d"], parts["m"] or "0", parts["s"])


def _read_number(number: str, form: DegreesForm | None) -> Decimal:
    if form == "dms_packed":
        whole, _, digits = number.partition(".")
        padded = digits.ljust(LEAST_PACKED, "0")
        return _of_parts(whole or "0", padded[:2], f"{padded[2:4]}.{padded[4:] or 0}")
    if form is None and looks_packed(number):
        raise DmsError("dms_packed_unsure")
    return Decimal(number)


def _of_parts(degrees: str, minutes: str, seconds: str | None) -> Decimal:
    if seconds is not None and "." in minutes:
        raise DmsError("dms_invalid")
    if Decimal(minutes) >= SIXTY or Decimal(seconds or 0) >= SIXTY:
        raise DmsError("dms_parts")
    return Decimal(degrees) + Decimal(minutes) / SIXTY + Decimal(seconds or 0) / SIXTY**2
