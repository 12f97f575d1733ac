"""A list for print as rows and columns, before it is a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, width in characters, and how its numbers are written."""

    head: str
    width: float
    number: str | None = None
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list for print; ``total`` is a label and what stands beside it over the other columns."""

    title: str
    mark: str
    above: Sequence[str]
    day: str
    unit: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    total: tuple[str, str]
    below: str
