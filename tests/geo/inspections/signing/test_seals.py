from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Connection, text

from geo.errors import (
    FileRefusedError,
    GuardBlockedError,
    NotPartyError,
    SealDiffersError,
    SignatureRefusedError,
)
from geo.inspections.signing.content import build_content, content_sha256
from geo.inspections.signing.seals import SealFacts, enter_seal
from geo.inspections.signing.signatures import Signature, list_signatures
from tests.geo.inspections.walked import TODAY, Walk, open_walk, walk_all


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    walk = walk_all(conn, tmp_path / "files")
    conn.execute(
        text("UPDATE inspection_party SET takes_part = 'paper' WHERE role = 'cooperating'")
    )
    return walk


def present(walk: Walk) -> str:
    return content_sha256(build_content(walk.conn, walk.found))


def seal(
    walk: Walk, printed: str, by: str = "A", content: bytes | None = None, **more: Any
) -> Signature:
    path = walk.files.parent / "scan.png"
    if content is None:
        Image.new("RGB", (60, 80), "red").save(path)
    else:
        path.write_bytes(content)
    facts = SealFacts(**{"party": "cooperating", "printed": printed, **more})
    return enter_seal(
        walk.conn, walk.viewer(by), walk.found, (path, "盖章页.png"), facts,
        files=walk.files, today=TODAY,
    )  # fmt: skip


def test_the_other_side_enters_the_seal_of_a_side_without_accounts(walk: Walk) -> None:
    walk.sign("A")
    made = seal(walk, present(walk), signer="李巡边", role="负责人")
    assert made.valid
    assert (made.kind, made.party_name, made.signer) == ("seal", "西川县", "李巡边")
    assert made.scan_id is not None
    walk.step("sign_records")
    assert walk.found.state == "signed"


def test_sixteen_digits_of_the_printed_hash_are_enough_however_they_are_grouped(walk: Walk) -> None:
    digits = present(walk)[:16].upper()
    assert seal(walk, f"{digits[:8]} {digits[8:12]}-{digits[12:]}").valid


@pytest.mark.parametrize("typed", ["", "abc", "zzzzzzzzzzzzzzzz", "a" * 65])
def test_less_than_that_is_no_hash(walk: Walk, typed: str) -> None:
    with pytest.raises(SignatureRefusedError):
        seal(walk, typed)


def test_the_same_scan_again_is_the_seal_that_stands(walk: Walk) -> None:
    first = seal(walk, present(walk))
    assert seal(walk, present(walk)).id == first.id
    assert len(list_signatures(walk.conn, walk.found)) == 1


def test_a_page_printed_before_a_change_is_refused_naming_what_changed(walk: Walk) -> None:
    walk.sign("A")
    printed = present(walk)
    walk.record("A", "section", "unchanged")
    with pytest.raises(SealDiffersError) as refused:
        seal(walk, printed)
    differs = refused.value.facts["differs"]
    assert isinstance(differs, list)
    assert any("37092301I" in str(one) and "三面桩" in str(one) for one in differs)


def test_a_page_of_content_nobody_kept_is_refused_too(walk: Walk) -> None:
    with pytest.raises(SealDiffersError) as refused:
        seal(walk, "0123456789abcdef")
    assert refused.value.facts["present"] == present(walk)


def test_a_seal_is_voided_by_a_later_record_as_any_signature(walk: Walk) -> None:
    seal(walk, present(walk))
    walk.record("A", "marker", "in_place")
    (found,) = list_signatures(walk.conn, walk.found)
    assert not found.valid
    assert found.why_void is not None


def test_the_guards_hold_for_seals_too(conn: Connection, tmp_path: Path) -> None:
    walk = open_walk(conn, tmp_path / "files")
    with pytest.raises(GuardBlockedError):
        seal(walk, "0123456789abcdef", party="lead")


def test_a_side_with_accounts_is_not_sealed_for_by_the_other(walk: Walk) -> None:
    walk.conn.execute(text("UPDATE inspection_party SET takes_part = 'account'"))
    with pytest.raises(NotPartyError):
        seal(walk, present(walk))
    assert seal(walk, present(walk), by="B").valid


def test_a_scan_that_is_no_document_is_refused(walk: Walk) -> None:
    with pytest.raises(FileRefusedError):
        seal(walk, present(walk), content=b"<html>no scan</html>")
