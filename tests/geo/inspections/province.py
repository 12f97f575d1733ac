"""A drawn Shandong of 66 counties and 114 county lines, 5,865 km by the agreements.

The counties lie in a grid of eight by eight with two more below it; those of 泰安 bear their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import shapely
from sqlalchemy import Connection, select

from geo.access.jurisdiction import system_viewer
from geo.boundaries.record import RecordFacts, store_records
from geo.boundaries.store import store_lines
from geo.boundaries.tables import boundary_line_version
from geo.divisions.apply import Source
from geo.divisions.read import find_division
from geo.inspections.planning.past import store_past_rounds
from geo.inspections.planning.round_faults import PastRoundFacts
from tests.geo.divisions.given import put

SIDE = 8
CELLS = [(row, column) for row in range(SIDE) for column in range(SIDE)] + [(SIDE, 1), (SIDE, 5)]
LINES, LENGTH_KM = 114, 5865.0
SINCE = date(2010, 1, 1)
TAIAN = (
    ("370902", "泰山区"), ("370911", "岱岳区"), ("370921", "宁阳县"), ("370923", "东平县"),
    ("370982", "新泰市"), ("370983", "肥城市"),
)  # fmt: skip
SYSTEM = system_viewer("test")


@dataclass(frozen=True, slots=True)
class Province:
    """The province, its lines by the codes of their sides, and the sides of each line."""

    id: UUID
    lines: dict[frozenset[str], UUID]
    sides: dict[UUID, tuple[UUID, UUID]]


def county_codes() -> list[tuple[str, str]]:
    """Return codes and names of the counties, 泰安's six first; the others are made up."""
    others = [
        (f"37{city:02d}{county}", f"示例{city}{county}县")
        for city in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11)
        for county in range(21, 27)
    ]
    return [*TAIAN, *others]


def draw_province(conn: Connection) -> Province:
    """Put the counties, their lines and the lines' official lengths into the register."""
    given = []
    for (code, name), (row, column) in zip(county_codes(), CELLS, strict=True):
        west, south = 116 + column * 0.1, 37 - row * 0.1
        cell = shapely.box(west, south, west + 0.1, south + 0.1)
        given.append((code, name, shapely.MultiPolygon([shapely.set_precision(cell, 1e-9)])))
    put(conn, *given, valid_from=SINCE)
    store_lines(conn, "county", SINCE)
    version = boundary_line_version.c
    rows = conn.execute(select(version.line_id, version.left_id, version.right_id)).all()
    sides = {row.line_id: (row.left_id, row.right_id) for row in rows}
    codes = {find_division(conn, code): code for code, _name in county_codes()}
    lengths = [51.0] * (LINES - 1)
    lengths.append(LENGTH_KM - sum(lengths))
    facts = {
        line: RecordFacts(official_length_km=km, length_basis="agreement", length_document="协议书")
        for line, km in zip(sorted(sides), lengths, strict=True)
    }
    store_records(conn, facts, valid_from=SINCE, source=Source(name="test"))
    return Province(
        id=find_division(conn, "370000"),
        lines={frozenset(codes[one] for one in pair): line for line, pair in sides.items()},
        sides=sides,
    )


def finish_round(
    conn: Connection, province: Province, lines: list[UUID], number: int, on: date
) -> None:
    """Enter a completed round of lines; the first side led."""
    facts = [
        PastRoundFacts(
            line_id=line,
            round=number,
            finished_on=on,
            lead_id=province.sides[line][0],
            source="名录",
        )
        for line in lines
    ]
    store_past_rounds(conn, SYSTEM, facts)
