from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.access.keys import open_key, verifies
from geo.errors import GuardBlockedError
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.content import build_content, content_sha256
from geo.inspections.signing.signatures import list_signatures, read_signed_content
from tests.geo.inspections.walked import Walk, walk_all


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    return walk_all(conn, tmp_path / "files")


def present(walk: Walk) -> str:
    return content_sha256(build_content(walk.conn, walk.found))


def test_a_signature_stands_and_verifies_by_what_is_kept_with_it(walk: Walk) -> None:
    key = open_key(None, "a password")
    made = walk.sign("A", key, role=" 负责 人 ")
    assert made.valid
    assert made.content_sha256 == present(walk)
    assert made.role == "负责 人"
    assert made.party_name == "东岭县"
    assert made.public_key == key.public.hex()
    statement = json.loads(made.signed or "")
    assert statement["party"] == "370921"
    assert statement["content_sha256"] == made.content_sha256
    assert verifies(key.public, canonical(statement), bytes.fromhex(made.signature or ""))
    kept = read_signed_content(walk.conn, made.content_sha256)
    assert kept == canonical(build_content(walk.conn, walk.found))


def test_a_record_put_later_voids_all_signatures_and_says_why(walk: Walk) -> None:
    walk.sign("A")
    walk.sign("B")
    walk.step("sign_records")
    walk.record("B", "marker", "in_place")
    voided = list_signatures(walk.conn, walk.found)
    assert [one.valid for one in voided] == [False, False]
    assert all(one.voided_at is not None for one in voided)
    assert "西川县" in str(voided[0].why_void)
    assert walk.found.state == "disposal"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            'UPDATE inspection_record SET body = body || \'{"note": "x"}\'',
            "void.content_differs",
        ),
        ("UPDATE inspection_signature SET signer = 'another'", "void.signature_broken"),
        ("UPDATE inspection_signature SET role = 'another'", "void.signature_broken"),
        (
            (
                "UPDATE inspection_signature SET signed = convert_to(replace("
                "convert_from(signed, 'UTF8'), '2026', '2025'), 'UTF8')"
            ),
            "void.signature_broken",
        ),
        ("UPDATE inspection_signature SET public_key = signed", "void.signature_broken"),
        ("UPDATE inspection_signature SET algorithm = 'SM2'", "void.signature_broken"),
        (
            (
                "UPDATE inspection_signature SET division_id = (SELECT division_id FROM "
                "inspection_party WHERE role = 'cooperating')"
            ),
            "void.signature_broken",
        ),
    ],
)
def test_what_was_changed_behind_our_back_is_seen(walk: Walk, change: str, why: str) -> None:
    walk.sign("A")
    assert walk.conn.execute(text(change)).rowcount
    (found,) = list_signatures(walk.conn, walk.found)
    assert not found.valid
    assert found.why_void is not None
    assert found.why_void.key == why


def test_a_signature_that_was_tampered_with_does_not_count_for_its_side(walk: Walk) -> None:
    walk.sign("A")
    walk.sign("B")
    walk.conn.execute(text("UPDATE inspection_signature SET signer = 'another'"))
    with pytest.raises(GuardBlockedError) as refused:
        walk.step("sign_records")
    missing = refused.value.facts["missing"]
    assert isinstance(missing, list)
    assert [one["what"] for one in missing] == ["signature", "signature"]
