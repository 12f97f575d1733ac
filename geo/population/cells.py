"""Cells and points with people: what a raster and a list of places both become."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geo.files.arrays import read_arrays

Floats = npt.NDArray[np.float64]

SUMMED_AT_ONCE = 100_000
"""Numbers that are taken out of an array at once; ten million Python floats are 320 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Places with people, in the order of their source.

    ``lon`` and ``lat`` (n) in degrees, EPSG:4490; ``people`` (n, ages). A place with nobody of any
    age group is not among them.
    """

    lon: Floats
    lat: Floats
    people: Floats

    def __len__(self) -> int:
        return len(self.lon)

    def totals(self) -> list[float]:
        """Return the people of each age group, summed exactly before rounding."""
        return [
            math.fsum(
                value
                for begin in range(0, len(self), SUMMED_AT_ONCE)
                for value in self.people[begin : begin + SUMMED_AT_ONCE, band].tolist()
            )
            for band in range(self.people.shape[1])
        ]


def read_cell_arrays(path: Path) -> Cells:
    """Read the cells of a kept file (``CellSet.file_sha256``)."""
    kept = read_arrays(path)
    return Cells(lon=kept["lon"], lat=kept["lat"], people=kept["people"])


def with_people(lon: Floats, lat: Floats, people: Floats) -> Cells:
    """Return the places at which there is anybody at all."""
    there = (people > 0).any(axis=1)
    return Cells(lon=lon[there], lat=lat[there], people=np.ascontiguousarray(people[there]))
