"""Completed rounds through an import: a list of lines, rounds and days, and what is wrong in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from geo.access.jurisdiction import roles_at
from geo.boundaries.schema import parse_word, some
from geo.boundaries.sides import Side
from geo.boundaries.tables import boundary_line
from geo.db.sql import any_uuid
from geo.divisions.codes import LEVELS
from geo.exchange.findings import Collector, Finding
from geo.exchange.schema import CellError, Column, Schema, parse_date, parse_int, parse_text
from geo.incoming import Outcome, Task
from geo.inspections.facts import RESULTS
from geo.inspections.planning.past import read_known_rounds, require_side, store_past_rounds
from geo.inspections.planning.round_faults import (
    MOST_ROUNDS,
    KnownRound,
    PastRoundFacts,
    find_faults,
    says_same,
)
from geo.markers.known_lines import KnownLine, KnownLines, read_lines
from geo.progress import report
from geo.texts import Text

DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
ROUND = re.compile(r"第?(.+?)(轮|次|轮次)?")
STATE_HEADS = {
    "in_place": ("完好", "完好数", "完好界桩", "in_place"),
    "worn": ("字迹不清", "字迹不清数", "worn"),
    "leaning": ("倾斜", "倾斜数", "leaning"),
    "damaged": ("损坏", "破损", "损坏数", "damaged"),
    "moved": ("移位", "移动", "移位数", "moved"),
    "lost": ("丢失", "丢失数", "lost"),
    "unreachable": ("无法到达", "未到达", "unreachable"),
}


def parse_round(value: object) -> int:
    """Return a round; ``第五轮``, ``五`` and ``5`` are the same."""
    said = unicodedata.normalize("NFKC", str(value)).strip()
    match = ROUND.fullmatch(said)
    plain = match[1].strip() if match else said
    number = _chinese_number(plain)
    try:
        found = parse_int(plain) if number is None else number
    except CellError:
        found = 0
    if not 1 <= found <= MOST_ROUNDS:
        raise CellError("round_unread", Text("allowed.round"))
    return found


def _chinese_number(said: str) -> int | None:
    """Return what one to three Chinese figures below a hundred say, such as 十二."""
    if not said or any(letter not in DIGITS and letter != "十" for letter in said):
        return None
    tens, ten, ones = said.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return None
    return (DIGITS.get(tens, 1) if ten else 0) * 10 + (DIGITS[ones] if ones else 0)


def parse_count(value: object) -> int:
    """Return a whole number from zero."""
    try:
        count = parse_int(value)
    except CellError:
        count = -1
    if count < 0:
        raise CellError("count_unread", Text("allowed.count"))
    return count


SCHEMA = Schema(
    kind="rounds",
    columns=(
        Column(
            "code", ("code", "界线代码", "代码", "line_code", "line", "JXDM"), some(parse_word)
        ),
        Column("name", ("name", "界线名称", "名称", "line_name", "JXMC"), some(parse_word)),
        Column("round", ("round", "轮次", "联检轮次", "轮"), parse_round, required=True),
        Column(
            "started_on", ("started_on", "开始日期", "开始时间", "联检开始日期"), some(parse_date)
        ),
        Column(
            "finished_on", ("finished_on", "完成日期", "完成时间", "联检完成日期"), parse_date,
            required=True,
        ),
        Column("lead", ("lead", "牵头方", "牵头单位", "牵头"), some(parse_word)),
        *(Column(state, heads, some(parse_count)) for state, heads in STATE_HEADS.items()),
        Column("source", ("source", "依据", "联检报告", "报告文号", "来源"), some(parse_word)),
        Column(
            "note", ("note", "备注", "说明"), some(lambda value: parse_text(value, max_len=4000))
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    line: KnownLine
    facts: PastRoundFacts


def check_rounds(task: Task) -> Outcome:
    """Check a staged list of completed rounds against itself and the register.

    A row without a source is taken from the file itself.

    Raises
    ------
    OutsideJurisdictionError, RoleMissingError
        Unless the viewer is an editor of one of the sides of every line, or above.
    """
    found = Collector()
    report(task.progress, 0.2, "doing.read")
    rows = _read_rows(task, found)
    _require_sides(task, rows)
    good, repeated = _judge(task, rows, found)
    outcome = Outcome(found.listed())

    def apply() -> Mapping[str, int]:
        store_past_rounds(
            task.conn,
            task.viewer,
            [row.facts for row in good],
            import_id=task.run_id,
            publication="demo" if task.options.publication == "demo" else "unpublished",
        )
        return {"added": len(good), "unchanged": repeated}

    outcome.apply = apply
    return outcome


def _read_rows(task: Task, found: Collector) -> list[_Row]:
    """Read the rows whose line and lead are found; what is wrong with the others is collected."""
    known = read_lines(task.conn, task.today)
    bad = task.staged.bad_rows
    records = [one for one in task.staged.rows.to_dict("records") if one["row"] not in bad]
    words = {str(one[name]) for one in records for name in ("code", "name") if one[name]}
    levels = _levels(task.conn, {one for word in words for one in known.find(word)})
    rows = []
    for values in records:
        line = _line_of(values, known, levels, found)
        row = _row_of(values, line, task.staged.file_name, found) if line else None
        if row is not None:
            rows.append(row)
    return rows


def _levels(conn: Connection, ids: set[UUID]) -> dict[UUID, str]:
    rows = conn.execute(select(boundary_line).where(boundary_line.c.id == any_uuid(ids)))
    return {row.id: row.unit_level for row in rows}


def _line_of(
    values: Mapping[Any, Any], known: KnownLines, levels: Mapping[UUID, str], found: Collector
) -> KnownLine | None:
    """Return the line a row means: by code and name, of several with one code the highest."""
    said = [str(values[name]) for name in ("code", "name") if values[name]]
    ids = set.intersection(*(known.find(word) for word in said)) if said else set()
    if len(ids) > 1:
        highest = min(LEVELS.index(levels[one]) for one in ids)
        ids = {one for one in ids if LEVELS.index(levels[one]) == highest}
    if len(ids) == 1:
        return known.lines[ids.pop()]
    rule = "round_line_unsure" if ids else "round_line_unknown" if said else "round_line_missing"
    found.add(
        Finding(
            rule=rule,
            severity="error",
            row=values["row"],
            value=" ".join(said) or None,
            allowed=Text("allowed.line_named"),
            facts={"count": len(ids)},
        )
    )
    return None


def _row_of(
    values: Mapping[Any, Any], line: KnownLine, file_name: str, found: Collector
) -> _Row | None:
    """Return a row with its lead as a side; a lead that is none is an error."""
    lead = values["lead"]
    by_word = {
        word: side
        for side, code, name in zip(line.sides, line.codes, line.names, strict=True)
        for word in (code, name)
    }
    if lead is not None and lead not in by_word:
        allowed = Text("allowed.named", {"names": [*line.names, *line.codes]})
        found.add(
            Finding(
                rule="round_lead_no_side", severity="error", row=values["row"], value=lead,
                allowed=allowed,
            )
        )  # fmt: skip
        return None
    facts = PastRoundFacts(
        line_id=line.id,
        round=values["round"],
        started_on=values["started_on"],
        finished_on=values["finished_on"],
        lead_id=by_word[lead] if lead is not None else None,
        states={state: values[state] for state in RESULTS["marker"] if values[state] is not None},
        note=values["note"],
        source=values["source"] or file_name,
    )
    return _Row(number=values["row"], line=line, facts=facts)


def _require_sides(task: Task, rows: Sequence[_Row]) -> None:
    lines = {row.line.id: row.line for row in rows}
    sides = {side for line in lines.values() for side in line.sides}
    mine = roles_at(task.conn, task.viewer, "editor", sides)
    for line in lines.values():
        if not mine & set(line.sides):
            require_side(task.conn, task.viewer, line.sides, line.name)


def _judge(task: Task, rows: Sequence[_Row], found: Collector) -> tuple[list[_Row], int]:
    """Return the rows to be stored, and how many say what is known already."""
    known = read_known_rounds(task.conn, {row.line.id for row in rows})
    first: dict[tuple[UUID, int], _Row] = {}
    good, repeated = [], 0
    for row in sorted(rows, key=lambda row: (str(row.line.id), row.facts.round, row.number)):
        others = known.setdefault(row.line.id, {})
        standing = others.get(row.facts.round)
        twin = first.setdefault((row.line.id, row.facts.round), row)
        if standing is not None and says_same(row.facts, standing):
            repeated += 1
            if twin is not row:
                found.add(_twin(row, twin, "round_repeated"))
            continue
        if standing is not None and twin is not row:
            found.add(_twin(row, twin, "round_twice"))
            continue
        wrong = find_faults(row.facts, _sides(row.line), others, task.today, row=row.number)
        found.extend(wrong)
        if not wrong:
            others[row.facts.round] = _as_known(row.facts)
            good.append(row)
    return good, repeated


def _twin(row: _Row, twin: _Row, rule: str) -> Finding:
    return Finding(
        rule=rule,
        severity="warning" if rule == "round_repeated" else "error",
        row=row.number,
        facts={"first": twin.number},
    )


def _as_known(facts: PastRoundFacts) -> KnownRound:
    return KnownRound(id=None, facts=facts, finished_on=facts.finished_on)


def _sides(line: KnownLine) -> list[Side]:
    return [
        Side(id=id_, code=code, name=name)
        for id_, code, name in zip(line.sides, line.codes, line.names, strict=True)
    ]
