"""Put people away: cells as a kept file of arrays, official totals as rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import insert

from geo.db.ids import new_id
from geo.db.sql import bind_wkb
from geo.files.arrays import keep_arrays
from geo.incoming import Task
from geo.population.cells import Cells
from geo.population.tables import population_set, population_total
from geo.population.totals import Counted

DEGREE_M = 111_320.0


def store_cells(
    task: Task, cells: Cells, people: Mapping[str, float], *, name: str, cell_size_m: float | None
) -> UUID:
    """Keep the cells as a file and record the set; ``people`` are the totals by age group."""
    arrays = {"lon": cells.lon, "lat": cells.lat, "people": cells.people}
    kept = keep_arrays(task.conn, arrays, task.files)
    half = (cell_size_m or 1.0) / 2 / DEGREE_M
    extent = shapely.box(
        cells.lon.min() - half, cells.lat.min() - half, cells.lon.max() + half,
        cells.lat.max() + half,
    )  # fmt: skip
    return _store_set(
        task,
        name,
        people,
        content="cells",
        cells=len(cells),
        cell_size_m=cell_size_m,
        file_sha256=kept.sha256,
        extent=shapely.to_wkb(extent),
    )


def store_totals(task: Task, rows: Sequence[Counted], *, name: str, ages: Sequence[str]) -> UUID:
    """Record official people by division as a set with its rows.

    ``people`` of the set counts each person once only where the table has one level; a table with
    several is summed at the level that has the most people.
    """
    people = {age: _most(rows, age) for age in ages}
    set_id = _store_set(task, name, people, content="totals")
    task.conn.execute(
        insert(population_total),
        [
            {"set_id": set_id, "division_id": row.division_id, "age": row.age, "people": row.people}
            for row in rows
        ],
    )
    return set_id


def _most(rows: Sequence[Counted], age: str) -> float:
    levels = {row.level for row in rows}
    return max(
        math.fsum(row.people for row in rows if row.age == age and row.level == level)
        for level in levels
    )


def _store_set(
    task: Task, name: str, people: Mapping[str, float], *, content: str, **more: Any
) -> UUID:
    set_id = new_id()
    extent = {"extent": bind_wkb("extent_wkb")} if "extent" in more else {}
    wkb = {"extent_wkb": more.pop("extent")} if extent else {}
    values = {
        "id": set_id,
        "name": name,
        "content": content,
        "ages": list(people),
        "people": dict(people),
        "as_of": _as_of(task),
        "source": task.staged.file_name,
        "source_crs": task.staged.source_crs,
        "import_id": task.run_id,
        "publication": task.options.publication,
        **more,
    }
    task.conn.execute(insert(population_set).values({**values, **extent}), wkb)
    return set_id


def _as_of(task: Task) -> date | None:
    """Return the day the people were counted; the import's own day is what stands for none told."""
    return None if task.options.valid_from == task.today else task.options.valid_from
