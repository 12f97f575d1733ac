"""Age groups: how they are written, and which of them others give by sum and difference.

A group is written ``60+``, ``60-69`` (both ends in), or ``total``; ``60岁及以上``, ``60至69岁``,
``pop60plus`` and 总人口 are read as these.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.errors import AgeUnknownError, OptionInvalidError
from geo.exchange.heads import normal_head
from geo.texts import Text

Floats = npt.NDArray[np.float64]

OLDEST = 150
"""Nobody is older, in years; the open end of a group is counted as from here."""
MOST_AGES = 64
"""Most age groups of one file."""
WHOLE = (
    "total", "总人口", "总人口数", "总人数", "常住人口", "常住人口数", "人口", "人口数", "人数",
    "合计", "总计", "全部年龄", "各年龄", "population", "people", "pop", "all",
)  # fmt: skip
BEFORE = r"(?:pop(?:ulation)?|people|age[sd]?|人口|年龄)?"
AFTER = r"(?:人口数?|老年人口?|老年人数?|人数|people|pop(?:ulation)?)?"
OPEN = re.compile(
    rf"{BEFORE}(\d{{1,3}})(?:岁?(?:及以上|以上|及其以上)|岁?\+|plus|(?:and)?over){AFTER}"
)
CLOSED = re.compile(rf"{BEFORE}(\d{{1,3}})岁?(?:-|至|到|to)(\d{{1,3}})岁?{AFTER}")
LIKELY = (
    "total", "0-2", "0-3", "0-5", "0-6", "0-14", "0-15", "0-17", "15-59", "15-64", "16-59", "18-59",
    "20-59", "18+", "20+", "55+", "60+", "65+", "70+", "75+", "80+", "85+", "90+", "100+", "60-64",
    "60-69", "60-79", "65-69", "65-79", "70-74", "70-79", "75-79", "80-84", "80-89", "85-89",
    "90-94", "90-99", "95-99",
)  # fmt: skip
"""The groups whose columns are looked for where nobody names them."""


@dataclass(frozen=True, slots=True, order=True)
class Age:
    """People from ``first`` full years up to, not including, ``end``; OLDEST is the open end."""

    first: int
    end: int

    def __str__(self) -> str:
        if self.end < OLDEST:
            return f"{self.first}-{self.end - 1}"
        return f"{self.first}+" if self.first else "total"


def read_age(written: str) -> Age | None:
    """Read an age group as people write it; None where it is none, such as ``70-60``."""
    plain = unicodedata.normalize("NFKC", written).casefold()
    plain = re.sub(r"[\s_:]", "", plain).replace("~", "-").replace("–", "-").replace("—", "-")
    if plain in WHOLE:
        return Age(0, OLDEST)
    if match := OPEN.fullmatch(plain):
        first = int(match[1])
        return Age(first, OLDEST) if first < OLDEST else None
    if match := CLOSED.fullmatch(plain):
        first, last = int(match[1]), int(match[2])
        return Age(first, last + 1) if first <= last < OLDEST - 1 else None
    return None


def parse_age(written: str, *, option: str) -> str:
    """Return the canonical form of an age group that an option names.

    Raises
    ------
    OptionInvalidError
        If it is none.
    """
    age = read_age(written)
    if age is None:
        raise OptionInvalidError(option=option, value=written, allowed=Text("allowed.age"))
    return str(age)


def parse_bands(written: str) -> tuple[str, ...]:
    """Return the age groups of ``20+,60+`` in their canonical form and the order given.

    Raises
    ------
    OptionInvalidError
        If one is no age group, or two are the same.
    """
    parts = re.split(r"[,，、;；]", written)
    ages = tuple(parse_age(part, option="--bands") for part in parts)
    if len(set(ages)) < len(ages) or len(ages) > MOST_AGES:
        allowed = Text("allowed.bands", {"most": MOST_AGES})
        raise OptionInvalidError(option="--bands", value=written, allowed=allowed)
    return ages


def heads_of(age: str) -> tuple[str, ...]:
    """Return the heads a column of this age group may have in a table."""
    group = read_age(age)
    if group is None or group == Age(0, OLDEST):
        return WHOLE
    if group.end == OLDEST:
        first = group.first
        stems: tuple[str, ...] = (
            f"{first}+",
            f"{first}plus",
            f"{first}岁及以上",
            f"{first}岁以上",
            f"{first}以上",
        )
    else:
        first, last = group.first, group.end - 1
        stems = tuple(f"{first}{link}{last}" for link in ("-", "至", "~", "到"))
        stems += tuple(f"{stem}岁" for stem in stems)
    heads = [
        f"{before}{stem}{after}"
        for stem in stems
        for before in ("", "pop", "人口")
        for after in ("", "人口", "人口数", "人数", "老年人口")
    ]
    return tuple(dict.fromkeys(normal_head(head) for head in heads))


def people_of_age(cells_ages: Sequence[str], people: Floats, age: str) -> Floats:
    """Return the people of an age group in each cell, from the groups that are there.

    The group itself, or the sums and differences of groups that give it exactly: 60-69 and 70+
    are 60+, 20+ less 60+ is 20-59. Sums go before differences. Where a difference comes out below
    zero (a cell with more people over 60 than over 20) it is zero.

    Parameters
    ----------
    cells_ages
        The age groups of the columns of ``people``, shape (n, ages).

    Raises
    ------
    OptionInvalidError
        If ``age`` is no age group.
    AgeUnknownError
        If the groups there do not give it; its facts name them.
    """
    wanted = read_age(parse_age(age, option="--ages"))
    bands = [read_age(one) for one in cells_ages]
    steps = None if wanted is None else _way(wanted, [band for band in bands if band])
    if steps is None:
        raise AgeUnknownError(age=age, ages=list(cells_ages))
    total = np.zeros(len(people))
    for place, sign in steps:
        total += sign * people[:, place]
    return np.maximum(total, 0.0)


DIFFERENCE = 1000
"""What a difference weighs against a sum: it is taken only where no sum will do."""


def _way(wanted: Age, bands: Sequence[Age]) -> list[tuple[int, int]] | None:
    """Return the bands, each with its sign, that lead from the first year of a group to its end.

    A band is a step from its first year to its end, or, subtracted, back: the cheapest way of such
    steps is the sum with the fewest differences.
    """
    queue: list[tuple[int, int, list[tuple[int, int]]]] = [(0, wanted.first, [])]
    done: set[int] = set()
    while queue:
        cost, year, steps = heapq.heappop(queue)
        if year == wanted.end:
            return steps
        if year in done:
            continue
        done.add(year)
        for place, band in enumerate(bands):
            if band.first == year:
                heapq.heappush(queue, (cost + 1, band.end, [*steps, (place, 1)]))
            if band.end == year:
                heapq.heappush(queue, (cost + DIFFERENCE, band.first, [*steps, (place, -1)]))
    return None
