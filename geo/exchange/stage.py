"""Stage a file: read, recognise, check; what a subject then applies, or shows to a clerk."""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs.systems import CGCS2000, WORLD
from geo.errors import FileUnreadableError
from geo.exchange.declared import state_crs
from geo.exchange.findings import Collector, Conclusion, Finding
from geo.exchange.formats import read_file
from geo.exchange.georeference import find_other_zone, find_outside_fit, settle_crs
from geo.exchange.heads import recognise_columns
from geo.exchange.points import places_in
from geo.exchange.raw import Geometries, Options, RawTable, Source
from geo.exchange.schema import CellError, Column, Schema
from geo.exchange.second import Second, read_second
from geo.exchange.shapefile import siblings
from geo.exchange.shapes import (
    centres_of,
    drop_empty,
    drop_not_finite,
    find_invalid,
    find_outside,
    missing,
    promote,
)
from geo.progress import Progress, never_stop, report
from geo.settings import settings
from geo.texts import Text

__all__ = ["Options", "Staged", "read_mapping", "stage"]

REPORT_EVERY = 20_000
CHUNK = 1024 * 1024


@dataclass
class Staged:
    """A file as it could be applied.

    ``rows`` has a column for each of the schema's, parsed (None where missing or not parsable),
    ``row`` (the number a clerk sees), ``geometry`` in EPSG:4490 (None where there is none) and
    ``given``, the same as it stands in the file, in ``source_crs``.
    ``heads`` says which head of the file each canonical column came from, ``fit_id`` which local
    fit moved the places. ``second`` is a second pair of coordinates, which is only compared.
    """

    kind: str
    rows: gpd.GeoDataFrame
    file_name: str
    sha256: str
    source_crs: str | None
    conclusions: list[Conclusion]
    findings: list[Finding]
    heads: dict[str, str] = field(default_factory=dict)
    fit_id: UUID | None = None
    second: Second | None = None
    unlisted_bad_rows: frozenset[int] = frozenset()

    @property
    def bad_rows(self) -> set[int]:
        """Return the rows with an error, also those whose findings were counted only."""
        listed = {
            found.row
            for found in self.findings
            if found.severity == "error" and found.row is not None
        }
        return listed | self.unlisted_bad_rows


def stage(
    path: Path,
    schema: Schema,
    options: Options | None = None,
    progress: Progress = never_stop,
    *,
    file_name: str | None = None,
) -> Staged:
    """Read a file, recognise what is in it, and check it against a schema; nothing is stored.

    Parameters
    ----------
    file_name
        How the clerk calls the file, where an upload lies under another name. Its suffix decides
        the format.

    Raises
    ------
    FileUnreadableError
        If it is not the format it claims, cut or damaged.
    FileRefusedError
        If it is too large, of no format we take, or its coordinates contradict its system.
    CrsRefusedError
        If nobody has published how to get from its system to CGCS2000.
    ColumnMissingError
        If a required or mapped column is not there.
    OptionInvalidError
        If an option contradicts the file or is needed and missing.
    StoppedError
        If the caller stopped it.
    """
    options = options or Options()
    report(progress, 0.0, "job.reading")
    scratch = settings().tmp if settings().tmp.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="yutu-", dir=scratch) as folder:
        source = Source(
            path=path,
            name=file_name or path.name,
            folder=Path(folder),
            schema=schema,
            options=options,
            progress=progress,
        )
        table = read_file(source)
    report(progress, 0.4, "job.recognising")
    found, columns_found = _recognise(table, schema, options)
    collected = Collector()
    collected.extend(table.findings)
    conclusions = [*table.conclusions, *columns_found]
    cells = _parse(table, found, schema, collected, progress)
    report(progress, 0.6, "job.checking_shapes")
    shapes, given, crs = _locate(table, found, source, collected, conclusions)
    rows = _frame(cells, table.rows, shapes, given)
    findings = collected.listed()
    return Staged(
        kind=schema.kind,
        rows=rows,
        file_name=source.name,
        sha256=_sha256(path),
        source_crs=crs,
        conclusions=conclusions,
        findings=findings,
        heads={name: table.heads[place] for name, place in found.items()},
        fit_id=options.fit.id if options.fit and crs else None,
        second=read_second(table, found, options) if schema.compares_places else None,
        unlisted_bad_rows=frozenset(collected.bad_rows),
    )


def read_mapping(path: Path) -> dict[str, str]:
    """Read which head of a file is which column, from TOML: ``name = "名称"``.

    A head with ``?`` behind it need not be there.

    Raises
    ------
    FileUnreadableError
        If it is no TOML, or a value in it is no text.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        content = {"": None}
    if not all(isinstance(head, str) for head in content.values()):
        raise FileUnreadableError(file=path.name, format="TOML", reason=Text("reason.mapping"))
    return cast("dict[str, str]", content)


def _recognise(
    table: RawTable, schema: Schema, options: Options
) -> tuple[dict[str, int], list[Conclusion]]:
    if not table.heads and not table.rows:  # an empty feature collection cannot name its columns
        return {}, []
    return recognise_columns(table.heads, schema, options.mapping, cut=table.cut_heads)


def _parse(
    table: RawTable,
    found: Mapping[str, int],
    schema: Schema,
    collected: Collector,
    progress: Progress,
) -> dict[str, list[object]]:
    cells: dict[str, list[object]] = {}
    for column in schema.columns:
        report(progress, 0.4, "job.parsing")
        place = found.get(column.name)
        if place is None:
            cells[column.name] = [None] * len(table.rows)
        else:
            cells[column.name] = _parse_column(column, table, place, collected)
    return cells


def _parse_column(
    column: Column, table: RawTable, place: int, collected: Collector
) -> list[object]:
    head = table.heads[place]
    parsed: list[object] = []
    for row, cell in zip(table.rows, table.columns[place], strict=True):
        value = None
        try:
            value = _parse_cell(column, cell)
        except CellError as exc:
            shown = None if cell is None or isinstance(cell, CellError) else str(cell)
            collected.add(
                Finding(
                    rule=exc.rule,
                    severity="error",
                    row=row,
                    column=head,
                    value=shown,
                    allowed=exc.allowed,
                    facts=exc.facts,
                )
            )
        parsed.append(value)
    return parsed


def _parse_cell(column: Column, cell: object) -> object:
    if isinstance(cell, CellError):  # the format itself spoiled it
        raise cell
    if cell is None:
        if column.required:
            raise CellError("cell_missing")
        return None
    return column.parse(cell)


def _locate(
    table: RawTable,
    found: Mapping[str, int],
    source: Source,
    collected: Collector,
    conclusions: list[Conclusion],
) -> tuple[Geometries, Geometries, str | None]:
    """Return the geometries in EPSG:4490 and as they came, everything wrong with them collected."""
    schema, rows = source.schema, table.rows
    shapes, broken = table.geometry, table.findings
    if shapes is None:
        places = places_in(table, found, schema, source.options)
        state_crs(table, found, source)
        shapes, broken = places.shapes, places.findings
        collected.extend(places.findings)
        conclusions.extend(places.conclusions)
    if shapes is None or not schema.geometry:
        if shapes is not None:
            conclusions.append(Conclusion(rule="geometry_left_aside"))
        shapes = np.full(len(rows), None, dtype=object)
    shapes = np.array(shapes, dtype=object)
    collected.extend(missing(shapes, rows, broken, schema))
    collected.extend(drop_empty(shapes, rows, schema))
    collected.extend(drop_not_finite(shapes, rows))
    settled = settle_crs(table, centres_of(shapes), source)
    conclusions.extend(settled.conclusions)
    collected.extend(settled.findings)
    collected.extend(find_other_zone(shapes, rows, settled.crs))
    given = shapes
    if settled.crs is not None:
        shapes = settled.to_cgcs2000(shapes)
        collected.extend(drop_not_finite(shapes, rows, "coordinates_untransformable"))
        collected.extend(find_outside_fit(shapes, rows, settled.fit))
    checked = _check(shapes, rows, schema, collected)
    return checked, given, settled.stored


def _check(
    shapes: Geometries, rows: Sequence[int], schema: Schema, collected: Collector
) -> Geometries:
    collected.extend(find_outside(shapes, rows, schema.extent or WORLD))
    shapes, wrong = promote(shapes, rows, schema)
    collected.extend(wrong)
    collected.extend(find_invalid(shapes, rows, schema))
    return shapes


def _frame(
    cells: Mapping[str, list[object]],
    rows: Sequence[int],
    shapes: Geometries,
    given: Geometries,
) -> gpd.GeoDataFrame:
    columns = {name: pd.Series(values, dtype=object) for name, values in cells.items()}
    numbers = pd.Series(list(rows), dtype="int64")
    frame = pd.DataFrame({**columns, "row": numbers, "given": pd.Series(given, dtype=object)})
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=CGCS2000))


def _sha256(path: Path) -> str:
    """Return the hash of a file; of a loose Shapefile that of all its parts in order."""
    parts = (
        [path]
        if path.suffix.casefold() != ".shp"
        else [part for _, part in sorted(siblings(path).items())]
    )
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
