"""Sections of a line as rows of a form: put into it, moved about in it, read from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from geo.errors import OptionInvalidError, SectionInvalidError
from geo.exchange.schema import CellError, parse_number
from geo.sections.along import MarkerRef
from geo.sections.register import SectionFacts
from geo.texts import Text
from maps.page_sections import MOST_ROWS, SectionRow

NUMBER = re.compile(r"[0-9A-Za-z()（）/-]+")
"""What can only be meant as the number of a marker."""


def name_end(one: MarkerRef) -> str:
    """Return what is typed for a marker: its number, with the letter of a half."""
    return f"{one.number}{one.member}"


def write_rows(sections: Sequence[SectionFacts], markers: Iterable[MarkerRef]) -> list[SectionRow]:
    """Return sections as rows; ``markers`` are those that may be an end.

    Raises
    ------
    OptionInvalidError
        If there are more than a form can hold.
    """
    _check_room(len(sections))
    names = {one.id: name_end(one) for one in markers}
    return [
        SectionRow(
            section_id=str(one.section_id or ""),
            begin=names[one.from_marker_id] if one.from_marker_id else one.from_text or "",
            end=names[one.to_marker_id] if one.to_marker_id else one.to_text or "",
            basis=one.basis,
            basis_name=one.basis_name or "",
            length_km="" if one.length_km is None else f"{one.length_km:.12g}",
            note=one.note or "",
        )
        for one in sections
    ]


def edit_rows(rows: Sequence[SectionRow], act: str) -> list[SectionRow]:
    """Return the rows after a button: ``add-2`` (behind the second), ``remove-2``, ``up-2``, ...

    What cannot be done, such as moving the first one up, changes nothing. A new row begins where
    the one before it ends.

    Raises
    ------
    OptionInvalidError
        If the form holds as many rows as it can.
    """
    what, _, typed = act.partition("-")
    place = int(typed) if typed.isascii() and typed.isdigit() else -1
    made = list(rows)
    if what == "add" and 0 <= place <= len(made):
        _check_room(len(made) + 1)
        made.insert(place, SectionRow(begin=made[place - 1].end if place else ""))
    elif 1 <= place <= len(made):
        other = {"up": place - 2, "down": place}.get(what)
        if what == "remove":
            del made[place - 1]
        elif other is not None and 0 <= other < len(made):
            made[place - 1], made[other] = made[other], made[place - 1]
    return made


def read_rows(rows: Sequence[SectionRow], markers: Iterable[MarkerRef]) -> list[SectionFacts]:
    """Return rows as sections, in their order; what of them cannot stand is for the register.

    Raises
    ------
    SectionInvalidError
        If an end is the number of no marker of the line, or a length is no number.
    """
    ends = {name_end(one): one.id for one in markers}
    return [_read_row(number, one, ends) for number, one in enumerate(rows, 1)]


def _check_room(count: int) -> None:
    if count > MOST_ROWS:
        raise OptionInvalidError(
            option=Text("page.sections"),
            value=count,
            allowed=Text("allowed.rows", {"most": MOST_ROWS}),
        )


def _read_row(number: int, one: SectionRow, ends: Mapping[str, UUID]) -> SectionFacts:
    begin, end = (_read_end(number, typed, ends) for typed in (one.begin, one.end))
    facts = SectionFacts(
        section_id=_read_id(number, one.section_id),
        basis=one.basis.strip(),
        basis_name=one.basis_name.strip() or None,
        length_km=_read_length(number, one.length_km),
        note=one.note.replace("\r\n", "\n").strip() or None,
    )
    return replace(
        facts, from_marker_id=begin[0], from_text=begin[1], to_marker_id=end[0], to_text=end[1]
    )


def _read_end(number: int, typed: str, ends: Mapping[str, UUID]) -> tuple[UUID | None, str | None]:
    """Return the marker that is meant, or the words."""
    said = unicodedata.normalize("NFKC", typed).strip()
    if said in ends:
        return ends[said], None
    if NUMBER.fullmatch(said):
        reason = Text("reason.section_number_unknown", {"number": said})
        raise SectionInvalidError(section=number, reason=reason)
    return None, typed.strip() or None


def _read_id(number: int, typed: str) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        reason = Text("reason.section_number_unknown", {"number": typed})
        raise SectionInvalidError(section=number, reason=reason) from None


def _read_length(number: int, typed: str) -> float | None:
    if not typed.strip():
        return None
    try:
        return parse_number(typed)
    except CellError:
        reason = Text("reason.section_length_unreadable", {"length": typed})
        raise SectionInvalidError(section=number, reason=reason) from None
