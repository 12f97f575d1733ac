"""Table of kept files."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Table, Text, func

from geo.db.metadata import metadata

file = Table(
    "file",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Content that lies in the data folder; its name is its SHA-256 in hex."""
