"""Places in tables: a WKT column, or two columns of coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs.dms import (
    DegreesForm,
    DmsError,
    fits_packed,
    is_plain_number,
    looks_packed,
    read_dms,
    write_dms,
)
from geo.crs.gcj02 import read_shifted
from geo.crs.systems import FALSE_EASTING_M, MAX_OFFSET_M, NORTHINGS, zone_of_easting
from geo.errors import OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.heads import normal_head
from geo.exchange.raw import Geometries, Options, RawTable
from geo.exchange.schema import NOTHING, CellError, Schema, parse_number
from geo.texts import Text

LETTERS = frozenset("xy")
MOST_DEGREES = 360.0
METRES = re.compile(r"[+-]?\d{4}")
"""Four digits before the point: no degrees."""


@dataclass
class Places:
    """The geometries found in a table's columns; None where the table has no such column."""

    shapes: Geometries | None = None
    findings: list[Finding] = field(default_factory=list)
    conclusions: list[Conclusion] = field(default_factory=list)


def places_in(
    table: RawTable, found: Mapping[str, int], schema: Schema, options: Options
) -> Places:
    """Return the geometries of a table: from WKT, or points from longitude and latitude.

    Degrees are read in every spelling. Columns of plain numbers that could all be ``DDD.MMSSss``
    are asked about, for as decimal degrees they lie kilometres away.

    Heads that say X and Y say little: a Chinese survey table has the northing in X. Where the
    values are metres they are told apart by size, and the conclusion says so.

    Raises
    ------
    OptionInvalidError
        If nobody said what the degrees of such columns are.
    """
    if "wkt" in found:
        return _of_wkt(table, found["wkt"])
    if "lon" in found and "lat" in found and schema.geometry & {"Point", "MultiPoint"}:
        return _of_numbers(table, found["lon"], found["lat"], options)
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


def _of_numbers(table: RawTable, lon: int, lat: int, options: Options) -> Places:
    places = Places()
    said = [cell for column in (lon, lat) for cell in table.columns[column]]
    form = settle_degrees(said, [table.heads[lon], table.heads[lat]], options)
    xs, ys = (_numbers(table, column, places.findings, form) for column in (lon, lat))
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
    if is_north_first(xs, ys, table.heads[lon], table.heads[lat]):
        xs, ys = ys, xs
        facts = {"x": table.heads[lon], "y": table.heads[lat]}
        places.conclusions.append(Conclusion(rule="xy_north_first", facts=facts))
    whole = np.flatnonzero(~np.isnan(xs) & ~np.isnan(ys))
    shapes = np.full(len(xs), None, dtype=object)
    shapes[whole] = shapely.points(xs[whole], ys[whole])
    places.shapes = shapes
    return places


def settle_degrees(
    said: Iterable[object], heads: Sequence[str], options: Options
) -> DegreesForm | None:
    """Return what plain numbers are in the cells of these columns; ask where they could be either.

    Numbers with 60 or more minutes or seconds in one of them are decimal degrees, so are those of
    web maps, and more than 360 are metres.

    Raises
    ------
    OptionInvalidError
        If nobody said what they are.
    """
    if options.degrees is not None:
        return options.degrees
    if options.crs is not None and read_shifted(options.crs) is not None:
        return "decimal"
    cells = [str(cell).strip() for cell in said]
    if any(METRES.match(cell) for cell in cells):
        return "decimal"
    plain = [cell for cell in cells if is_plain_number(cell)]
    if not any(looks_packed(one) for one in plain) or not all(fits_packed(one) for one in plain):
        return "decimal"
    example = next(one for one in plain if looks_packed(one))
    facts = {
        "head": list(heads),
        "packed": write_dms(read_dms(example, form="dms_packed")),
        "decimal": write_dms(float(example)),
    }
    allowed = Text("reason.degrees_unsure", facts)
    raise OptionInvalidError(option="--degrees", value=example, allowed=allowed)


def _numbers(
    table: RawTable, column: int, findings: list[Finding], form: DegreesForm | None
) -> npt.NDArray[np.float64]:
    numbers = np.full(len(table.rows), np.nan)
    for place, cell in enumerate(table.columns[column]):
        if cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING):
            continue
        try:
            numbers[place] = parse_coordinate(cell, form)
        except CellError as exc:
            findings.append(
                Finding(
                    rule=exc.rule,
                    severity="error",
                    row=table.rows[place],
                    column=table.heads[column],
                    value=str(cell),
                    allowed=exc.allowed or Text("allowed.degrees"),
                    facts={"vertex": 1},
                )
            )
    return numbers


def parse_coordinate(cell: object, form: DegreesForm | None) -> float:
    """Return a cell as metres or decimal degrees, from degrees in any spelling.

    Raises
    ------
    CellError
    """
    if isinstance(cell, CellError):
        raise CellError("coordinate_invalid")
    try:
        number = parse_number(cell)
    except CellError as exc:
        if exc.rule == "number_not_finite":
            raise CellError("coordinates_not_finite") from None
        return _angle(str(cell), form)
    packed = form == "dms_packed" and abs(number) <= MOST_DEGREES
    return _angle(str(cell), form) if packed else number


def _angle(text: str, form: DegreesForm | None) -> float:
    try:
        return read_dms(text, form=form)
    except DmsError as exc:
        if exc.rule == "dms_invalid":
            raise CellError("coordinate_invalid") from None
        raise CellError(exc.rule, Text(f"allowed.{exc.rule}")) from None


def is_north_first(
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
