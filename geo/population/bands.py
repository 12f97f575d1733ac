"""What stands in the cells of a raster of people: people, nobody, or what cannot be people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from geo.exchange.findings import Finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
PlaceOf = Callable[[int, int], tuple[float, float] | None]

SENTINELS = (-99.0, -999.0, -9999.0, -99999.0, -32768.0, -2147483648.0)
"""What programs write for "no data" where they do not declare it."""
BEYOND = 1e30
"""Beyond this a number, of either sign, is the end of a float's range and no people."""
CROWD = 1e8
"""More people than any cell can hold."""


@dataclass
class _Odd:
    """One kind of number that is no people: how many of it, and the first."""

    count: int
    row: int
    column: int
    value: float


@dataclass
class Screen:
    """Takes the values of strips, keeps those with people, and remembers what else stood there."""

    ages: Sequence[str]
    nodata: Sequence[float | None]
    odd: dict[tuple[str, str, float], _Odd] = field(default_factory=dict)

    def take(self, values: Floats, top: int) -> tuple[Ints, Ints, Floats]:
        """Return row, column and people (n, ages) of the cells with people, row by row.

        Nodata, NaN and undeclared sentinels count as nobody. A cell with a number that cannot be
        people is left out in all its bands.

        Parameters
        ----------
        values
            Shape (ages, rows, columns); changed in place.
        top
            Number of the first row in the raster, from 0.
        """
        bad = np.zeros(values.shape[1:], dtype=np.bool_)
        for band, age in enumerate(self.ages):
            bad |= self._screen(values[band], self.nodata[band], age, top)
        rows, columns = np.nonzero((values > 0).any(axis=0) & ~bad)
        return rows.astype(np.int64) + top, columns.astype(np.int64), values[:, rows, columns].T

    def _screen(self, values: Floats, nodata: float | None, age: str, top: int) -> Bools:
        """Make nobody of what says so, in place; return where there are no people to be."""
        values[np.isnan(values) | (values == nodata)] = 0.0
        sentinel = np.isin(values, SENTINELS) | (np.isfinite(values) & (np.abs(values) >= BEYOND))
        for value in np.unique(values[sentinel]).tolist():
            self._note("population_sentinel", age, values == value, values, top, value)
        values[sentinel] = 0.0
        negative = (values < 0) & np.isfinite(values)
        self._note("population_negative_cells", age, negative, values, top)
        impossible = np.isinf(values) | (values > CROWD)
        self._note("population_impossible", age, impossible, values, top)
        return negative | impossible

    def _note(
        self, rule: str, age: str, where: Bools, values: Floats, top: int, value: float = 0.0
    ) -> None:
        count = int(where.sum())
        if count == 0:
            return
        key = (rule, age, value)
        if key not in self.odd:
            row, column = np.unravel_index(int(np.argmax(where)), where.shape)
            first = float(values[row, column])
            self.odd[key] = _Odd(0, int(row) + top, int(column), first)
        self.odd[key].count += count

    def findings(self, place_of: PlaceOf) -> list[Finding]:
        """Return what stood in the cells besides people: sentinels as warnings, the rest errors."""
        return [
            Finding(
                rule=rule,
                severity="warning" if rule == "population_sentinel" else "error",
                value=f"{odd.value:g}",
                place=place_of(odd.row, odd.column),
                facts={
                    "age": age,
                    "count": odd.count,
                    "pixel_row": odd.row + 1,
                    "pixel_column": odd.column + 1,
                },
            )
            for (rule, age, _), odd in self.odd.items()
        ]
