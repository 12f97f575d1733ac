"""Verify an archive package from the file alone: no database, no network, nothing unpacked.

It holds if every file is what the manifest says, the manifest is signed by the key it names, the
content has the hash that every party's signature is bound to, and the records are those of the
content. Who changes a package can sign it anew with another key: the fingerprint, held against the
printed report, tells that.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from geo.access.keys import verifies
from geo.inspections.archive.packing import CHUNK, FORMAT, MANIFEST, MANIFEST_SIGNATURE
from geo.inspections.archive.signed_by import check_signatures
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.content import FORMAT as CONTENT_FORMAT
from geo.inspections.signing.content import count_content
from geo.inspections.signing.instance import fingerprint, same_fingerprint
from geo.texts import Text

MOST_ENTRIES = 200_000
MOST_JSON = 128 * 2**20
"""Bytes of one JSON file; a content of 20,000 records has some 20 MB."""
MOST_PACKED = 2 * 2**30
"""Bytes that all packed files together may unpack to; photos are not packed."""
HEX_DIGITS = 64
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError,
    RuntimeError, RecursionError, KeyError, TypeError, AttributeError,
)  # fmt: skip


@dataclass
class Verified:
    """What was found; ``ok`` if there is no problem.

    ``final`` is False for an interim archive; ``parties`` are code and name of each side with how
    many signatures and seals hold.
    """

    problems: list[Text] = field(default_factory=list)
    fingerprint: str | None = None
    fingerprint_compared: bool = False
    content_sha256: str | None = None
    inspection: str | None = None
    title: str | None = None
    state: str | None = None
    made_at: str | None = None
    final: bool = False
    files: int = 0
    bytes: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    parties: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Return whether it verifies."""
        return not self.problems

    def wrong(self, problem: str, **facts: object) -> None:
        """Note a problem, ``problem.<key>`` in the catalogue."""
        self.problems.append(Text(f"problem.{problem}", facts))


def verify_archive(path: Path, *, expected: str | None = None) -> Verified:
    """Verify an archive package.

    Parameters
    ----------
    expected
        The fingerprint as it is printed on the report; without it, nobody knows whose key it is.
    """
    found = Verified()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _check_entries(found, archive, path.stat().st_size)
            if entries is not None:
                _verify(found, archive, entries, expected)
    except BROKEN as error:
        found.wrong("unreadable", error=type(error).__name__)
    return found


def read_json(archive: zipfile.ZipFile, name: str) -> Any:
    """Return a JSON file of a package that was verified."""
    with archive.open(name) as file:
        return json.loads(file.read(MOST_JSON + 1))


def _check_entries(
    found: Verified, archive: zipfile.ZipFile, size: int
) -> dict[str, zipfile.ZipInfo] | None:
    """Return the entries by name; None where the zip is no such package, or a bomb."""
    listed = archive.infolist()
    if len(listed) > MOST_ENTRIES:
        found.wrong("too_many", count=len(listed), limit=MOST_ENTRIES)
    named = Counter(one.filename for one in listed)
    for name in sorted(name for name, times in named.items() if times > 1):
        found.wrong("twice", file=name)
    for one in listed:
        if not _is_plain(one):
            found.wrong("entry", file=one.filename[:200])
    packed = sum(one.file_size for one in listed if one.compress_type != zipfile.ZIP_STORED)
    stored = sum(one.file_size for one in listed if one.compress_type == zipfile.ZIP_STORED)
    if packed > MOST_PACKED or stored > size:
        found.wrong("bomb", mb=(packed + stored) // 2**20)
    return None if found.problems else {one.filename: one for one in listed}


def _is_plain(one: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a file inside the package, packed as we pack."""
    parts = one.filename.split("/")
    inside = all(part not in ("", ".", "..") for part in parts) and "\\" not in one.filename
    return inside and one.compress_type in METHODS and not one.flag_bits & ENCRYPTED


def _verify(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    expected: str | None,
) -> None:
    manifest = _read_manifest(found, archive, entries, expected)
    if manifest is None:
        return
    before = len(found.problems)
    _check_files(found, archive, entries, manifest)
    if len(found.problems) > before:
        # What is not what the manifest says is not worth reading.
        _check_bound(found, archive, entries, manifest)
        return
    for prefix in _prefixes(entries):
        _check_inspection(found, archive, entries, prefix, manifest)


def _read_manifest(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    expected: str | None,
) -> dict[str, Any] | None:
    lacks = [name for name in (MANIFEST, MANIFEST_SIGNATURE) if name not in entries]
    for name in lacks:
        found.wrong("missing", file=name)
    if lacks:
        return None
    spelled = _read(archive, entries, MANIFEST)
    manifest = json.loads(spelled)
    if manifest.get("format") != FORMAT or canonical(manifest) != spelled:
        found.wrong("format", file=MANIFEST)
        return None
    public = bytes.fromhex(manifest["public_key"])
    signature = bytes.fromhex(_read(archive, entries, MANIFEST_SIGNATURE).decode("ascii").strip())
    found.fingerprint = fingerprint(public)
    for name in ("content_sha256", "inspection", "title", "state", "made_at", "final"):
        setattr(found, name, manifest[name])
    if not verifies(public, spelled, signature):
        found.wrong("manifest_signature")
    if manifest["fingerprint"] != found.fingerprint:
        found.wrong("fingerprint", expected=manifest["fingerprint"], found=found.fingerprint)
    if expected is not None:
        found.fingerprint_compared = True
        if not same_fingerprint(expected, found.fingerprint):
            found.wrong("fingerprint", expected=expected, found=found.fingerprint)
    return dict(manifest)


def _check_files(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    manifest: Mapping[str, Any],
) -> None:
    """Hash every file in pieces and compare it with the manifest."""
    stated = {one["path"]: one for one in manifest["files"]}
    there = entries.keys() - {MANIFEST, MANIFEST_SIGNATURE}
    for name in sorted(stated.keys() - there):
        found.wrong("missing", file=name)
    for name in sorted(there - stated.keys()):
        found.wrong("extra", file=name)
    for name in sorted(there & stated.keys()):
        digest, size = _hash(archive, entries[name])
        found.files, found.bytes = found.files + 1, found.bytes + size
        if digest is None:
            found.wrong("cut", file=name)
        elif (digest, size) != (stated[name]["sha256"], stated[name]["size"]):
            found.wrong("changed", file=name)


def _hash(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str | None, int]:
    """Return SHA-256 and size of an entry; None where it is cut or damaged."""
    digest, size = sha256(), 0
    try:
        with archive.open(entry) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except BROKEN:
        return None, size
    return digest.hexdigest(), size


def _check_bound(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    manifest: Mapping[str, Any],
) -> None:
    """Say of a package that was changed whether the content itself is another one."""
    entry = entries.get("content.json")
    if entry is not None and _hash(archive, entry)[0] != manifest["content_sha256"]:
        found.wrong("content", file="content.json")


def _prefixes(entries: Mapping[str, zipfile.ZipInfo]) -> list[str]:
    """Return where the inspections of a package stand: the whole first, then its parts."""
    parts = {"/".join(name.split("/")[:2]) + "/" for name in entries if name.startswith("parts/")}
    return ["", *sorted(parts)]


def _check_inspection(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    prefix: str,
    manifest: Mapping[str, Any],
) -> None:
    name = f"{prefix}content.json"
    lacks = [one for one in (name, f"{prefix}signatures.json") if one not in entries]
    for one in lacks:
        found.wrong("missing", file=one)
    if lacks:
        return
    spelled = _read(archive, entries, name)
    content = json.loads(spelled)
    digest = sha256(spelled).hexdigest()
    if content.get("format") != CONTENT_FORMAT or canonical(content) != spelled:
        found.wrong("format", file=name)
        return
    if prefix:
        _check_part(found, archive, entries, prefix, digest)
    else:
        for one in content["parts"]:
            if f"parts/{one['id']}/content.json" not in entries:
                found.wrong("missing", file=f"parts/{one['id']}/content.json")
        found.counts = count_content(content)
        stated = (manifest["content_sha256"], manifest["inspection"])
        if (digest, content["inspection"]["id"]) != stated:
            found.wrong("content", file=name)
    _check_records(found, archive, entries, prefix, content)
    _check_photos(found, entries, prefix, content)
    given = json.loads(_read(archive, entries, f"{prefix}signatures.json"))
    hashes = {one["path"]: one["sha256"] for one in manifest["files"]}
    sides = check_signatures(
        found.wrong, given, content, digest, prefix, hashes, needed=manifest["final"]
    )
    found.parties += sides


def _check_part(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    prefix: str,
    digest: str,
) -> None:
    """Hold a part against what the content of the whole says of it."""
    whole = json.loads(_read(archive, entries, "content.json"))
    stated = {one["id"]: one["content_sha256"] for one in whole["parts"]}
    if stated.get(prefix.split("/")[1]) != digest:
        found.wrong("content", file=f"{prefix}content.json")


def _check_records(
    found: Verified,
    archive: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    prefix: str,
    content: Mapping[str, Any],
) -> None:
    signed = {one["id"]: one for one in content["records"]}
    there = set()
    for name in _below(entries, f"{prefix}records/"):
        given = json.loads(_read(archive, entries, name))["record"]
        record_id = name.rsplit("/", 1)[-1].removesuffix(".json")
        if given is not None:
            there.add(record_id)
        if given != signed.get(record_id):
            found.wrong("record", file=name)
    for record_id in sorted(signed.keys() - there):
        found.wrong("missing", file=f"{prefix}records/{record_id}.json")


def _check_photos(
    found: Verified,
    entries: Mapping[str, zipfile.ZipInfo],
    prefix: str,
    content: Mapping[str, Any],
) -> None:
    # The file of a photo bears its hash as name; the manifest says that it is its hash.
    there = {name.rsplit("/", 1)[-1][:HEX_DIGITS] for name in _below(entries, f"{prefix}photos/")}
    signed = {photo["sha256"] for one in content["records"] for photo in one["photos"]}
    for digest in sorted(signed - there):
        found.wrong("missing", file=f"{prefix}photos/{digest}")


def _below(entries: Mapping[str, zipfile.ZipInfo], folder: str) -> Iterator[str]:
    return (name for name in sorted(entries) if name.startswith(folder))


def _read(archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str) -> bytes:
    """Return a small file whole.

    Raises
    ------
    ValueError
        If it is larger than any we write.
    """
    if entries[name].file_size > MOST_JSON:
        raise ValueError(name)
    return archive.read(name)
