"""The instance's own key (Ed25519), which signs the archives made here.

It lies in the data folder, outside the database, and is part of every backup. The fingerprint of
its public half stands on paper reports, so that an archive can be held against the paper.
"""

from __future__ import annotations

import os
import re
import secrets
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from geo.errors import InstanceKeyError

GROUP = 4
MODE = 0o600


def load_instance_key(path: Path) -> Ed25519PrivateKey:
    """Return the instance's key; it is made the first time anybody asks.

    Parameters
    ----------
    path
        Its file, ``settings().instance_key``: 64 hexadecimal digits, for the owner's eyes only.

    Raises
    ------
    InstanceKeyError
        If the file is no key.
    """
    if not path.exists():
        _make(path)
    try:
        raw = bytes.fromhex(path.read_text(encoding="ascii"))
        return Ed25519PrivateKey.from_private_bytes(raw)
    except ValueError as error:
        raise InstanceKeyError(file=str(path)) from error


def fingerprint(public: bytes) -> str:
    """Return what stands on paper for a public key: its SHA-256 in groups of four digits."""
    digits = sha256(public).hexdigest()
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def instance_fingerprint(path: Path) -> str:
    """Return the fingerprint of this instance's key."""
    return fingerprint(load_instance_key(path).public_key().public_bytes_raw())


def same_fingerprint(typed: str, printed: str) -> bool:
    """Return whether two fingerprints are the same, however they are grouped and typed."""
    one, other = (re.sub(r"[^0-9a-f]", "", given.lower()) for given in (typed, printed))
    return one == other


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw().hex())
            file.flush()
            os.fsync(file.fileno())
        # Of two processes at once one wins; a link never replaces what is there.
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink(missing_ok=True)
