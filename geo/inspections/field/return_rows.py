"""The rows of a return file: what was filled in, cell by cell, and what cannot be taken of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import ReturnRefusedError
from geo.exchange.findings import Finding
from geo.exchange.schema import CellError, parse_date, parse_number
from geo.inspections.facts import RESULTS, Party, Subject
from geo.inspections.field.record_checks import RecordFacts
from geo.inspections.field.return_form import (
    ACCURACY,
    ASKED,
    CONTENT_HEADS,
    DAY,
    FORMAT,
    HEADS,
    HIDDEN,
    KEYS,
    KNOWN,
    LAT,
    LON,
    METHOD,
    NOTE,
    RESULT,
)
from geo.markers.tables import METHODS
from geo.texts import Text as Words
from geo.texts import text

MOST_ROWS = 20_000
MOST_LETTERS = 2000
BROKEN = (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A filled-in row of a sheet: its number as a clerk sees it, its cells by head."""

    kind: str
    number: int
    cells: Mapping[str, Any]


def read_book(path: Path, name: str) -> tuple[dict[str, str], list[Row]]:
    """Return what a file says of itself, and its rows in which something was filled in.

    Raises
    ------
    ReturnRefusedError
        If it is no form of ours, or its sheets or heads were changed.
    """
    # Here and not above: the web process starts without it.
    from openpyxl import load_workbook  # noqa: PLC0415

    try:
        with (
            path.open("rb") as file,
            closing(load_workbook(file, read_only=True, data_only=True)) as book,
        ):
            told = {
                str(cells[0]): str(cells[1])
                for cells in book[HIDDEN].iter_rows(max_row=len(KEYS), max_col=2, values_only=True)
            }
            if told.get("format") != FORMAT or set(KEYS) - told.keys():
                raise refuse_file(name, "no_form")
            rows = [row for kind in HEADS for row in _rows(book[HEADS[kind]], kind)]
    except BROKEN:
        raise refuse_file(name, "no_form") from None
    return told, rows


def _rows(sheet: Any, kind: str) -> Iterator[Row]:
    """Give the rows in which something was filled in."""
    sheet.reset_dimensions()
    heads: Sequence[str] = ()
    for number, cells in enumerate(sheet.iter_rows(max_col=64, values_only=True), 1):
        if number == 1:
            heads = [str(one or "").strip() for one in cells]
            missing = {*KNOWN[kind], *ASKED[kind]} - set(heads)
            if missing:
                raise KeyError(missing)
            continue
        if number > MOST_ROWS:
            raise ValueError(number)
        by_head = {head: _plain(cell) for head, cell in zip(heads, cells, strict=False)}
        if any(by_head.get(head) is not None for head in ASKED[kind]):
            yield Row(kind=kind, number=number, cells=by_head)


def _plain(cell: Any) -> Any:
    return cell.strip() or None if isinstance(cell, str) else cell


def find_wrong(row: Row) -> Iterator[Finding]:
    """Give what cannot be taken of a row, cell by cell."""
    for head, parse, is_needed in (
        (DAY, parse_date, True),
        (RESULT, lambda value: _key(value, _results(row.kind)), True),
        (METHOD, lambda value: _key(value, _methods()), False),
        (ACCURACY, parse_number, False),
        (NOTE, _text, False),
        *((head, _text, False) for head in CONTENT_HEADS.values()),
    ):
        value = row.cells.get(head)
        if value is None and is_needed:
            yield tell_cell(row, head, Words("allowed.return_filled_in"))
        elif value is not None:
            try:
                parse(value)
            except CellError as error:
                yield tell_cell(row, head, error.allowed or Words(f"finding.{error.rule}"))


def read_facts(row: Row, subject: Subject, party: Party) -> RecordFacts:
    """Return what a row says, in which nothing is wrong."""
    cells = row.cells
    position = {
        "lon": cells.get(LON),
        "lat": cells.get(LAT),
        "method": _key(cells[METHOD], _methods()) if cells.get(METHOD) else None,
        "accuracy_m": parse_number(cells[ACCURACY]) if cells.get(ACCURACY) else None,
    }
    # The form asks for decimal degrees.
    position |= {"degrees": "decimal"}
    has_place = position["lon"] is not None or position["lat"] is not None
    contents = {
        key: _text(cells[head])
        for key, head in CONTENT_HEADS.items()
        if cells.get(head) is not None
    }
    return RecordFacts(
        kind=row.kind,
        subject_id=subject.id,
        side=str(party.id),
        at=parse_date(cells[DAY]),
        state=_key(cells[RESULT], _results(row.kind)),
        position={key: one for key, one in position.items() if one is not None}
        if has_place
        else None,
        contents=contents,
        note=_text(cells[NOTE]) if cells.get(NOTE) is not None else None,
    )


def tell_cell(row: Row, head: str, allowed: str | Words) -> Finding:
    """Return what is wrong with a cell, and what would be allowed."""
    value = row.cells.get(head)
    return Finding(
        rule="return_value",
        severity="error",
        row=row.number,
        column=f"{HEADS[row.kind]}：{head}",
        value="" if value is None else str(value),
        allowed=allowed,
    )


def _results(kind: str) -> dict[str, str]:
    return {text(f"result.{kind}.{one}"): one for one in RESULTS[kind]}


def _methods() -> dict[str, str]:
    return {text(f"method.{one}"): one for one in METHODS}


def _key(value: Any, words: Mapping[str, str]) -> str:
    said = str(value).strip()
    if said not in words:
        rule = "value_unknown"
        raise CellError(rule, "、".join(words))
    return words[said]


def _text(value: Any) -> str:
    said = str(value)
    if len(said) > MOST_LETTERS:
        raise CellError("text_too_long", Words("allowed.letters", {"most": MOST_LETTERS}))
    return said


def refuse_file(name: str, reason: str, **facts: object) -> ReturnRefusedError:
    """Return the refusal of a whole file; ``reason`` is ``reason.return_<reason>``."""
    return ReturnRefusedError(file=name, reason=Words(f"reason.return_{reason}", facts))
