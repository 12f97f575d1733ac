from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, select

from geo.errors import (
    LineUnknownError,
    OptionInvalidError,
    OutsideJurisdictionError,
    PastRoundInvalidError,
    PastRoundUnknownError,
    UnauthenticatedError,
)
from geo.inspections.planning.past import (
    correct_past_round,
    enter_past_round,
    list_past_rounds,
    read_past_round,
    withdraw_past_round,
)
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.tables import past_round
from tests.border import PUBLIC, Border, draw_border
from tests.geo.divisions.given import TODAY


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def third(border: Border, **facts: Any) -> PastRoundFacts:
    given = PastRoundFacts(
        line_id=border.lines["AB"],
        round=3,
        started_on=date(2017, 3, 1),
        finished_on=date(2017, 9, 30),
        lead_id=border.sides["A"],
        states={"in_place": 12, "lost": 1},
        source="联检报告 2017",
    )
    return replace(given, **facts)


def refused(conn: Connection, border: Border, **facts: Any) -> set[str]:
    with pytest.raises(PastRoundInvalidError) as caught:
        enter_past_round(conn, border.viewer("A"), third(border, **facts), today=TODAY)
    findings = caught.value.facts["findings"]
    assert isinstance(findings, list)
    for one in findings:
        assert one.message("zh")
        assert one.message("en")
    return {one.rule for one in findings}


def test_a_completed_round_is_entered_and_listed_by_line(conn: Connection, border: Border) -> None:
    first = enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    (found,) = list_past_rounds(conn, border.viewer("B"), TODAY, line_id=border.lines["AB"])
    assert (found.id, found.round, found.finished_on) == (first, 3, date(2017, 9, 30))
    assert found.lead is not None
    assert found.lead.code == "370921"
    assert found.states == {"in_place": 12, "lost": 1}


def test_the_same_facts_entered_again_are_the_round_that_stands(
    conn: Connection, border: Border
) -> None:
    first = enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    assert enter_past_round(conn, border.viewer("B"), third(border), today=TODAY) == first
    assert refused(conn, border, finished_on=date(2017, 10, 1)) == {"round_known_otherwise"}


def test_the_city_above_may_enter_it_and_a_county_elsewhere_may_not(
    conn: Connection, border: Border
) -> None:
    with pytest.raises(OutsideJurisdictionError):
        enter_past_round(conn, border.viewer("C"), third(border), today=TODAY)
    with pytest.raises(UnauthenticatedError):
        enter_past_round(conn, PUBLIC, third(border), today=TODAY)
    assert enter_past_round(conn, border.viewer("city"), third(border), today=TODAY)


def test_who_is_of_no_side_sees_none_and_the_public_is_refused(
    conn: Connection, border: Border
) -> None:
    made = enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    assert list_past_rounds(conn, border.viewer("C"), TODAY) == []
    with pytest.raises(PastRoundUnknownError):
        read_past_round(conn, border.viewer("C"), made, TODAY)
    with pytest.raises(UnauthenticatedError):
        list_past_rounds(conn, PUBLIC, TODAY)


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"round": 0}, "round_number_invalid"),
        ({"round": 100}, "round_number_invalid"),
        ({"started_on": date(2017, 10, 1)}, "round_reversed"),
        ({"finished_on": date(2099, 1, 1)}, "round_in_future"),
        ({"states": {"gone": 1}}, "round_states_invalid"),
        ({"states": {"lost": -1}}, "round_states_invalid"),
        ({"source": " "}, "round_without_source"),
    ],
)
def test_what_cannot_stand_is_refused_with_its_fault(
    conn: Connection, border: Border, facts: dict[str, Any], rule: str
) -> None:
    assert refused(conn, border, **facts) == {rule}


def test_a_lead_that_is_no_side_is_refused(conn: Connection, border: Border) -> None:
    assert refused(conn, border, lead_id=border.sides["C"]) == {"round_lead_no_side"}


def test_rounds_stand_in_the_order_of_their_days(conn: Connection, border: Border) -> None:
    enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    later = {"round": 4, "started_on": None, "finished_on": date(2016, 1, 1)}
    assert refused(conn, border, **later) == {"round_out_of_order"}
    earlier = {"round": 2, "started_on": None, "finished_on": date(2019, 1, 1)}
    assert refused(conn, border, **earlier) == {"round_out_of_order"}


def test_a_line_that_is_none_is_refused(conn: Connection, border: Border) -> None:
    nothing = third(border, line_id=border.sides["A"])
    with pytest.raises(LineUnknownError):
        enter_past_round(conn, border.viewer("A"), nothing, today=TODAY)


def test_a_correction_needs_a_reason_and_keeps_the_round_in_place(
    conn: Connection, border: Border
) -> None:
    made = enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    better = third(border, finished_on=date(2018, 1, 15))
    with pytest.raises(OptionInvalidError):
        correct_past_round(conn, border.viewer("A"), made, better, " ", today=TODAY)
    correct_past_round(conn, border.viewer("B"), made, better, "报告写的是 2018", today=TODAY)
    found = read_past_round(conn, border.viewer("A"), made, TODAY)
    assert found.finished_on == date(2018, 1, 15)
    elsewhere = third(border, line_id=border.lines["AC"])
    with pytest.raises(OptionInvalidError):
        correct_past_round(conn, border.viewer("A"), made, elsewhere, "错行", today=TODAY)


def test_a_withdrawn_round_stays_on_record_and_makes_room(conn: Connection, border: Border) -> None:
    made = enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    withdraw_past_round(conn, border.viewer("A"), made, "重复录入", today=TODAY)
    assert list_past_rounds(conn, border.viewer("A"), TODAY) == []
    (gone,) = list_past_rounds(conn, border.viewer("A"), TODAY, withdrawn=True)
    assert gone.withdrawn_reason == "重复录入"
    with pytest.raises(PastRoundUnknownError):
        withdraw_past_round(conn, border.viewer("A"), made, "再撤", today=TODAY)
    again = enter_past_round(conn, border.viewer("A"), third(border), today=TODAY)
    assert again != made
    assert len(conn.execute(select(past_round.c.id)).all()) == 2
