"""A drawn 冀鲁 line: 610 km, 7 prefectures, 21 counties, with markers and sections on the whole.

Ten counties of 河北 lie above eleven of 山东, eleven cells wide above and ten below: twenty pairs.
The provinces' own line carries the markers and sections, the counties' lines carry none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import shapely
from sqlalchemy import Connection, select

from geo.access.jurisdiction import Grant, Role, Viewer, system_viewer
from geo.boundaries.record import RecordFacts, store_records
from geo.boundaries.store import store_lines
from geo.boundaries.tables import boundary_line
from geo.divisions.apply import Source
from geo.divisions.read import find_division
from geo.inspections.opening import InspectionFacts, open_inspection
from geo.markers.facts import MarkerFacts, Position
from geo.markers.store import store_markers
from geo.sections.register import SectionFacts, store_sections
from tests.geo.divisions.given import FROM, TODAY, put

HEBEI = [
    (f"13{city}{21 + number}", f"冀{city}{number}县")
    for city, count in (("04", 2), ("05", 2), ("09", 3), ("11", 3))
    for number in range(count)
]
SHANDONG = [
    (f"37{city}{21 + number}", f"鲁{city}{number}县")
    for city, count in (("14", 5), ("15", 3), ("16", 3))
    for number in range(count)
]
LENGTH_KM, MARKERS = 610.0, 28
SYSTEM = system_viewer("test")


@dataclass(frozen=True, slots=True)
class Long:
    """The provinces, their line, its markers from west to east, and the inspection of it."""

    hebei: UUID
    shandong: UUID
    line: UUID
    markers: list[UUID]
    inspection: UUID

    def viewer(self, place: UUID, role: Role = "editor") -> Viewer:
        """Return an account with a role at a division."""
        return Viewer(None, "one", (Grant(role, place, "某地"),), demo_open=False, actor="test:one")


def draw_long(conn: Connection) -> Long:
    """Put the provinces, counties, lines, markers and sections in, and open the inspection."""
    top = _row(HEBEI, 11, 37.0, 37.1)
    bottom = _row(SHANDONG, 10, 36.9, 37.0)
    provinces = [
        ("130000", "河北省", _whole([shape for _, _, shape in top])),
        ("370000", "山东省", _whole([shape for _, _, shape in bottom])),
    ]
    put(conn, *provinces, *top, *bottom)
    store_lines(conn, "province", FROM)
    store_lines(conn, "county", FROM)
    hebei, shandong = (find_division(conn, code) for code in ("130000", "370000"))
    own = boundary_line.c
    line = conn.execute(select(own.id).where(own.unit_level == "province")).scalar_one()
    record = RecordFacts(
        code="1337", name="冀鲁线", official_length_km=LENGTH_KM, length_basis="agreement",
        length_document="协议书",
    )  # fmt: skip
    store_records(conn, {line: record}, valid_from=FROM, source=Source(name="test"))
    markers = _set_markers(conn, line, (hebei, shandong))
    sections = [
        SectionFacts(from_marker_id=begin, to_marker_id=end, basis="river", length_km=20.0)
        for begin, end in pairwise(markers)
    ]
    store_sections(conn, line, sections, valid_from=FROM, source="协议书")
    facts = InspectionFacts(
        line_id=line, kind="regular", round=5, year=2026, lead_id=shandong, cooperating_id=hebei
    )
    made = open_inspection(conn, SYSTEM, facts, today=TODAY)
    return Long(hebei=hebei, shandong=shandong, line=line, markers=markers, inspection=made)


def _row(
    units: list[tuple[str, str]], width: int, south: float, north: float
) -> list[tuple[str, str, shapely.MultiPolygon]]:
    """Lay counties side by side, with a vertex where one of the other row may end."""
    row = []
    for number, (code, name) in enumerate(units):
        west, east = number * width, (number + 1) * width
        steps = [step / 100 + 116 for step in range(west, east + 1)]
        ring = [(x, south) for x in steps] + [(x, north) for x in reversed(steps)]
        row.append((code, name, shapely.MultiPolygon([shapely.Polygon(ring)])))
    return row


def _whole(shapes: list[shapely.MultiPolygon]) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([*shapely.get_parts(shapely.unary_union(shapes))])


def _set_markers(conn: Connection, line: UUID, sides: tuple[UUID, UUID]) -> list[UUID]:
    """Set markers along the whole line, each inside the piece of one pair."""
    facts = [
        MarkerFacts(
            number=f"1337{number:03d}Q",
            lines=(line,),
            sides=sides,
            managing_id=sides[number % 2],
            position=Position(lon=116.005 + number * 0.038, lat=37.0, accuracy_m=1.0),
        )
        for number in range(1, MARKERS + 1)
    ]
    stored = store_markers(
        conn, facts, valid_from=FROM, source=Source(name="test"), actor="system:test"
    )
    return list(stored.ids)
