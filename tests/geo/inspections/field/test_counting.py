"""What is counted in SQL for a year is what each inspection says of itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, update

from geo.errors import YutuError
from geo.inspections.field.counting import count_recorded
from geo.inspections.field.outcomes import count_outcomes, judge_all, list_outcomes
from geo.inspections.field.recorded import list_records
from geo.inspections.field.statements import state_finding
from geo.inspections.tables import inspection_record
from tests.geo.inspections.walked import TODAY, Walk, open_walk

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["record", "say", "disagree", "withdraw"]),
        st.sampled_from(["marker", "section"]),
        st.sampled_from("AB"),
        st.integers(0, 1),
    ),
    max_size=10,
)
STATES = {"marker": ("in_place", "lost"), "section": ("unchanged", "changed")}


def do(walk: Walk, what: str, kind: str, by: str, which: int) -> None:
    if what == "record":
        walk.record(by, kind, STATES[kind][which], uuid4())
        return
    if what == "withdraw":
        row = inspection_record.c
        mine = (row.division_id == walk.border.sides[by], row.subject_kind == kind)
        values = {"withdrawn_at": func.now(), "withdrawn_reason": "误录"}
        walk.conn.execute(update(inspection_record).where(*mine).values(**values))
        return
    about = next(one for one in walk.found.subjects if one.kind == kind)
    said, state = ("agreed", STATES[kind][which]) if what == "say" else ("disagreed", None)
    state_finding(
        walk.conn, walk.viewer(by), walk.found, kind, about.id, side=None, said=said,
        state=state, words="看法", today=TODAY,
    )  # fmt: skip


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    return open_walk(conn, tmp_path / "files")


@given(moves=MOVES)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_outcomes_are_counted_as_they_are_judged(
    walk: Walk, moves: list[tuple[str, str, str, int]]
) -> None:
    point = walk.conn.begin_nested()
    for move in moves:
        with walk.conn.begin_nested() as step:
            try:
                do(walk, *move)
            except YutuError:
                step.rollback()
    judged = Counter(each.status for _, _, _, each in judge_all(walk.conn, [walk.id]))
    listed = list_outcomes(walk.conn, walk.found, list_records(walk.conn, walk.id))
    counted = count_outcomes(walk.conn, [walk.id])[walk.id]
    by_status = {
        name: getattr(counted, name) for name in ("agreed", "disagreed", "conflict", "open")
    }
    assert {name: n for name, n in by_status.items() if n} == judged
    assert Counter(one.status for one in listed) == judged
    assert (counted.markers, counted.sections) == (1, 1)
    lacks: Counter[UUID] = Counter()
    for _, _, _, each in judge_all(walk.conn, [walk.id]):
        lacks.update(each.lacks)
    recorded = count_recorded(walk.conn, [walk.id])
    assert {side: one.missing for (_, side), one in recorded.items()} == {
        side: lacks[side] for side in walk.border.sides.values() if side in walk.found.party_ids
    }
    point.rollback()
