from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from geo.errors import (
    ChangedMeanwhileError,
    NeighbourAbsentError,
    OptionInvalidError,
    OutsideJurisdictionError,
    ProposalNeededError,
    RoleMissingError,
    StepRefusedError,
    UnauthenticatedError,
)
from geo.markers.events import Event, EventFacts, Present, list_events, record_event
from geo.markers.facts import Position
from geo.markers.life import LIVE, RECORDED, STATES, STEPS, next_steps, state_after
from geo.markers.read import list_markers, read_marker
from tests.border import PUBLIC, TRIPOINT, Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY

DAY = date(2026, 5, 1)
OURS, THEIRS = Present(name="王守界", side="370921"), Present(name="李巡边", side="西川县")


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def _record(
    conn: Connection,
    border: Border,
    marker_id: object,
    kind: str,
    *present: Present,
    at: date = DAY,
    by: str = "A",
    seen: int | None = None,
) -> Event:
    viewer = border.viewer(by)
    marker = read_marker(conn, marker_id, TODAY, viewer)  # type: ignore[arg-type]
    facts = EventFacts(kind=kind, at=at, present=present)
    return record_event(conn, viewer, marker, facts, today=TODAY, seen=seen)


def test_a_repair_without_the_neighbour_present_is_refused(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    _record(conn, border, marker_id, "damaged")
    with pytest.raises(NeighbourAbsentError) as refused:
        _record(conn, border, marker_id, "repaired", OURS)
    assert refused.value.facts["absent"] == ["西川县"]
    done = _record(conn, border, marker_id, "repaired", OURS, THEIRS)
    assert (done.state, [one["side"] for one in done.present]) == ("repaired", ["东岭县", "西川县"])


def test_whoever_repairs_the_other_side_must_be_there(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    _record(conn, border, marker_id, "leaning", by="B")
    with pytest.raises(NeighbourAbsentError):
        _record(conn, border, marker_id, "repaired", THEIRS, by="B")
    assert _record(conn, border, marker_id, "repaired", OURS, by="B").state == "repaired"


def test_a_superior_repairs_nothing_without_the_side_that_does_not_manage(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    _record(conn, border, marker_id, "damaged", by="city")
    with pytest.raises(NeighbourAbsentError):
        _record(conn, border, marker_id, "repaired", OURS, by="city")
    assert _record(conn, border, marker_id, "repaired", THEIRS, by="city").state == "repaired"


def test_nobody_manages_the_marker_so_everybody_must_have_been_there(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border, card(border, managing_id=None))
    _record(conn, border, marker_id, "damaged", by="city")
    with pytest.raises(NeighbourAbsentError):
        _record(conn, border, marker_id, "repaired", THEIRS, by="city")
    assert _record(conn, border, marker_id, "repaired", OURS, THEIRS, by="city").present


def test_a_tripoint_marker_needs_both_neighbours(conn: Connection, border: Border) -> None:
    lon, lat = TRIPOINT
    at = Position(lon=lon, lat=lat)
    marker_id = set_marker(conn, border, card(border, line="AB,AC,BC", faces=3, position=at))
    _record(conn, border, marker_id, "lost")
    with pytest.raises(NeighbourAbsentError) as refused:
        _record(conn, border, marker_id, "reset", THEIRS)
    assert refused.value.facts["absent"] == ["南河县"]
    third = Present(name="赵三界", side="371321")
    assert _record(conn, border, marker_id, "reset", THEIRS, third).state == "reset"


def test_a_marker_that_stands_is_not_repaired(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    with pytest.raises(StepRefusedError):
        _record(conn, border, marker_id, "repaired", THEIRS)


def test_moving_adding_and_scrapping_need_a_proposal(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    for kind in ("relocated", "added", "scrapped"):
        with pytest.raises(ProposalNeededError):
            _record(conn, border, marker_id, kind, OURS, THEIRS)


def test_a_day_ahead_or_before_the_last_event_is_refused(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    _record(conn, border, marker_id, "damaged")
    for day in (date(2026, 4, 30), date(2026, 12, 1)):
        with pytest.raises(OptionInvalidError):
            _record(conn, border, marker_id, "lost", at=day)


def test_a_person_of_no_side_and_an_unknown_kind_are_refused(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    with pytest.raises(OptionInvalidError) as refused:
        _record(conn, border, marker_id, "damaged", Present(name="某人", side="371321"))
    assert refused.value.facts["allowed"] == ["370921 东岭县", "370923 西川县"]
    with pytest.raises(OptionInvalidError):
        _record(conn, border, marker_id, "registered")
    with pytest.raises(OptionInvalidError):
        _record(conn, border, marker_id, "damaged", Present(name="  ", side="370921"))


def test_only_the_sides_and_those_above_record(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    marker = read_marker(conn, marker_id, TODAY, border.viewer("A"))
    facts = EventFacts(kind="damaged", at=DAY)
    for viewer, error in (
        (border.viewer("C"), OutsideJurisdictionError),
        (border.viewer("A", role="viewer"), RoleMissingError),
        (PUBLIC, UnauthenticatedError),
    ):
        with pytest.raises(error):
            record_event(conn, viewer, marker, facts, today=TODAY)


def test_a_writer_who_has_not_seen_the_last_event_is_told_what_it_was(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    _record(conn, border, marker_id, "damaged", by="B", seen=0)
    with pytest.raises(ChangedMeanwhileError) as refused:
        _record(conn, border, marker_id, "lost", seen=0)
    changes = refused.value.facts["changes"]
    assert [(str(one["what"]), one["actor"]) for one in changes] == [  # type: ignore[attr-defined]
        ("记录“发现破损”", "test:('B',)")
    ]


def test_the_state_of_a_day_is_that_of_the_last_event_before(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    _record(conn, border, marker_id, "lost")
    viewer = border.viewer("A")
    states = [read_marker(conn, marker_id, day, viewer).state for day in (FROM, DAY)]
    assert states == ["in_place", "lost"]
    assert list_markers(conn, viewer, DAY, state="lost").total == 1
    assert list_markers(conn, viewer, FROM, state="lost").total == 0


def test_an_event_says_which_of_its_papers_are_missing(conn: Connection, border: Border) -> None:
    marker_id = set_marker(conn, border)
    assert _record(conn, border, marker_id, "damaged").missing == ("photo",)


def test_the_service_can_neither_change_nor_delete_an_event(
    conn: Connection, border: Border
) -> None:
    marker_id = set_marker(conn, border)
    assert list_events(conn, [marker_id])[marker_id][0].kind == "registered"
    with pytest.raises(ProgrammingError):
        conn.execute(text("UPDATE marker_event SET note = 'x'"))


@given(st.lists(st.sampled_from(RECORDED), max_size=12))
def test_whatever_is_recorded_leads_to_a_state_there_is(kinds: list[str]) -> None:
    state = "set"
    for kind in kinds:
        if kind in next_steps(state):
            state = state_after(kind, state)
        assert state in STATES
        assert state in LIVE


def test_every_repair_on_the_ground_needs_the_neighbour() -> None:
    assert {kind for kind, step in STEPS.items() if step.presence} == {"repaired", "reset"}
    assert {kind for kind, step in STEPS.items() if step.agreed} == {
        "added", "relocated", "scrapped",
    }  # fmt: skip
