"""Archive packages for tests: of an accepted inspection, and changed as a forger would."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from geo.inspections.archive.make import Made, make_archive
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.instance import fingerprint, load_instance_key
from tests.geo.inspections.walked import NOW, Walk

Files = dict[str, bytes]
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"


def accept(walk: Walk) -> None:
    """Sign for both sides and bring the inspection to its acceptance."""
    walk.sign("A")
    walk.sign("B")
    walk.step("sign_records")
    # The report and its way up are the workflow's to test.
    walk.conn.execute(text("UPDATE inspection SET state = 'accepted', accepted_on = '2026-07-01'"))


def pack(walk: Walk) -> Made:
    """Make the archive of an inspection with the key of a test's instance."""
    return make_archive(
        walk.conn,
        walk.viewer("A"),
        walk.found,
        load_instance_key(key_of(walk)),
        files=walk.files,
        now=NOW,
    )


def key_of(walk: Walk) -> Path:
    """Return the file of the instance's key."""
    return walk.files.parent / "keys" / "instance.key"


def unpack(path: Path) -> Files:
    """Return the files of a package by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repack(path: Path, files: Files, name: str = "changed.zip") -> Path:
    """Write files as a package beside another."""
    changed = path.parent / name
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in files.items():
            archive.writestr(one, content)
    return changed


def change_json(files: Files, name: str, change: Callable[[Any], None], *, spell: bool) -> None:
    """Change a JSON file, spelled canonically if it is one that must be."""
    said = json.loads(files[name])
    change(said)
    files[name] = canonical(said) if spell else json.dumps(said, ensure_ascii=False).encode()


def recompute(files: Files, key: Ed25519PrivateKey | None = None) -> None:
    """Recompute every hash of the manifest as a forger would, and sign it with the forger's key.

    Without a key the signature stays as it was: the forger has not that of the instance.
    """
    manifest = json.loads(files[MANIFEST])
    rest = {name: files[name] for name in sorted(files) if name not in (MANIFEST, SIGNATURE)}
    manifest["files"] = [
        {"path": name, "sha256": sha256(content).hexdigest(), "size": len(content)}
        for name, content in rest.items()
    ]
    manifest["content_sha256"] = sha256(files["content.json"]).hexdigest()
    if key is not None:
        public = key.public_key().public_bytes_raw()
        manifest |= {"public_key": public.hex(), "fingerprint": fingerprint(public)}
    files[MANIFEST] = canonical(manifest)
    if key is not None:
        files[SIGNATURE] = key.sign(files[MANIFEST]).hex().encode()


def change_record(files: Files) -> None:
    """Change what one side found of the marker, in the content and in the record's own file."""

    def change(content: Any) -> None:
        record = next(one for one in content["records"] if one["subject"]["kind"] == "marker")
        record["state"] = record["body"]["state"] = "lost"

    change_json(files, "content.json", change, spell=True)
    record = next(
        one
        for one in json.loads(files["content.json"])["records"]
        if one["subject"]["kind"] == "marker"
    )

    def follow(given: Any) -> None:
        given["record"] = record

    change_json(files, f"records/{record['id']}.json", follow, spell=False)
