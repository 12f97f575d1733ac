"""CSV and TSV: encoding and separator recognised, every cell text, row numbers as in the sheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import shapely

from geo.exchange.encoding import decode
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.grid import TOP_ROWS, Line, line_of, table_of
from geo.exchange.heads import count_known
from geo.exchange.outgoing import Frame, cells_of
from geo.exchange.raw import RawTable, Source, too_many_rows, unreadable
from geo.progress import report

KIND = "CSV"
SEPARATORS = (",", "\t", ";")
MAX_CELL = 256 * 1024 * 1024  # a polygon of a province as WKT; csv's own limit is 131,072
REPORT_EVERY = 20_000
ACTIVE = re.compile(r"'*[=+\-@\t\r]")


def read(source: Source) -> RawTable:
    """Read a CSV file.

    Raises
    ------
    FileUnreadableError
        If no encoding fits, it has NUL bytes, a quote never closes or it has too many rows.
    """
    raw = source.path.read_bytes()
    try:
        decoded = decode(raw, source.options.encoding)
    except UnicodeDecodeError as exc:
        raise unreadable(
            source, KIND, "encoding", encoding=exc.encoding.upper(), byte=exc.start + 1
        ) from None
    text = decoded.text
    if "\x00" in text:
        raise unreadable(source, KIND, "nul", place=text.index("\x00") + 1)
    separator = _separator(text, source)
    lines = list(_lines(text, separator, source))
    table = table_of(lines, source, KIND, shifting=True)
    name = {",": ",", "\t": "TAB", ";": ";"}[separator]
    table.conclusions[:0] = [decoded.conclusion, Conclusion(rule="separator", facts={"char": name})]
    return table


def write(frame: Frame, path: Path) -> list[Finding]:
    """Write a frame as CSV for Excel: UTF-8 with mark, geometry as WKT in full precision.

    Text that a spreadsheet would run as a formula gets an apostrophe in front, which reading
    takes away again.
    """
    names, columns = cells_of(frame)
    shapes = [
        None if shape is None else shapely.to_wkt(shape, rounding_precision=-1)
        for shape in frame.geometry.to_numpy()
    ]
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow([*names, "geometry"])
        for cells in zip(*columns, shapes, strict=True):
            writer.writerow([_written(cell) for cell in cells])
    return []


def _separator(text: str, source: Source) -> str:
    """Choose the separator that shows the most heads of the schema, then the widest rows."""
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared and declared[1] in SEPARATORS:
        return declared[1]

    def score(separator: str) -> tuple[int, int]:
        rows = _first_rows(text, separator)
        known = max(
            (count_known(row, source.schema, source.options.mapping) for row in rows), default=0
        )
        widths = sorted(len(row) for row in rows)
        return known, widths[len(widths) // 2] if widths else 0

    return max(SEPARATORS, key=score)


def _first_rows(text: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    csv.field_size_limit(MAX_CELL)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == TOP_ROWS:
                break
    except csv.Error:
        pass  # the whole reading says where
    return [row for row in rows if row]


def _lines(text: str, separator: str, source: Source) -> Iterator[Line]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1 and cells[:1] == [f"sep={separator}"]:
                continue
            line = line_of(number, [_read_cell(cell) for cell in cells])
            if line is None:
                continue
            found += 1
            if found > source.options.max_rows + TOP_ROWS:
                raise too_many_rows(source, KIND)
            if found % REPORT_EVERY == 0:
                report(source.progress, 0.2, "job.reading")
            yield line
    except csv.Error:
        raise unreadable(source, KIND, "csv_broken", line=reader.line_num) from None


def _read_cell(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and ACTIVE.match(cell) else cell


def _written(cell: object) -> object:
    if isinstance(cell, str) and ACTIVE.match(cell):
        return f"'{cell}"
    return cell
