"""Official people by division and age, without geometry: checked, compared, put away."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from geo.divisions.codes import read_code
from geo.divisions.register import known_codes
from geo.exchange.findings import Conclusion, Finding
from geo.exchange.stage import Staged
from geo.population.table import TOTAL, ages_in

SAME = 0.5
"""A total that differs from the sum by less than this many people is the sum."""


@dataclass(frozen=True, slots=True)
class Counted:
    """People of an age group in a division, with the row they stand in."""

    row: int
    code: str
    level: str
    division_id: UUID
    age: str
    people: float


@dataclass(slots=True)
class Totals:
    """What a table of official people says: the rows that may go in, and what was found."""

    rows: list[Counted] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    conclusions: list[Conclusion] = field(default_factory=list)

    @property
    def ages(self) -> tuple[str, ...]:
        """Return the age groups in the order they first stand in the table."""
        return tuple(dict.fromkeys(row.age for row in self.rows))

    @property
    def divisions(self) -> set[UUID | None]:
        """Return the divisions that have a row."""
        return {row.division_id for row in self.rows}


@dataclass(frozen=True, slots=True)
class _Cell:
    row: int
    code: str | None
    age: str
    people: float


def check_totals(conn: Connection, staged: Staged) -> Totals:
    """Check official people by division; both a column per age and a row per age are taken.

    Rows with an error are left out. A total row (合计) is compared with the sum of the rows, or
    with that of one level where the table has several, and never taken for a division.
    """
    totals = Totals()
    cells = list(_cells(staged, totals.findings))
    told: dict[str, float] = {cell.age: cell.people for cell in cells if cell.code == TOTAL}
    cells = [cell for cell in cells if cell.code != TOTAL]
    codes = {cell.code: read_code(cell.code or "") for cell in cells}
    known = known_codes(conn, [read.text for read in codes.values() if read])
    head = staged.heads.get("code", "code")
    seen: dict[tuple[UUID, str], int] = {}
    for cell in cells:
        read = codes[cell.code]
        division = known.get(read.text) if read else None
        if read is None or division is None:
            totals.findings.append(_refused(cell, head, "division_unknown"))
        elif (division, cell.age) in seen:
            first = seen[division, cell.age]
            facts = {"first": first, "age": cell.age}
            totals.findings.append(_refused(cell, head, "people_twice", facts))
        else:
            seen[division, cell.age] = cell.row
            totals.rows.append(
                Counted(cell.row, read.text, read.level, division, cell.age, cell.people)
            )
    _compare(totals, told)
    return totals


def _cells(staged: Staged, findings: list[Finding]) -> Iterator[_Cell]:
    """Yield the numbers of the good rows; a cell left empty is told and left out."""
    ages, long = ages_in(staged), "age" in staged.heads
    bad = staged.bad_rows
    for values in staged.rows.to_dict("records"):
        if values["row"] in bad:
            continue
        code = TOTAL if TOTAL in (values["code"], values["name"]) else values["code"]
        for band in ages[:1] if long else ages:
            age = values["age"] if long else band
            if values[band] is None or code is None or age is None:
                lacking = "code" if code is None else "age" if age is None else band
                severity = "warning" if lacking == band else "error"
                findings.append(_empty(values["row"], staged.heads[lacking], severity))
                continue
            yield _Cell(values["row"], code, age, values[band])


def _empty(row: int, head: str, severity: str) -> Finding:
    if severity == "error":
        return Finding(rule="cell_missing", severity="error", row=row, column=head)
    return Finding(rule="people_missing", severity="warning", row=row, column=head)


def _refused(
    cell: _Cell, head: str, rule: str, facts: Mapping[str, object] | None = None
) -> Finding:
    return Finding(
        rule=rule, severity="error", row=cell.row, column=head, value=cell.code, facts=facts or {}
    )


def _compare(totals: Totals, told: Mapping[str, float]) -> None:
    """Compare the total row with the sum of all rows and with that of each level."""
    for age, said in told.items():
        by_level: defaultdict[str, list[float]] = defaultdict(list)
        for row in totals.rows:
            if row.age == age:
                by_level[row.level].append(row.people)
        sums = [math.fsum(people) for people in by_level.values()]
        sums.append(math.fsum(sums))
        facts = {"age": age, "said": said, "sum": min(sums, key=lambda one: abs(one - said))}
        if any(abs(one - said) < SAME for one in sums):
            totals.conclusions.append(Conclusion(rule="total_agrees", facts=facts))
        else:
            totals.findings.append(Finding(rule="total_differs", severity="warning", facts=facts))
