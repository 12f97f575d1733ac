from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from geo.errors import NotFoundError
from geo.files.attach import attach_file
from geo.inspections.archive.verify import verify_archive
from geo.inspections.feed import list_events
from geo.inspections.signing.content import build_content, content_sha256
from tests.geo.inspections.packed import accept, pack, unpack
from tests.geo.inspections.walked import Walk, open_walk, walk_all


@pytest.fixture
def walk(conn: Connection, tmp_path: Path) -> Walk:
    walk = walk_all(conn, tmp_path / "files")
    accept(walk)
    return walk


def test_the_archive_holds_everything_and_the_photos_as_they_are(walk: Walk) -> None:
    paper = walk.files.parent / "批复.pdf"
    paper.write_bytes(b"%PDF-1.4\nstartxref\n0\n%%EOF\n")
    given = attach_file(
        walk.conn, walk.viewer("A"), paper, files=walk.files, object_kind="inspection",
        object_id=walk.id, kind="approval", name="批复.pdf",
    )  # fmt: skip
    made = pack(walk)
    assert made.final
    files = unpack(made.path)
    assert files[f"documents/{given.sha256}.pdf"] == paper.read_bytes()
    (document,) = json.loads(files["documents.json"])
    assert (document["name"], document["path"]) == ("批复.pdf", f"documents/{given.sha256}.pdf")
    assert content_sha256(json.loads(files["content.json"])) == made.content_sha256
    assert len([one for one in files if one.startswith("records/")]) == 4
    assert len([one for one in files if one.startswith("photos/")]) == 2
    assert [one["action"] for one in json.loads(files["steps.json"])][-1] == "sign_records"
    assert [one["party_code"] for one in json.loads(files["signatures.json"])] == [
        "370921",
        "370923",
    ]
    assert made.content_sha256 in files["README.txt"].decode()
    assert verify_archive(made.path, expected=made.fingerprint).ok


def test_the_archive_of_the_same_state_is_made_once(walk: Walk) -> None:
    first = pack(walk)
    assert pack(walk).id == first.id
    walk.conn.execute(text("UPDATE inspection SET state = 'archived'"))
    assert pack(walk).id != first.id
    kinds = [one.kind for one in list_events(walk.conn, [walk.id])]
    assert kinds.count("archive_made") == 2


def test_an_archive_of_before_is_marked_as_interim_and_verifies(
    conn: Connection, tmp_path: Path
) -> None:
    walk = open_walk(conn, tmp_path / "files")
    walk.record("A", "marker", "in_place")
    made = pack(walk)
    assert not made.final
    found = verify_archive(made.path)
    assert found.ok, [str(one) for one in found.problems]
    assert not found.final


def test_voided_signatures_stay_with_the_content_they_were_bound_to(
    conn: Connection, tmp_path: Path
) -> None:
    walk = walk_all(conn, tmp_path / "files")
    before = content_sha256(build_content(conn, walk.found))
    walk.sign("A")
    walk.record("A", "section", "unchanged")
    accept(walk)
    made = pack(walk)
    files = unpack(made.path)
    assert f"contents/{before}.json" in files
    voided = json.loads(files["signatures.json"])[0]
    assert voided["voided_at"] is not None
    assert "37092301I" in voided["why_void"]
    assert verify_archive(made.path).ok


def test_a_withdrawn_record_stays_with_its_history(conn: Connection, tmp_path: Path) -> None:
    walk = walk_all(conn, tmp_path / "files")
    made = walk.record("A", "section", "unchanged")
    conn.execute(
        text("UPDATE inspection_record SET withdrawn_at = now() WHERE id = :id"), {"id": made}
    )
    accept(walk)
    files = unpack(pack(walk).path)
    kept = json.loads(files[f"records/{made}.json"])
    assert kept["record"] is None
    assert len(kept["versions"]) == 1


def test_an_archive_is_not_made_of_a_photo_that_is_damaged(walk: Walk) -> None:
    photo = next(
        one
        for one in walk.files.rglob("*")
        if one.is_file() and one.read_bytes().startswith(b"\xff\xd8")
    )
    photo.write_bytes(b"damaged")
    with pytest.raises(NotFoundError):
        pack(walk)
