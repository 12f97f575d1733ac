"""The record of what came in."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

import_run = Table(
    "import_run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("applied", Integer, nullable=False, server_default="0"),
    Column("conclusions", JSONB, nullable=False),
    Column("findings", JSONB, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("state IN ('staged', 'applied', 'refused')", name="state"),
    Index("import_run_created_at_idx", "created_at"),
)
"""One file that was offered: what was concluded, found and applied."""
