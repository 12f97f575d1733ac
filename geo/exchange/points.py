"""Places in tables: a WKT column, or two columns of coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs.systems import FALSE_EASTING_M, MAX_OFFSET_M, NORTHINGS, zone_of_easting
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.heads import normal_head
from geo.exchange.raw import Geometries, RawTable
from geo.exchange.schema import NOTHING, CellError, Schema, parse_number
from geo.texts import Text

LETTERS = frozenset("xy")


@dataclass
class Places:
    """The geometries found in a table's columns; None where the table has no such column."""

    shapes: Geometries | None = None
    findings: list[Finding] = field(default_factory=list)
    conclusions: list[Conclusion] = field(default_factory=list)


def places_in(table: RawTable, found: Mapping[str, int], schema: Schema) -> Places:
    """Return the geometries of a table: from WKT, or points from longitude and latitude.

    Heads that say X and Y say little: a Chinese survey table has the northing in X. Where the
    values are metres they are told apart by size, and the conclusion says so.
    """
    if "wkt" in found:
        return _of_wkt(table, found["wkt"])
    if "lon" in found and "lat" in found and schema.geometry & {"Point", "MultiPoint"}:
        return _of_numbers(table, found["lon"], found["lat"])
    return Places()


def _of_wkt(table: RawTable, column: int) -> Places:
    cells = table.columns[column]
    texts = np.array(
        [cell if isinstance(cell, str) else None for cell in cells] + [None], dtype=object
    )[:-1]
    with np.errstate(invalid="ignore"):
        shapes = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    findings = [
        Finding(
            rule="geometry_broken",
            severity="error",
            row=table.rows[place],
            column=table.heads[column],
            value=str(cell),
        )
        for place, cell in enumerate(cells)
        if cell is not None and shapes[place] is None
    ]
    return Places(shapes, findings)


def _of_numbers(table: RawTable, lon: int, lat: int) -> Places:
    places = Places()
    xs, ys = (_numbers(table, column, places.findings) for column in (lon, lat))
    half = np.isnan(xs) != np.isnan(ys)
    told = {finding.row for finding in places.findings}
    for place in np.flatnonzero(half).tolist():
        if table.rows[place] not in told:
            column = lon if np.isnan(xs[place]) else lat
            places.findings.append(
                Finding(
                    rule="cell_missing",
                    severity="error",
                    row=table.rows[place],
                    column=table.heads[column],
                )
            )
    if _north_first(xs, ys, table.heads[lon], table.heads[lat]):
        xs, ys = ys, xs
        facts = {"x": table.heads[lon], "y": table.heads[lat]}
        places.conclusions.append(Conclusion(rule="xy_north_first", facts=facts))
    whole = np.flatnonzero(~np.isnan(xs) & ~np.isnan(ys))
    shapes = np.full(len(xs), None, dtype=object)
    shapes[whole] = shapely.points(xs[whole], ys[whole])
    places.shapes = shapes
    return places


def _numbers(table: RawTable, column: int, findings: list[Finding]) -> npt.NDArray[np.float64]:
    numbers = np.full(len(table.rows), np.nan)
    for place, cell in enumerate(table.columns[column]):
        if cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING):
            continue
        try:
            if isinstance(cell, CellError):
                raise cell
            numbers[place] = parse_number(cell)
        except CellError as exc:
            finite = exc.rule != "number_not_finite"
            rule = "coordinate_invalid" if finite else "coordinates_not_finite"
            findings.append(
                Finding(
                    rule=rule,
                    severity="error",
                    row=table.rows[place],
                    column=table.heads[column],
                    value=str(cell),
                    allowed=Text("allowed.degrees"),
                    facts={"vertex": 1},
                )
            )
    return numbers


def _north_first(
    xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64], *heads: Sequence[str]
) -> bool:
    """Say whether columns headed X and Y hold northing and easting, by the size of their values."""
    letters = {char for head in heads for char in normal_head(str(head)) if char in LETTERS}
    whole = ~np.isnan(xs) & ~np.isnan(ys)
    if letters != LETTERS or not whole.any():
        return False
    x, y = float(np.median(xs[whole])), float(np.median(ys[whole]))
    easting = zone_of_easting(y) is not None or abs(y - FALSE_EASTING_M) <= MAX_OFFSET_M
    return 1_000_000 <= x <= NORTHINGS[1] and easting  # noqa: PLR2004  (no easting of six digits)
