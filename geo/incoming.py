"""What an import is made of: how a file is to be taken, what a subject is given, what it answers.

A subject has a ``Schema`` and a function that checks staged rows; ``geo.imports`` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.schema import Schema
from geo.exchange.stage import Options, Staged
from geo.files.store import KeptFile
from geo.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How one file is to be taken; ``reading`` is how its content is read.

    Without ``accept_findings`` one error keeps everything out; with it the rows without errors go
    in. A dry run does all of it and takes it back. ``facts`` are what only some kinds ask for, by
    name: the kind of the facilities, the age groups of a raster's bands.
    """

    valid_from: date
    reading: Options = field(default_factory=Options)
    facts: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    accept_findings: bool = False
    publication: str = "unpublished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an import works with, handed from step to step.

    ``kept`` is the file as it came, ``files`` the folder of kept files.
    """

    conn: Connection
    staged: Staged
    options: ImportOptions
    viewer: Viewer
    today: date
    run_id: UUID
    kept: KeptFile
    files: Path
    progress: Progress


@dataclass(slots=True)
class Outcome:
    """What a subject found and did; ``apply`` returns what was done, by word (added, changed …)."""

    findings: list[Finding] = field(default_factory=list)
    conclusions: list[Conclusion] = field(default_factory=list)
    apply: Callable[[], Mapping[str, int]] = dict


Reader = Callable[[Path, ImportOptions, str, Progress], Staged]
"""Stages a file of a format that has no rows of cells: path, options, the file's name, progress."""


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of import: the rows it takes, and the function that checks them.

    The check returns its findings and a function that applies the good rows and returns counts; the
    outcome's findings may grow while that runs. ``readers`` stage, by suffix, what is no table
    (a raster, an extract of OpenStreetMap). ``takes`` names the facts it asks for; ``dated`` says
    that its rows hold from a day that must be told.
    """

    schema: Schema
    check: Callable[[Task], Outcome]
    readers: Mapping[str, Reader] = field(default_factory=dict)
    takes: frozenset[str] = frozenset()
    dated: bool = False
