"""The polygons that are neighbours at one level: who stands there, and who counts as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from geo.boundaries.edges import Geometries, Ints
from geo.db.sql import any_text, load
from geo.divisions.codes import DIRECT, LEVELS, is_city_district, stand_ins
from geo.divisions.tables import division_version

HERE = Path(__file__).parent

Parents = dict[UUID, tuple[UUID | None, str]]
Superiors = Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Units:
    """Divisions with polygons that stand at one level on a day, in the order of their codes."""

    ids: list[UUID]
    codes: list[str]
    names: list[str]
    polygons: Geometries

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.ids)


def read_units(
    conn: Connection, level: str, at: date, *, near: Collection[UUID] | None = None
) -> Units:
    """Read the polygons that stand at a level on a date.

    Units of another level that fill in are among them (:func:`geo.divisions.codes.levels_of`).

    Parameters
    ----------
    near
        Only these divisions and those that meet their common bounding box. By default all.
    """
    params = {
        "level": level,
        "higher": sorted(stand_ins(level)),
        "direct": DIRECT if level == "prefecture" else "",
        "at": at,
        "everywhere": near is None,
        "near": list(near or ()),
    }
    rows = conn.execute(load(HERE / "units_at.sql"), params).all()
    return Units(
        [row.division_id for row in rows],
        [row.code for row in rows],
        [row.name for row in rows],
        np.asarray(shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object),
    )


def read_parents(conn: Connection, level: str, at: date) -> Parents:
    """Return parent and level of every division down to a level, as of a date."""
    levels = LEVELS[: LEVELS.index(level) + 1]
    rows = conn.execute(
        select(
            division_version.c.division_id,
            division_version.c.parent_id,
            division_version.c.level,
        )
        .where(division_version.c.valid.contains(at))
        .where(division_version.c.level == any_text(levels))
    )
    return {row.division_id: (row.parent_id, row.level) for row in rows}


def superiors_of(division_id: UUID, parents: Parents) -> Superiors:
    """Return, by level, the division itself and those above it."""
    found: dict[str, UUID] = {}
    here: UUID | None = division_id
    while here is not None and here in parents:
        above, level = parents[here]
        found[level] = here
        here = above
    return found


def line_level(left: Superiors, right: Superiors, unit_level: str) -> str:
    """Return the highest level at which two units differ: what kind of line lies between them."""
    for level in LEVELS:
        if left.get(level) != right.get(level):
            return level
    return unit_level


def merge_districts(units: Units, parents: Parents) -> tuple[list[UUID], Ints]:
    """Count the districts (市辖区) of one city as one unit, their city.

    Returns
    -------
    tuple
        The divisions that count, and for each unit the place of the one it counts with.
    """
    counts_as = [
        superiors_of(id_, parents).get("prefecture", id_)
        if is_city_district(code, parents[id_][1])
        else id_
        for id_, code in zip(units.ids, units.codes, strict=True)
    ]
    merged = list(dict.fromkeys(counts_as))
    place = {id_: number for number, id_ in enumerate(merged)}
    return merged, np.array([place[id_] for id_ in counts_as], dtype=np.int64)


def mask_of(units: Units, chosen: Collection[UUID]) -> NDArray[np.bool_]:
    """Return which units are among the chosen divisions."""
    wanted = set(chosen)
    return np.array([id_ in wanted for id_ in units.ids], dtype=bool)
