"""Sheets as clerks keep them: titles above the heads, notes below the rows, blank lines between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from geo.exchange.findings import Conclusion, Finding
from geo.exchange.heads import count_known
from geo.exchange.raw import RawTable, Source, too_many_rows, unique_heads, unreadable

TOP_ROWS = 30
NOTE = re.compile(
    r"((填表|填报|制表|编制|审核)(人|单位|日期|时间|说明)?|附?注|备注|说明|单位|日期|(数据)?来源"
    r"|notes?|source|remarks?)\s*\d*\s*[:：].*|[*※].*|共\s*\d+\s*[条行个项].*",
    re.IGNORECASE | re.DOTALL,
)
TOTALS = frozenset({"合计", "总计", "小计", "总数", "total", "sum"})


@dataclass(frozen=True, slots=True)
class Line:
    """One row that holds something: its number in the sheet and its cells, None where empty."""

    number: int
    cells: list[object]


def line_of(number: int, cells: Sequence[object]) -> Line | None:
    """Return a row with blank text made None and empty cells at its end left away."""
    kept = [None if isinstance(cell, str) and not cell.strip() else cell for cell in cells]
    while kept and kept[-1] is None:
        kept.pop()
    return Line(number, kept) if kept else None


def table_of(lines: list[Line], source: Source, kind: str, *, shifting: bool) -> RawTable:
    """Return the table in a sheet: heads found, titles and notes left aside and told.

    ``shifting`` says that a row with more cells than heads has them in wrong columns (an unquoted
    comma); in a workbook what stands right of the table is nobody's column.

    Raises
    ------
    FileUnreadableError
        If there is no row at all, or too many.
    """
    if not lines:
        raise unreadable(source, kind, "no_rows")
    at = find_head(lines, source)
    heads = unique_heads(lines[at].cells)
    body, notes = _without_notes(lines[at + 1 :], keeps_totals=source.schema.keeps_totals)
    if len(body) > source.options.max_rows:
        raise too_many_rows(source, kind)
    return RawTable(
        heads=heads,
        columns=[
            [line.cells[place] if place < len(line.cells) else None for line in body]
            for place in range(len(heads))
        ],
        rows=[line.number for line in body],
        conclusions=[*_head_row(lines, at), *_notes(notes)],
        findings=_too_long(body, len(heads)) if shifting else [],
    )


def _too_long(body: list[Line], width: int) -> list[Finding]:
    return [
        Finding(
            rule="row_too_long",
            severity="error",
            row=line.number,
            value=str(line.cells[width]),
            allowed=str(width),
            facts={"cells": len(line.cells), "heads": width},
        )
        for line in body
        if len(line.cells) > width
    ]


def _notes(notes: list[Line]) -> list[Conclusion]:
    if not notes:
        return []
    first = next(str(cell) for cell in notes[0].cells if cell is not None)
    facts = {"rows": [line.number for line in notes], "first": first[:40]}
    return [Conclusion(rule="notes_left_aside", facts=facts)]


def find_head(lines: Sequence[Line], source: Source) -> int:
    """Return the place of the row with the most heads of the schema; the first where none has."""
    scores = [
        count_known(line.cells, source.schema, source.options.mapping) for line in lines[:TOP_ROWS]
    ]
    return scores.index(max(scores))


def _head_row(lines: Sequence[Line], at: int) -> list[Conclusion]:
    if lines[at].number == 1:
        return []
    title = next((str(cell) for line in lines[:at] for cell in line.cells if cell is not None), "")
    return [Conclusion(rule="head_row", facts={"row": lines[at].number, "title": title[:40]})]


def _without_notes(body: list[Line], *, keeps_totals: bool) -> tuple[list[Line], list[Line]]:
    end = len(body)
    while end and _is_note(body[end - 1], keeps_totals=keeps_totals):
        end -= 1
    return body[:end], body[end:]


def is_total(cell: object) -> bool:
    """Say whether a cell heads a total row: 合计, 总计 and their like, spaced out or not."""
    return re.sub(r"\s", "", str(cell)).casefold() in TOTALS


def _is_note(line: Line, *, keeps_totals: bool) -> bool:
    """Say whether a row is a note or a total; asked from the end upwards only."""
    filled = [str(cell).strip() for cell in line.cells if cell is not None]
    if is_total(filled[0]):
        return not keeps_totals
    return all(NOTE.fullmatch(cell) for cell in filled)
