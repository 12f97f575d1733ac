"""The one registry of tables; every subject adds its own in its ``tables`` module."""

from __future__ import annotations

from sqlalchemy import MetaData

SCHEMA = "yutu"
"""Schema of our tables; it comes first in the search path, so no statement names it."""
QUEUE_SCHEMA = "jobs"
"""Schema of the job queue's own tables."""

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
