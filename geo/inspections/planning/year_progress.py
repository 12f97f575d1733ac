"""How far a year is, by line and by county, as numbers for a chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from geo.access.jurisdiction import Viewer
from geo.boundaries.sides import Side
from geo.db.sql import any_uuid
from geo.inspections.facts import STATES
from geo.inspections.field.counting import count_recorded
from geo.inspections.read import MOST, Listed, list_inspections
from geo.inspections.tables import inspection_signature

signature = inspection_signature.c


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProgress:
    """An inspection: how many of its markers and sections have a result; its place on the way.

    ``step`` of ``steps`` counts the states gone through, for a bar.
    """

    listed: Listed
    subjects: int
    settled: int
    conflicts: int
    step: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SideProgress:
    """What a county owes in all its inspections of the year, and what it has done of it.

    ``records`` of ``to_record`` markers and sections; ``signed`` and ``accepted`` of
    ``inspections``.
    """

    side: Side
    inspections: int
    to_record: int
    records: int
    signed: int
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YearProgress:
    """A year's progress; ``by_state`` counts the inspections of whole lines."""

    year: int
    lines: list[LineProgress]
    sides: list[SideProgress]
    by_state: Mapping[str, int]


def read_progress(
    conn: Connection, viewer: Viewer, year: int, at: date, *, within: UUID | None = None
) -> YearProgress:
    """Read how far the inspections of a year are, as far as the viewer may see them.

    A line in parts counts by its parts; the counties are those of the parts.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    page = list_inspections(conn, viewer, at, year=year, within=within, limit=MOST)
    listed = [found for found in page.items if found.state != "withdrawn"]
    wholes = {found.parent_id for found in listed}
    walked = [found for found in listed if found.id not in wholes]
    whole = [found for found in listed if found.parent_id is None]
    return YearProgress(
        year=year,
        lines=[_line(found, listed) for found in sorted(whole, key=_by_code)],
        sides=_sides(conn, walked),
        by_state=dict(Counter(found.state for found in whole)),
    )


def _by_code(found: Listed) -> tuple[str, str]:
    return found.line_code or "~", f"{found.line_name} {found.id}"


def _line(found: Listed, listed: Sequence[Listed]) -> LineProgress:
    of = [found, *(part for part in listed if part.parent_id == found.id)]
    steps = STATES.index("archived")
    # A returned inspection is back where problems are put right.
    state = "disposal" if found.state == "returned" else found.state
    done = [one for one in STATES[: steps + 1] if one != "returned"]
    return LineProgress(
        listed=found,
        subjects=sum(one.progress.markers + one.progress.sections for one in of),
        settled=sum(one.progress.settled for one in of),
        conflicts=sum(one.progress.conflict for one in of),
        step=done.index(state),
        steps=len(done) - 1,
    )


def _sides(conn: Connection, walked: Sequence[Listed]) -> list[SideProgress]:
    owed: Counter[UUID] = Counter()
    lacks: Counter[UUID] = Counter()
    for (_, side), counted in count_recorded(conn, [found.id for found in walked]).items():
        owed[side] += counted.subjects
        lacks[side] += counted.missing
    signed = _signed(conn, walked)
    parties = {party.id: party for found in walked for party in found.parties}
    progress = []
    for id_, party in sorted(parties.items(), key=lambda pair: pair[1].code):
        of = [found for found in walked if id_ in {one.id for one in found.parties}]
        progress.append(
            SideProgress(
                side=Side(id=id_, code=party.code, name=party.name),
                inspections=len(of),
                to_record=owed[id_],
                records=owed[id_] - lacks[id_],
                signed=sum((found.id, id_) in signed for found in of),
                accepted=sum(found.state in ("accepted", "archived") for found in of),
            )
        )
    return progress


def _signed(conn: Connection, walked: Sequence[Listed]) -> set[tuple[UUID, UUID]]:
    """Return inspection and side of the signatures that stand."""
    rows = conn.execute(
        select(signature.inspection_id, signature.division_id).where(
            signature.inspection_id == any_uuid(found.id for found in walked),
            signature.voided_at.is_(None),
        )
    )
    return {(row.inspection_id, row.division_id) for row in rows}
