"""What the forms of pages send, read as the facts it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from geo.errors import OptionInvalidError
from geo.exchange.schema import CellError, parse_number
from geo.markers.incoming.cells import parse_bearing, parse_distance
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


def read_day(typed: str, option: str | Text) -> date:
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


def read_number(typed: str, label: str, place: int | None = None) -> float | None:
    """Read a number; None where nothing was typed.

    Parameters
    ----------
    label
        What the field is called, ``page.<label>``; ``place`` is the reference object it is of.

    Raises
    ------
    OptionInvalidError
    """
    return _read(typed, label, parse_number, place)


def read_bearing(typed: str, label: str = "bearing", place: int | None = None) -> float | None:
    """Read a bearing as decimal degrees, from decimals or degrees, minutes and seconds.

    Raises
    ------
    OptionInvalidError
    """
    return _read(typed, label, parse_bearing, place)


def read_metres(typed: str, label: str = "distance", place: int | None = None) -> float | None:
    """Read a distance in metres.

    Raises
    ------
    OptionInvalidError
    """
    return _read(typed, label, parse_distance, place)


def _read(
    typed: str, label: str, parse: Callable[[object], float | None], place: int | None
) -> float | None:
    """Read a field as a cell of a table is read."""
    if not typed.strip():
        return None
    try:
        return parse(typed)
    except CellError as error:
        option = Text(f"page.{label}")
        if place is not None:
            option = Text("page.of_object", {"place": place, "field": option})
        raise OptionInvalidError(option=option, value=typed, allowed=error.allowed) from error
