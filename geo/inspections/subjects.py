"""What there is to inspect on a line: its markers and sections, as the register has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from geo.access.jurisdiction import Viewer
from geo.boundaries.sides import Sides, read_many_sides
from geo.inspections.measures import spell_all
from geo.markers.objects import ReferenceObject, read_objects
from geo.markers.read import Marker, list_markers
from geo.sections.register import Section, list_sections

MOST_MARKERS = 200_000
DEGREE_DIGITS = 9
"""A tenth of a millimetre."""
OBJECT = (
    "ordinal", "name", "part", "grid_bearing_deg", "magnetic_bearing_deg", "distance_m",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A marker or section of a line; ``sides`` are the divisions it belongs to."""

    kind: str
    id: UUID
    ordinal: int
    label: str
    sides: tuple[UUID, ...]
    managing_id: UUID | None
    register: Mapping[str, Any]

    def as_row(
        self, inspection_id: UUID, own: Collection[UUID], two: tuple[UUID, UUID]
    ) -> dict[str, Any]:
        """Return the row of a subject that ``own`` parties record; ``two`` has the lead first."""
        order = {side: place for place, side in enumerate(two)}
        sides = sorted(own, key=lambda side: (order.get(side, len(two)), str(side)))
        managed = self.managing_id if self.managing_id in own else two[0]
        return {
            "inspection_id": inspection_id,
            "kind": self.kind,
            "object_id": self.id,
            "ordinal": self.ordinal,
            "label": self.label,
            "sides": sides,
            "lead_id": managed if managed in own else sides[0],
            "register": self.register,
        }


def list_candidates(
    conn: Connection, viewer: Viewer, line_ids: Collection[UUID], at: date
) -> dict[UUID, list[Candidate]]:
    """List the markers (not the scrapped ones) and sections of lines, by line."""
    found: dict[UUID, list[Candidate]] = {one: [] for one in line_ids}
    if not line_ids:
        return found
    page = list_markers(conn, viewer, at, lines=line_ids, limit=MOST_MARKERS)
    objects = read_objects(conn, [one.id for one in page.items], at)
    for place, marker in enumerate(page.items, 1):
        for line in marker.lines:
            if line.id in found and marker.state != "scrapped":
                found[line.id].append(_marker(marker, place, objects.get(marker.id, ())))
    sides = read_many_sides(conn, line_ids, at)
    for line_id in line_ids:
        found[line_id] += _sections(list_sections(conn, line_id, at), sides[line_id])
    return found


def _marker(one: Marker, ordinal: int, objects: Sequence[ReferenceObject]) -> Candidate:
    register = {
        "number": one.number,
        "member": one.member,
        "set_up": one.set_up,
        "faces": one.faces,
        "material": one.material,
        "managing": one.managing.code if one.managing else None,
        "state": one.state,
        "position": {
            "lon": None if one.lon is None else round(one.lon, DEGREE_DIGITS),
            "lat": None if one.lat is None else round(one.lat, DEGREE_DIGITS),
            "given_x": one.given_x,
            "given_y": one.given_y,
            "crs": one.source_crs,
            "method": one.method,
            "accuracy_m": one.accuracy_m,
        },
        "objects": [{name: getattr(given, name) for name in OBJECT} for given in objects],
    }
    return Candidate(
        kind="marker",
        id=one.id,
        ordinal=ordinal,
        label=f"{one.number}{one.member}",
        sides=tuple(side.id for side in one.sides),
        managing_id=one.managing.id if one.managing else None,
        register=spell_all(register),
    )


def _sections(sections: Sequence[Section], sides: Sides) -> Iterator[Candidate]:
    for one in sections:
        register = {
            "from": one.begin,
            "to": one.end,
            "basis": one.basis,
            "basis_name": one.basis_name,
            "length_km": one.length_km,
            "measured_km": None if one.measured_km is None else round(one.measured_km, 3),
        }
        yield Candidate(
            kind="section",
            id=one.section_id,
            ordinal=one.ordinal,
            label=f"{one.begin}–{one.end}",
            sides=sides.ids,
            managing_id=None,
            register=spell_all(register),
        )
