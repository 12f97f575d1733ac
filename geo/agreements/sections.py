"""Sections of a line as its sides agreed on them by a proposal.

Who agreed is the proposal's to know: no role is asked for here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.errors import OptionInvalidError
from geo.exchange.schema import CellError, parse_number, parse_text
from geo.revisions.changes import change_object
from geo.sections.register import SectionFacts, store_sections
from geo.texts import Text

LONGEST = 2000
COLUMNS = frozenset(field.name for field in fields(SectionFacts))
IDS = frozenset({"section_id", "from_marker_id", "to_marker_id"})


def apply_sections(
    conn: Connection, viewer: Viewer, line_id: UUID, body: Mapping[str, Any], *, at: date
) -> dict[str, int]:
    """Carry out a proposal of sections from a day on: ``sections`` in their order, ``source``.

    Raises
    ------
    OptionInvalidError
        If the sections cannot be read.
    SectionInvalidError, LineUnknownError
    """
    sections = _read_sections(body.get("sections"))
    change_object(
        conn, viewer, "line", line_id, "line_sections", seen=None, needs_seen=False,
        count=len(sections),
    )  # fmt: skip
    source = str(body.get("source") or Text("source.proposal"))
    return store_sections(conn, line_id, sections, valid_from=at, source=source)


def _read_sections(given: object) -> list[SectionFacts]:
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise OptionInvalidError(option="sections", value=given, allowed=sorted(COLUMNS))
    return [
        SectionFacts(**{name: _read(name, said) for name, said in one.items() if said is not None})
        for one in given
    ]


def _read(name: str, value: object) -> Any:
    """Return a field of a section from JSON."""
    try:
        if name in IDS:
            return UUID(str(value))
        if name == "length_km":
            return parse_number(value)
        if name in COLUMNS:
            return parse_text(value, max_len=LONGEST)
    except (ValueError, CellError):
        pass
    raise OptionInvalidError(option=name, value=value, allowed=sorted(COLUMNS))
