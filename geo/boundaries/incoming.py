"""Lines through an import: courses by their rank, records in versions, and what no longer fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from uuid import UUID

import shapely
from sqlalchemy import Connection, func, select

from geo.access.jurisdiction import require_role
from geo.boundaries.change import CHANGED, LineChange, add_line, read_standing, store_course
from geo.boundaries.course import (
    ELSEWHERE_M,
    ORIGINS_GIVEN,
    Course,
    as_lines,
    find_course_faults,
    gap_between,
)
from geo.boundaries.ends import Place
from geo.boundaries.recheck import recheck_lines
from geo.boundaries.record import (
    FACTS,
    RecordFacts,
    doubt_record,
    find_faults,
    read_records,
    store_records,
)
from geo.boundaries.rows import LineRow, read_rows, unit_level_of
from geo.boundaries.schema import SCHEMA
from geo.boundaries.sides import Sides, read_many_sides
from geo.db.engine import give_reason
from geo.db.sql import any_uuid
from geo.divisions.apply import Source
from geo.divisions.tables import division_version
from geo.errors import OptionInvalidError
from geo.exchange.findings import Collector, Finding
from geo.incoming import Outcome, Task
from geo.office import Office, office
from geo.progress import report
from geo.revisions.changes import note_changes
from geo.texts import Text

__all__ = ["SCHEMA", "TAKES", "check_lines"]

TAKES = frozenset({"origin"})
"""``--origin agreed|surveyed|imported``: what the courses of a file are."""
After = Callable[[Connection, Collection[UUID], date], Sequence[Finding]]


@dataclass(slots=True)
class _Done:
    """What was done to which lines, by row; the ends that changed lines had before."""

    words: dict[int, str] = field(default_factory=dict)
    lines: dict[int, UUID] = field(default_factory=dict)
    moved: dict[UUID, tuple[Place, ...]] = field(default_factory=dict)


def check_lines(task: Task, *, after: After) -> Outcome:
    """Check a staged list of lines against itself and the register.

    A row may bring a course, facts of the record, or both; what it leaves open stays as it is
    known. A length without the paper that says it is not taken as official.

    Parameters
    ----------
    after
        What else is looked at once lines have changed: the markers on them.

    Raises
    ------
    OptionInvalidError
        If the origin said is none that a file may have.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of both sides of every line.
    """
    origin = task.options.facts.get("origin", "imported")
    if origin not in ORIGINS_GIVEN:
        raise OptionInvalidError(option="--origin", value=origin, allowed=list(ORIGINS_GIVEN))
    found, since = Collector(), task.options.valid_from
    report(task.progress, 0.2, "doing.read")
    rows = read_rows(task.conn, task.staged, since, found)
    facts = _facts_of(task.conn, rows, since, found)
    rows = [row for row in rows if _stands(task, row, facts[row.row], origin, found)]
    require_role(
        task.conn,
        task.viewer,
        "editor",
        {side for row in rows for side in row.sides or ()},
        what=task.staged.file_name,
    )
    outcome = Outcome(found.listed())

    def apply() -> Mapping[str, int]:
        done = _apply(task, rows, facts, origin, outcome)
        if done.moved:
            report(task.progress, 0.8, "doing.check")
            outcome.findings.extend(recheck_lines(task.conn, done.moved, since))
            outcome.findings.extend(after(task.conn, list(done.moved), since))
        words = Counter(done.words.values())
        return {word: words[word] for word in ("added", "changed", "corrected", "unchanged")} | (
            {"beside": words["beside"]} if words["beside"] else {}
        )

    outcome.apply = apply
    return outcome


def _facts_of(
    conn: Connection, rows: Collection[LineRow], since: date, found: Collector
) -> dict[int, RecordFacts]:
    """Return by row what the record is to say: what is known, and over it what the row says."""
    known = read_records(conn, [row.known for row in rows if row.known], since)
    facts = {}
    for row in rows:
        old = known.get(row.known) if row.known else None
        base = RecordFacts(**{name: getattr(old, name) for name in FACTS}) if old else RecordFacts()
        merged = replace(base, **row.said)
        if merged.official_length_km is not None and not (
            merged.length_basis and merged.length_document
        ):
            found.add(
                Finding(
                    rule="line_length_unofficial",
                    severity="warning",
                    row=row.row,
                    value=f"{merged.official_length_km:g} km",
                )
            )
            merged = replace(merged, official_length_km=None)
        facts[row.row] = merged
    return facts


def _stands(task: Task, row: LineRow, facts: RecordFacts, origin: str, found: Collector) -> bool:
    """Return whether a row can go in; what keeps it out is collected."""
    since = task.options.valid_from
    wrong = find_faults(facts, row=row.row)
    if row.shape is not None:
        standing = read_standing(task.conn, row.known, since) if row.known else None
        course = Course(shape=row.shape, origin=origin, as_of=since)
        wrong += find_course_faults(course, standing, row=row.row)
        if not wrong and row.known is None and row.sides is not None:
            wrong += _far_from_sides(task.conn, row, row.shape, since)
            found.add(Finding(rule="line_unknown_to_polygons", severity="warning", row=row.row))
    found.extend(wrong)
    return not wrong


def _far_from_sides(
    conn: Connection, row: LineRow, shape: shapely.Geometry, since: date
) -> list[Finding]:
    """Return an error for each own side whose polygon a line lies far from."""
    side = division_version.c
    sides = conn.execute(
        select(side.name, func.ST_AsBinary(side.geom).label("wkb"))
        .where(side.division_id == any_uuid(row.sides or ()), side.valid.contains(since))
        .where(side.geom.is_not(None))
    ).all()
    found = []
    for one in sides:
        metres, place = gap_between(shape, shapely.from_wkb(bytes(one.wkb)))
        if metres > ELSEWHERE_M:
            found.append(
                Finding(
                    rule="line_elsewhere_side",
                    severity="error",
                    row=row.row,
                    value=one.name,
                    place=place,
                    facts={
                        "distance_km": f"{metres / 1000:.0f}",
                        "limit_km": f"{ELSEWHERE_M / 1000:g}",
                    },
                )
            )
    return found


def _apply(
    task: Task,
    rows: Sequence[LineRow],
    facts: Mapping[int, RecordFacts],
    origin: str,
    outcome: Outcome,
) -> _Done:
    since, done = task.options.valid_from, _Done()
    source = Source(
        name=task.staged.file_name,
        crs=task.staged.source_crs,
        import_id=task.run_id,
        publication=task.options.publication,
    )
    standing = read_many_sides(task.conn, [row.known for row in rows if row.known], since)
    for row in rows:
        change = _store_shape(task, row, standing, origin, source)
        if change is not None:
            done.words[row.row] = change.what
            outcome.findings.extend(change.findings)
            if change.what in CHANGED:
                done.moved[change.line_id] = change.before
        done.lines[row.row] = change.line_id if change else _known(row)
    give_reason(task.conn, f"line records from {source.name}")
    wanted = {done.lines[row.row]: facts[row.row] for row in rows if _says(facts[row.row])}
    put = store_records(task.conn, wanted, valid_from=since, source=source)
    written = {one[0] for one in put.touched}
    sides, settings = read_many_sides(task.conn, done.lines.values(), since), office(task.conn)
    for row in rows:
        line = done.lines[row.row]
        if done.words.get(row.row, "unchanged") == "unchanged":
            done.words[row.row] = "changed" if line in written else "unchanged"
        outcome.findings.extend(_doubts(row, sides[line], facts[row.row], settings))
    touched = {done.lines[row] for row, word in done.words.items() if word != "unchanged"}
    note_changes(task.conn, task.viewer.actor, "line", touched, "line_import", source=source.name)
    return done


def _store_shape(
    task: Task, row: LineRow, standing: Mapping[UUID, Sides], origin: str, source: Source
) -> LineChange | None:
    if row.shape is None or row.sides is None:
        return None
    since = task.options.valid_from
    course = Course(
        shape=as_lines(row.shape), origin=origin, as_of=since, fit_id=task.staged.fit_id
    )
    if row.known is None:
        unit_level = unit_level_of(task.conn, row.sides, since)
        return add_line(task.conn, *row.sides, unit_level, course, valid_from=since, source=source)
    return store_course(task.conn, standing[row.known], course, valid_from=since, source=source)


def _doubts(row: LineRow, sides: Sides, facts: RecordFacts, settings: Office) -> list[Finding]:
    found = doubt_record(facts, sides, settings, row=row.row)
    if row.level is not None and row.level != sides.level:
        levels = {
            "said": Text(f"page.level.{row.level}"),
            "found": Text(f"page.level.{sides.level}"),
        }
        found.append(
            Finding(
                rule="line_level_differs",
                severity="warning",
                row=row.row,
                value=sides.name,
                facts=levels,
            )
        )
    return found


def _says(facts: RecordFacts) -> bool:
    return any(value not in (None, False) for value in asdict(facts).values())


def _known(row: LineRow) -> UUID:
    assert row.known is not None  # noqa: S101 - a row without a shape is a known line's
    return row.known
