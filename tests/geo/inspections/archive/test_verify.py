from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from geo.inspections.archive.make import Made
from geo.inspections.archive.verify import verify_archive
from geo.inspections.signing.canonical import canonical
from tests.geo.inspections.packed import (
    Files,
    accept,
    change_json,
    change_record,
    pack,
    recompute,
    repack,
    unpack,
)
from tests.geo.inspections.walked import walk_all


@pytest.fixture
def made(conn: Connection, tmp_path: Path) -> Made:
    walk = walk_all(conn, tmp_path / "files")
    accept(walk)
    return pack(walk)


def told(path: Path, expected: str | None = None) -> set[str]:
    found = verify_archive(path, expected=expected)
    assert all(str(one) for one in found.problems)
    return {one.key.removeprefix("problem.") for one in found.problems}


def test_an_archive_verifies_from_the_file_alone(made: Made) -> None:
    found = verify_archive(made.path, expected=made.fingerprint.upper().replace(" ", ""))
    assert found.ok, [str(one) for one in found.problems]
    assert found.final
    assert found.fingerprint_compared
    assert (found.fingerprint, found.content_sha256) == (made.fingerprint, made.content_sha256)
    assert found.counts["agreed"] == 2
    assert [(one["code"], one["keys"]) for one in found.parties] == [("370921", 1), ("370923", 1)]


def test_a_changed_record_with_every_hash_and_manifest_entry_recomputed_is_found(
    made: Made,
) -> None:
    files = unpack(made.path)
    change_record(files)
    recompute(files)
    assert told(repack(made.path, files)) == {"manifest_signature", "signed_content", "unsigned"}


def test_a_package_signed_anew_with_another_key_is_found_by_the_parties_signatures(
    made: Made,
) -> None:
    files = unpack(made.path)
    change_record(files)
    recompute(files, Ed25519PrivateKey.generate())
    assert told(repack(made.path, files)) == {"signed_content", "unsigned"}


def test_signatures_bound_to_the_changed_content_do_not_verify(made: Made) -> None:
    files = unpack(made.path)
    change_record(files)
    digest = sha256(files["content.json"]).hexdigest()

    def bind(given: Any) -> None:
        for one in given:
            one["content_sha256"] = digest

    change_json(files, "signatures.json", bind, spell=False)
    recompute(files, Ed25519PrivateKey.generate())
    assert told(repack(made.path, files)) == {"signature", "unsigned"}


def test_one_that_was_signed_anew_throughout_is_found_by_the_fingerprint(made: Made) -> None:
    files = unpack(made.path)
    change_record(files)
    digest = sha256(files["content.json"]).hexdigest()

    def forge(given: Any) -> None:
        for one in given:
            key = Ed25519PrivateKey.generate()
            said = json.loads(one["signed"]) | {"content_sha256": digest}
            one["content_sha256"], one["signed"] = digest, canonical(said).decode()
            one["signature"] = key.sign(canonical(said)).hex()
            one["public_key"] = key.public_key().public_bytes_raw().hex()

    change_json(files, "signatures.json", forge, spell=False)
    recompute(files, Ed25519PrivateKey.generate())
    changed = repack(made.path, files)
    assert told(changed, made.fingerprint) == {"fingerprint"}
    assert verify_archive(changed).fingerprint != made.fingerprint


def test_records_that_are_not_those_of_the_content_are_found(made: Made) -> None:
    files = unpack(made.path)
    name = next(one for one in files if one.startswith("records/"))

    def change(given: Any) -> None:
        given["record"]["state"] = "lost"

    change_json(files, name, change, spell=False)
    recompute(files, Ed25519PrivateKey.generate())
    assert told(repack(made.path, files)) == {"record"}
    del files[name]
    recompute(files, Ed25519PrivateKey.generate())
    assert told(repack(made.path, files)) == {"missing"}


def test_a_final_archive_without_a_sides_signature_is_found(made: Made) -> None:
    files = unpack(made.path)
    change_json(files, "signatures.json", lambda given: given.pop(), spell=False)
    recompute(files, Ed25519PrivateKey.generate())
    assert told(repack(made.path, files)) == {"unsigned"}


def _drop(files: Files, start: str) -> None:
    del files[next(one for one in files if one.startswith(start))]


def _append(files: Files, start: str) -> None:
    files[next(one for one in files if one.startswith(start))] += b" "


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda files: _drop(files, "photos/"), {"missing"}),
        (lambda files: _drop(files, "content.json"), {"missing"}),
        (lambda files: _drop(files, "signatures.json"), {"missing"}),
        (lambda files: _drop(files, "manifest.json"), {"missing"}),
        (lambda files: _drop(files, "manifest.sig"), {"missing"}),
        (lambda files: _append(files, "photos/"), {"changed"}),
        (lambda files: _append(files, "steps.json"), {"changed"}),
        (lambda files: _append(files, "README"), {"changed"}),
        (lambda files: _append(files, "content.json"), {"changed", "content"}),
        (lambda files: _append(files, "manifest.json"), {"format"}),
        (lambda files: files.update({"photos/more.jpg": b"x"}), {"extra"}),
        (lambda files: files.update({"../evil": b"x"}), {"entry"}),
        (lambda files: files.update({"/evil": b"x"}), {"entry"}),
        (lambda files: files.update({"manifest.sig": b"00" * 64}), {"manifest_signature"}),
        (lambda files: files.update({"manifest.sig": b"no hex"}), {"unreadable"}),
        (lambda files: files.update({"manifest.json": b"{}"}), {"format"}),
        (lambda files: files.update({"manifest.json": b"[1]"}), {"unreadable"}),
        (lambda files: files.update({"manifest.json": b"{"}), {"unreadable"}),
    ],
)
def test_what_is_missing_extra_or_changed_is_named(
    made: Made, change: Callable[[Files], None], problem: set[str]
) -> None:
    files = unpack(made.path)
    change(files)
    assert told(repack(made.path, files)) == problem


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("content.json", b"{}"),
        ("content.json", b'{"a": 1}'),
        ("content.json", b"[" * 100_000),
        ("signatures.json", b"{}"),
        ("signatures.json", b"[{}]"),
        ("signatures.json", b'[{"party_id": 1}]'),
    ],
)
def test_nonsense_that_was_signed_anew_is_a_problem_and_no_crash(
    made: Made, name: str, content: bytes
) -> None:
    files = unpack(made.path)
    files[name] = content
    recompute(files, Ed25519PrivateKey.generate())
    assert told(repack(made.path, files))


def test_a_cut_file_is_no_archive(made: Made) -> None:
    whole = made.path.read_bytes()
    cut = made.path.parent / "cut.zip"
    for share in (0, 10, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:share])
        assert told(cut) == {"unreadable"}
    cut.write_bytes(b"no zip at all")
    assert told(cut) == {"unreadable"}


def test_a_damaged_photo_is_named(made: Made) -> None:
    with zipfile.ZipFile(made.path) as archive:
        entry = next(one for one in archive.infolist() if one.filename.startswith("photos/"))
    whole = bytearray(made.path.read_bytes())
    whole[entry.header_offset + 200] ^= 1
    damaged = made.path.parent / "damaged.zip"
    damaged.write_bytes(whole)
    assert told(damaged) == {"cut"}


def test_a_bomb_is_not_unpacked(made: Made) -> None:
    files = unpack(made.path)
    bomb = repack(made.path, files, "bomb.zip")
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photos/zeros.jpg", b"\0" * 2**20)
    raw = bytearray(bomb.read_bytes())
    # The central directory states the size; a forger may state any.
    at = raw.rindex(b"photos/zeros.jpg") - 46
    raw[at + 24 : at + 28] = (0xFFFF_FF00).to_bytes(4, "little")
    bomb.write_bytes(raw)
    assert told(bomb) == {"bomb"}


def test_a_file_that_is_in_it_twice_is_named(made: Made) -> None:
    twice = repack(made.path, unpack(made.path))
    with (
        zipfile.ZipFile(twice, "a") as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("content.json", b"{}")
    assert told(twice) == {"twice"}
