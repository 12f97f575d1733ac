"""No path skips a guard: whatever both sides and the city try, in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from geo.access.keys import OpenKey, open_key
from geo.errors import YutuError
from geo.inspections.field.statements import state_finding
from geo.inspections.transitions import ACTIONS, TRANSITIONS
from geo.inspections.voiding import SIGNED_STATES
from geo.inspections.workflow import Asked, list_steps, take_step
from tests.geo.inspections.walked import TODAY, Walk, open_walk

KEYS: dict[str, OpenKey] = {}
ROWS = {(one.start, one.to) for one in TRANSITIONS} | {(one, "disposal") for one in SIGNED_STATES}
MOVES = st.one_of(
    st.tuples(st.just("step"), st.sampled_from(ACTIONS), st.sampled_from(["A", "B", "city"])),
    st.tuples(st.just("marker"), st.sampled_from(["in_place", "lost"]), st.sampled_from("AB")),
    st.tuples(st.just("section"), st.sampled_from(["unchanged", "changed"]), st.sampled_from("AB")),
    st.tuples(st.just("disagree"), st.sampled_from(["marker", "section"]), st.sampled_from("AB")),
    st.tuples(st.just("sign"), st.just(""), st.sampled_from("AB")),
)
ON_ITS_WAY = [
    ("step", "agree_scheme", "A"), ("step", "agree_scheme", "B"), ("step", "start_desk", "A"),
    ("step", "start_field", "A"), ("marker", "in_place", "A"), ("marker", "in_place", "B"),
    ("section", "unchanged", "A"), ("section", "unchanged", "B"), ("step", "start_disposal", "B"),
    ("sign", "", "A"), ("sign", "", "B"), ("step", "sign_records", "A"),
    ("step", "draft_report", "A"), ("step", "submit", "A"), ("step", "accept", "city"),
    ("step", "archive", "A"),
]  # fmt: skip
"""The way without a mishap; what is tried goes along it with moves put in and left out."""


@dataclass
class Seen:
    """What happened, kept beside the program: the oracle."""

    views: dict[str, dict[str, str]] = field(default_factory=dict)
    disagreed: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)

    def note(self, what: str, which: str, by: str) -> None:
        if what in ("marker", "section"):
            if self.views.setdefault(what, {}).get(by) != which:
                self.signed.clear()
                self.disagreed.discard(what)
            self.views[what][by] = which
        elif what == "disagree":
            self.disagreed.add(which)
            self.signed.clear()
        elif what == "sign":
            self.signed.add(by)
        elif which == "agree_scheme":
            self.agreed.add(by)

    def is_settled(self, what: str) -> bool:
        views = self.views.get(what, {})
        return len(views) == 2 and (len(set(views.values())) == 1 or what in self.disagreed)

    def check(self, before: str, after: str, by: str) -> None:
        """Hold a change of state against what happened."""
        assert (before, after) in ROWS
        settled = self.is_settled("marker") and self.is_settled("section")
        wants = {
            "scheme_agreed": self.agreed == {"A", "B"},
            "disposal": settled or before in SIGNED_STATES,
            "signed": settled and self.signed == {"A", "B"},
            "reported": self.signed == {"A", "B"},
            "submitted": settled and self.signed == {"A", "B"} and by == "A",
            "accepted": by == "city",
            "returned": by == "city",
        }
        assert wants.get(after, True), f"{before} → {after} by {by}"


def _key(by: str) -> OpenKey:
    if by not in KEYS:
        KEYS[by] = open_key(None, f"password of {by}")
    return KEYS[by]


def _do(walk: Walk, what: str, which: str, by: str, ids: dict[tuple[str, str], Any]) -> None:
    if what == "step":
        asked = Asked(action=which, note="图件不全")
        take_step(walk.conn, walk.viewer_of(by), walk.found, asked, today=TODAY)
    elif what == "sign":
        walk.sign(by, _key(by))
    elif what == "disagree":
        subject = next(one for one in walk.found.subjects if one.kind == which)
        state_finding(
            walk.conn, walk.viewer_of(by), walk.found, which, subject.id, side=None,
            said="disagreed", state=None, words="看法不同", today=TODAY,
        )  # fmt: skip
    else:
        ids[what, by] = walk.record(by, what, which, ids.get((what, by)))


@pytest.fixture
def planned(conn: Connection, tmp_path: Path) -> Walk:
    return open_walk(conn, tmp_path / "files", begun=False)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moves=st.lists(st.tuples(st.integers(0, 15), MOVES), max_size=8),
    drop=st.sets(st.integers(0, 15), max_size=3),
)
def test_no_path_skips_a_guard(planned: Walk, moves: list[tuple[int, Any]], drop: set[int]) -> None:
    script = [one for place, one in enumerate(ON_ITS_WAY) if place not in drop]
    for place, move in moves:
        script.insert(min(place, len(script)), move)
    trial = planned.conn.begin_nested()
    try:
        _follow(planned, script)
    finally:
        trial.rollback()


def _follow(walk: Walk, script: list[tuple[str, str, str]]) -> None:
    """Try all of a script, holding each change of state against the oracle."""
    seen, ids = Seen(), dict[tuple[str, str], Any]()
    for what, which, by in script:
        before = walk.found.state
        step = walk.conn.begin_nested()
        try:
            _do(walk, what, which, by, ids)
        except YutuError:
            step.rollback()
            assert walk.found.state == before
            continue
        step.commit()
        seen.note(what, which, by)
        after = walk.found.state
        if after != before:
            seen.check(before, after, by)


def test_the_way_without_a_mishap_leads_to_the_archive(planned: Walk) -> None:
    _follow(planned, ON_ITS_WAY)
    assert planned.found.state == "archived"
    assert [one.to_state for one in list_steps(planned.conn, planned.id)][-3:] == [
        "submitted",
        "accepted",
        "archived",
    ]
