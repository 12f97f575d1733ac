from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import icalendar
import pytest
from sqlalchemy import Connection, insert, update

from geo.access.grants import give_grant
from geo.access.jurisdiction import Viewer, load_viewer, system_viewer
from geo.access.users import add_user
from geo.db.ids import new_id
from geo.errors import OptionInvalidError, OutsideJurisdictionError, UnauthenticatedError
from geo.inspections.feed import list_events
from geo.inspections.field.statements import state_finding
from geo.inspections.planning.ics import write_ics
from geo.inspections.planning.past import enter_past_round
from geo.inspections.planning.plan import consent_plan
from geo.inspections.planning.round_faults import PastRoundFacts
from geo.inspections.planning.year_progress import read_progress
from geo.inspections.tables import inspection, inspection_party, inspection_step
from geo.inspections.waiting.handover import hand_over
from geo.inspections.waiting.reminders import todo_days, write_reminder
from geo.inspections.waiting.todo import Todo, list_todo
from geo.inspections.workflow import Asked, take_step
from geo.markers.events import EventFacts, record_event
from geo.markers.read import read_marker
from geo.texts import LANGS, say
from geo.upkeep.tables import work_order
from tests.border import PUBLIC
from tests.geo.inspections.walked import TODAY, Walk, open_walk, walk_all

NOW = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
SYSTEM = system_viewer("test")


@pytest.fixture
def planned(conn: Connection, tmp_path: Path) -> Walk:
    return open_walk(conn, tmp_path / "files", begun=False)


@pytest.fixture
def field(conn: Connection, tmp_path: Path) -> Walk:
    return open_walk(conn, tmp_path / "files")


def todo(walk: Walk, who: str = "A", *, everybody: bool = False) -> list[Todo]:
    found = list_todo(walk.conn, walk.viewer_of(who), TODAY, everybody=everybody)
    for one in found:
        for lang in LANGS:
            assert say(one.what, lang)
    return [one for one in found if one.inspection_id == walk.id]


def kinds(walk: Walk, who: str = "A") -> list[str]:
    return [one.kind for one in todo(walk, who)]


def test_a_planned_inspection_waits_for_consent_and_then_for_the_scheme(planned: Walk) -> None:
    assert kinds(planned) == ["consent"]
    consent_plan(planned.conn, planned.viewer("A"), [planned.id], today=TODAY)
    assert (kinds(planned), kinds(planned, "B")) == (["agree"], ["consent"])
    planned.step("agree_scheme", "A")
    assert kinds(planned) == []
    (waiting,) = todo(planned, everybody=True)
    assert waiting.party is not None
    assert (waiting.kind, waiting.party.code, waiting.mine) == ("consent", "370923", False)


def test_each_side_is_told_how_much_it_has_to_record_and_what_the_other_has(field: Walk) -> None:
    (one,) = todo(field)
    assert (one.kind, one.count) == ("record", 2)
    field.record("A", "marker", "in_place")
    assert [(one.kind, one.count) for one in todo(field)] == [("record", 1)]
    assert sorted((one.kind, one.count) for one in todo(field, "B")) == [
        ("confirm", 1), ("record", 1),
    ]  # fmt: skip


def test_a_conflict_is_both_sides_business_until_they_conclude(field: Walk) -> None:
    field.record("A", "marker", "in_place")
    field.record("B", "marker", "leaning")
    assert "conflict" in kinds(field)
    assert "conflict" in kinds(field, "B")
    marker = next(one for one in field.found.subjects if one.kind == "marker")
    state_finding(
        field.conn, field.viewer("A"), field.found, "marker", marker.id, side=None,
        said="disagreed", state=None, words="看法不同", today=TODAY,
    )  # fmt: skip
    assert "conflict" not in kinds(field)


def test_the_way_from_signing_to_the_archive_is_told_to_whoever_is_next(
    conn: Connection, tmp_path: Path
) -> None:
    walk = walk_all(conn, tmp_path / "files")
    assert (kinds(walk), kinds(walk, "B"), kinds(walk, "city")) == (["sign"], ["sign"], [])
    walk.sign("A")
    assert (kinds(walk), kinds(walk, "B")) == ([], ["sign"])
    walk.sign("B")
    assert [one.action for one in todo(walk)] == ["sign_records"]
    walk.step("sign_records")
    assert [one.action for one in todo(walk)] == ["draft_report"]
    walk.step("draft_report")
    assert (kinds(walk), kinds(walk, "B")) == (["submit"], [])
    walk.step("submit")
    assert (kinds(walk), kinds(walk, "city")) == ([], ["accept"])
    asked = Asked(action="return", note="附图缺一张")
    take_step(conn, walk.viewer_of("city"), walk.found, asked, today=TODAY)
    (back,) = todo(walk, "B")
    assert back.kind == "returned"
    assert "附图缺一张" in say(back.what)
    conn.execute(update(inspection).values(state="accepted"))
    assert (kinds(walk), kinds(walk, "B")) == (["archive"], [])
    conn.execute(update(inspection).values(state="archived"))
    assert todo(walk, everybody=True) == []


def test_an_acceptance_by_document_waits_for_the_other_side(
    conn: Connection, tmp_path: Path
) -> None:
    walk = walk_all(conn, tmp_path / "files")
    conn.execute(update(inspection).values(state="submitted"))
    conn.execute(
        insert(inspection_step).values(
            id=new_id(), inspection_id=walk.id, action="accept", from_state="submitted",
            to_state="submitted", actor="test:A",
        )
    )  # fmt: skip
    assert (kinds(walk), kinds(walk, "B")) == ([], ["confirm_acceptance"])
    assert kinds(walk, "city") == []


def test_a_side_without_accounts_is_seen_to_by_the_other(field: Walk) -> None:
    party = inspection_party.c
    field.conn.execute(
        update(inspection_party)
        .where(party.division_id == field.border.sides["B"])
        .values(takes_part="paper")
    )
    owed = {one.party.code for one in todo(field) if one.party}
    assert owed == {"370921", "370923"}
    assert {one.party.code for one in todo(field, "B") if one.party} == {"370923"}


def test_a_county_elsewhere_has_nothing_to_do_and_the_public_is_refused(field: Walk) -> None:
    assert list_todo(field.conn, field.viewer("C"), TODAY, everybody=True) == []
    with pytest.raises(UnauthenticatedError):
        list_todo(field.conn, PUBLIC, TODAY)


def test_lines_that_are_due_or_overdue_and_in_no_plan_are_told(field: Walk) -> None:
    for letters, finished in (("AC", date(2021, 6, 20)), ("BC", date(2021, 1, 1))):
        facts = PastRoundFacts(
            line_id=field.border.lines[letters], round=3, finished_on=finished, source="名录"
        )
        enter_past_round(field.conn, SYSTEM, facts, today=TODAY)
    found = list_todo(field.conn, field.viewer("C"), TODAY)
    assert [(one.kind, one.is_late, one.line_id) for one in found] == [
        ("overdue", True, field.border.lines["BC"]),
        ("due", False, field.border.lines["AC"]),
    ]
    later = list_todo(field.conn, field.viewer("C"), date(2026, 5, 1))
    assert [one.kind for one in later] == ["overdue"]


def test_a_marker_the_neighbour_reported_is_told_until_a_work_order_is_open(field: Walk) -> None:
    marker = next(one for one in field.found.subjects if one.kind == "marker")
    said = EventFacts(kind="lost", at=date(2026, 5, 30), note="未见界桩")
    stone = read_marker(field.conn, marker.id, TODAY, field.viewer("B"))
    record_event(field.conn, field.viewer("B"), stone, said, today=TODAY)
    (one,) = [one for one in list_todo(field.conn, field.viewer("A"), TODAY) if one.object_id]
    assert (one.kind, one.object_id, one.mine) == ("incident", marker.id, True)
    assert "丢失" in say(one.what)
    # Who reported it knows.
    assert "incident" not in {o.kind for o in list_todo(field.conn, field.viewer("B"), TODAY)}
    field.conn.execute(
        insert(work_order).values(
            id=uuid4(), object_kind="marker", object_id=marker.id, task="reset",
            responsible_id=field.border.sides["A"], due_on=date(2026, 5, 31), actor="test:A",
        )
    )  # fmt: skip
    (order,) = [one for one in list_todo(field.conn, field.viewer("A"), TODAY) if one.object_id]
    assert (order.kind, order.is_late) == ("work_order", True)
    assert "37092301I" in say(order.what)
    assert "work_order" not in {o.kind for o in list_todo(field.conn, field.viewer("B"), TODAY)}


def test_the_late_stand_first(field: Walk) -> None:
    field.conn.execute(update(inspection).values(field_to=date(2026, 5, 1)))
    facts = PastRoundFacts(
        line_id=field.border.lines["AC"], round=3, finished_on=date(2021, 6, 20), source="名录"
    )
    enter_past_round(field.conn, SYSTEM, facts, today=TODAY)
    assert [(one.kind, one.is_late) for one in list_todo(field.conn, field.viewer("A"), TODAY)] == [
        ("record", True),
        ("due", False),
    ]


def test_a_reminder_names_the_side_its_clerk_the_days_and_what_lacks(field: Walk) -> None:
    add_user(field.conn, SYSTEM, "xichuan", "long-enough-1")
    field.conn.execute(update(inspection).values(field_to=date(2026, 5, 22)))
    party = inspection_party.c
    clerk = add_user(field.conn, SYSTEM, "李四", "long-enough-1")
    field.conn.execute(
        update(inspection_party)
        .where(party.division_id == field.border.sides["B"])
        .values(clerk_id=clerk.id)
    )
    owed = [one for one in todo(field, everybody=True) if not one.mine]
    assert write_reminder(owed, TODAY) == (
        "西川县民政部门（李四）：\n"
        "截至 2026-06-01，界线联检还有 1 项待贵方办理：\n"
        "1. 东岭县—西川县 还有 2 处界桩、界线段没有记录，应于 2026-05-22 前办理，已超过 10 天。\n"
        "请予办理，谢谢。"
    )
    both = write_reminder(todo(field, everybody=True), TODAY, "en")
    assert both.count("Thank you.") == 2


def test_what_has_a_day_goes_into_a_calendar_file(field: Walk) -> None:
    field.conn.execute(update(inspection).values(field_to=date(2026, 6, 20)))
    days = todo_days(todo(field), "zh")
    (event,) = icalendar.Calendar.from_ical(write_ics(days, name="待办", now=NOW)).walk("VEVENT")
    assert event.decoded("dtstart") == date(2026, 6, 20)
    assert str(event["uid"]) == f"todo-record-{field.id}-370921@yutu"
    assert "2 处界桩" in str(event["description"])


def account(walk: Walk, name: str, *places: str) -> Viewer:
    user = add_user(walk.conn, SYSTEM, name, "long-enough-1")
    for place in places:
        give_grant(walk.conn, SYSTEM, name, "editor", walk.border.sides[place])
    return load_viewer(walk.conn, user.id, demo_open=False, today=TODAY)


def test_a_clerk_hands_all_that_is_open_to_a_successor(field: Walk) -> None:
    old = account(field, "old", "A")
    account(field, "heir", "A")
    account(field, "stranger", "C")
    party = inspection_party.c
    mine = party.division_id == field.border.sides["A"]
    field.conn.execute(update(inspection_party).where(mine).values(clerk_id=old.user_id))
    left = hand_over(field.conn, old, "old", "stranger", today=TODAY)
    assert (left.done, left.left) == ((), ((field.id, field.border.sides["A"]),))
    with pytest.raises(OutsideJurisdictionError):
        hand_over(field.conn, field.viewer("B"), "old", "heir", today=TODAY)
    with pytest.raises(OptionInvalidError):
        hand_over(field.conn, old, "old", "old", today=TODAY)
    done = hand_over(field.conn, old, "old", "heir", today=TODAY)
    assert (len(done.done), done.left) == (1, ())
    assert [one.clerk_name for one in field.found.parties] == ["heir", None]
    assert list_events(field.conn, [field.id])[-1].kind == "handed_over"
    assert hand_over(field.conn, old, "old", "heir", today=TODAY).done == ()


def test_an_ended_inspection_is_not_handed_over(field: Walk) -> None:
    old = account(field, "old", "A")
    account(field, "heir", "A")
    field.conn.execute(update(inspection_party).values(clerk_id=old.user_id))
    field.conn.execute(update(inspection).values(state="archived"))
    assert hand_over(field.conn, old, "old", "heir", today=TODAY).done == ()


def test_the_progress_of_a_year_is_told_by_line_and_by_county(field: Walk) -> None:
    field.record("A", "marker", "in_place")
    field.record("A", "section", "unchanged")
    field.record("B", "marker", "in_place")
    found = read_progress(field.conn, field.viewer("A"), 2026, TODAY)
    (line,) = found.lines
    assert (line.subjects, line.settled, line.step, line.steps) == (2, 1, 3, 9)
    assert [(one.side.code, one.records, one.to_record, one.signed) for one in found.sides] == [
        ("370921", 2, 2, 0),
        ("370923", 1, 2, 0),
    ]
    assert found.by_state == {"field": 1}
    assert read_progress(field.conn, field.viewer("C"), 2026, TODAY).lines == []
