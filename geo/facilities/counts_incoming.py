"""Numbers by division of what stands in private homes, through an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from geo.access.jurisdiction import require_role
from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_text, any_uuid
from geo.divisions.codes import read_code
from geo.divisions.register import valid_codes
from geo.errors import OptionInvalidError
from geo.exchange.findings import Collector, Finding
from geo.exchange.schema import Column, Schema
from geo.facilities.kinds import KINDS, Kind, find_kind, read_kind
from geo.facilities.rows import head_of
from geo.facilities.schema import DIVISION, parse_size, parse_word
from geo.facilities.tables import facility_count
from geo.facilities.whereabouts import CODE_ALLOWED
from geo.incoming import Outcome, Task
from geo.texts import Text

MOST = 10_000_000
PRIVATE = tuple(kind for kind in KINDS.values() if kind.private_home)

SCHEMA = Schema(
    kind="counts",
    columns=(
        Column(DIVISION.name, (*DIVISION.heads, "代码", "code"), DIVISION.parse, required=True),
        Column(
            "number",
            ("数量", "户数", "间数", "张数", "个数", "处数", "总数", "数目", "count"),
            parse_size(MOST),
            required=True,
        ),
        Column("kind", ("类型", "类别", "设施类型", "种类", "type"), parse_word),
    ),
)


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    kind: str
    division_id: UUID
    number: int


def check_counts(task: Task) -> Outcome:
    """Check a staged list of numbers by division; the day they are of is ``valid_from``.

    Raises
    ------
    OptionInvalidError
        If the kind said is none, or one whose facilities are imported one by one.
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of the divisions.
    """
    said = task.options.facts.get("kind")
    kind = None if said is None else read_kind(said)
    if kind is not None and not kind.private_home:
        raise OptionInvalidError(option="--kind", value=said, allowed=[one.key for one in PRIVATE])
    found = Collector()
    rows = _read_rows(task, kind, found)
    divisions = {row.division_id for row in rows}
    require_role(task.conn, task.viewer, "editor", divisions, what=task.staged.file_name)
    return Outcome(findings=found.listed(), apply=lambda: _apply(task, rows))


def _read_rows(task: Task, default: Kind | None, found: Collector) -> list[_Row]:
    staged = task.staged
    records = [
        values for values in staged.rows.to_dict("records") if values["row"] not in staged.bad_rows
    ]
    codes = {values["row"]: read_code(values["division"] or "") for values in records}
    known = valid_codes(
        task.conn, {code.text for code in codes.values() if code}, task.options.valid_from
    )
    rows: list[_Row] = []
    seen: dict[tuple[str, UUID], int] = {}
    for values in records:
        number, code = values["row"], codes[values["row"]]
        kind = find_kind(values["kind"]) if values["kind"] is not None else default
        division_id = known.get(code.text) if code else None
        wrong = _wrong(task, values, kind, division_id)
        if wrong is None and kind is not None and division_id is not None:
            first = seen.setdefault((kind.key, division_id), number)
            if first == number:
                rows.append(_Row(number, kind.key, division_id, values["number"]))
                continue
            head = head_of(staged, "division")
            wrong = _finding("count_twice", number, head, values["division"], first=first)
        if wrong is not None:
            found.add(wrong)
    return rows


def _wrong(
    task: Task, values: Mapping[Any, Any], kind: Kind | None, division_id: UUID | None
) -> Finding | None:
    row, head = values["row"], head_of(task.staged, "division")
    if values["number"] is None:
        return _finding("cell_missing", row, head_of(task.staged, "number"), None)
    if division_id is None:
        known = read_code(values["division"] or "")
        rule = "count_division_unknown" if known else "code_invalid"
        return _finding(rule, row, head, values["division"], allowed=CODE_ALLOWED)
    if kind is None or not kind.private_home:
        keys = [Text("reason.kind_named", {"kind": one.name, "key": one.key}) for one in PRIVATE]
        allowed = Text("allowed.named", {"names": keys})
        column = head_of(task.staged, "kind")
        return _finding("count_kind", row, column, values["kind"], allowed=allowed)
    return None


def _finding(
    rule: str,
    row: int,
    column: str,
    value: str | None,
    *,
    allowed: str | Text | None = None,
    **facts: object,
) -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        row=row,
        column=column,
        value=value,
        allowed=allowed,
        facts=facts,
    )


def _apply(task: Task, rows: list[_Row]) -> Mapping[str, int]:
    """Store the numbers; one of the same day is corrected, the old one stays in the audit log."""
    give_reason(task.conn, f"import {task.staged.file_name}")
    said: dict[str, Any] = {
        "source": task.staged.file_name,
        "import_id": task.run_id,
        "publication": task.options.publication,
    }
    there = _numbers_of(task, rows)
    done: Counter[str] = Counter(added=0, corrected=0, unchanged=0)
    new: list[dict[str, Any]] = []
    for row in rows:
        old_id, number = there.get((row.kind, row.division_id), (None, None))
        if old_id is None:
            done["added"] += 1
            own = {"kind": row.kind, "division_id": row.division_id, "number": row.number}
            new.append({"id": new_id(), "as_of": task.options.valid_from, **own, **said})
        elif number == row.number:
            done["unchanged"] += 1
        else:
            done["corrected"] += 1
            same = facility_count.c.id == old_id
            task.conn.execute(update(facility_count).where(same).values(number=row.number, **said))
    if new:
        task.conn.execute(insert(facility_count), new)
    return dict(done)


def _numbers_of(task: Task, rows: list[_Row]) -> dict[tuple[str, UUID], tuple[UUID, int]]:
    """Return the numbers there are of that day, by kind and division."""
    table = facility_count.c
    found = task.conn.execute(
        select(table.id, table.kind, table.division_id, table.number).where(
            table.as_of == task.options.valid_from,
            table.kind == any_text({row.kind for row in rows}),
            table.division_id == any_uuid({row.division_id for row in rows}),
        )
    )
    return {(row.kind, row.division_id): (row.id, row.number) for row in found}
