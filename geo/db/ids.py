"""Ids of rows: UUIDv7 (RFC 9562), made in Python, so they sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return UUID(bytes=uuid_utils.compat.uuid7().bytes)
