"""What the register knows of codes: whose they are, and when they were in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from geo.db.sql import any_text
from geo.divisions.tables import division, division_code, division_version

SCHEME = "MCA"
"""The ministry's codes; the statistics bureau's list differs from it and has its own (NBS)."""


def known_codes(conn: Connection, codes: Iterable[str]) -> dict[str, UUID]:
    """Return the divisions that bear or ever bore these codes, by code."""
    rows = conn.execute(
        select(division_code.c.code, division_code.c.division_id)
        .where(division_code.c.scheme == SCHEME)
        .where(division_code.c.code == any_text(codes))
    )
    return {row.code: row.division_id for row in rows}


def valid_codes(conn: Connection, codes: Iterable[str], at: date) -> dict[str, UUID]:
    """Return the divisions that bear these codes at a date, by code."""
    rows = conn.execute(
        select(division_version.c.code, division_version.c.division_id)
        .where(division_version.c.scheme == SCHEME)
        .where(division_version.c.code == any_text(codes))
        .where(division_version.c.valid.contains(at))
    )
    return {row.code: row.division_id for row in rows}


def last_days(conn: Connection, codes: Iterable[str]) -> dict[str, date | None]:
    """Return when the last version of each code ends (exclusive); None while it is in force."""
    last = func.max(func.coalesce(func.upper(division_version.c.valid), date.max))
    rows = conn.execute(
        select(division_version.c.code, last.label("ends"))
        .where(division_version.c.scheme == SCHEME)
        .where(division_version.c.code == any_text(codes))
        .group_by(division_version.c.code)
    )
    return {row.code: None if row.ends == date.max else row.ends for row in rows}


def is_empty(conn: Connection) -> bool:
    """Return whether the register has no division at all."""
    return conn.execute(select(division.c.id).limit(1)).first() is None
