"""Propose the inspections of a year: which lines are due, who leads, how sections split."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select

from geo.access.jurisdiction import Viewer
from geo.boundaries.sides import Side
from geo.db.sql import any_uuid
from geo.inspections.planning.clock import Clock, list_clocks
from geo.markers.tables import marker_version
from geo.sections.tables import line_section

Why = Literal["overdue", "due", "unknown"]
"""``plan_why.<key>`` in the catalogue."""
section = line_section.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A section and the side that leads there (分段牵头); ``length_km`` is the agreed length."""

    section_id: UUID
    label: str
    length_km: float | None
    lead_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A line that belongs into a year's plan, and why; everything of it is only proposed.

    ``round`` is None where no round of the line is known: somebody has to say it.
    """

    clock: Clock
    why: Why
    round: int | None
    lead: Side
    cooperating: Side
    shares: tuple[Share, ...]


def propose_plan(
    conn: Connection,
    viewer: Viewer,
    year: int,
    at: date,
    *,
    within: UUID | None = None,
    level: str | None = None,
    known: Sequence[Clock] | None = None,
) -> list[Proposed]:
    """Propose what is to be inspected in a year: overdue, due by its end, or of unknown last round.

    A line that is under way is not proposed again. The lead alternates with the rounds; it leads
    on the first half of the sections, the other side on the second.

    Parameters
    ----------
    within, level
        As for :func:`geo.inspections.planning.clock.list_clocks`.
    known
        What that function gave for the same, where it was asked already.

    Raises
    ------
    UnauthenticatedError, RoleMissingError
    """
    end = date(year, 12, 31)
    if known is None:
        known = list_clocks(conn, viewer, at, within=within, level=level)
    due = [(clock, why) for clock in known if (why := _why(clock, end, at)) is not None]
    leads = {clock.line.id: (clock.suggested_lead.id, clock.other_side.id) for clock, _ in due}
    shares = suggest_shares(conn, leads, at)
    return [
        Proposed(
            clock=clock,
            why=why,
            round=clock.next_round,
            lead=clock.suggested_lead,
            cooperating=clock.other_side,
            shares=shares[clock.line.id],
        )
        for clock, why in due
    ]


def suggest_shares(
    conn: Connection, leads: Mapping[UUID, tuple[UUID, UUID]], at: date
) -> dict[UUID, tuple[Share, ...]]:
    """Split the sections of lines between the lead and the other side, in their order.

    The first sections up to half of the length go to the lead; without lengths, half of the number.

    Parameters
    ----------
    leads
        Lead and cooperating side by line.
    """
    chosen: Select[Any] = (
        select(line_section)
        .where(section.line_id == any_uuid(leads), section.valid.contains(at))
        .order_by(section.line_id, section.ordinal)
    )
    by_line: dict[UUID, list[Row[Any]]] = {one: [] for one in leads}
    for row in conn.execute(chosen):
        by_line[row.line_id].append(row)
    ends = {
        one
        for rows in by_line.values()
        for row in rows
        for one in (row.from_marker_id, row.to_marker_id)
        if one
    }
    numbers = name_ends(conn, ends, at)
    return {line: tuple(_split(rows, leads[line], numbers)) for line, rows in by_line.items()}


def _why(clock: Clock, end: date, at: date) -> Why | None:
    if clock.under_way is not None:
        return None
    if clock.due_on is None:
        return "unknown"
    if clock.due_on < at:
        return "overdue"
    return "due" if clock.due_on <= end else None


def name_ends(conn: Connection, ids: Collection[UUID], at: date) -> dict[UUID, str]:
    """Return the numbers of markers, of the date or the one nearest to it."""
    card = marker_version.c
    rows = conn.execute(
        select(card.marker_id, card.number, card.member)
        .where(card.marker_id == any_uuid(ids))
        # The version of the date comes last, so it stands.
        .order_by(card.valid.contains(at), func.lower(card.valid).nulls_first())
    )
    return {row.marker_id: f"{row.number}{row.member}" for row in rows}


def _split(
    rows: Sequence[Row[Any]], two: tuple[UUID, UUID], numbers: Mapping[UUID, str]
) -> list[Share]:
    lengths = [row.length_km for row in rows]
    weights = lengths if all(lengths) else [1.0] * len(rows)
    half, run = sum(weights) / 2, 0.0
    shares = []
    for row, weight in zip(rows, weights, strict=True):
        # A section belongs to the half that its middle lies in.
        lead = two[0] if run + weight / 2 <= half else two[1]
        run += weight
        begin = numbers.get(row.from_marker_id) or row.from_text or ""
        end = numbers.get(row.to_marker_id) or row.to_text or ""
        shares.append(
            Share(
                section_id=row.section_id,
                label=f"{begin}–{end}",
                length_km=row.length_km,
                lead_id=lead,
            )
        )
    return shares
