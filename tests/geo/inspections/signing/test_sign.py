from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.access.keys import open_key
from geo.errors import (
    ActionNotNowError,
    GuardBlockedError,
    NotPartyError,
    OptionInvalidError,
    SignatureRefusedError,
)
from geo.inspections.signing.content import build_content, content_sha256
from geo.inspections.signing.signatures import list_signatures
from tests.geo.inspections.walked import Walk, open_walk, walk_all


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    return walk_all(conn, tmp_path / "files")


def present(walk: Walk) -> str:
    return content_sha256(build_content(walk.conn, walk.found))


def test_the_same_signature_sent_again_is_the_one_that_stands(walk: Walk) -> None:
    key = open_key(None, "a password")
    first = walk.sign("A", key)
    assert walk.sign("A", key).id == first.id
    assert walk.sign("A", key, role="经办人").id != first.id
    assert len(list_signatures(walk.conn, walk.found)) == 2


def test_nobody_signs_while_a_result_lacks_and_the_refusal_names_it(
    conn: Connection, tmp_path: Path
) -> None:
    walk = open_walk(conn, tmp_path / "files")
    walk.record("A", "marker", "in_place")
    with pytest.raises(GuardBlockedError) as refused:
        walk.sign("A")
    missing = refused.value.facts["missing"]
    assert isinstance(missing, list)
    assert {(one["what"], one["label"], one["party"]) for one in missing} >= {
        ("record", "37092301I", "西川县"),
        ("disposal", None, None),
    }
    assert len([one for one in missing if one["what"] == "record"]) == 3


def test_nobody_signs_while_two_results_differ(conn: Connection, tmp_path: Path) -> None:
    walk = walk_all(conn, tmp_path / "files")
    walk.record("B", "marker", "leaning")
    with pytest.raises(GuardBlockedError) as refused:
        walk.sign("A")
    missing = refused.value.facts["missing"]
    assert isinstance(missing, list)
    assert [one["what"] for one in missing] == ["conclusion"]


def test_nobody_signs_after_the_report_was_handed_in(walk: Walk) -> None:
    walk.conn.execute(text("UPDATE inspection SET state = 'submitted'"))
    with pytest.raises(ActionNotNowError):
        walk.sign("A")


def test_nobody_signs_for_a_side_that_is_not_his(walk: Walk) -> None:
    with pytest.raises(NotPartyError):
        walk.sign("A", party="cooperating")
    with pytest.raises(NotPartyError):
        walk.sign("A", party="370923")
    with pytest.raises(OptionInvalidError):
        walk.sign("A", party="371321")


def test_a_side_without_accounts_is_not_signed_for_by_key(walk: Walk) -> None:
    walk.conn.execute(
        text("UPDATE inspection_party SET takes_part = 'paper' WHERE role = 'cooperating'")
    )
    with pytest.raises(SignatureRefusedError):
        walk.sign("A", party="cooperating")


def test_who_was_shown_other_content_does_not_sign_the_present(walk: Walk) -> None:
    shown = present(walk)
    walk.record("A", "section", "unchanged")
    with pytest.raises(SignatureRefusedError):
        walk.sign("A", seen=shown)
    assert walk.sign("A", seen=present(walk).upper()).valid


@pytest.mark.parametrize("role", ["", "  ", "长" * 41, "a\u202eb"])
def test_the_signer_says_what_he_is(walk: Walk, role: str) -> None:
    with pytest.raises(SignatureRefusedError):
        walk.sign("A", role=role)
