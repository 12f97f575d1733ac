"""Spell numbers as decimal strings, so that what is signed has one spelling (RFC 8785)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def spell(value: float | None) -> str | None:
    """Return a measure as a decimal string without an exponent, such as ``117.2``; None stays."""
    if value is None:
        return None
    number = Decimal(repr(value)).normalize()
    return format(number or Decimal(0), "f")


def spell_all(value: Any) -> Any:
    """Return JSON with every float spelled; whole numbers, texts and truth values stay."""
    if isinstance(value, float):
        return spell(value)
    if isinstance(value, Mapping):
        return {str(key): spell_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [spell_all(one) for one in value]
    return value
