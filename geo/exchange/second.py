"""A place that a table gives twice, such as JD/WD beside ZZB/HZB: the pair that was not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.crs.dms import DegreesForm
from geo.exchange.heads import find_second_pair
from geo.exchange.points import is_north_first, parse_coordinate
from geo.exchange.raw import Options, RawTable
from geo.exchange.schema import NOTHING, CellError

Numbers = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Second:
    """The second pair of coordinates of a table, easting (or longitude) first.

    ``readings`` has by row every way its two cells can be read: two where plain numbers may be
    decimal degrees or ``DDD.MMSSss``, none where a cell is no number. Rows without the pair, or
    with 0 in both, are not among them.
    """

    heads: tuple[str, str]
    readings: Mapping[int, tuple[Numbers, ...]]


def read_second(table: RawTable, found: Mapping[str, int], options: Options) -> Second | None:
    """Read the pair of coordinates a table has beside its places; None where it has none.

    A file with shapes of its own may have one pair of columns, a plain table two.
    """
    pair = find_second_pair(table.heads, found)
    if table.geometry is not None and "lon" in found and "lat" in found:
        pair = (found["lon"], found["lat"])
    if pair is None:
        return None
    forms: tuple[DegreesForm, ...] = ("decimal", "dms_packed")
    forms = (options.degrees,) if options.degrees else forms
    readings = {
        row: ways
        for row, x, y in zip(table.rows, *(table.columns[one] for one in pair), strict=True)
        if not _says_nothing(x)
        and not _says_nothing(y)
        and (ways := _read(x, y, forms)) != ((0.0, 0.0),)
    }
    heads = (table.heads[pair[0]], table.heads[pair[1]])
    first = np.array([ways[0] for ways in readings.values() if ways]).reshape(-1, 2)
    if is_north_first(first[:, 0], first[:, 1], *heads):
        heads = (heads[1], heads[0])
        readings = {
            row: tuple((east, north) for north, east in ways) for row, ways in readings.items()
        }
    return Second(heads, readings)


def _says_nothing(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip().casefold() in NOTHING | {""})


def _read(x: object, y: object, forms: tuple[DegreesForm, ...]) -> tuple[Numbers, ...]:
    ways: dict[Numbers, None] = {}
    for form in forms:
        try:
            ways[parse_coordinate(x, form), parse_coordinate(y, form)] = None
        except CellError:
            continue
    return tuple(ways)
