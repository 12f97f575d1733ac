"""What a subject wants of a file: its columns with their heads and parsers, its geometry.

A parser takes one cell that is not empty and returns the value, or raises `CellError`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from geo.crs.systems import CHINA
from geo.exchange.findings import Severity
from geo.texts import Text

EXACT_FLOAT = 2**53
BEYOND = 10**300  # float() fails on integers a little above
LARGEST = 2**63  # what the database takes for a whole number
CODE_LENGTH = 64
JOINERS = "\u200c\u200d"  # Uyghur and Tibetan write with them; every other format character is junk
EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: a plain number outside is no date
LIMITLESS = re.compile(r"[+-]?infinity|.*\bb\.?c\.?\b.*|.*公元前.*", re.IGNORECASE)
DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})\.?"
    r"|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
)
TIME = re.compile(r"[T ](\d{1,2}:.*)")
MIDNIGHT = re.compile(r"0?0:00(:00(\.0+)?)?")
NUMBER = re.compile(r"[+-]?((\d{1,3}(,\d{3})+|\d+)(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
YES = frozenset({"是", "1", "true", "yes", "y"})
NO = frozenset({"否", "0", "false", "no", "n"})
NOTHING = frozenset({"-", "--", "—", "——", "/", "无", "暂无", "未知", "不详", "空", "n/a"})
"""What lists write where there is nothing to write."""


class CellError(Exception):
    """A cell that cannot be taken; ``rule`` is the catalogue key ``finding.<rule>``."""

    def __init__(self, rule: str, allowed: str | Text | None = None, **facts: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.allowed = allowed
        self.facts: Mapping[str, object] = facts


@dataclass(frozen=True)
class Column:
    """A column by its canonical name, the heads it may have in files, and its parser."""

    name: str
    heads: tuple[str, ...]
    parse: Callable[[object], object]
    required: bool = False
    help: str = ""


@dataclass(frozen=True)
class Schema:
    """The rows a subject takes.

    ``geometry`` names the shapely types allowed after promotion (a Polygon becomes a MultiPolygon
    where only that is allowed); empty means that geometry in the file is left aside. ``extent`` is
    west, south, east, north in degrees; None takes the whole world. ``keeps_totals`` leaves a total
    row (合计) below the table among the rows, for a subject that compares it. ``compares_places``
    reads a second pair of coordinates too, where a table gives its places twice.
    """

    kind: str
    columns: tuple[Column, ...]
    geometry: frozenset[str] = frozenset()
    geometry_required: bool = False
    invalid_geometry: Severity = "warning"
    extent: tuple[float, float, float, float] | None = CHINA
    keeps_totals: bool = False
    compares_places: bool = False


def parse_text(value: object, *, max_len: int = 200) -> str:
    """Return text without outer spaces, inner white space made single.

    Control and other invisible characters are refused, private-use ones (what old GBK fonts draw
    for rare characters in names) and U+FFFD (what a wrong decoding leaves) too: each with its code
    point, so that the clerk can find it.
    """
    found = _plain(value)
    for char in "" if found.isprintable() and "\ufffd" not in found else found:
        rule = _bad_character(char)
        if rule is not None:
            raise CellError(rule, code_point=f"U+{ord(char):04X}")
    if len(found) > max_len:
        raise CellError("text_too_long", str(max_len), length=len(found), limit=max_len)
    return found


def _plain(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_FLOAT:
        value = int(value)
    elif isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return " ".join(unicodedata.normalize("NFC", str(value)).split())


def _bad_character(char: str) -> str | None:
    if char.isprintable() and char != "\ufffd":
        return None
    category = unicodedata.category(char)
    if category == "Co":
        return "character_private"
    if char == "\ufffd" or category == "Cs":
        return "character_lost"
    if category in {"Cc", "Cf"} and char not in JOINERS:
        return "character_control"
    return None


def parse_code(value: object) -> str:
    """Return a code as text: leading zeros kept, ``370100.0`` of a spreadsheet as ``370100``.

    Refused are numbers whose digits a spreadsheet has already lost (``3.70102E+11``, integers
    from 2**53), and spaces or control characters inside.
    """
    if isinstance(value, bool):
        raise CellError("code_invalid_text", Text("allowed.code"))
    if isinstance(value, int | float):
        if isinstance(value, float) and not value.is_integer():
            raise CellError("code_invalid_text", Text("allowed.code"))
        if isinstance(value, float) and abs(value) >= EXACT_FLOAT:
            raise CellError("code_digits_lost", Text("allowed.code_as_text"))
        value = str(int(value))
    found = unicodedata.normalize("NFKC", parse_text(value, max_len=1000)).strip().lstrip("'")
    if re.fullmatch(r"\d+(\.\d+)?[eE]\+?\d+", found):
        raise CellError("code_digits_lost", Text("allowed.code_as_text"))
    found = re.sub(r"^(\d+)\.0+$", r"\1", found)
    if not re.fullmatch(r"[\w.\-/]+", found) or len(found) > CODE_LENGTH:
        raise CellError("code_invalid_text", Text("allowed.code"))
    return found


def parse_date(value: object) -> date:
    """Return a date from ISO, ``2020.1.2``, ``2020/1/2``, ``2020年1月2日``, ``20200102`` or Excel.

    A time of day other than midnight is refused, for whose midnight it was is not known; so are
    infinity, years before the common era and after 9999, which the database or its driver cannot
    hold.
    """
    if isinstance(value, datetime):
        if value.time() != time():
            raise CellError("date_with_time", Text("allowed.date"))
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _date_of_number(value)
    found = re.sub(r"\s*([年月日])\s*", r"\1", unicodedata.normalize("NFKC", str(value)).strip())
    if LIMITLESS.fullmatch(found):
        raise CellError("date_out_of_range", Text("allowed.date"))
    clock = TIME.search(found)
    if clock and not MIDNIGHT.fullmatch(clock[1]):
        raise CellError("date_with_time", Text("allowed.date"))
    return _date_of_text(found[: clock.start()] if clock else found)


def _date_of_number(value: float) -> date:
    if not math.isfinite(value):
        raise CellError("date_out_of_range", Text("allowed.date"))
    if value != int(value):
        raise CellError("date_with_time", Text("allowed.date"))
    number = int(value)
    if number in EXCEL_DAYS:
        return EXCEL_DAY_ZERO + timedelta(days=number)
    return _date_of_text(str(number))


def _date_of_text(found: str) -> date:
    match = DATE.fullmatch(found)
    if match is None:
        raise CellError("date_invalid", Text("allowed.date"))
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        raise CellError("date_invalid", Text("allowed.date")) from None


def parse_number(value: object) -> float:
    """Return a finite number; ``1,234.5`` and full-width digits are read, NaN and infinity not."""
    if isinstance(value, bool):
        raise CellError("number_invalid", Text("allowed.number"))
    if isinstance(value, int | float | Decimal):
        huge = isinstance(value, int) and abs(value) >= BEYOND
        number = math.inf if huge else float(value)
    else:
        found = unicodedata.normalize("NFKC", str(value)).strip().replace("\u2212", "-")
        if not NUMBER.fullmatch(found):
            raise CellError("number_invalid", Text("allowed.number"))
        number = float(found.replace(",", ""))
    if not math.isfinite(number):
        raise CellError("number_not_finite", Text("allowed.number"))
    return number


def parse_int(value: object) -> int:
    """Return a whole number; ``12.0`` is 12, ``12.5`` is refused."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        return value
    number = parse_number(value)
    if not number.is_integer():
        raise CellError("integer_invalid", Text("allowed.integer"))
    if abs(number) >= EXACT_FLOAT:
        raise CellError("code_digits_lost", Text("allowed.integer"))
    return int(number)


def parse_bool(value: object) -> bool:
    """Return 是/否, 1/0, true/false, yes/no as a Boolean."""
    if isinstance(value, bool):
        return value
    found = unicodedata.normalize("NFKC", str(value)).strip().casefold().removesuffix(".0")
    if found in YES:
        return True
    if found in NO:
        return False
    raise CellError("bool_invalid", Text("allowed.bool"))
