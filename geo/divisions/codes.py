"""Division codes: what their digits say, and what they must never be used for.

A code tells a level and, where the register knows no better, a probable parent. It never tells
jurisdiction: 仙桃 429004 lies under 湖北 420000, 莱芜 moved from 3712 to 3701, 白杨市 is 659012.

References
----------
GB/T 2260, GB/T 10114; 行政区划代码管理办法 (MCA, in force 2025-09-01).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from geo.settings import REFERENCE

Level = Literal["province", "prefecture", "county", "township", "village"]
LEVELS: tuple[Level, ...] = get_args(Level)

_PROVINCES = (11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46)
_MORE_PROVINCES = (50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82)
PROVINCES = frozenset(str(number) for number in (*_PROVINCES, *_MORE_PROVINCES))
LENGTHS = (2, 4, 6, 9, 12)
DIRECT = "90"
"""Digits 3–4 of county units that a province administers itself."""

_GEO_ENTITY = "156"
"""China's own number (GB/T 2659), which some files put before the six digits."""


@dataclass(frozen=True, slots=True)
class DivisionCode:
    """A code as the register keeps it: 6 digits from the county up, 9 township, 12 village."""

    text: str
    level: Level
    usual: bool
    """Whether every part lies in the ranges of the standard; farms and zones often do not."""


def read_code(raw: str) -> DivisionCode | None:
    """Read a code of 2, 4, 6, 9 or 12 digits; padding zeros are taken away.

    Returns None where it is no division code: other lengths, letters, a province that does not
    exist, zeros in the middle.

    Examples
    --------
    >>> read_code("37").text, read_code("370900000000").level
    ('370000', 'prefecture')
    """
    if not (raw.isascii() and raw.isdigit() and len(raw) in LENGTHS and raw[:2] in PROVINCES):
        return None
    padded = raw.ljust(12, "0")
    prefecture, county, township, village = padded[2:4], padded[4:6], padded[6:9], padded[9:]
    level = _level(prefecture, county, township, village)
    if level is None:
        return None
    size = {"province": 6, "prefecture": 6, "county": 6, "township": 9, "village": 12}[level]
    return DivisionCode(padded[:size], level, _is_usual(level, prefecture, township))


def _level(prefecture: str, county: str, township: str, village: str) -> Level | None:
    if int(village):
        return "village" if int(township) else None
    if int(township):
        # 441900003 lies in a city without counties: its county digits are zeros, rightly.
        return "township" if int(prefecture) else None
    if int(county):
        return "county"
    return "prefecture" if int(prefecture) else "province"


def _is_usual(level: Level, prefecture: str, township: str) -> bool:
    prefecture_usual = (
        level == "province" or 1 <= int(prefecture) <= 70 or prefecture == DIRECT  # noqa: PLR2004
    )
    township_usual = level != "township" or int(township) < 600  # noqa: PLR2004
    return prefecture_usual and township_usual


def without_country(raw: str) -> str | None:
    """Return the six digits of ``156370900``, or None where the number is not of that form."""
    if len(raw) == len(_GEO_ENTITY) + 6 and raw.startswith(_GEO_ENTITY):
        rest = raw.removeprefix(_GEO_ENTITY)
        return rest if read_code(rest) else None
    return None


def probable_parents(code: DivisionCode) -> tuple[str, ...]:
    """Return the codes that may be the parent's, nearest first; none for a province.

    The first that the register knows is taken. A county of ``xx90`` lies under its province.
    """
    text = code.text
    if code.level == "province":
        return ()
    if code.level == "prefecture":
        return (f"{text[:2]}0000",)
    if code.level == "county":
        province = f"{text[:2]}0000"
        return (province,) if text[2:4] == DIRECT else (f"{text[:4]}00", province)
    if code.level == "township":
        return (text[:6],)
    return (text[:9], text[:6])


def is_city_district(code: str, level: str) -> bool:
    """Tell whether a county code is that of a 市辖区 (digits 5–6 are 01 to 20)."""
    return level == "county" and code[2:4] != DIRECT and 1 <= int(code[4:6]) <= 20  # noqa: PLR2004


@cache
def reference_names() -> dict[str, str]:
    """Return names of provinces and prefectures by code, as of 2025-12-31 (民政部)."""
    with (REFERENCE / "gbt2260.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@cache
def stand_ins(level: str) -> frozenset[str]:
    """Return codes of higher units that stand among those of a level, having none of it below.

    东莞市 stands among the counties, 上海市 among the prefectures.
    """
    with (REFERENCE / "direct_units.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file) if row["among"] == level)


def levels_of(code: DivisionCode) -> set[Level]:
    """Return the levels among which a division stands: its own, and another where it fills in.

    A county that its province administers itself (仙桃 429004) stands among the prefectures too.
    """
    levels = {code.level, *(level for level in LEVELS if code.text in stand_ins(level))}
    if code.level == "county" and code.text[2:4] == DIRECT:
        levels.add("prefecture")
    return levels
