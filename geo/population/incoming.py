"""People on their way in: cells of a raster, points and polygons, official totals by division."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.access.jurisdiction import require_role
from geo.errors import OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.schema import CellError, parse_text
from geo.exchange.stage import Staged
from geo.incoming import Outcome, Task
from geo.population.cells import Cells
from geo.population.places import SPREAD_M, spread_people
from geo.population.raster import StagedCells, read_raster
from geo.population.store import store_cells, store_totals
from geo.population.table import LONGEST_NAME, SCHEMA, TOTAL, ages_in
from geo.population.table import READERS as TABLES
from geo.population.totals import check_totals
from geo.texts import Text

__all__ = ["READERS", "SCHEMA", "check_population"]

READERS = {".tif": read_raster, ".tiff": read_raster, **TABLES}


def check_population(task: Task) -> Outcome:
    """Check staged people and return how to put them away.

    What has places (a raster, points, polygons) becomes cells and needs an editor of everything; a
    table with division codes only becomes official totals and needs an editor of each.

    Raises
    ------
    OptionInvalidError
        If the name cannot be one, or the rows have neither place nor code.
    RoleMissingError, OutsideJurisdictionError
        If the viewer may not put them in.
    """
    name = name_of(task.options.facts.get("name"), task.staged.file_name)
    if isinstance(task.staged, StagedCells):
        return _cells(task, name, task.staged)
    if _has_places(task.staged):
        return _places(task, name)
    if "code" in task.staged.heads or len(task.staged.rows) == 0:
        return _totals(task, name)
    allowed = Text("reason.place_or_code")
    raise OptionInvalidError(option="--mapping", value=task.staged.file_name, allowed=allowed)


def name_of(given: str | None, file_name: str) -> str:
    """Return what a set is called: as told, or after its file.

    Raises
    ------
    OptionInvalidError
        If the name is empty, too long or holds what cannot be seen.
    """
    name = Path(file_name).stem if given is None else given
    try:
        found = parse_text(name, max_len=LONGEST_NAME)
    except CellError:
        found = ""
    if not found:
        allowed = Text("allowed.name", {"most": LONGEST_NAME})
        raise OptionInvalidError(option="--name", value=name, allowed=allowed)
    return found


def _cells(task: Task, name: str, staged: StagedCells) -> Outcome:
    return _outcome(task, name, staged.cells, staged.ages, staged.cell_size_m)


def _outcome(
    task: Task, name: str, cells: Cells, ages: tuple[str, ...], cell_size_m: float | None
) -> Outcome:
    require_role(task.conn, task.viewer, "editor", [None], what=task.staged.file_name)
    if len(cells) == 0:
        return Outcome([Finding(rule="population_none", severity="warning")])
    people = dict(zip(ages, cells.totals(), strict=True))
    shown = [f"{age}: {total:,.0f}" for age, total in people.items()]
    facts: dict[str, object] = {"cells": len(cells), "people": shown}

    def apply() -> Mapping[str, int]:
        store_cells(task, cells, people, name=name, cell_size_m=cell_size_m)
        return {"added": len(cells)}

    return Outcome([], [Conclusion(rule="population_cells", facts=facts)], apply)


def _has_places(staged: Staged) -> bool:
    told = {"wkt", "lon", "lat"} & staged.heads.keys()
    return bool(told) or bool((~shapely.is_missing(staged.rows["given"].to_numpy())).any())


def _places(task: Task, name: str) -> Outcome:
    """Make cells of points and polygons; rows without a place are errors, a total row is none."""
    staged, ages = task.staged, ages_in(task.staged)
    if "age" in staged.heads:
        allowed = Text("reason.age_per_column")
        raise OptionInvalidError(option="--mapping", value=staged.heads["age"], allowed=allowed)
    rows = staged.rows[~staged.rows["row"].isin(staged.bad_rows)]
    rows = rows[(rows["name"] != TOTAL) & (rows["code"] != TOTAL)]
    placed = ~shapely.is_missing(rows.geometry.to_numpy())
    findings = [
        Finding(rule="geometry_missing", severity="error", row=int(row))
        for row in rows["row"].to_numpy()[~placed]
    ]
    rows = rows[placed]
    people = np.zeros((len(rows), len(ages)))
    for band, age in enumerate(ages):
        findings += _missing(rows, age, staged.heads[age])
        people[:, band] = [0.0 if cell is None else cell for cell in rows[age]]
    spread = spread_people(
        np.asarray(rows.geometry.to_numpy(), dtype=object), people, file_name=staged.file_name
    )
    size = SPREAD_M if spread.polygons else None
    outcome = _outcome(task, name, spread.cells, ages, size)
    outcome.findings[:0] = findings
    if spread.polygons:
        facts = {
            "polygons": spread.polygons,
            "spread": spread.spread,
            "points": spread.points,
            "metres": f"{SPREAD_M:g}",
        }
        outcome.conclusions.insert(0, Conclusion(rule="population_spread", facts=facts))
    return outcome


def _missing(rows: Any, age: str, head: str) -> list[Finding]:
    return [
        Finding(rule="people_missing", severity="warning", row=int(row), column=head)
        for row, cell in zip(rows["row"], rows[age], strict=True)
        if cell is None
    ]


def _totals(task: Task, name: str) -> Outcome:
    totals = check_totals(task.conn, task.staged)
    require_role(task.conn, task.viewer, "editor", totals.divisions, what=task.staged.file_name)
    if not totals.rows:
        none = Finding(rule="population_none", severity="warning")
        return Outcome([*totals.findings, none], totals.conclusions)

    def apply() -> Mapping[str, int]:
        store_totals(task, totals.rows, name=name, ages=totals.ages)
        return {"added": len(totals.rows)}

    return Outcome(totals.findings, totals.conclusions, apply)
