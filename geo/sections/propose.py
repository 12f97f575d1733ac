"""Propose the sections of a line from the markers along it; an office then says what is so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from uuid import UUID

from sqlalchemy import Connection

from geo.sections.along import Stop, Track, list_stops, read_track, runs_forward
from geo.sections.register import Section, SectionFacts, list_sections

SHORTEST_M = 1.0
"""Where the first marker is closer than this to the end of the line, it is the end."""
Ends = tuple[UUID | None, UUID | None]


def generate_sections(
    conn: Connection,
    line_id: UUID,
    at: date,
    *,
    begins_at: str | None = None,
    ends_at: str | None = None,
) -> list[SectionFacts]:
    """Propose the sections between the markers along a line; nothing is stored.

    The two halves of a double marker are one end, in their middle along the line. The order is
    that of the numbers, which run from west to east or from north to south (GB/T 17796); with
    fewer than two, the line is turned so. A section that is known between the same ends keeps its
    id, its basis and what else was written of it.

    Parameters
    ----------
    begins_at, ends_at
        The ends of the line in words, for the parts before the first marker and after the last.

    Raises
    ------
    LineUnknownError
    """
    track = read_track(conn, line_id, at)
    stops = list_stops(conn, track, at)
    by_number = sorted(stops, key=lambda one: one.marker.number)
    forward = runs_forward(track, [one.at_m for one in by_number])
    known = {_ends(one): one for one in list_sections(conn, line_id, at)}
    made = []
    for begin, end in _pairs(track, stops if forward else stops[::-1]):
        ends = (begin.marker.id if begin else None, end.marker.id if end else None)
        made.append(_facts(ends, known.get(ends), begins_at or "界线起点", ends_at or "界线止点"))
    return made


def _pairs(track: Track, stops: Sequence[Stop]) -> list[tuple[Stop | None, Stop | None]]:
    """Return beginning and end of each section; None is an end of the line itself."""
    between: list[tuple[Stop | None, Stop | None]] = list(pairwise(stops))
    if track.is_ring and stops:
        return [*between, (stops[-1], stops[0])] if len(stops) > 1 else [(stops[0], None)]
    if not stops:
        return [(None, None)]
    first, last = stops[0], stops[-1]
    begins = min(first.at_m, track.length_m - first.at_m) > SHORTEST_M or len(stops) == 1
    ends = min(last.at_m, track.length_m - last.at_m) > SHORTEST_M or len(stops) == 1
    before: list[tuple[Stop | None, Stop | None]] = [(None, first)] if begins else []
    return [*before, *between, *([(last, None)] if ends else [])]


def _ends(one: Section) -> Ends:
    return (
        one.from_marker.id if one.from_marker else None,
        one.to_marker.id if one.to_marker else None,
    )


def _facts(ends: Ends, old: Section | None, begins_at: str, ends_at: str) -> SectionFacts:
    begin, end = ends
    return SectionFacts(
        section_id=old.section_id if old else None,
        from_marker_id=begin,
        to_marker_id=end,
        from_text=None if begin else (old and old.from_text) or begins_at,
        to_text=None if end else (old and old.to_text) or ends_at,
        basis=old.basis if old else "marker_to_marker",
        basis_name=old.basis_name if old else None,
        length_km=old.length_km if old else None,
        note=old.note if old else None,
    )
