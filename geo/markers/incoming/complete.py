"""Whether the rows of a table agree with themselves, and what their register cards still lack.

Order 36 wants five things of a marker: in its right position, firmly set, easily seen, clearly
inscribed, its file complete. A table can speak of the last only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from geo.exchange.findings import Finding
from geo.exchange.stage import Staged
from geo.markers.checks import count_whole, list_missing_parts
from geo.markers.incoming.rows import Row, head_of
from geo.markers.numbers import match_number
from geo.markers.objects import LEAST_OBJECTS
from geo.texts import Text

THREE = 3


def find_contradictions(rows: Sequence[Row], staged: Staged) -> Iterator[Finding]:
    """Settle how many faces each stone has, in place, and say what contradicts a tripoint."""
    for row in rows:
        sides = len(row.sides)
        told = row.faces is not None
        row.faces = row.faces or (THREE if sides == THREE else 2)
        form_faces = {form.faces for form in match_number(row.called)} - {None}
        if row.faces == THREE and sides < THREE:
            yield _finding(row, "tripoint_two_sides", "error", head_of(staged, "faces"))
        elif told and row.faces < THREE and sides == THREE:
            yield _finding(row, "tripoint_two_faces", "warning", head_of(staged, "faces"))
        if form_faces and row.faces not in form_faces:
            yield _finding(row, "number_says_faces", "warning", head_of(staged, "number"))
        if row.set_up == "triple" and sides < THREE:
            yield _finding(row, "triple_two_sides", "warning", head_of(staged, "set_up"))


def _finding(row: Row, rule: str, severity: str, column: str) -> Finding:
    return Finding(
        rule=rule,
        severity="error" if severity == "error" else "warning",
        row=row.row,
        column=column,
        value=row.called,
        facts={"sides": len(row.sides), "faces": row.faces},
    )


def find_incomplete(rows: Sequence[Row]) -> Iterator[Finding]:
    """Say where fewer than three reference objects are measured, and what a new card lacks.

    A marker of the register keeps what a row leaves open, so only what the row has is judged.
    """
    for row in rows:
        whole = count_whole(row.objects)
        if whole < LEAST_OBJECTS and (row.objects or row.known is None):
            facts = {"objects": whole, "least": LEAST_OBJECTS}
            yield Finding(
                rule="objects_too_few", severity="warning", row=row.row, value=row.called,
                facts=facts,
            )  # fmt: skip
        if row.known is None and (missing := _missing(row)):
            facts_missing = {"missing": missing}
            yield Finding(
                rule="file_incomplete", severity="warning", row=row.row, value=row.called,
                facts=facts_missing,
            )  # fmt: skip


def _missing(row: Row) -> list[Text]:
    said = row.values
    card = {
        "position": row.point,
        "material": said["material"],
        "set_on": said["set_on"],
        "method": said["method"],
        "accuracy_m": said["accuracy"],
        "height_m": said["height"],
        "managing": row.managing,
    }
    sites = [Text("marker_part.site")] if len(row.own_sites) < len(row.sides) else []
    return list_missing_parts(card) + sites
