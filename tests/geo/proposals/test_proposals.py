from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.db.ids import new_id
from geo.errors import (
    FileUnknownError,
    OptionInvalidError,
    OutsideJurisdictionError,
    ProposalEndedError,
    ProposalUnknownError,
    RoleMissingError,
    UnauthenticatedError,
)
from geo.files.attach import attach_file
from geo.proposals.proposals import (
    Document,
    Proposal,
    Said,
    Statement,
    list_proposals,
    open_proposal,
    read_proposal,
    speak,
)
from tests.border import PUBLIC, Border, draw_border
from tests.geo.divisions.given import TODAY

DAY = date(2026, 11, 2)


@pytest.fixture
def border(conn: Connection) -> Border:
    return draw_border(conn)


@pytest.fixture
def ours(border: Border) -> Viewer:
    return border.viewer("A")


@pytest.fixture
def opened(conn: Connection, border: Border, ours: Viewer) -> Proposal:
    sides = [border.sides["A"], border.sides["B"]]
    body = {"reason": "修路"}
    return open_proposal(conn, ours, "marker_scrap", object_id=new_id(), sides=sides, body=body)


@pytest.fixture
def paper(conn: Connection, opened: Proposal, tmp_path: Path) -> Document:
    return Document(number="泰民〔2026〕12号", dated=DAY, file=_scan(conn, opened.id, tmp_path))


def _scan(conn: Connection, object_id: UUID, folder: Path) -> UUID:
    scan = folder / "scan.png"
    Image.new("RGB", (40, 30), "white").save(scan)
    given = attach_file(
        conn,
        Viewer(None, "", (), demo_open=False, actor="test"),
        scan,
        files=folder,
        object_kind="proposal",
        object_id=object_id,
        kind="consent",
        name=scan.name,
    )
    return given.id


def _say(
    conn: Connection,
    viewer: Viewer,
    opened: Proposal,
    said: Said,
    side: object = None,
    document: Document | None = None,
) -> Proposal:
    statement = Statement(
        said=said,
        signer="某局长",
        on_day=DAY,
        division_id=side,  # type: ignore[arg-type]
        document=document,
    )
    return speak(conn, viewer, opened.id, statement, today=TODAY)


def test_a_proposal_is_agreed_when_all_sides_consent_and_the_superior_approves(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal
) -> None:
    a, b = border.sides["A"], border.sides["B"]
    assert opened.waits_for == (a, b)
    assert _say(conn, ours, opened, "consent", a).waits_for == (b,)
    assert not _say(conn, border.viewer("B"), opened, "consent", b).is_agreed
    city = border.viewer("city", role="approver")
    assert _say(conn, city, opened, "approval").is_agreed


def test_a_side_does_not_consent_for_the_other_and_a_county_does_not_approve(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal
) -> None:
    with pytest.raises(OutsideJurisdictionError):
        _say(conn, ours, opened, "consent", border.sides["B"])
    with pytest.raises(OutsideJurisdictionError):
        _say(conn, border.viewer("A", role="approver"), opened, "approval")
    with pytest.raises(RoleMissingError):
        _say(conn, border.viewer("city"), opened, "approval")


def test_a_neighbour_without_an_account_consents_by_document(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal, paper: Document
) -> None:
    a, b = border.sides["A"], border.sides["B"]
    _say(conn, ours, opened, "consent", a)
    there = _say(conn, ours, opened, "consent", b, document=paper)
    assert there.waits_for == ()
    assert there.voices[-1].document == {
        "number": paper.number,
        "dated": "2026-11-02",
        "file": str(paper.file),
    }


def test_an_approval_entered_as_a_document_counts_once_the_other_side_has_seen_it(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal, paper: Document
) -> None:
    a, b = border.sides["A"], border.sides["B"]
    theirs = border.viewer("B")
    _say(conn, ours, opened, "consent", a)
    _say(conn, theirs, opened, "consent", b)
    entered = _say(conn, ours, opened, "approval", document=paper)
    assert (entered.is_agreed, entered.waits_for) == (False, (b,))
    assert _say(conn, theirs, opened, "consent", b).is_agreed


def test_one_account_does_not_bring_every_voice_by_document(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal, paper: Document
) -> None:
    _say(conn, ours, opened, "consent", border.sides["A"])
    _say(conn, ours, opened, "consent", border.sides["B"], document=paper)
    assert not _say(conn, ours, opened, "approval", document=paper).is_agreed


def test_a_document_is_a_file_of_the_proposal(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal, tmp_path: Path
) -> None:
    for file in (new_id(), _scan(conn, new_id(), tmp_path)):
        elsewhere = Document(number="泰民〔2026〕12号", dated=DAY, file=file)
        with pytest.raises(FileUnknownError):
            _say(conn, ours, opened, "consent", border.sides["B"], document=elsewhere)


def test_what_was_returned_has_ended(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal
) -> None:
    returned = _say(conn, border.viewer("B"), opened, "return")
    assert (returned.state, returned.ended_at is not None) == ("returned", True)
    with pytest.raises(ProposalEndedError):
        _say(conn, ours, opened, "consent", border.sides["A"])


def test_only_who_proposed_withdraws(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal
) -> None:
    with pytest.raises(OutsideJurisdictionError):
        _say(conn, border.viewer("B"), opened, "withdrawal")
    assert _say(conn, ours, opened, "withdrawal").state == "withdrawn"


def test_a_proposal_is_for_its_sides_and_those_above(
    conn: Connection, border: Border, opened: Proposal
) -> None:
    assert [one.id for one in list_proposals(conn, border.viewer("B"))] == [opened.id]
    assert list_proposals(conn, border.viewer("C")) == []
    with pytest.raises(OutsideJurisdictionError):
        read_proposal(conn, opened.id, border.viewer("C"))
    with pytest.raises(UnauthenticatedError):
        list_proposals(conn, PUBLIC)
    with pytest.raises(ProposalUnknownError):
        read_proposal(conn, new_id(), border.viewer("A"))


def test_a_day_ahead_nobodys_name_and_no_side_are_refused(
    conn: Connection, border: Border, ours: Viewer, opened: Proposal
) -> None:
    a = border.sides["A"]
    wrong = (
        Statement(said="consent", signer="某", on_day=date(2027, 1, 1), division_id=a),
        Statement(said="consent", signer=" ", on_day=DAY, division_id=a),
        Statement(said="consent", signer="某", on_day=DAY, division_id=border.sides["C"]),
    )
    for statement in wrong:
        with pytest.raises(OptionInvalidError):
            speak(conn, ours, opened.id, statement, today=TODAY)
