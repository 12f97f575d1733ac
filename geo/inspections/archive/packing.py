"""Write an archive package: a zip whose every file the manifest names, signed by the instance."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from geo.access.keys import ALGORITHM
from geo.errors import NotFoundError
from geo.inspections.signing.canonical import canonical
from geo.inspections.signing.instance import fingerprint

FORMAT = "yutu-inspection-archive/1"
MANIFEST, MANIFEST_SIGNATURE = "manifest.json", "manifest.sig"
DAY_ZERO = (1980, 1, 1, 0, 0, 0)
CHUNK = 1 << 20
LARGE = 1 << 31
"""Bytes from which a zip entry needs the longer fields (APPNOTE 4.5.3)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a package: its path inside, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass
class Package:
    """A zip that is being written, and what is in it so far."""

    archive: zipfile.ZipFile
    entries: dict[str, Entry] = field(default_factory=dict)

    def put(self, path: str, content: bytes) -> None:
        """Put content in, packed."""
        member = zipfile.ZipInfo(path, DAY_ZERO)
        member.compress_type = zipfile.ZIP_DEFLATED
        self.archive.writestr(member, content)
        self.entries[path] = Entry(path, sha256(content).hexdigest(), len(content))

    def put_json(self, path: str, content: object) -> None:
        """Put JSON in for people and programs to read: dates, ids and texts as words."""
        said = json.dumps(content, ensure_ascii=False, indent=1, default=str, allow_nan=False)
        self.put(path, said.encode())

    def put_file(self, path: str, source: Path, expected: str) -> None:
        """Put a kept file in as it is, in pieces; once, however often it is given.

        Raises
        ------
        NotFoundError
            If its content is not what it was kept as.
        """
        if path in self.entries:
            return
        member = zipfile.ZipInfo(path, DAY_ZERO)
        member.file_size = size = source.stat().st_size
        digest = sha256()
        large = size >= LARGE
        with source.open("rb") as file, self.archive.open(member, "w", force_zip64=large) as out:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != expected:
            raise NotFoundError(what=expected)
        self.entries[path] = Entry(path, expected, size)

    def close(self, key: Ed25519PrivateKey, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest and its signature, which end the package; return the manifest."""
        public = key.public_key().public_bytes_raw()
        manifest = {
            **facts,
            "format": FORMAT,
            "algorithm": ALGORITHM,
            "public_key": public.hex(),
            "fingerprint": fingerprint(public),
            "files": [asdict(self.entries[path]) for path in sorted(self.entries)],
        }
        spelled = canonical(manifest)
        self.put(MANIFEST, spelled)
        self.put(MANIFEST_SIGNATURE, key.sign(spelled).hex().encode())
        return manifest
