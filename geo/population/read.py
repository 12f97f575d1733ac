"""Read what is known of people: the sets, their cells, official totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, select, true

from geo.access.jurisdiction import Viewer, visible
from geo.population.ages import people_of_age
from geo.population.cells import Cells, read_cell_arrays
from geo.population.tables import population_set, population_total

__all__ = [
    "CellSet",
    "Cells",
    "Total",
    "TotalSet",
    "find_cells",
    "find_totals",
    "list_sets",
    "people_of_age",
    "read_cell_arrays",
    "read_totals",
]

table = population_set.c


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationSet:
    """People as they were imported once; ``people`` by age group, as they came.

    ``source`` is the file they came from, ``as_of`` the day they were counted, where that is told.
    """

    id: UUID
    name: str
    ages: tuple[str, ...]
    people: dict[str, float]
    publication: str
    as_of: date | None
    source: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSet(PopulationSet):
    """People by cell or point.

    ``cell_size_m`` is the side of a cell in metres, None where the places were points;
    ``file_sha256`` the kept file that :func:`read_cell_arrays` reads.
    """

    cells: int
    cell_size_m: float | None
    file_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalSet(PopulationSet):
    """Official people by division, without places."""


@dataclass(frozen=True, slots=True)
class Total:
    """The official people of an age group in a division."""

    division_id: UUID
    age: str
    people: float


def find_cells(conn: Connection, name: str | None, *, demo: bool | None) -> CellSet | None:
    """Return the newest cells of a name, or of all.

    Parameters
    ----------
    demo
        Only the demo, or only what is no demo; None takes a real one if there is any, else the
        demo.
    """
    row = conn.execute(_newest("cells", name, demo)).first()
    return None if row is None else _cell_set(row)


def find_totals(conn: Connection, name: str | None, *, demo: bool | None) -> TotalSet | None:
    """Return the newest official totals of a name, or of all; ``demo`` as :func:`find_cells`."""
    row = conn.execute(_newest("totals", name, demo)).first()
    return None if row is None else TotalSet(**_facts(row))


def read_totals(conn: Connection, set_id: UUID) -> list[Total]:
    """Read the rows of official totals, by division and age."""
    total = population_total.c
    rows = conn.execute(
        select(total.division_id, total.age, total.people)
        .where(total.set_id == set_id)
        .order_by(total.division_id, total.age)
    )
    return [Total(row.division_id, row.age, row.people) for row in rows]


def list_sets(conn: Connection, viewer: Viewer) -> list[CellSet | TotalSet]:
    """List all sets that the viewer may see, the newest first.

    A set belongs to no division: whoever has a role anywhere sees all.
    """
    seen = visible(viewer, table.publication) if viewer.is_public else true()
    rows = conn.execute(_sets().where(seen).order_by(*NEWEST))
    return [_cell_set(row) if row.content == "cells" else TotalSet(**_facts(row)) for row in rows]


NEWEST = (table.imported_at.desc(), table.id.desc())


def _sets() -> Select[Any]:
    return select(
        table.id, table.name, table.content, table.ages, table.people, table.publication,
        table.as_of, table.source, table.imported_at, table.cells, table.cell_size_m,
        table.file_sha256,
    )  # fmt: skip


def _newest(content: str, name: str | None, demo: bool | None) -> Select[Any]:  # noqa: FBT001 - passed on
    is_demo: ColumnElement[bool] = table.publication == "demo"
    chosen = _sets().where(table.content == content)
    if name is not None:
        chosen = chosen.where(table.name == name)
    if demo is not None:
        chosen = chosen.where(is_demo if demo else ~is_demo)
    return chosen.order_by(is_demo, *NEWEST).limit(1)


def _facts(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "ages": tuple(row.ages),
        "people": {age: row.people[age] for age in row.ages},
        "publication": row.publication,
        "as_of": row.as_of,
        "source": row.source,
        "imported_at": row.imported_at,
    }


def _cell_set(row: Row[Any]) -> CellSet:
    return CellSet(
        **_facts(row),
        cells=row.cells,
        cell_size_m=row.cell_size_m,
        file_sha256=row.file_sha256,
    )
