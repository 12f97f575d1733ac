"""In which division a facility is: as its code says, or where its place lies.

An empty register, or one that ends at the counties, stops nobody. A code the register does not know
is an error only where the register could know it: where other divisions of that level stand under
the same one above, so that a slip of the pen is likely. Elsewhere the facility is put under the
nearest division above that is known, or under none, with a warning; the code itself is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select

from geo.db.sql import any_uuid, load
from geo.divisions.codes import DivisionCode, probable_parents, read_code
from geo.divisions.register import last_days, valid_codes
from geo.divisions.tables import division_version
from geo.exchange.findings import Finding
from geo.exchange.stage import Staged
from geo.facilities.rows import Facility, Reading, head_of

HERE = Path(__file__).parent
CODE_ALLOWED = "2/4/6/9/12"
FEW = 5
"""Rows the register has nothing for that are told one by one; more are told together."""
LEAST_OUTSIDE_M = 1.0
"""Nearer to its division's edge a place counts as inside: the edge itself is no better known."""


def settle_divisions(conn: Connection, reading: Reading, staged: Staged, at: date) -> None:
    """Give each row its division, in place; rows whose code cannot be are left out."""
    head = head_of(staged, "division")
    codes, wrong = _read_codes(reading.rows, head)
    reading.drop(wrong)
    register = _Register.of(conn, codes.values(), at)
    doubtful: dict[int, Finding] = {}
    for row in reading.rows:
        if row.division_code is None:
            continue
        code = codes[row.row]
        row.division_code = code.text
        finding = _give_division(row, code, register, head)
        if finding is not None:
            doubtful[row.row] = finding
    reading.found.extend(_together(doubtful.values(), "division_not_in_register"))
    reading.drop({row: one for row, one in doubtful.items() if one.severity == "error"})
    reading.found.extend(_together(_find_by_place(conn, reading.rows, at), "no_division_here"))
    reading.found.extend(_find_outside(conn, reading.rows, head, at))


def _together(findings: Iterable[Finding], rule: str) -> Iterator[Finding]:
    """Give the warnings, those of one rule as one where they are many: the register is not there.

    Errors are left to the caller.
    """
    warnings = [one for one in findings if one.severity == "warning"]
    alike = [one for one in warnings if one.rule == rule]
    yield from (one for one in warnings if one.rule != rule or len(alike) <= FEW)
    if len(alike) > FEW:
        rows = [one.row for one in alike[:FEW]]
        yield Finding(
            rule=f"{rule}_many",
            severity="warning",
            column=alike[0].column,
            facts={"many": len(alike), "rows": rows},
        )


@dataclass(frozen=True, slots=True)
class _Register:
    """What the register knows of the codes of a list and of those above them."""

    ids: Mapping[str, UUID]
    ended: Mapping[str, date | None]
    levels_below: Mapping[UUID, set[str]]

    @classmethod
    def of(cls, conn: Connection, codes: Iterable[DivisionCode], at: date) -> _Register:
        own = {code.text: code for code in codes}
        above = {text for code in own.values() for text in _above(code)}
        ids = valid_codes(conn, {*own, *above}, at)
        missing = own.keys() - ids.keys()
        return cls(ids, last_days(conn, missing), _levels_below(conn, ids.values(), at))

    def nearest(self, code: DivisionCode) -> UUID | None:
        """Return the nearest division above a code that the register knows."""
        return next((self.ids[text] for text in _above(code) if text in self.ids), None)


def _above(code: DivisionCode) -> list[str]:
    """Return the codes above one, the nearest first, as far as its digits tell."""
    found: list[str] = []
    waiting = list(probable_parents(code))
    while waiting:
        text = waiting.pop(0)
        parent = read_code(text)
        if parent is not None and parent.text not in found:
            found.append(parent.text)
            waiting.extend(probable_parents(parent))
    return found


def _levels_below(conn: Connection, ids: Iterable[UUID], at: date) -> dict[UUID, set[str]]:
    version = division_version.c
    rows = conn.execute(
        select(version.parent_id, version.level)
        .where(version.parent_id == any_uuid(ids), version.valid.contains(at))
        .distinct()
    )
    levels: dict[UUID, set[str]] = {}
    for row in rows:
        levels.setdefault(row.parent_id, set()).add(row.level)
    return levels


def _read_codes(
    rows: Iterable[Facility], head: str
) -> tuple[dict[int, DivisionCode], dict[int, Finding]]:
    codes: dict[int, DivisionCode] = {}
    wrong: dict[int, Finding] = {}
    for row in rows:
        if row.division_code is None:
            continue
        code = read_code(row.division_code)
        if code is not None:
            codes[row.row] = code
            continue
        wrong[row.row] = Finding(
            rule="code_invalid",
            severity="error",
            row=row.row,
            column=head,
            value=row.division_code,
            allowed=CODE_ALLOWED,
        )
    return codes, wrong


def _give_division(
    row: Facility, code: DivisionCode, register: _Register, head: str
) -> Finding | None:
    """Give a row the division of its code, or the nearest known above it; say where it is not."""
    row.division_id = register.ids.get(code.text)
    if row.division_id is not None:
        return None
    ended = register.ended.get(code.text)
    if ended is not None:
        facts: dict[str, object] = {"ended": ended.isoformat()}
        return _finding("facility_code_dead", "error", row, head, facts)
    nearest = register.nearest(code)
    if nearest is not None and code.level in register.levels_below.get(nearest, set()):
        return _finding("division_unknown", "error", row, head, {})
    row.division_id = nearest
    if nearest is None:
        return _finding("division_not_in_register", "warning", row, head, {})
    above = next(text for text in _above(code) if register.ids.get(text) == nearest)
    return _finding("division_above_taken", "warning", row, head, {"above": above})


def _finding(
    rule: str, severity: str, row: Facility, head: str, facts: Mapping[str, object]
) -> Finding:
    return Finding(
        rule=rule,
        severity="error" if severity == "error" else "warning",
        row=row.row,
        column=head,
        value=row.division_code,
        facts=facts,
    )


def _find_by_place(conn: Connection, rows: Iterable[Facility], at: date) -> Iterator[Finding]:
    """Give rows without a code the deepest division that holds their place; say where none does."""
    without = [row for row in rows if row.division_code is None]
    found = conn.execute(load(HERE / "whereabouts.sql"), {**_coordinates(without), "at": at})
    for place, division_id in found:
        without[place - 1].division_id = division_id
    for row in without:
        if row.division_id is None and row.point is not None:
            yield Finding(
                rule="no_division_here",
                severity="warning",
                row=row.row,
                place=(row.point.x, row.point.y),
            )


def _find_outside(
    conn: Connection, rows: Iterable[Facility], head: str, at: date
) -> Iterable[Finding]:
    """Find places that lie outside the division their code says."""
    said = [row for row in rows if row.division_code and row.division_id and row.point]
    found = conn.execute(
        load(HERE / "outside.sql"),
        {"divisions": [row.division_id for row in said], **_coordinates(said), "at": at},
    )
    for place, division, distance_m in found:
        row = said[place - 1]
        if row.point is None or distance_m < LEAST_OUTSIDE_M:
            continue
        yield Finding(
            rule="place_outside_division",
            severity="warning",
            row=row.row,
            column=head,
            value=row.division_code,
            place=(row.point.x, row.point.y),
            facts={"division": division, "distance_m": round(distance_m)},
        )


def _coordinates(rows: Iterable[Facility]) -> dict[str, list[float | None]]:
    points = [row.point for row in rows]
    return {
        "lons": [None if point is None else point.x for point in points],
        "lats": [None if point is None else point.y for point in points],
    }
