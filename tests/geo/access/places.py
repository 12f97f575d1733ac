"""A small country for tests: Hubei with 仙桃, and 莱芜 before and after it went to 济南."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, insert
from sqlalchemy.dialects.postgresql import Range

from geo.access.jurisdiction import Role, Viewer, load_viewer
from geo.access.tables import app_user, role_grant
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.db.ids import new_id
from geo.divisions.lineage import record_succession, refresh_closure
from geo.divisions.tables import division, division_code, division_version

TODAY = date(2026, 11, 21)
NOW = datetime.fromisoformat("2026-11-21T08:00:00+00:00")
SINCE = date(2000, 1, 1)
ACT = date(2019, 1, 9)

PLACES = (
    # code, name, level, parent, from, to
    ("37", "山东省", "province", None, SINCE, None),
    ("3701", "济南市", "prefecture", "37", SINCE, None),
    ("3709", "泰安市", "prefecture", "37", SINCE, None),
    ("370902", "泰山区", "county", "3709", SINCE, None),
    ("370911", "岱岳区", "county", "3709", SINCE, None),
    ("3712", "莱芜市", "prefecture", "37", SINCE, ACT),
    ("371202", "莱城区", "county", "3712", SINCE, ACT),
    ("370116", "莱芜区", "county", "3701", ACT, None),
    ("42", "湖北省", "province", None, SINCE, None),
    ("4290", "省直辖县级", "prefecture", "42", SINCE, None),
    ("429004", "仙桃市", "county", "42", SINCE, None),
)


def add_country(conn: Connection) -> dict[str, UUID]:
    """Store `PLACES`, the succession of 莱芜 and one line; return the ids by code."""
    ids = {row[0]: new_id() for row in PLACES}
    for code, name, level, parent, since, until in PLACES:
        add_division(conn, ids[code], code, name, level, ids.get(parent or ""), (since, until))
    record_succession(conn, ids["371202"], ids["370116"], ACT)
    refresh_closure(conn, TODAY)
    return ids


def add_division(
    conn: Connection,
    one: UUID,
    code: str,
    name: str,
    level: str,
    parent: UUID | None,
    valid: tuple[date, date | None],
) -> None:
    conn.execute(insert(division).values(id=one))
    conn.execute(insert(division_code).values(scheme="gbt2260", code=code, division_id=one))
    conn.execute(
        insert(division_version).values(
            id=new_id(),
            division_id=one,
            scheme="gbt2260",
            code=code,
            name=name,
            level=level,
            parent_id=parent,
            valid=Range(*valid),
            source="test",
        )
    )


def add_line(conn: Connection, left: UUID, right: UUID) -> UUID:
    line = new_id()
    conn.execute(insert(boundary_line).values(id=line, unit_level="county"))
    conn.execute(
        insert(boundary_line_version).values(
            id=new_id(),
            line_id=line,
            version=1,
            level="county",
            left_id=left,
            right_id=right,
            origin="derived",
            valid=Range(SINCE, None),
            geom="SRID=4490;MULTILINESTRING((117 36, 117.1 36))",
            length_km=9.0,
        )
    )
    return line


def add_viewer(conn: Connection, name: str, *grants: tuple[Role, UUID | None]) -> Viewer:
    """Store an account that cannot log in, with grants, and load it."""
    user = new_id()
    conn.execute(insert(app_user).values(id=user, name=name, display_name=name, password_hash="-"))
    for role, place in grants:
        conn.execute(
            insert(role_grant).values(id=new_id(), user_id=user, role=role, division_id=place)
        )
    return load_viewer(conn, user, demo_open=False, today=TODAY)
