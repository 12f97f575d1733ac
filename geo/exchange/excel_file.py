"""Excel workbooks (.xlsx), read and written row by row; merged cells looked at in small ones."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import shapely
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from geo.errors import OptionInvalidError
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.grid import TOP_ROWS, Line, line_of, table_of
from geo.exchange.heads import count_known
from geo.exchange.outgoing import Frame, cells_of
from geo.exchange.raw import RawTable, Source, quiet, too_many_rows, unreadable
from geo.exchange.schema import CellError
from geo.exchange.unpack import check_zip
from geo.progress import report

KIND = "Excel"
MAX_COLUMNS = 256  # a sheet may claim 16,384
SMALL_BYTES = 8 * 1024 * 1024  # of unpacked XML: up to here the merged cells are looked at
REPORT_EVERY = 5_000
CHUNK = 1024 * 1024
FORMULA, MERGED = b"<f", b"<mergeCell "
MAX_TEXT = 32_767
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    ParseError,
)


def read(source: Source) -> RawTable:
    """Read the sheet that fits best, or the one named by ``layer``.

    Raises
    ------
    FileUnreadableError
        If it is no workbook, damaged or has too many rows.
    FileRefusedError
        If it unpacks to too much, or is encrypted.
    OptionInvalidError
        If the sheet named is not there.
    """
    entries = check_zip(source, KIND)
    sheets = [entry for entry in entries if entry.filename.startswith("xl/worksheets/")]
    try:
        with quiet():
            return _read(source, sheets)
    except BROKEN:
        raise unreadable(source, KIND, "xlsx_broken") from None


def write(frame: Frame, path: Path) -> list[Finding]:
    """Write a frame as a workbook; codes stay text, and text is never a formula.

    A cell holds 32,767 characters, too few for most polygons: geometry goes in as ``lon`` and
    ``lat`` where all of it are points, and is left out with a finding elsewhere.
    """
    names, columns = cells_of(frame)
    shapes = frame.geometry.to_numpy()
    there = [shape for shape in shapes if shape is not None]
    findings = []
    if there and all(shape.geom_type == "Point" for shape in there):
        names = [*names, "lon", "lat"]
        columns = [
            *columns,
            *(
                [None if shape is None else get(shape) for shape in shapes]
                for get in (shapely.get_x, shapely.get_y)
            ),
        ]
    elif there:
        findings.append(
            Finding(rule="geometry_left_out", severity="warning", facts={"shapes": len(there)})
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Yutu")
    sheet.append([_written(sheet, name) for name in names])
    for cells in zip(*columns, strict=True):
        sheet.append([_written(sheet, cell) for cell in cells])
    book.save(path)
    return findings


def _written(sheet: Any, value: object) -> object:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value[:MAX_TEXT])
    cell.data_type = "s"
    return cell


def _read(source: Source, sheets: Sequence[zipfile.ZipInfo]) -> RawTable:
    marks = _marks_in(source.path, sheets)
    book = load_workbook(source.path, read_only=True, data_only=True)
    try:
        name, others = _choose_sheet(book, source)
        rows = _rows(book, name)
        formulas = None
        if FORMULA in marks:
            formulas = load_workbook(source.path, read_only=True)
            rows = _with_formulas(rows, _rows(formulas, name))
        lines = _lines(rows, source)
        if formulas is not None:
            formulas.close()
    finally:
        book.close()
    merged: list[Conclusion] = []
    findings: list[Finding] = []
    if MERGED in marks and sum(sheet.file_size for sheet in sheets) <= SMALL_BYTES:
        lines, merged = _fill_merged(lines, source.path, name)
    elif MERGED in marks:
        findings.append(Finding(rule="merged_not_read", severity="warning"))
    table = table_of(lines, source, KIND, shifting=False)
    facts = {"sheet": name, "others": others}
    chosen = Conclusion(rule="sheet_chosen" if others else "sheet_only", facts=facts)
    table.conclusions[:0] = [chosen, *merged]
    table.findings.extend(findings)
    return table


def _marks_in(path: Path, sheets: Sequence[zipfile.ZipInfo]) -> set[bytes]:
    """Look for formulas and merged cells in the sheets' XML; most files have none of either."""
    found: set[bytes] = set()
    with zipfile.ZipFile(path) as archive:
        for sheet in sheets:
            tail = b""
            with archive.open(sheet) as stream:
                while chunk := stream.read(CHUNK):
                    seen = tail + chunk
                    formula = b"<f>" in seen or b"<f " in seen or b"<f/" in seen
                    found |= {FORMULA} if formula else set()
                    found |= {MERGED} if MERGED in seen else set()
                    tail = seen[-16:]
    return found


def _choose_sheet(book: Any, source: Source) -> tuple[str, list[str]]:
    names = [sheet.title for sheet in book.worksheets]
    wanted = source.options.layer
    if wanted is not None:
        if wanted not in names:
            raise OptionInvalidError(option="--layer", value=wanted, allowed=names)
        return wanted, [name for name in names if name != wanted]
    best, best_score = names[0], (-1, -1)
    for sheet in book.worksheets:
        score = _score(book, sheet.title, source) if sheet.sheet_state == "visible" else (-1, -1)
        if score > best_score:
            best, best_score = sheet.title, score
    return best, [name for name in names if name != best]


def _score(book: Any, name: str, source: Source) -> tuple[int, int]:
    rows = [cells for number, cells in zip(range(TOP_ROWS), _rows(book, name), strict=False)]
    filled = sum(any(cell is not None for cell in cells) for cells in rows)
    known = [count_known(cells, source.schema, source.options.mapping) for cells in rows]
    return max(known, default=0), filled


def _rows(book: Any, name: str) -> Iterator[Sequence[object]]:
    sheet = book[name]
    sheet.reset_dimensions()
    yield from sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)


def _with_formulas(
    values: Iterator[Sequence[object]], formulas: Iterator[Sequence[object]]
) -> Iterator[Sequence[object]]:
    """Mark the formulas whose result the program that wrote the file never stored."""
    for shown, written in zip(values, formulas, strict=False):
        yield [
            CellError("formula_without_value")
            if cell is None and formula is not None and str(formula).startswith(("=", "<openpyxl"))
            else cell
            for cell, formula in zip(shown, written, strict=False)
        ]


def _lines(rows: Iterator[Sequence[object]], source: Source) -> list[Line]:
    lines: list[Line] = []
    for number, cells in enumerate(rows, 1):
        if number % REPORT_EVERY == 0:
            report(source.progress, 0.2, "job.reading")
        line = line_of(number, [_plain(cell) for cell in cells])
        if line is None:
            continue
        lines.append(line)
        if len(lines) > source.options.max_rows + TOP_ROWS:
            raise too_many_rows(source, KIND)
    return lines


def _plain(cell: object) -> object:
    if isinstance(cell, str) and cell in ERRORS:
        return CellError("excel_error", error=cell)
    known = str | bool | int | float | date | datetime | CellError
    return cell if cell is None or isinstance(cell, known) else str(cell)


def _fill_merged(lines: list[Line], path: Path, name: str) -> tuple[list[Line], list[Conclusion]]:
    """Give every cell of a merged range its value; a file keeps it in the first one only."""
    book = load_workbook(path)
    ranges = list(book[name].merged_cells.ranges)
    by_number = {line.number: list(line.cells) for line in lines}
    for area in ranges:
        first = by_number.get(area.min_row, [])
        value = first[area.min_col - 1] if area.min_col <= len(first) else None
        for number in range(area.min_row, area.max_row + 1):
            cells = by_number.get(number)
            if value is None or cells is None:
                continue
            cells.extend([None] * (min(area.max_col, MAX_COLUMNS) - len(cells)))
            for place in range(area.min_col - 1, min(area.max_col, MAX_COLUMNS)):
                cells[place] = value if cells[place] is None else cells[place]
    filled = [Line(number, cells) for number, cells in by_number.items()]
    if not ranges:
        return lines, []
    return filled, [Conclusion(rule="merged_filled", facts={"ranges": len(ranges)})]
