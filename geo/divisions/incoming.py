"""Divisions on their way in: the row schema, and what can be wrong with a list of divisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from geo.divisions.codes import read_code, without_country
from geo.divisions.parents import (
    Row,
    settle_parents,
    unknown_parents,
    wanted_parents,
)
from geo.divisions.register import known_codes, last_days, valid_codes
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.schema import Column, Schema, parse_code, parse_text
from geo.exchange.stage import Staged

CODE_ALLOWED = "2/4/6/9/12"

SCHEMA = Schema(
    kind="divisions",
    columns=(
        Column(
            "code",
            (
                "code",
                "代码",
                "区划代码",
                "行政区划代码",
                "行政区代码",
                "gb",
                "adcode",
                "xzqdm",
                "pac",
            ),
            parse_code,
            required=True,
        ),
        Column(
            "name",
            ("name", "名称", "区划名称", "行政区划名称", "行政区名称", "xzqmc", "mc"),
            lambda value: parse_text(value, max_len=100),
            required=True,
        ),
        Column(
            "parent", ("parent", "parent_code", "上级代码", "上级区划代码", "父级代码"), parse_code
        ),
        Column("predecessor", ("predecessor", "原代码", "前身代码", "原区划代码"), parse_code),
    ),
    geometry=frozenset({"MultiPolygon"}),
    invalid_geometry="warning",
)


@dataclass(slots=True)
class Incoming:
    """The rows of a file that may go in, and what was found in all of them."""

    rows: list[Row]
    findings: list[Finding]
    conclusions: list[Conclusion] = field(default_factory=list)


def check_divisions(conn: Connection, staged: Staged, valid_from: date) -> Incoming:
    """Check a staged list of divisions against the standard, itself and the register.

    Rows with an error are left out of ``rows``. A parent that neither the file nor the register
    has is an error where the file names it; where it follows from the code it is taken from the
    reference list (province or prefecture, without polygon), with a warning.
    """
    heads = _heads(staged)
    incoming = Incoming([], [])
    raws = _without_country_number(staged, incoming)
    for values, raw in zip(_records(staged), raws, strict=True):
        row = _read_row(values, raw, heads, incoming.findings)
        if row is not None:
            incoming.rows.append(row)
    _drop(incoming, _duplicates(incoming.rows, heads))
    _drop(incoming, _dead_codes(conn, incoming.rows, valid_from, heads))
    _drop(incoming, _unknown_predecessors(conn, incoming.rows, heads))
    register = valid_codes(conn, wanted_parents(incoming.rows), valid_from)
    # A row that is left out may have been another row's parent, so look until nothing changes.
    while bad := unknown_parents(incoming.rows, register, heads["parent"]):
        _drop(incoming, bad)
    created, warnings = settle_parents(incoming.rows, register)
    incoming.rows[:0] = created
    incoming.findings.extend(warnings)
    return incoming


def _records(staged: Staged) -> Iterable[dict[str, Any]]:
    bad = staged.bad_rows
    for values in staged.rows.to_dict("records"):
        if values["row"] not in bad:
            yield {str(name): value for name, value in values.items()}


def _heads(staged: Staged) -> Mapping[str, str]:
    return {column.name: staged.heads.get(column.name, column.name) for column in SCHEMA.columns}


def _without_country_number(staged: Staged, incoming: Incoming) -> list[str]:
    """Take the country's number away where every code of the file carries it."""
    raws = [str(values["code"]) for values in _records(staged)]
    short = [without_country(raw) for raw in raws]
    if raws and all(short):
        incoming.conclusions.append(Conclusion(rule="country_number", facts={"example": raws[0]}))
        return [code for code in short if code]
    return raws


def _read_row(
    values: Mapping[str, Any], raw: str, heads: Mapping[str, str], findings: list[Finding]
) -> Row | None:
    number = values["row"]
    code = read_code(raw)
    if code is None:
        findings.append(
            Finding(
                rule="code_invalid",
                severity="error",
                row=number,
                column=heads["code"],
                value=raw,
                allowed=CODE_ALLOWED,
            )
        )
        return None
    if not code.usual:
        findings.append(
            Finding(
                rule="code_unusual", severity="warning", row=number, column=heads["code"], value=raw
            )
        )
    geom = values.get("geometry")
    return Row(
        row=number,
        code=code,
        name=values["name"],
        geom=None if geom is None or geom.is_empty else geom,
        parent=values.get("parent"),
        predecessor=values.get("predecessor"),
    )


def _drop(incoming: Incoming, bad: dict[int, Finding]) -> None:
    """Leave out the rows at these positions, each with its finding."""
    incoming.findings.extend(bad.values())
    incoming.rows = [row for place, row in enumerate(incoming.rows) if place not in bad]


def _duplicates(rows: list[Row], heads: Mapping[str, str]) -> dict[int, Finding]:
    first: dict[str, int | None] = {}
    bad = {}
    for place, row in enumerate(rows):
        if row.code.text in first:
            bad[place] = Finding(
                rule="code_twice",
                severity="error",
                row=row.row,
                column=heads["code"],
                value=row.code.text,
                facts={"first": first[row.code.text]},
            )
        first.setdefault(row.code.text, row.row)
    return bad


def _dead_codes(
    conn: Connection, rows: list[Row], valid_from: date, heads: Mapping[str, str]
) -> dict[int, Finding]:
    """Find codes of divisions that ended before; a code is never used again (废码不用)."""
    ends = last_days(conn, [row.code.text for row in rows])
    bad = {}
    for place, row in enumerate(rows):
        ended = ends.get(row.code.text)
        if ended is not None and ended <= valid_from:
            bad[place] = Finding(
                rule="code_dead",
                severity="error",
                row=row.row,
                column=heads["code"],
                value=row.code.text,
                facts={"ended": ended.isoformat()},
            )
    return bad


def _unknown_predecessors(
    conn: Connection, rows: list[Row], heads: Mapping[str, str]
) -> dict[int, Finding]:
    named = {row.predecessor for row in rows if row.predecessor}
    known = known_codes(conn, named).keys() | {row.code.text for row in rows}
    return {
        place: Finding(
            rule="predecessor_unknown",
            severity="error",
            row=row.row,
            column=heads["predecessor"],
            value=row.predecessor,
        )
        for place, row in enumerate(rows)
        if row.predecessor is not None
        and (row.predecessor not in known or row.predecessor == row.code.text)
    }
