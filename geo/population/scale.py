"""Scale cells to official totals: raw, official and scaled stand side by side with the factor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]

FEWEST = 1e-9
"""Fewer people than this in all cells of a division are nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledDivision:
    """The people of a division: as the cells have them, as an office counted, and scaled.

    Without an official number ``official`` and ``factor`` are None and ``scaled`` is ``raw``. With
    an official number and nobody in the cells ``factor`` is None too and ``scaled`` is 0: there is
    no cell the official people could be put in.
    """

    raw: float
    official: float | None
    scaled: float
    factor: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """People by cell after scaling (n), and each division by its index with its numbers."""

    people: Floats
    divisions: dict[int, ScaledDivision]


def scale(people: Floats, division: Ints, officials: Mapping[int, float]) -> Scaled:
    """Scale the people of one age group to the official totals of divisions.

    Parameters
    ----------
    people
        People by cell (n), 0 or more.
    division
        The index of the division each cell lies in (n), -1 for none; such cells stay as they are.
    officials
        Official people by the index of a division.

    Returns
    -------
    Scaled
        Every division with cells or an official number is in it; sums are exact before rounding
        (``math.fsum``), so their order does not matter.

    References
    ----------
    Dasymetric mapping to control totals (pycnophylactic property): Tobler, W. (1979), doi:
    10.1080/01621459.1979.10481647.
    """
    scaled = people.astype(np.float64, copy=True)
    members = _members(division)
    divisions: dict[int, ScaledDivision] = {}
    for index in sorted(members.keys() | officials.keys()):
        cells = members.get(index)
        raw = 0.0 if cells is None else math.fsum(people[cells].tolist())
        official = officials.get(index)
        factor = None if official is None or raw < FEWEST else official / raw
        if factor is not None and cells is not None:
            scaled[cells] = people[cells] * factor
        after = 0.0 if cells is None else math.fsum(scaled[cells].tolist())
        divisions[index] = ScaledDivision(raw=raw, official=official, scaled=after, factor=factor)
    return Scaled(people=scaled, divisions=divisions)


def _members(division: Ints) -> dict[int, npt.NDArray[np.intp]]:
    """Return the cells of each division, in their order."""
    order = np.argsort(division, kind="stable")
    indices, starts = np.unique(division[order], return_index=True)
    groups = np.split(order, starts[1:]) if len(order) else []
    return {int(index): group for index, group in zip(indices, groups, strict=True) if index >= 0}
