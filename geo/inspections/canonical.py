"""One spelling of JSON, so that the same content always has the same hash (RFC 8785)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """Return JSON in its canonical form, UTF-8; measures must be decimal strings already."""
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical form, in hex."""
    return sha256(canonical(value)).hexdigest()
