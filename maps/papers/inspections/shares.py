"""Who leads where (分段): the sections and markers of an inspection as rows of a table."""

from __future__ import annotations

from maps.papers.inspections.facts import InspectionPaper
from maps.papers.inspections.words import name_basis
from maps.papers.words import DASH, NONE, UNKNOWN, name_word, write_day


def list_sections(paper: InspectionPaper) -> list[dict[str, str]]:
    """Return the sections with who leads there; a line without any is one row, to be split."""
    rows = []
    for number, (part, one) in enumerate(paper.outcomes("section"), 1):
        register, planned = one.subject.register, one.subject.planned_on
        rows.append(
            {
                "ordinal": str(number),
                "ends": one.subject.label,
                "length": str(register.get("length_km") or register.get("measured_km") or UNKNOWN),
                "basis": name_basis(register),
                "lead": part.name_party(one.subject.lead_id),
                "planned": write_day(planned),
            }
        )
    return rows or [_no_section()]


def _no_section() -> dict[str, str]:
    return {
        "ordinal": "1", "ends": "全线", "length": UNKNOWN, "basis": UNKNOWN, "lead": UNKNOWN,
        "planned": UNKNOWN,
    }  # fmt: skip


def list_shares(paper: InspectionPaper) -> list[dict[str, str]]:
    """Return the markers with the sides they belong to and who leads there."""
    rows = []
    for number, (part, one) in enumerate(paper.outcomes("marker"), 1):
        set_up = one.subject.register.get("set_up")
        rows.append(
            {
                "ordinal": str(number),
                "label": one.subject.label,
                "set_up": name_word("set_up", set_up) if set_up else UNKNOWN,
                "sides": "、".join(part.name_party(side) for side in one.subject.sides),
                "lead": part.name_party(one.subject.lead_id),
            }
        )
    nothing = dict.fromkeys(("set_up", "sides", "lead"), DASH)
    return rows or [{"ordinal": DASH, "label": NONE, **nothing}]
