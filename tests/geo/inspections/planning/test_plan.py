from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, select, update

from geo.access.jurisdiction import Grant, Viewer
from geo.divisions.read import find_division
from geo.errors import (
    ActionNotNowError,
    FileUnknownError,
    InspectionInvalidError,
    InspectionUnknownError,
    LineUnknownError,
    NotPartyError,
    OutsideJurisdictionError,
    PlanInvalidError,
    UnauthenticatedError,
)
from geo.files.attach import attach_file
from geo.inspections.facts import Document
from geo.inspections.feed import list_events
from geo.inspections.planning.plan import PlanLine, consent_plan, make_plan
from geo.inspections.planning.planned import Plan, read_plan
from geo.inspections.planning.proposing import propose_plan
from geo.inspections.planning.special import SpecialFacts, open_special
from geo.inspections.read import read_inspection
from geo.inspections.tables import inspection, inspection_party, inspection_subject
from geo.sections.register import SectionFacts, store_sections
from tests.border import PUBLIC, Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY
from tests.geo.files.papers import PDF
from tests.geo.inspections.province import (
    LENGTH_KM,
    LINES,
    SYSTEM,
    draw_province,
    finish_round,
)


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


def row(border: Border, line: str = "AB", **facts: Any) -> PlanLine:
    lead, other = (border.sides[letter] for letter in line)
    given = PlanLine(line_id=border.lines[line], round=5, lead_id=lead, cooperating_id=other)
    return replace(given, **facts)


def make(conn: Connection, border: Border, *rows: PlanLine, by: str = "city") -> list[UUID]:
    return make_plan(conn, border.viewer(by), 2026, rows or [row(border)], today=TODAY)


def plan(conn: Connection, border: Border, by: str = "A", **options: Any) -> Plan:
    return read_plan(conn, border.viewer(by), 2026, TODAY, **options)


def put_four_sections(conn: Connection, border: Border) -> list[UUID]:
    facts = [
        SectionFacts(section_id=uuid4(), from_text=f"点{n}", to_text=f"点{n + 1}", length_km=km)
        for n, km in enumerate((8.0, 1.0, 1.0, 10.0))
    ]
    store_sections(conn, border.lines["AB"], facts, valid_from=FROM, source="test")
    return [one.section_id for one in facts if one.section_id]


def refused(conn: Connection, border: Border, *rows: PlanLine) -> set[tuple[int | None, str]]:
    with pytest.raises(PlanInvalidError) as caught:
        make(conn, border, *rows)
    findings = caught.value.facts["findings"]
    assert isinstance(findings, list)
    for one in findings:
        assert one.message("zh")
        assert one.message("en")
    return {(one.row, one.rule) for one in findings}


def test_taian_2022_is_proposed_planned_and_totalled(conn: Connection) -> None:
    province = draw_province(conn)
    # Six of the lines round 泰安's counties were last done in 2017, the others in 2020.
    taian = find_division(conn, "370900")
    lines = sorted(line for codes, line in province.lines.items() if _touches(codes, "3709"))
    finish_round(conn, province, lines[:6], 3, date(2017, 10, 31))
    finish_round(conn, province, lines[6:], 3, date(2020, 10, 31))
    at = date(2022, 1, 10)
    proposed = propose_plan(conn, SYSTEM, 2022, at, within=taian)
    assert {(one.clock.line.id, one.why, one.round) for one in proposed} == {
        (line, "due", 4) for line in lines[:6]
    }
    # The side that did not lead round 3.
    assert {one.lead.id for one in proposed} == {province.sides[line][1] for line in lines[:6]}
    rows = [
        PlanLine(
            line_id=one.clock.line.id,
            round=one.round,
            lead_id=one.lead.id,
            cooperating_id=one.cooperating.id,
        )
        for one in proposed
    ]
    make_plan(conn, SYSTEM, 2022, rows, today=at)
    found = read_plan(conn, SYSTEM, 2022, at, within=taian)
    assert found.totals.lines == 6
    assert found.totals.length_km == pytest.approx(6 * 51.0)
    assert propose_plan(conn, SYSTEM, 2022, at, within=taian) == []
    assert (found.overdue, found.due, found.unknown) == ([], [], [])


def _touches(codes: frozenset[str], city: str) -> bool:
    return any(code.startswith(city) for code in codes)


def test_shandong_2014_is_planned_in_seconds_and_consented_line_by_line(conn: Connection) -> None:
    province = draw_province(conn)
    at = date(2014, 3, 1)
    finish_round(conn, province, sorted(province.sides), 2, date(2009, 12, 1))
    begun = time.perf_counter()
    proposed = propose_plan(conn, SYSTEM, 2014, at, within=province.id)
    rows = [
        PlanLine(
            line_id=one.clock.line.id,
            round=one.round,
            lead_id=one.lead.id,
            cooperating_id=one.cooperating.id,
        )
        for one in proposed
    ]
    ids = make_plan(conn, SYSTEM, 2014, rows, today=at)
    assert time.perf_counter() - begun < 20
    found = read_plan(conn, SYSTEM, 2014, at, within=province.id)
    assert len(ids) == len(found.items) == found.totals.lines == LINES
    assert found.totals.length_km == pytest.approx(LENGTH_KM)
    assert sum(one.lines for one in found.totals.by_lead) == LINES
    assert sum(count for _, count in found.waits_for) == 2 * LINES
    county = next(iter(province.sides[rows[0].line_id]))
    viewer = Viewer(
        uuid4(), "county", (Grant("editor", county, "县"),), demo_open=False, actor="test:county"
    )
    mine = read_plan(conn, viewer, 2014, at)
    assert {item.listed.line_id for item in mine.items} == {
        line for line, sides in province.sides.items() if county in sides
    }
    done = consent_plan(conn, viewer, [item.listed.id for item in mine.items], today=at)
    assert len(done.done) == len(mine.items)
    after = read_plan(conn, SYSTEM, 2014, at, within=province.id)
    assert sum(count for _, count in after.waits_for) == 2 * LINES - len(mine.items)


def test_the_plan_says_who_has_consented_and_each_side_only_speaks_for_itself(
    conn: Connection, border: Border
) -> None:
    (made,) = make(conn, border)
    consent_plan(conn, border.viewer("A"), [made], today=TODAY)
    (item,) = plan(conn, border).items
    assert [one.party.code for one in item.consents] == ["370921"]
    assert [one.code for one in item.waits_for] == ["370923"]
    again = consent_plan(conn, border.viewer("A"), [made], today=TODAY)
    assert (again.done, len(again.known)) == ((), 1)
    for letter in ("C", "city"):
        with pytest.raises(NotPartyError):
            consent_plan(conn, border.viewer(letter), [made], today=TODAY)
    other = border.sides["B"]
    with pytest.raises(NotPartyError):
        consent_plan(conn, border.viewer("A"), [made], today=TODAY, side=other)
    consent_plan(conn, border.viewer("B"), [made], today=TODAY)
    (item,) = plan(conn, border).items
    assert item.waits_for == ()
    assert [one.kind for one in list_events(conn, [made])] == ["opened", *["consent_plan"] * 2]


def test_a_side_without_accounts_consents_by_its_paper(
    conn: Connection, border: Border, tmp_path: Path
) -> None:
    (made,) = make(conn, border)
    party = inspection_party.c
    conn.execute(
        update(inspection_party)
        .where(party.division_id == border.sides["B"])
        .values(takes_part="paper")
    )
    paper = tmp_path / "复函.pdf"
    paper.write_bytes(PDF)
    given = attach_file(
        conn, border.viewer("A"), paper, files=tmp_path, object_kind="inspection",
        object_id=made, kind="consent", name="复函.pdf",
    )  # fmt: skip
    document = Document(number="川民函3号", dated=TODAY, file=given.id)
    viewer, side = border.viewer("A"), border.sides["B"]
    with pytest.raises(NotPartyError):
        consent_plan(conn, viewer, [made], today=TODAY, side=side)
    with pytest.raises(FileUnknownError):
        consent_plan(
            conn, viewer, [made], today=TODAY, side=side, document=replace(document, file=uuid4())
        )
    consent_plan(conn, viewer, [made], today=TODAY, side=side, document=document)
    (item,) = plan(conn, border).items
    assert [one.document["number"] for one in item.consents if one.document] == ["川民函3号"]


def test_consent_comes_before_the_scheme_and_to_what_is_there(
    conn: Connection, border: Border
) -> None:
    (made,) = make(conn, border)
    conn.execute(update(inspection).where(inspection.c.id == made).values(state="field"))
    with pytest.raises(ActionNotNowError):
        consent_plan(conn, border.viewer("A"), [made], today=TODAY)
    with pytest.raises(InspectionUnknownError):
        consent_plan(conn, border.viewer("A"), [uuid4()], today=TODAY)


def test_every_fault_of_a_plan_is_told_by_its_row_and_nothing_is_written(
    conn: Connection, border: Border
) -> None:
    found = refused(
        conn,
        border,
        row(border),
        row(border, round=None),
        row(border, "AC", cooperating_id=border.sides["B"]),
        row(border, "BC", field_from=date(2026, 9, 1), field_to=date(2026, 8, 1)),
        row(border, "BC", shares={uuid4(): border.sides["B"]}),
    )
    assert found == {
        (2, "plan_line_twice"),
        (2, "plan_round_missing"),
        (3, "plan_no_side"),
        (4, "plan_days_reversed"),
        (5, "plan_line_twice"),
        (5, "plan_section_unknown"),
    }
    assert conn.execute(select(inspection.c.id)).all() == []


def test_a_line_that_is_under_way_or_of_another_round_is_refused(
    conn: Connection, border: Border
) -> None:
    make(conn, border)
    assert refused(conn, border, row(border, round=6)) == {(1, "plan_under_way")}
    conn.execute(update(inspection).values(state="archived", accepted_on=date(2021, 5, 1)))
    assert refused(conn, border, row(border, round=5)) == {(1, "plan_round_unfit")}
    assert refused(conn, border, row(border, round=7)) == {(1, "plan_round_unfit")}
    assert make(conn, border, row(border, round=6))


def test_a_plan_of_lines_elsewhere_is_refused(conn: Connection, border: Border) -> None:
    with pytest.raises(OutsideJurisdictionError):
        make(conn, border, by="C")
    with pytest.raises(UnauthenticatedError):
        make_plan(conn, PUBLIC, 2026, [row(border)], today=TODAY)
    with pytest.raises(LineUnknownError):
        make(conn, border, row(border, line_id=uuid4()))


def test_sections_are_split_by_length_and_the_split_is_opened_with_the_plan(
    conn: Connection, border: Border
) -> None:
    sections = put_four_sections(conn, border)
    (proposed, *_) = [
        one
        for one in propose_plan(conn, border.viewer("city"), 2026, TODAY)
        if one.clock.line.id == border.lines["AB"]
    ]
    first, second = proposed.lead.id, proposed.cooperating.id
    assert [one.lead_id for one in proposed.shares] == [first, first, first, second]
    shares = {one.section_id: one.lead_id for one in proposed.shares}
    (made,) = make(conn, border, row(border, shares=shares))
    found = read_inspection(conn, made, border.viewer("A"), TODAY)
    assert {one.id: one.lead_id for one in found.subjects} == shares
    assert list(shares) == sections


def test_withdrawn_inspections_leave_the_plan(conn: Connection, border: Border) -> None:
    make(conn, border)
    conn.execute(update(inspection).values(state="withdrawn"))
    found = plan(conn, border)
    assert (found.items, found.totals.lines) == ([], 0)
    assert border.lines["AB"] in {clock.line.id for clock in found.unknown}


def test_a_special_inspection_looks_at_what_is_named_and_has_no_round(
    conn: Connection, border: Border
) -> None:
    sections = put_four_sections(conn, border)
    marker = set_marker(conn, border, card(border))
    facts = SpecialFacts(
        line_id=border.lines["AB"],
        year=2026,
        reason="flood",
        lead_id=border.sides["A"],
        cooperating_id=border.sides["B"],
        subjects=[sections[1], marker],
        note="八月洪水，河岸坍塌",
    )
    made = open_special(conn, border.viewer("A"), facts, today=TODAY)
    found = read_inspection(conn, made, border.viewer("B"), TODAY)
    assert {one.id for one in found.subjects} == {sections[1], marker}
    assert (found.kind, found.round, found.note) == ("special", None, "八月洪水，河岸坍塌")
    # It is in the year's plan, and winds no clock.
    assert (plan(conn, border).totals.special, plan(conn, border).totals.lines) == (1, 0)
    assert [one.facts["reason"] for one in list_events(conn, [made])] == ["洪涝、滑坡等灾害之后"]


@pytest.mark.parametrize("wrong", ["reason", "nothing", "elsewhere"])
def test_a_special_inspection_of_nothing_or_for_no_reason_is_refused(
    conn: Connection, border: Border, wrong: str
) -> None:
    marker = set_marker(conn, border, card(border, line="AC", number="37092109"))
    subjects = {"reason": [marker], "nothing": [], "elsewhere": [marker]}[wrong]
    facts = SpecialFacts(
        line_id=border.lines["AB"],
        year=2026,
        reason="weather" if wrong == "reason" else "road",
        lead_id=border.sides["A"],
        cooperating_id=border.sides["B"],
        subjects=subjects,
    )
    with pytest.raises(InspectionInvalidError):
        open_special(conn, border.viewer("A"), facts, today=TODAY)


def test_the_subjects_of_a_plan_are_counted(conn: Connection, border: Border) -> None:
    put_four_sections(conn, border)
    set_marker(conn, border, card(border))
    make(conn, border)
    totals = plan(conn, border).totals
    assert (totals.markers, totals.sections, totals.settled) == (1, 4, 0)
    assert len(conn.execute(select(inspection_subject.c.object_id)).all()) == 5
