"""What the forms of pages send, read as the facts it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.errors import OptionInvalidError
from geo.texts import Text


def read_file_form(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of the form of a file; one that was not sent is empty."""
    names = ("kind", "side", "title", "number", "dated", "issuer")
    return {name: fields.get(name, "").strip() for name in names}


def file_facts(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed of a file as its facts.

    Raises
    ------
    OptionInvalidError
    """
    return {
        "kind": typed["kind"],
        "title": typed["title"] or None,
        "number": typed["number"] or None,
        "dated": read_day(typed["dated"], "dated") if typed["dated"] else None,
        "issuer": typed["issuer"] or None,
    }


def read_day(typed: str, option: str) -> date:
    """Read a day.

    Raises
    ------
    OptionInvalidError
    """
    try:
        return date.fromisoformat(typed.strip())
    except ValueError as error:
        allowed = Text("allowed.date")
        raise OptionInvalidError(option=option, value=typed, allowed=allowed) from error
