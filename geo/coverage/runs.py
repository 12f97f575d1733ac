"""Runs: a question asked, its answer stored with all it depends on, and asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from geo.access.jurisdiction import Viewer, refuse_hidden, require_role, visible
from geo.coverage.choose import choose_data
from geo.coverage.inputs import Gathered, gather_inputs, read_asked, read_inputs
from geo.coverage.people import make_answer
from geo.coverage.question import Question, Rules, settle
from geo.coverage.tables import coverage_run, coverage_snap, coverage_walk
from geo.coverage.walk import Walked, locate_serving, reach_of, snap_cells, walk
from geo.crs.local import local_metres
from geo.crs.systems import CGCS2000
from geo.crs.transform import transform_points
from geo.db.ids import new_id
from geo.divisions.read import find_division
from geo.errors import NotFoundError
from geo.files.arrays import keep_arrays, read_arrays
from geo.files.store import find_file
from geo.network.graph import Snapped
from geo.network.make import graph_of
from geo.office import office
from geo.population.read import people_of_age, read_cell_arrays
from geo.progress import Progress, never_stop, part_of, report

Floats = npt.NDArray[np.float64]
run = coverage_run.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it is stored; ``inputs`` names the files of its content by SHA-256."""

    id: UUID
    created_at: datetime
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    result: Mapping[str, Any]
    walk_sha256: str
    within_id: UUID | None
    publication: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Whether a run gives the same digits again; ``differences`` name what does not."""

    run_id: UUID
    same: bool
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCells:
    """The cells of a run for a picture of it.

    ``distance_m`` is infinity where no facility can be reached and NaN without streets; ``people``
    are those of the first age group. A ``cell_size_m`` of None: the cells are points.
    """

    lon: Floats
    lat: Floats
    distance_m: Floats
    people: Floats
    cell_size_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStreets:
    """The streets of a run: line k has the vertices ``lonlat[starts[k]:starts[k + 1]]``."""

    starts: npt.NDArray[np.int64]
    lonlat: Floats


def ask(
    conn: Connection,
    viewer: Viewer,
    question: Question,
    files: Path,
    progress: Progress = never_stop,
) -> Run:
    """Answer a question and store the run.

    Raises
    ------
    OptionInvalidError
        If the question asks for what nobody may ask (a limit of 0, of 10 hours).
    NetworkMissingError, PopulationMissingError, AgeUnknownError
    DivisionUnknownError, AreaWithoutPolygonError
    UnauthenticatedError, RoleMissingError, OutsideJurisdictionError
        Unless the viewer has a role where the people live.
    """
    house = office(conn)
    rules = settle(question, house)
    within = find_division(conn, question.within) if question.within else None
    chosen = choose_data(conn, question)
    if not (chosen.demo and viewer.user_id):
        require_role(conn, viewer, "viewer", [within], what="coverage")
    gathered = gather_inputs(conn, question, chosen, house, files, part_of(progress, 0.0, 0.4))
    walk_sha256 = _walk_once(conn, gathered, rules, files, part_of(progress, 0.4, 0.9))
    walked = Walked(**read_arrays(find_file(conn, walk_sha256, files).path))
    report(progress, 0.9, "doing.count_people")
    result = make_answer(gathered.inputs, rules, walked)
    made = new_id()
    conn.execute(
        insert(coverage_run).values(
            id=made,
            parameters=_parameters(question, rules, gathered),
            inputs=dict(gathered.files),
            result=result,
            walk_sha256=walk_sha256,
            within_id=gathered.within_id,
            publication="demo" if chosen.demo else "unpublished",
            actor=viewer.actor,
        )
    )
    return _as_run(conn.execute(select(coverage_run).where(run.id == made)).one())


def repeat(
    conn: Connection, viewer: Viewer, run_id: UUID, files: Path, progress: Progress = never_stop
) -> Repeat:
    """Compute a run anew from its kept content, nothing taken from a cache, and compare digits.

    Raises
    ------
    NotFoundError
        If there is no such run, or a file of its content is gone.
    """
    old = read_run(conn, run_id, viewer)
    inputs = read_inputs(conn, old.inputs, files)
    rules = Rules(**{rule.name: old.parameters[rule.name] for rule in fields(Rules)})
    cells = snap_cells(inputs, rules, part_of(progress, 0.0, 0.6))
    walked = walk(inputs, rules, cells, part_of(progress, 0.6, 1.0))
    new = make_answer(inputs, rules, walked)
    kept = read_arrays(find_file(conn, old.walk_sha256, files).path)
    differences = [
        key for key in sorted(new.keys() | old.result) if new.get(key) != old.result.get(key)
    ]
    if not np.array_equal(kept["metres"], walked.metres, equal_nan=True):
        differences.append("metres")
    return Repeat(run_id=run_id, same=not differences, differences=tuple(differences))


def read_run(conn: Connection, run_id: UUID, viewer: Viewer) -> Run:
    """Read a run.

    Raises
    ------
    NotFoundError
    NotPublishedError, RoleMissingError, OutsideJurisdictionError
        If the viewer may not see it.
    """
    row = conn.execute(
        select(coverage_run, _may_see(viewer).label("seen")).where(run.id == run_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(what=run_id)
    if not row.seen:
        refuse_hidden(conn, viewer, [row.within_id], what=str(run_id))
    return _as_run(row)


def list_runs(conn: Connection, viewer: Viewer, *, limit: int = 50) -> list[Run]:
    """List the newest runs a viewer may see."""
    chosen: Select[Any] = select(coverage_run).where(_may_see(viewer))
    rows = conn.execute(chosen.order_by(run.created_at.desc(), run.id).limit(limit))
    return [_as_run(row) for row in rows]


def read_run_cells(conn: Connection, done: Run, files: Path) -> RunCells:
    """Read the cells of a run that were asked for, with their distances."""
    asked = read_asked(conn, done.inputs, files)
    cells = read_cell_arrays(find_file(conn, done.inputs["cells"], files).path)
    metres = read_arrays(find_file(conn, done.walk_sha256, files).path)["metres"]
    people = people_of_age(asked["cell_ages"], cells.people, asked["ages"][0])
    some = np.flatnonzero(asked["inside"] & (people > 0))
    return RunCells(
        lon=cells.lon[some],
        lat=cells.lat[some],
        distance_m=metres[some],
        people=people[some],
        cell_size_m=asked["cell_size_m"],
    )


def read_run_streets(conn: Connection, done: Run, files: Path) -> RunStreets:
    """Read the walkable streets of a run as lines in EPSG:4490."""
    content = done.inputs["graph"]
    graph = graph_of(read_arrays(find_file(conn, content, files).path), content)
    frame = local_metres(graph.middle_lon)
    return RunStreets(starts=graph.starts, lonlat=transform_points(graph.xy, frame, CGCS2000))


def _walk_once(
    conn: Connection, gathered: Gathered, rules: Rules, files: Path, progress: Progress
) -> str:
    """Walk, or take what was walked before over the same content; return the file's SHA-256."""
    inputs = gathered.inputs
    key = {
        "graph_sha256": gathered.files["graph"],
        "cells_sha256": gathered.files["cells"],
        "places_sha256": sha256(locate_serving(inputs, rules).tobytes()).hexdigest(),
        "limit_m": rules.snap_limit_m,
    }
    # One that looked further holds too; of two the one with less in it.
    reaching = select(coverage_walk.c.file_sha256).filter_by(**key)
    reaching = reaching.where(coverage_walk.c.reach_m >= rules.limit_m)
    known = conn.execute(reaching.order_by(coverage_walk.c.reach_m).limit(1)).scalar()
    if known is not None:
        return str(known)
    cells = _snap_once(conn, gathered, rules, files, part_of(progress, 0.0, 0.6))
    walked = walk(inputs, rules, cells, part_of(progress, 0.6, 1.0))
    found = {name: getattr(walked, name) for name in Walked.__slots__}
    kept = keep_arrays(conn, found, files)
    # Two runs at once find the same: the second one's row says nothing new.
    row = upsert(coverage_walk).values(**key, reach_m=reach_of(rules), file_sha256=kept.sha256)
    conn.execute(row.on_conflict_do_nothing())
    return kept.sha256


def _snap_once(
    conn: Connection, gathered: Gathered, rules: Rules, files: Path, progress: Progress
) -> Snapped:
    """Snap the cells, or take what was found for the same cells and streets before."""
    key = {
        "graph_sha256": gathered.files["graph"],
        "cells_sha256": gathered.files["cells"],
        "limit_m": rules.snap_limit_m,
    }
    known = conn.execute(select(coverage_snap.c.file_sha256).filter_by(**key)).scalar()
    if known is not None:
        return Snapped(**read_arrays(find_file(conn, known, files).path))
    cells = snap_cells(gathered.inputs, rules, progress)
    found = {name: getattr(cells, name) for name in ("edge", "along_m", "away_m")}
    kept = keep_arrays(conn, found, files)
    row = upsert(coverage_snap).values(**key, file_sha256=kept.sha256)
    conn.execute(row.on_conflict_do_nothing())
    return cells


def _parameters(question: Question, rules: Rules, gathered: Gathered) -> dict[str, Any]:
    """Return all that was asked and held, to be printed beside the answer."""
    said = asdict(question) | {"at": question.at.isoformat(), "ages": gathered.inputs.ages}
    named = {f"{name}_asked": said.pop(name) for name in ("network", "population", "totals")}
    return {**said, **named, **asdict(rules), **gathered.data}


def _may_see(viewer: Viewer) -> ColumnElement[bool]:
    may = visible(viewer, run.publication, cast("ColumnElement[UUID]", run.within_id))
    return may if viewer.is_public else or_(may, run.actor == viewer.actor)


def _as_run(row: Row[Any]) -> Run:
    return Run(**{name: getattr(row, name) for name in Run.__slots__})
