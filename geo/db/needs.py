"""What a database must have before anything is made in it."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.errors import LocaleError

POSTGIS_MIN = (3, 3)
EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def check_locale(conn: Connection) -> None:
    """Refuse a database whose encoding or character type cannot hold Chinese.

    ``C.UTF-8`` is right; ``C`` and ``POSIX`` know no letters beyond ASCII, so ``pg_trgm`` would
    make no trigrams of Chinese text.

    Raises
    ------
    LocaleError
    """
    row = conn.execute(
        text(
            "SELECT datctype, pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        )
    ).one()
    if row[0] in ("C", "POSIX") or row[1] != "UTF8":
        raise LocaleError(locale=row[0], encoding=row[1])
