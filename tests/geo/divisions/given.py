"""Rows and staged files for the tests of divisions."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from shapely import MultiPolygon
from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import Range

from geo.divisions.apply import Applied, Source, apply_divisions
from geo.divisions.codes import read_code
from geo.divisions.incoming import SCHEMA, Incoming, check_divisions
from geo.divisions.parents import Row, settle_parents, wanted_parents
from geo.divisions.register import valid_codes
from geo.divisions.tables import division_version
from geo.exchange.stage import stage

TODAY = date(2026, 11, 21)
FROM = date(2020, 1, 1)

Given = tuple[str, str] | tuple[str, str, MultiPolygon | None]


def rows(*given: Given) -> list[Row]:
    made = []
    for code, name, *geom in given:
        read = read_code(code)
        assert read is not None
        made.append(Row(row=None, code=read, name=name, geom=geom[0] if geom else None))
    return made


def put(
    conn: Connection, *given: Given, valid_from: date = FROM, publication: str = "unpublished"
) -> Applied:
    incoming = rows(*given)
    register = valid_codes(conn, wanted_parents(incoming), valid_from)
    created, _ = settle_parents(incoming, register)
    return apply_divisions(
        conn,
        [*created, *incoming],
        valid_from=valid_from,
        today=TODAY,
        source=Source(name="test", publication=publication),
    )


def check(
    conn: Connection, folder: Path, lines: Iterable[Iterable[str]], valid_from: date = FROM
) -> Incoming:
    path = folder / "divisions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return check_divisions(conn, stage(path, SCHEMA), valid_from)


def end(conn: Connection, code: str, day: date) -> None:
    """End a division on a day."""
    version = division_version.c
    lower = conn.execute(select(func.lower(version.valid)).where(version.code == code)).scalar()
    conn.execute(
        update(division_version).where(version.code == code).values(valid=Range(lower, day))
    )
