"""Sections of a line: from marker to marker, or to an end told in words, and what each follows.

A section names what the agreement says the line follows there; it never moves the line. When a
river or a road shifts, the line of record stays where it is (Order 353 art. 7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import Range

from geo.access.jurisdiction import Viewer, require_role
from geo.db.engine import give_reason
from geo.db.ids import new_id
from geo.db.sql import any_uuid
from geo.errors import SectionInvalidError, SectionUnknownError
from geo.markers.tables import marker_on_line, marker_version
from geo.revisions.changes import change_object
from geo.sections.along import (
    MarkerRef,
    Track,
    cut_track,
    length_m,
    list_stops,
    read_track,
    runs_forward,
)
from geo.sections.tables import line_section
from geo.texts import Text

BASES = ("marker_to_marker", "river", "ditch", "road", "ridge", "other")
"""What a line is fixed on the ground by (Order 353 art. 5): ``basis.<key>`` in the catalogue."""
LONGEST_KM = 100_000.0
section = line_section.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of a line as it holds on a date.

    ``length_km`` is what the agreement says, None where it says nothing; ``measured_km`` is that of
    the line of record between the two ends on the ellipsoid, None where an end cannot be placed.
    ``basis_name`` is the name of the river, road … that it follows.
    """

    section_id: UUID
    ordinal: int
    from_marker: MarkerRef | None
    to_marker: MarkerRef | None
    from_text: str | None
    to_text: str | None
    basis: str
    basis_name: str | None
    length_km: float | None
    measured_km: float | None
    note: str | None
    source: str
    valid_from: date | None
    valid_to: date | None

    @property
    def begin(self) -> str:
        """Return where it begins, in words."""
        return (self.from_marker.number if self.from_marker else self.from_text) or ""

    @property
    def end(self) -> str:
        """Return where it ends, in words."""
        return (self.to_marker.number if self.to_marker else self.to_text) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionFacts:
    """A section as it is to be written; ``section_id`` is that of the one it continues."""

    section_id: UUID | None = None
    from_marker_id: UUID | None = None
    to_marker_id: UUID | None = None
    from_text: str | None = None
    to_text: str | None = None
    basis: str = "marker_to_marker"
    basis_name: str | None = None
    length_km: float | None = None
    note: str | None = None


def list_sections(conn: Connection, line_id: UUID, at: date) -> list[Section]:
    """List the sections of a line on a date, in their order; who may see them was asked before.

    Raises
    ------
    LineUnknownError
    """
    rows, shapes = _read(conn, line_id, at)
    names = _names(conn, {one for row in rows for one in _ends(row)}, at)
    return [_section(row, names, shapes.get(row.section_id)) for row in rows]


def shape_sections(conn: Connection, line_id: UUID, at: date) -> dict[UUID, shapely.Geometry]:
    """Return the part of the line of record of each section, in EPSG:4490.

    A section is left out when a marker at its end has no position, or both stand at one place.
    """
    return _read(conn, line_id, at)[1]


def find_section(conn: Connection, line_id: UUID, section_id: UUID, at: date) -> Section:
    """Return one section of a line on a date.

    Raises
    ------
    LineUnknownError, SectionUnknownError
    """
    for one in list_sections(conn, line_id, at):
        if one.section_id == section_id:
            return one
    raise SectionUnknownError(section=section_id)


def facts_of(one: Section) -> SectionFacts:
    """Return a section as it would be written to stay as it is."""
    return SectionFacts(
        section_id=one.section_id,
        from_marker_id=one.from_marker.id if one.from_marker else None,
        to_marker_id=one.to_marker.id if one.to_marker else None,
        from_text=one.from_text,
        to_text=one.to_text,
        basis=one.basis,
        basis_name=one.basis_name,
        length_km=one.length_km,
        note=one.note,
    )


def put_sections(
    conn: Connection,
    viewer: Viewer,
    line_id: UUID,
    sections: Sequence[SectionFacts],
    *,
    valid_from: date,
    source: str,
    seen: int | None,
) -> int:
    """Say which sections a line has from a day on; an editor of both sides does, and no one else.

    Returns
    -------
    int
        The new revision of the line.

    Raises
    ------
    SectionInvalidError
        If a section has no beginning or end, an unknown basis, or a marker of another line.
    RoleMissingError, OutsideJurisdictionError, RevisionMissingError, ChangedMeanwhileError
    """
    track = read_track(conn, line_id, valid_from)
    require_role(conn, viewer, "editor", [track.left_id, track.right_id], what=str(line_id))
    revision = change_object(
        conn, viewer, "line", line_id, "line_sections", seen=seen, count=len(sections)
    )
    store_sections(conn, line_id, sections, valid_from=valid_from, source=source)
    return revision


def store_sections(
    conn: Connection,
    line_id: UUID,
    sections: Sequence[SectionFacts],
    *,
    valid_from: date,
    source: str,
) -> dict[str, int]:
    """Store the sections of a line from a day on; who may was asked before.

    A section that says the same stays, one that differs gets a new version, one that is not given
    any more ends. What was written for later days gives way.

    Returns
    -------
    dict
        Counts: added, changed, ended, unchanged.

    Raises
    ------
    SectionInvalidError
    """
    _check(conn, line_id, sections, valid_from)
    give_reason(conn, source)
    later = conn.execute(
        select(line_section)
        .where(section.line_id == line_id, section.valid.overlaps(Range(valid_from, None)))
        .order_by(func.lower(section.valid))
    ).all()
    given = [_values(one, line_id, place, source) for place, one in enumerate(sections, 1)]
    kept = {
        row.section_id
        for row in later
        if row.valid.upper is None
        and (row.valid.lower is None or row.valid.lower <= valid_from)
        and _stays(row, given)
    }
    _close(conn, [row for row in later if row.section_id not in kept], valid_from)
    new = [values for values in given if values["section_id"] not in kept]
    if new:
        valid = Range(valid_from, None)
        conn.execute(insert(line_section), [{"id": new_id(), "valid": valid} | one for one in new])
    before, after = {row.section_id for row in later}, {one["section_id"] for one in given}
    return {
        "added": len(after - before),
        "changed": len((after & before) - kept),
        "ended": len(before - after),
        "unchanged": len(kept),
    }


def _read(
    conn: Connection, line_id: UUID, at: date
) -> tuple[Sequence[Row[Any]], dict[UUID, shapely.Geometry]]:
    """Return the rows of a line's sections and the part of the line of each that can be placed."""
    rows = conn.execute(
        select(line_section)
        .where(section.line_id == line_id, section.valid.contains(at))
        .order_by(section.ordinal)
    ).all()
    track = read_track(conn, line_id, at)
    stops = list_stops(conn, track, at) if rows else []
    return rows, _shapes(track, rows, {one.id: stop.at_m for stop in stops for one in stop.markers})


def _shapes(
    track: Track, rows: Sequence[Row[Any]], at_m: Mapping[UUID, float]
) -> dict[UUID, shapely.Geometry]:
    met = [at_m[one] for row in rows for one in _ends(row) if one in at_m]
    ends = (0.0, track.length_m) if runs_forward(track, met) else (track.length_m, 0.0)
    shapes: dict[UUID, shapely.Geometry] = {}
    for row in rows:
        begin = at_m.get(row.from_marker_id) if row.from_marker_id else ends[0]
        end = at_m.get(row.to_marker_id) if row.to_marker_id else ends[1]
        if begin is not None and end is not None and begin != end:
            shapes[row.section_id] = cut_track(track, begin, end)
    return shapes


def _ends(row: Row[Any]) -> list[UUID]:
    return [one for one in (row.from_marker_id, row.to_marker_id) if one]


def _names(conn: Connection, ids: set[UUID], at: date) -> dict[UUID, MarkerRef]:
    """Return markers by id, with the number of the date or the one nearest to it."""
    card = marker_version.c
    rows = conn.execute(
        select(card.marker_id, card.number, card.member)
        .where(card.marker_id == any_uuid(ids))
        # The version of the date comes last, so it stands.
        .order_by(card.valid.contains(at), func.lower(card.valid).nulls_first())
    )
    return {
        row.marker_id: MarkerRef(id=row.marker_id, number=row.number, member=row.member)
        for row in rows
    }


def _section(
    row: Row[Any], names: Mapping[UUID, MarkerRef], shape: shapely.Geometry | None
) -> Section:
    return Section(
        section_id=row.section_id,
        ordinal=row.ordinal,
        from_marker=names.get(row.from_marker_id),
        to_marker=names.get(row.to_marker_id),
        from_text=row.from_text,
        to_text=row.to_text,
        basis=row.basis,
        basis_name=row.basis_name,
        length_km=row.length_km,
        measured_km=None if shape is None else length_m(shape) / 1000,
        note=row.note,
        source=row.source,
        valid_from=row.valid.lower,
        valid_to=row.valid.upper,
    )


def _check(conn: Connection, line_id: UUID, sections: Sequence[SectionFacts], day: date) -> None:
    """Refuse sections that cannot stand; the first that cannot is named."""
    on = marker_on_line.c
    here = set(
        conn.execute(
            select(on.marker_id).where(on.line_id == line_id, on.valid.contains(day))
        ).scalars()
    )
    ids = [one.section_id for one in sections if one.section_id]
    for number, one in enumerate(sections, 1):
        reason = _wrong(one, here)
        if reason is None and one.section_id and ids.count(one.section_id) > 1:
            reason = Text("reason.section_twice")
        if reason is not None:
            raise SectionInvalidError(section=number, reason=reason)


def _wrong(one: SectionFacts, here: set[UUID]) -> Text | None:
    """Return what is wrong with a section, given the markers of its line."""
    if one.basis not in BASES:
        return Text("reason.section_basis", {"basis": one.basis, "allowed": list(BASES)})
    if not (one.from_marker_id or one.from_text) or not (one.to_marker_id or one.to_text):
        return Text("reason.section_open")
    if one.from_marker_id and one.from_marker_id == one.to_marker_id:
        return Text("reason.section_same")
    if {one.from_marker_id, one.to_marker_id} - here - {None}:
        return Text("reason.section_marker_elsewhere")
    if one.length_km is not None and not 0 < one.length_km < LONGEST_KM:
        return Text("reason.section_length", {"length": one.length_km})
    return None


def _values(one: SectionFacts, line_id: UUID, ordinal: int, source: str) -> dict[str, Any]:
    values = asdict(one) | {"line_id": line_id, "ordinal": ordinal, "source": source}
    return values | {"section_id": one.section_id or new_id()}


def _stays(row: Row[Any], given: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether one of the given says what a version says; its source makes no difference."""
    return any(
        all(getattr(row, name) == value for name, value in one.items() if name != "source")
        for one in given
        if one["section_id"] == row.section_id
    )


def _close(conn: Connection, rows: Sequence[Row[Any]], day: date) -> None:
    """End versions on a day; one that began then or later never was (the log has it)."""
    never = [row.id for row in rows if row.valid.lower is not None and row.valid.lower >= day]
    ended = [row.id for row in rows if row.id not in never]
    conn.execute(delete(line_section).where(section.id == any_uuid(never)))
    conn.execute(
        update(line_section)
        .where(section.id == any_uuid(ended))
        .values(valid=func.daterange(func.lower(section.valid), day))
    )
