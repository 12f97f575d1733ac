"""Tables of revisions of shared objects."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Integer, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

shared_object = Table(
    "shared_object",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("revision", Integer, nullable=False),
)
"""The newest revision of a marker or a line; without a row it is revision 0."""

object_change = Table(
    "object_change",
    metadata,
    Column("object_id", Uuid, ForeignKey("shared_object.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
)
"""What a revision changed (``change.<what>`` in the catalogue), by whom, when."""
