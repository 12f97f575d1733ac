from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer, public_viewer
from geo.agreements.agreed import answer_proposal
from geo.agreements.lines import change_record, change_sections
from geo.boundaries.record import read_record
from geo.errors import (
    ChangedMeanwhileError,
    LineInvalidError,
    NothingChangedError,
    OutsideJurisdictionError,
    RevisionMissingError,
    SectionInvalidError,
    UnauthenticatedError,
)
from geo.markers.facts import Position
from geo.proposals.proposals import Proposal, Statement, list_proposals
from geo.revisions.changes import read_revision
from geo.sections.propose import generate_sections
from geo.sections.register import SectionFacts, facts_of, list_sections
from tests.border import Border, card, draw_border, set_marker
from tests.geo.divisions.given import FROM, TODAY

SAID = {
    "code": "2123",
    "name": "东西线",
    "official_length_km": 22.5,
    "length_basis": "agreement",
    "length_document": "协议书",
    "disputed": False,
    "source": "补充协议",
}


@pytest.fixture
def border(conn: Connection) -> Border:
    drawn = draw_border(conn)
    set_marker(conn, drawn, card(drawn, "001", position=Position(lon=117.2, lat=36.25)))
    return drawn


def say(conn: Connection, border: Border, who: Viewer, **said: Any) -> Proposal | None:
    seen = said.pop("seen", read_revision(conn, border.lines["AB"]))
    return change_record(conn, who, border.lines["AB"], SAID | said, today=TODAY, seen=seen)


def divide(conn: Connection, border: Border, who: Viewer, *sections: SectionFacts) -> Any:
    return change_sections(
        conn,
        who,
        border.lines["AB"],
        sections,
        valid_from=TODAY,
        source="协议书",
        today=TODAY,
        seen=read_revision(conn, border.lines["AB"]),
    )


def agree(conn: Connection, border: Border, made: Proposal) -> None:
    for letter in "AB":
        voice = Statement(
            said="consent", signer="某某", on_day=TODAY, division_id=border.sides[letter]
        )
        answer_proposal(conn, border.viewer(letter), made.id, voice, today=TODAY)
    city = border.viewer("city", role="approver")
    voice = Statement(said="approval", signer="某某", on_day=TODAY)
    answer_proposal(conn, city, made.id, voice, today=TODAY)


def test_an_editor_of_both_sides_writes_the_record_at_once(
    conn: Connection, border: Border
) -> None:
    assert say(conn, border, border.viewer("A", "B")) is None
    record = read_record(conn, border.lines["AB"], TODAY)
    assert record is not None
    assert (record.code, record.source, record.valid_from) == ("2123", "补充协议", TODAY)


def test_one_side_proposes_only_what_it_changes(conn: Connection, border: Border) -> None:
    say(conn, border, border.viewer("city"), valid_from=FROM.isoformat())
    made = say(conn, border, border.viewer("A"), name="东川线", note="更名")
    assert made is not None
    assert made.body == {
        "name": "东川线",
        "note": "更名",
        "valid_from": TODAY.isoformat(),
        "source": "补充协议",
    }
    agree(conn, border, made)
    record = read_record(conn, border.lines["AB"], TODAY)
    assert record is not None
    assert (record.name, record.note, record.official_length_km) == ("东川线", "更名", 22.5)


def test_what_is_emptied_is_proposed_as_empty(conn: Connection, border: Border) -> None:
    say(conn, border, border.viewer("city"), valid_from=FROM.isoformat())
    made = say(conn, border, border.viewer("B"), code=None)
    assert made is not None
    assert made.body["code"] is None
    agree(conn, border, made)
    record = read_record(conn, border.lines["AB"], TODAY)
    assert record is not None
    assert (record.code, record.name) == (None, "东西线")


def test_a_correction_amends_the_version_of_the_day(conn: Connection, border: Border) -> None:
    both = border.viewer("A", "B")
    say(conn, border, both, valid_from=FROM.isoformat())
    say(conn, border, both, code="2124", corrects="录入错误")
    record = read_record(conn, border.lines["AB"], TODAY)
    assert record is not None
    assert (record.code, record.version, record.valid_from) == ("2124", 1, FROM)


def test_what_is_on_record_already_is_not_written_again(conn: Connection, border: Border) -> None:
    both = border.viewer("A", "B")
    say(conn, border, both)
    for who in (both, border.viewer("A")):
        with pytest.raises(NothingChangedError):
            say(conn, border, who)
    assert read_revision(conn, border.lines["AB"]) == 1


def test_a_proposal_too_is_made_only_of_what_was_seen(conn: Connection, border: Border) -> None:
    say(conn, border, border.viewer("A", "B"))
    with pytest.raises(ChangedMeanwhileError) as told:
        say(conn, border, border.viewer("A"), name="别名", seen=0)
    assert told.value.facts["revision"] == 1
    with pytest.raises(RevisionMissingError):
        say(conn, border, border.viewer("A"), name="别名", seen=None)
    assert list_proposals(conn, border.viewer("A")) == []


def test_who_is_of_neither_side_changes_nothing(conn: Connection, border: Border) -> None:
    with pytest.raises(OutsideJurisdictionError):
        say(conn, border, border.viewer("C"))
    with pytest.raises(OutsideJurisdictionError):
        divide(conn, border, border.viewer("C"), SectionFacts(from_text="起", to_text="止"))
    with pytest.raises(UnauthenticatedError):
        say(conn, border, public_viewer(demo_open=True))


def test_a_length_without_its_paper_is_refused_to_who_proposes(
    conn: Connection, border: Border
) -> None:
    with pytest.raises(LineInvalidError) as told:
        say(conn, border, border.viewer("A"), length_document=None, length_dated="soon")
    assert [one.column for one in told.value.facts["findings"]] == ["length_dated"]  # type: ignore[attr-defined]
    with pytest.raises(LineInvalidError):
        say(conn, border, border.viewer("A"), length_document=None)


def test_sections_are_written_at_once_by_both_and_proposed_by_one(
    conn: Connection, border: Border
) -> None:
    line_id = border.lines["AB"]
    made = generate_sections(conn, line_id, TODAY)
    assert divide(conn, border, border.viewer("A", "B"), *made) is None
    standing = [facts_of(one) for one in list_sections(conn, line_id, TODAY)]
    assert [one.to_marker_id for one in standing] == [one.to_marker_id for one in made]
    with pytest.raises(NothingChangedError):
        divide(conn, border, border.viewer("A", "B"), *standing)
    river = replace(standing[0], basis="river", basis_name="柳河", length_km=4.5)
    proposed = divide(conn, border, border.viewer("A"), river, standing[1])
    assert proposed is not None
    assert list_sections(conn, line_id, TODAY)[0].basis == "marker_to_marker"
    agree(conn, border, proposed)
    now = [facts_of(one) for one in list_sections(conn, line_id, TODAY)]
    assert now == [river, standing[1]]


def test_sections_that_cannot_stand_are_refused_to_who_proposes(
    conn: Connection, border: Border
) -> None:
    with pytest.raises(SectionInvalidError):
        divide(conn, border, border.viewer("A"), SectionFacts(from_text="起"))
