"""From distances to an answer: people covered and in all, minutes, by division and age.

Every sum is exact and rounded once (``math.fsum``), so it is the same number in whatever order the
cells come, on whatever machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import fsum, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.coverage.inputs import Group, Inputs
from geo.coverage.question import Rules
from geo.coverage.walk import Walked, find_serving, is_serving
from geo.population.read import people_of_age
from geo.population.scale import ScaledDivision, scale

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.intp]

QUANTILES = {"p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
NOWHERE = Group(code="", name="", level="")
"""Stands for the cells that lie in no division."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The people of an age group by cell: as the cells have them, and scaled to totals."""

    raw: Floats
    people: Floats
    divisions: Mapping[int, ScaledDivision]


def make_answer(inputs: Inputs, rules: Rules, walked: Walked) -> dict[str, Any]:
    """Make the answer of a run, ready for JSON; its numbers are not rounded.

    The numbers at the top are those of the first age group asked for. A share is None where there
    is nobody, no facility, or too many people without streets: it cannot be assessed (无法评估),
    and ``reason`` says why: ``no_people``, ``no_facilities`` or ``unsnapped``.
    """
    by_age = {age: _count(inputs, age) for age in inputs.ages}
    cells = _asked(inputs, by_age)
    sheet = _Sheet(inputs, rules, walked, served=bool(walked.snapped.any()))
    whole = {age: sheet.tally(counted, cells) for age, counted in by_age.items()}
    first = next(iter(whole.values()))
    return {
        **{key: first[key] for key in ("people", "covered", "share", "people_unsnapped")},
        "assessable": first["reason"] is None,
        "reason": first["reason"],
        "minutes": first["minutes"],
        "cells": len(cells),
        "cells_unsnapped": int(np.isnan(walked.metres[cells]).sum()),
        **_tell_facilities(inputs, rules, walked),
        "ages": whole,
        "divisions": _by_division(sheet, by_age, cells),
        "totals": _tell_totals(inputs, by_age),
        "reach": _tell_reach(inputs, rules, walked, next(iter(by_age.values())).people),
    }


def _count(inputs: Inputs, age: str) -> Counted:
    raw = people_of_age(inputs.cell_ages, inputs.cells.people, age)
    if not inputs.officials:
        return Counted(raw, raw, {})
    officials = {
        number: official.people[age]
        for number, official in enumerate(inputs.officials)
        if age in official.people
    }
    scaled = scale(raw, inputs.official_place, officials)
    return Counted(raw, scaled.people, scaled.divisions)


def _asked(inputs: Inputs, by_age: Mapping[str, Counted]) -> Cells:
    """Return the cells that count: inside, with anybody of the ages asked for."""
    anybody = np.zeros(len(inputs.inside), dtype=np.bool_)
    for counted in by_age.values():
        anybody |= counted.people > 0
    return np.flatnonzero(inputs.inside & anybody)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What every line of the answer is counted from; ``served``: some facility takes part."""

    inputs: Inputs
    rules: Rules
    walked: Walked
    served: bool

    def tally(self, counted: Counted, cells: Cells) -> dict[str, Any]:
        """Count the people of some cells."""
        people, metres = counted.people[cells], self.walked.metres[cells]
        total = _sum(people)
        unsnapped = _sum(people[np.isnan(metres)])
        covered = _sum(people[metres <= self.rules.limit_m])
        reason = self._reason(total, unsnapped)
        raw = total if counted.raw is counted.people else _sum(counted.raw[cells])
        return {
            "people": total,
            "covered": covered,
            "share": None if reason else covered / total,
            "reason": reason,
            "people_unsnapped": unsnapped,
            "people_unreachable": _sum(people[np.isinf(metres)]),
            "minutes": _quantiles(people, metres / self.rules.speed_m_per_min),
            "raw": raw,
            "factor": total / raw if raw > 0 else None,
        }

    def _reason(self, total: float, unsnapped: float) -> str | None:
        if total <= 0:
            return "no_people"
        if not self.served:
            return "no_facilities"
        if unsnapped > total * self.rules.most_unsnapped_percent / 100:
            return "unsnapped"
        return None


def _sum(numbers: Floats) -> float:
    return fsum(numbers.tolist())


def _quantiles(people: Floats, minutes: Floats) -> dict[str, float | None] | None:
    """Return the minutes within which a quarter, half … of the people with streets walk.

    None where the people are not reached at all, or nobody has streets.
    """
    known = np.flatnonzero(~np.isnan(minutes) & (people > 0))
    if len(known) == 0:
        return None
    order = known[np.argsort(minutes[known], kind="stable")]
    running = np.cumsum(people[order])
    found: dict[str, float | None] = {}
    for name, share in QUANTILES.items():
        at = min(int(np.searchsorted(running, share * running[-1])), len(order) - 1)
        value = float(minutes[order[at]])
        found[name] = value if isfinite(value) else None
    return found


def _by_division(
    sheet: _Sheet, by_age: Mapping[str, Counted], cells: Cells
) -> list[dict[str, Any]]:
    """Tell the answer apart by division; the cells of none stand last, where there are others."""
    if not sheet.inputs.groups:
        return []
    place = sheet.inputs.place[cells]
    order = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[order], np.arange(-1, len(sheet.inputs.groups) + 1))
    rows = []
    for number, group in enumerate((NOWHERE, *sheet.inputs.groups)):
        own = np.sort(cells[order[bounds[number] : bounds[number + 1]]])
        if len(own):
            ages = {age: sheet.tally(counted, own) for age, counted in by_age.items()}
            rows.append(asdict(group) | {"cells": len(own), "ages": ages})
    return [row for row in rows if row["code"]] + [row for row in rows if not row["code"]]


def _tell_facilities(inputs: Inputs, rules: Rules, walked: Walked) -> dict[str, Any]:
    """Tell how many facilities took part, and name those that could not."""
    placed = [one for one in inputs.facilities if one.lon is not None]
    rough = [one.name for one in placed if not is_serving(one, rules)]
    serving = [one.name for one in find_serving(inputs, rules)]
    unsnapped = zip(serving, walked.snapped.tolist(), strict=True)
    return {
        "facilities": len(inputs.facilities),
        "facilities_served": int(walked.snapped.sum()),
        "facilities_unsnapped": [name for name, snapped in unsnapped if not snapped],
        "facilities_unplaced": [one.name for one in inputs.facilities if one.lon is None],
        "facilities_too_rough": rough,
    }


def _tell_totals(inputs: Inputs, by_age: Mapping[str, Counted]) -> list[dict[str, Any]]:
    """Put raw, official and scaled side by side for each official total, with the factor."""
    return [
        {
            "code": official.code,
            "name": official.name,
            "level": official.level,
            "age": age,
            **asdict(counted.divisions[number]),
        }
        for age, counted in by_age.items()
        for number, official in enumerate(inputs.officials)
        if age in official.people
    ]


def _tell_reach(
    inputs: Inputs, rules: Rules, walked: Walked, people: Floats
) -> list[dict[str, Any]]:
    """Tell how many people each facility reaches within the limit, whoever else reaches them."""
    rows = []
    for number, place in enumerate(find_serving(inputs, rules)):
        some = slice(walked.starts[number], walked.starts[number + 1])
        cells = walked.reached[some][walked.reached_m[some] <= rules.limit_m]
        own = cells[inputs.inside[cells]]
        snapped = bool(walked.snapped[number])
        rows.append(
            {
                "facility": place.name,
                "kind": place.kind,
                "lon": place.lon,
                "lat": place.lat,
                "snapped": snapped,
                "people": _sum(people[own]) if snapped else None,
            }
        )
    return rows
