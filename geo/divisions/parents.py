"""The parents of incoming divisions: named by the file, or probable by the code."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from geo.divisions.codes import (
    LEVELS,
    DivisionCode,
    probable_parents,
    read_code,
    reference_names,
)
from geo.exchange.findings import Finding


@dataclass(slots=True)
class Row:
    """One division that comes in; ``parent`` is a code, the named one until it is settled."""

    row: int | None
    code: DivisionCode
    name: str
    geom: BaseGeometry | None = None
    parent: str | None = None
    predecessor: str | None = None
    division_id: UUID | None = None


def wanted_parents(rows: list[Row]) -> set[str]:
    """Return every code that may be a parent of one of the rows."""
    return {code for row in rows for code in _candidates(row)}


def unknown_parents(rows: list[Row], register: Collection[str], head: str) -> dict[int, Finding]:
    """Find rows whose named parent is neither in the register nor in the file, or not above them.

    Returns a finding by the row's place in the list.
    """
    known = {row.code.text for row in rows}.union(register)
    bad = {}
    for place, row in enumerate(rows):
        if row.parent is None:
            continue
        named = read_code(row.parent)
        if named is None or named.text not in known:
            rule = "parent_unknown"
        elif LEVELS.index(named.level) >= LEVELS.index(row.code.level):
            rule = "parent_not_above"
        else:
            continue
        bad[place] = Finding(
            rule=rule, severity="error", row=row.row, column=head, value=row.parent
        )
    return bad


def settle_parents(rows: list[Row], register: Collection[str]) -> tuple[list[Row], list[Finding]]:
    """Give every row its parent's code; a parent nobody has is made from the reference list.

    Returns the parents that were made (highest first) and a warning for each. A row below the
    prefecture whose parent is not in that list stays without one.
    """
    known = {row.code.text for row in rows}.union(register)
    made: dict[str, Row] = {}
    for row in rows:
        row.parent = _settle(_candidates(row), known, made)
    created = sorted(made.values(), key=lambda row: (LEVELS.index(row.code.level), row.code.text))
    warnings = [
        Finding(
            rule="parent_created",
            severity="warning",
            value=row.code.text,
            facts={"name": row.name},
        )
        for row in created
    ]
    return created, warnings


def _candidates(row: Row) -> tuple[str, ...]:
    if row.parent is None:
        return probable_parents(row.code)
    named = read_code(row.parent)
    return (named.text,) if named else ()


def _settle(candidates: tuple[str, ...], known: set[str], made: dict[str, Row]) -> str | None:
    """Return the nearest parent that is known or in the reference list, and make it if need be."""
    for text in candidates:
        if text in known or text in made:
            return text
        code = read_code(text)
        if code is not None and text in reference_names():
            row = Row(row=None, code=code, name=reference_names()[text])
            made[text] = row
            row.parent = _settle(probable_parents(code), known, made)
            return text
    return None
