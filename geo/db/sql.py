"""SQL that lives in files beside the modules that use it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import LiteralString, cast

import psycopg
from sqlalchemy import Connection, TextClause, text


@cache
def load(path: Path) -> TextClause:
    """Return the statement of a ``.sql`` file; its parameters are written ``:name``."""
    return text(path.read_text(encoding="utf-8"))


def run_script(conn: Connection, script: str) -> None:
    """Run several statements as they stand, in the caller's transaction; a ``%`` is a ``%``."""
    driver = cast("psycopg.Connection", conn.connection.driver_connection)
    # The scripts are our own files or a library's, never a user's text.
    driver.execute(cast("LiteralString", script))
