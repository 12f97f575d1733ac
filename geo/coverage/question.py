"""The question of a run: which facilities, within what walk, whose people, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from geo.errors import OptionInvalidError
from geo.facilities.kinds import KINDS
from geo.facilities.tables import POSITION_QUALITIES
from geo.office import Office
from geo.texts import Text

PROFILES = ("standard", "elder", "frail")
"""Who walks; the speeds are settings of the office (``coverage.<profile>_m_per_min``)."""

LIMIT_M = (10.0, 10_000.0)
LIMIT_MINUTES = (1.0, 120.0)
"""What may be asked: beyond two hours nobody speaks of walking to a facility."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, as it was put.

    One of ``limit_m`` (metres) and ``minutes``; with neither 15 minutes hold. No ``ages`` takes all
    groups of the population. ``within`` is the code of a division whose people are asked for;
    facilities outside it count unless ``inside_only``. ``network``, ``population`` and ``totals``
    are names of data; without one the newest counts. ``scaled`` says whether official totals are
    applied where there are any.
    """

    kinds: tuple[str, ...]
    at: date
    limit_m: float | None = None
    minutes: float | None = None
    profile: str = "standard"
    ages: tuple[str, ...] = ()
    within: str | None = None
    inside_only: bool = False
    network: str | None = None
    population: str | None = None
    totals: str | None = None
    scaled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The numbers that hold for a question: the limit both ways, the speed, the office's settings.

    ``limit_m`` in metres, ``minutes`` at ``speed_m_per_min``; a facility takes part whose position
    is at least ``roughest_position``.
    """

    limit_m: float
    minutes: float
    profile: str
    speed_m_per_min: float
    snap_limit_m: float
    most_unsnapped_percent: float
    roughest_position: str

    def takes(self, position_quality: str) -> bool:
        """Return whether a place of this quality is good enough to walk to."""
        rank = POSITION_QUALITIES.index
        return rank(position_quality) >= rank(self.roughest_position)


def read_question(said: Mapping[str, Any]) -> Question:
    """Return the question that plain values hold, as a job or a stored run has them."""
    lists = {"kinds": tuple(said["kinds"]), "ages": tuple(said["ages"])}
    return Question(**{**said, **lists, "at": date.fromisoformat(said["at"])})


def settle(question: Question, office: Office) -> Rules:
    """Return the numbers that hold for a question.

    Time is distance by speed: 15 minutes of the standard profile are 900 m at 60 m/min.

    Raises
    ------
    OptionInvalidError
        If a kind or a profile is unknown, or the limit is none or out of what may be asked.
    """
    _check_kinds(question.kinds)
    if question.profile not in PROFILES:
        raise OptionInvalidError(option="profile", value=question.profile, allowed=list(PROFILES))
    speed = office.number(f"coverage.{question.profile}_m_per_min")
    if question.limit_m is not None and question.minutes is not None:
        raise OptionInvalidError(
            option="minutes", value=question.minutes, allowed=Text("allowed.one_limit")
        )
    if question.limit_m is not None:
        limit_m = _check("limit_m", question.limit_m, LIMIT_M, "m")
        minutes = limit_m / speed
    else:
        given = 15.0 if question.minutes is None else question.minutes
        minutes = _check("minutes", given, LIMIT_MINUTES, "min")
        limit_m = minutes * speed
    return Rules(
        limit_m=limit_m,
        minutes=minutes,
        profile=question.profile,
        speed_m_per_min=speed,
        snap_limit_m=office.number("coverage.snap_limit_m"),
        most_unsnapped_percent=office.number("coverage.most_unsnapped_percent"),
        roughest_position=str(office.settings["coverage.roughest_position"].value),
    )


def _check_kinds(kinds: Sequence[str]) -> None:
    allowed = [key for key, kind in KINDS.items() if not kind.private_home]
    wrong = [kind for kind in kinds if kind not in allowed]
    if wrong or not kinds:
        value = wrong[0] if wrong else Text("reason.not_given")
        raise OptionInvalidError(option="kinds", value=value, allowed=allowed)


def _check(option: str, value: float, limits: tuple[float, float], unit: str) -> float:
    least, most = limits
    if not isfinite(value) or not least <= value <= most:
        allowed = Text("setting.range", {"least": least, "most": most, "unit": f" {unit}"})
        raise OptionInvalidError(option=option, value=value, allowed=allowed)
    return float(value)
