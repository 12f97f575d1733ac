"""Three counties that meet: two of one city, one of another; their lines, and who works for whom.

::

    AAB      A 东岭县 and B 西川县 lie in one city, C 南河县 in another; all three meet.
    AAB
    CCC
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, select

from geo.access.jurisdiction import Grant, Role, Viewer, public_viewer
from geo.boundaries.store import store_lines
from geo.boundaries.tables import boundary_line_version
from geo.divisions.apply import Source
from geo.divisions.read import find_division
from geo.markers.facts import MarkerFacts, Position
from geo.markers.store import store_markers
from tests.geo.divisions.given import FROM, put
from tests.grid import draw

GROUND = """
    AAB
    AAB
    CCC
"""
"""Cells of a tenth of a degree from 117 E, 36 N: A meets B at 117.2 E, both meet C at 36.1 N."""
CODES = {"A": "370921", "B": "370923", "C": "371321"}
NAMES = {"A": "东岭县", "B": "西川县", "C": "南河县"}
TRIPOINT = (117.2, 36.1)


@dataclass(frozen=True, slots=True)
class Border:
    """The divisions by letter, their lines by pair of letters, and the city of A and B."""

    sides: dict[str, UUID]
    lines: dict[str, UUID]
    city: UUID
    province: UUID

    def viewer(self, *letters: str, role: Role = "editor") -> Viewer:
        """Return an account with a role at these counties (A, B, C), the city, or the province."""
        places = {**self.sides, "city": self.city, "province": self.province}
        grants = tuple(Grant(role, places[letter], letter) for letter in letters)
        return Viewer(uuid4(), "".join(letters), grants, demo_open=True, actor=f"test:{letters}")


def draw_border(conn: Connection) -> Border:
    """Put the counties and their lines into the register."""
    drawn = draw(GROUND)
    put(conn, *((CODES[one], NAMES[one], shape) for one, shape in sorted(drawn.items())))
    store_lines(conn, "county", FROM)
    sides = {letter: find_division(conn, code) for letter, code in CODES.items()}
    letters = {id_: letter for letter, id_ in sides.items()}
    line = boundary_line_version.c
    rows = conn.execute(select(line.line_id, line.left_id, line.right_id))
    lines = {
        "".join(sorted((letters[row.left_id], letters[row.right_id]))): row.line_id for row in rows
    }
    city, province = find_division(conn, "370900"), find_division(conn, "370000")
    return Border(sides=sides, lines=lines, city=city, province=province)


def card(
    border: Border, number: str = "37092301", line: str = "AB", **facts: object
) -> MarkerFacts:
    """Return the card of a marker on a line, by default on the line of A and B, at 36.15 N."""
    letters = sorted(set(line.replace(",", "")))
    given = {
        "lines": tuple(border.lines[one] for one in line.split(",")),
        "sides": tuple(border.sides[letter] for letter in letters),
        "managing_id": border.sides[letters[0]],
        "position": Position(lon=117.2, lat=36.15, method="gnss_rtk", accuracy_m=0.05),
        **facts,
    }
    return MarkerFacts(number=number, **given)  # type: ignore[arg-type]


def set_marker(conn: Connection, border: Border, *cards: MarkerFacts) -> UUID:
    """Put markers (by default one on the line of A and B) into the register; return the first."""
    stored = store_markers(
        conn,
        cards or [card(border)],
        valid_from=FROM,
        source=Source(name="test"),
        actor="system:test",
    )
    return stored.ids[0]


PUBLIC = public_viewer(demo_open=True)
