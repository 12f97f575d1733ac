"""Lists in pages: ``{"items", "total", "next"}`` with ``limit`` and ``cursor``."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

from geo.errors import OptionInvalidError

MOST = 1000

Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items of one answer.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="``next`` of the answer before; else the start.")
]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; ``total`` counts all pages, ``next`` is None on the last."""

    items: list[Item]
    total: int
    next: str | None


def encode_cursor(*key: str) -> str:
    """Return the cursor that stands behind the item with this sort key."""
    return urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    """Return the sort key a cursor stands for; None at the start.

    Parameters
    ----------
    parts
        How many texts the key of this list has.

    Raises
    ------
    OptionInvalidError
        If it is not a cursor of such a list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(urlsafe_b64decode(padded.encode()))
    except ValueError:
        key = None
    if (
        not isinstance(key, list)
        or len(key) != parts
        or not all(isinstance(part, str) and "\0" not in part for part in key)
    ):
        raise OptionInvalidError(option="cursor", value=cursor, allowed="next")
    return tuple(key)
