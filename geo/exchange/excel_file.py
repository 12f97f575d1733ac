"""Excel workbooks (.xlsx), read and written row by row, merged cells filled."""

from __future__ import annotations

import re
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import shapely
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.cell import range_boundaries

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
MAX_CELLS = 100_000_000  # one cell far to the right makes a row of 16,384
MAX_MERGED = 1_000_000
REPORT_EVERY = 5_000
CHUNK = 1024 * 1024
FORMULA = re.compile(rb"<f[ />]")
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
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
    SyntaxError,  # what both XML parsers raise that openpyxl may use
)


@dataclass
class _Seen:
    """What a sheet's XML holds that the reader does not tell."""

    has_formulas: bool = False
    merged: set[bytes] = field(default_factory=set)


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
    seen = _look_into(source.path, sheets)
    with ExitStack() as stack:
        book = _open(source.path, stack, data_only=True)
        name, others = _choose_sheet(book, source)
        about = seen.get(str(book[name]._worksheet_path).lstrip("/"), _Seen())  # noqa: SLF001  (openpyxl tells it nowhere else)
        rows = _rows(book, name)
        if about.has_formulas:
            rows = _with_formulas(rows, _rows(_open(source.path, stack), name))
        lines = _lines(rows, source)
    merged = _fill_merged(lines, about.merged)
    table = table_of(lines, source, KIND, shifting=False)
    facts = {"sheet": name, "others": others}
    chosen = Conclusion(rule="sheet_chosen" if others else "sheet_only", facts=facts)
    table.conclusions[:0] = [chosen]
    if merged:
        count = len(about.merged)
        table.conclusions.insert(1, Conclusion(rule="merged_filled", facts={"ranges": count}))
    elif about.merged:
        table.findings.append(Finding(rule="merged_not_read", severity="warning"))
    return table


def _open(path: Path, stack: ExitStack, *, data_only: bool = False) -> Any:
    """Open a workbook on a file of ours: openpyxl leaves its own open where a part is broken."""
    stream = stack.enter_context(path.open("rb"))
    book = load_workbook(stream, read_only=True, data_only=data_only)
    stack.callback(book.close)
    return book


def _look_into(path: Path, sheets: Sequence[zipfile.ZipInfo]) -> dict[str, _Seen]:
    """Look for formulas and merged ranges in the sheets' own XML.

    The reader that goes row by row does not know merged cells, and the other one makes a cell for
    each place of a range: one range over a whole sheet would take all memory there is.
    """
    found: dict[str, _Seen] = {}
    with zipfile.ZipFile(path) as archive:
        for sheet in sheets:
            about = found[sheet.filename] = _Seen()
            tail = b""
            with archive.open(sheet) as stream:
                while chunk := stream.read(CHUNK):
                    seen = tail + chunk
                    about.has_formulas |= FORMULA.search(seen) is not None
                    about.merged.update(MERGED.findall(seen))
                    tail = seen[-64:]
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
    seen = 0
    for cells in sheet.iter_rows(values_only=True):
        seen += len(cells)
        if seen > MAX_CELLS:
            raise ValueError(seen)
        yield cells[:MAX_COLUMNS]


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


def _fill_merged(lines: list[Line], ranges: Collection[bytes]) -> bool:
    """Give every cell of a merged range its value, in place; a file keeps it in the first only.

    Returns False, and fills nothing, where the ranges cover more than anybody merges by hand.
    """
    numbers = [line.number for line in lines]
    areas = [_area(ref.decode(), numbers) for ref in ranges]
    cells = sum(len(rows) * len(columns) for rows, columns, _ in areas)
    if not areas or cells > MAX_MERGED:
        return False
    for rows, columns, top in areas:
        first = lines[rows[0]].cells if rows and numbers[rows[0]] == top else []
        value = first[columns[0]] if columns and columns[0] < len(first) else None
        for place in rows if value is not None else ():
            row = lines[place].cells
            row.extend([None] * (columns[-1] + 1 - len(row)))
            for column in columns:
                row[column] = value if row[column] is None else row[column]
    return True


def _area(ref: str, numbers: list[int]) -> tuple[range, range, int]:
    """Return the places of the rows and columns a range covers, and the number of its first row."""
    west, north, east, south = range_boundaries(ref)
    rows = range(bisect_left(numbers, north or 1), bisect_right(numbers, south or 1))
    return rows, range((west or 1) - 1, min(east or 1, MAX_COLUMNS)), north or 1
