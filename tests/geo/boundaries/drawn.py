"""A drawn country with its derived lines, and accounts at its divisions.

::

    A A B B     A 泰山区 370902, B 岱岳区 370911, C 宁阳县 370921: 泰安市 370900
    A C C D     D 历下区 370102: 济南市 370100
    E E E D     E 仙桃市 429004, directly under 湖北省 420000
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from geo.access.grants import give_grant
from geo.access.jurisdiction import Role, Viewer, load_viewer, system_viewer
from geo.access.users import add_user
from geo.boundaries.find import find_lines
from geo.boundaries.read import BoundaryLine
from geo.boundaries.store import store_lines
from geo.divisions.register import known_codes
from tests.geo.divisions.given import FROM, TODAY, put
from tests.grid import draw

VIEWER = system_viewer("test")
PICTURE = "AABB\nACCD\nEEED"
COUNTIES = {
    "A": ("370902", "泰山区"),
    "B": ("370911", "岱岳区"),
    "C": ("370921", "宁阳县"),
    "D": ("370102", "历下区"),
    "E": ("429004", "仙桃市"),
}


def draw_country(conn: Connection) -> None:
    """Put the five counties and their lines into the register."""
    shapes = draw(PICTURE)
    put(conn, *[(*COUNTIES[letter], shapes[letter]) for letter in sorted(shapes)])
    store_lines(conn, "county", FROM)


def id_of(conn: Connection, code: str) -> UUID:
    return known_codes(conn, [code])[code]


def lines_on(conn: Connection, at: date = TODAY) -> list[BoundaryLine]:
    """Return the lines of a date, by the codes of their sides."""
    return [one.line for one in find_lines(conn, VIEWER, at).items]


def line_of(conn: Connection, one: str, other: str) -> UUID:
    """Return the line between two counties by their letters; the longest where there are more."""
    wanted = {COUNTIES[one][0], COUNTIES[other][0]}
    found = [line for line in lines_on(conn) if {line.left_code, line.right_code} == wanted]
    return max(found, key=lambda line: line.length_km).id


def account(conn: Connection, name: str, *grants: tuple[Role, str]) -> Viewer:
    """Return a user with roles at divisions by code."""
    user = add_user(conn, VIEWER, name, "long-enough-1")
    for role, code in grants:
        give_grant(conn, VIEWER, name, role, id_of(conn, code))
    return load_viewer(conn, user.id, demo_open=False, today=TODAY)
