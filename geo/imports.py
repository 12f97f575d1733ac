"""Every way in: ``IMPORTS`` names the kinds, ``run_import`` takes one file through all its steps.

stage → recognise → check → apply in one transaction, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, require_role
from geo.boundaries import incoming as lines
from geo.boundaries.follow import apply_with_lines
from geo.crs.dms import DegreesForm
from geo.db.ids import new_id
from geo.divisions import incoming as divisions
from geo.divisions.apply import Source, jurisdiction_of
from geo.divisions.incoming import check_divisions
from geo.errors import ImportUnknownError, OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.runs import close_run, open_run
from geo.exchange.stage import Staged, stage
from geo.facilities import counts_incoming as counts
from geo.facilities import incoming as facilities
from geo.features import incoming as features
from geo.files.store import keep_file
from geo.fits.store import find_fit
from geo.incoming import ImportKind, ImportOptions, Outcome, Task
from geo.inspections.planning import rounds
from geo.markers.incoming import check as markers
from geo.network import incoming as roads
from geo.network.osm import stage_osm
from geo.population import incoming as population
from geo.progress import Progress, never_stop, part_of, report
from geo.sections.recheck import recheck_markers
from geo.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of an import; ``counts`` says what its subject did (added, changed …)."""

    id: UUID
    kind: str
    file_name: str
    sha256: str
    state: str
    rows: int
    counts: Mapping[str, int]
    conclusions: list[Conclusion]
    findings: list[Finding]

    @property
    def errors(self) -> int:
        """Return how many findings are errors."""
        return sum(finding.severity == "error" for finding in self.findings)


def run_import(  # noqa: PLR0913 - who takes which file, how, when and where to
    conn: Connection,
    kind: str,
    path: Path,
    options: ImportOptions,
    *,
    viewer: Viewer,
    today: date,
    files: Path,
    name: str | None = None,
    progress: Progress = never_stop,
) -> ImportReport:
    """Take a file in: stage, recognise, check, and apply everything or nothing.

    Parameters
    ----------
    name
        The file's name as the user knows it; by default that of ``path``.
    files
        Folder of kept files; the file itself is kept there, as it came.

    Raises
    ------
    ImportUnknownError
        If there is no such kind.
    OptionInvalidError
        If a fact is given that the kind does not ask for.
    OutsideJurisdictionError, RoleMissingError
        If the viewer may not change one of the divisions.
    """
    if kind not in IMPORTS:
        raise ImportUnknownError(what=kind)
    _check_facts(kind, options)
    taken = _with_fit(conn, IMPORTS[kind], name or path.name, options)
    staged = _stage(IMPORTS[kind], path, name or path.name, taken, part_of(progress, 0.0, 0.3))
    kept = keep_file(conn, path, files)
    run_id = new_id()
    _open(conn, run_id, kind, staged, kept.sha256, options, viewer)
    report(progress, 0.3, "doing.check")
    task = Task(
        conn=conn,
        staged=staged,
        options=options,
        viewer=viewer,
        today=today,
        run_id=run_id,
        kept=kept,
        files=files,
        progress=part_of(progress, 0.4, 1.0),
    )
    outcome = IMPORTS[kind].check(task)
    outcome.findings[:0] = staged.findings
    refused = _has_errors(outcome.findings) and not options.accept_findings
    counts = {} if refused else _apply(conn, outcome, dry_run=options.dry_run)
    state = "refused" if refused else "staged" if options.dry_run else "applied"
    done = ImportReport(
        id=run_id,
        kind=kind,
        file_name=staged.file_name,
        sha256=kept.sha256,
        state=state,
        rows=len(staged.rows),
        counts=counts,
        conclusions=[*staged.conclusions, *outcome.conclusions],
        findings=outcome.findings,
    )
    _close(conn, done)
    return done


def settle_day(kind: str, day: date | None, today: date) -> date:
    """Return the day from which the rows of a file hold; where a kind needs none told, today.

    Raises
    ------
    ImportUnknownError
        If there is no such kind.
    OptionInvalidError
        If the day is missing and matters.
    """
    if kind not in IMPORTS:
        raise ImportUnknownError(what=kind)
    if day is None and IMPORTS[kind].dated:
        raise OptionInvalidError(
            option="--valid-from", value=Text("reason.not_given"), allowed=Text("allowed.date")
        )
    return day or today


def _check_facts(kind: str, options: ImportOptions) -> None:
    takes = sorted(IMPORTS[kind].takes | (OF_PLACES if IMPORTS[kind].schema.geometry else set()))
    for name, value in options.facts.items():
        if name not in takes:
            allowed = [f"--{one}" for one in takes] or Text("reason.no_facts", {"kind": kind})
            raise OptionInvalidError(option=f"--{name}", value=value, allowed=allowed)


OF_PLACES = frozenset({"fit", "degrees"})
"""Facts every import of places takes: a local fit by name, what plain numbers of degrees are."""
DEGREES: Mapping[str, DegreesForm] = {"decimal": "decimal", "dms-packed": "dms_packed"}


def _with_fit(
    conn: Connection, kind: ImportKind, name: str, options: ImportOptions
) -> ImportOptions:
    """Put the fit that is named, and what degrees are, into how the file is read.

    Raises
    ------
    FitUnknownError, FitRefusedError
    OptionInvalidError
        If the degrees are called otherwise, or the file has no cells to read degrees from.
    """
    said = {fact: options.facts[fact] for fact in sorted(OF_PLACES) if fact in options.facts}
    if said and Path(name).suffix.casefold() in kind.readers:
        option, value = next(iter(said.items()))
        allowed = Text("reason.no_facts", {"kind": Path(name).suffix})
        raise OptionInvalidError(option=f"--{option}", value=value, allowed=allowed)
    degrees = said.get("degrees")
    if degrees is not None and degrees not in DEGREES:
        raise OptionInvalidError(option="--degrees", value=degrees, allowed=list(DEGREES))
    reading = replace(
        options.reading,
        fit=find_fit(conn, said["fit"]) if "fit" in said else None,
        degrees=DEGREES[degrees] if degrees is not None else None,
    )
    return replace(options, reading=reading)


def _stage(
    kind: ImportKind, path: Path, name: str, options: ImportOptions, progress: Progress
) -> Staged:
    reader = kind.readers.get(Path(name).suffix.casefold())
    if reader is not None:
        return reader(path, options, name, progress)
    return stage(path, kind.schema, options.reading, progress, file_name=name)


def _apply(conn: Connection, outcome: Outcome, *, dry_run: bool) -> Mapping[str, int]:
    """Apply; a dry run goes the same way and is then taken back, so it finds the same."""
    point = conn.begin_nested()
    counts = outcome.apply()
    if dry_run:
        point.rollback()
    else:
        point.commit()
    return counts


def _has_errors(findings: list[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _open(
    conn: Connection,
    run_id: UUID,
    kind: str,
    staged: Staged,
    sha256: str,
    options: ImportOptions,
    viewer: Viewer,
) -> None:
    said = asdict(options)
    said["valid_from"] = options.valid_from.isoformat()
    said["reading"]["mapping"] = dict(options.reading.mapping)
    said["facts"] = dict(options.facts)
    open_run(
        conn,
        id=run_id,
        kind=kind,
        file_sha256=sha256,
        file_name=staged.file_name,
        options=said,
        state="staged",
        rows=len(staged.rows),
        conclusions=[],
        findings=[],
        actor=viewer.actor,
    )


def _close(conn: Connection, done: ImportReport) -> None:
    close_run(
        conn,
        done.id,
        state=done.state,
        applied=sum(done.counts.values()) if done.state == "applied" else 0,
        conclusions=[conclusion.as_dict() for conclusion in done.conclusions],
        findings=[finding.as_dict() for finding in done.findings],
    )


def _check_divisions(task: Task) -> Outcome:
    found = check_divisions(task.conn, task.staged, task.options.valid_from)
    places = jurisdiction_of(task.conn, found.rows)
    require_role(task.conn, task.viewer, "editor", places, what=task.staged.file_name)
    outcome = Outcome(found.findings, found.conclusions)

    def apply() -> Mapping[str, int]:
        source = Source(
            name=task.staged.file_name,
            crs=task.staged.source_crs,
            import_id=task.run_id,
            publication=task.options.publication,
        )
        done, warnings = apply_with_lines(
            task.conn,
            found.rows,
            valid_from=task.options.valid_from,
            today=task.today,
            source=source,
            progress=task.progress,
        )
        outcome.findings.extend(warnings)
        return {
            "added": done.added,
            "changed": done.changed,
            "corrected": done.corrected,
            "unchanged": done.unchanged,
        }

    outcome.apply = apply
    return outcome


IMPORTS: dict[str, ImportKind] = {
    "divisions": ImportKind(divisions.SCHEMA, _check_divisions, dated=True),
    "roads": ImportKind(
        roads.SCHEMA,
        roads.check_roads,
        readers={".pbf": stage_osm},
        takes=frozenset({"name"}),
    ),
    "population": ImportKind(
        population.SCHEMA,
        population.check_population,
        readers=population.READERS,
        takes=frozenset({"bands", "name"}),
    ),
    "facilities": ImportKind(
        facilities.SCHEMA, facilities.check_facilities, takes=frozenset({"kind"})
    ),
    "features": ImportKind(
        features.SCHEMA, features.check_features, takes=features.TAKES, dated=True
    ),
    "lines": ImportKind(
        lines.SCHEMA,
        partial(lines.check_lines, after=recheck_markers),
        takes=lines.TAKES,
        dated=True,
    ),
    "markers": ImportKind(markers.SCHEMA, markers.check_markers),
    "rounds": ImportKind(rounds.SCHEMA, rounds.check_rounds),
    "counts": ImportKind(counts.SCHEMA, counts.check_counts, takes=frozenset({"kind"})),
}
"""Kind → its rows and its check; command line, API and page follow from it."""
