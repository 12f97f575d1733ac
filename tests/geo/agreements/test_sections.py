from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.agreements.agreed import answer_proposal, propose
from geo.errors import OptionInvalidError, SectionInvalidError
from geo.markers.facts import Position
from geo.proposals.proposals import Statement
from geo.revisions.changes import read_revision
from geo.sections.propose import generate_sections
from geo.sections.register import list_sections
from tests.border import Border, card, draw_border, set_marker
from tests.geo.divisions.given import TODAY


@pytest.fixture
def border(conn: Connection) -> Border:
    drawn = draw_border(conn)
    set_marker(conn, drawn, card(drawn, "001", position=Position(lon=117.2, lat=36.25)))
    return drawn


def _body(conn: Connection, border: Border, **facts: object) -> dict[str, Any]:
    made = generate_sections(conn, border.lines["AB"], TODAY)
    made[0] = replace(made[0], **facts)  # type: ignore[arg-type]
    sections = [asdict(one) for one in made]
    body = {"sections": sections, "at": "2024-05-01", "source": "补充协议"}
    read: dict[str, Any] = json.loads(json.dumps(body, default=str))
    return read


def _say(conn: Connection, viewer: Viewer, proposal: Any, said: str, side: Any = None) -> Any:
    statement = Statement(said=said, signer="某某", on_day=TODAY, division_id=side)  # type: ignore[arg-type]
    return answer_proposal(conn, viewer, proposal, statement, today=TODAY).proposal


def test_both_sides_consent_and_the_city_approves_then_the_sections_stand(
    conn: Connection, border: Border
) -> None:
    body = _body(conn, border, basis="river", basis_name="柳河", length_km=4.5)
    line_id = border.lines["AB"]
    made = propose(conn, border.viewer("A"), "line_sections", line_id, body, today=TODAY)
    assert list_sections(conn, line_id, TODAY) == []
    for letter in "AB":
        _say(conn, border.viewer(letter), made.id, "consent", border.sides[letter])
    assert list_sections(conn, line_id, TODAY) == []
    done = _say(conn, border.viewer("city", role="approver"), made.id, "approval")
    assert done.state == "approved"
    first, second = list_sections(conn, line_id, TODAY)
    assert (first.basis, first.basis_name, first.length_km) == ("river", "柳河", 4.5)
    assert (first.source, str(first.valid_from), second.begin) == ("补充协议", "2024-05-01", "001")
    assert read_revision(conn, line_id) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"sections": "all"}, {"sections": [{"soul": 1}]}, {"sections": [{"section_id": "x"}]},
     {"sections": [{"length_km": "far"}]}, {"sections": [], "at": "soon"}],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_when_it_is_proposed(
    conn: Connection, border: Border, body: dict[str, Any]
) -> None:
    with pytest.raises(OptionInvalidError):
        propose(conn, border.viewer("A"), "line_sections", border.lines["AB"], body, today=TODAY)


def test_sections_that_cannot_stand_are_refused_when_they_are_proposed(
    conn: Connection, border: Border
) -> None:
    body = _body(conn, border, basis="coast")
    with pytest.raises(SectionInvalidError):
        propose(conn, border.viewer("B"), "line_sections", border.lines["AB"], body, today=TODAY)
