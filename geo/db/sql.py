"""SQL that lives in files beside the modules that use it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import (
    CollectionAggregate,
    ColumnElement,
    Connection,
    LargeBinary,
    Text,
    TextClause,
    Uuid,
    any_,
    bindparam,
    func,
    text,
)
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects.postgresql import ARRAY

CGCS2000 = 4490


@cache
def load(path: Path) -> TextClause:
    """Return the statement of a ``.sql`` file; its parameters are written ``:name``."""
    return text(path.read_text(encoding="utf-8"))


def run_script(conn: Connection, script: str) -> None:
    """Run several statements as they stand, in the caller's transaction; a ``%`` is a ``%``."""
    driver = cast("psycopg.Connection", conn.connection.driver_connection)
    # The scripts are our own files or a library's, never a user's text.
    driver.execute(script)


def bind_wkb(name: str) -> ColumnElement[Any]:
    """Return a geometry in EPSG:4490 from the parameter ``name``, plain WKB or None.

    Bound as a column's own type a geometry would travel as text (WKT), written and read digit by
    digit.
    """
    return func.ST_GeomFromWKB(bindparam(name, type_=LargeBinary), CGCS2000)


def any_text(values: Iterable[str]) -> CollectionAggregate[Any]:
    """Return ``ANY(array)`` of texts, one bound parameter however many values there are."""
    return any_(cast_sql(list(values), ARRAY(Text)))


def any_uuid(values: Iterable[UUID | None]) -> CollectionAggregate[Any]:
    """Return ``ANY(array)`` of ids, one bound parameter however many; None is left out."""
    return any_(cast_sql([value for value in values if value], ARRAY(Uuid)))


def ids_of_array(array: str) -> tuple[UUID, ...]:
    """Return the ids of an array that was cast to text, ``{…,…}``; none of an empty text."""
    return tuple(UUID(one) for one in array.strip("{}").split(",") if one)
