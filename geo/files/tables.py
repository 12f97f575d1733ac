"""Tables of kept files and of who attached which to what."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    func,
)

from geo.db.metadata import metadata

file = Table(
    "file",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Content that lies in the data folder; its name is its SHA-256 in hex."""

attachment = Table(
    "attachment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("title", Text),
    Column("number", Text),
    Column("dated", Date),
    Column("issuer", Text),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("withdrawn_at", DateTime(timezone=True)),
    Index("attachment_object_id_idx", "object_id"),
)
"""A file given to an object (a line, a marker, an event, a proposal) as a photo, an agreement …

``division_id`` is the side that gave it, ``number``, ``dated`` and ``issuer`` are those of the
paper itself. Who may see the object may see the file; the file by itself has no address.
"""
