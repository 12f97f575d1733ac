"""Tables of report packages."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

report_package = Table(
    "report_package",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="made"),
    Column("receipt", JSONB),
    Column("actor", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("state IN ('made', 'accepted', 'partly', 'refused')", name="state"),
    UniqueConstraint("platform", "division_id", "number", postgresql_nulls_not_distinct=True),
)
"""One package for a platform, and the receipt that came back."""

report_item = Table(
    "report_item",
    metadata,
    Column("package_id", Uuid, ForeignKey("report_package.id"), primary_key=True),
    Column("object_id", Uuid, primary_key=True),
    Column("object_kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("accepted", Boolean),
    Column("reason", Text),
    CheckConstraint("what IN ('new', 'changed', 'ended')", name="what"),
    Index("report_item_object_id_idx", "object_id"),
)
"""What a package said of an object: ``digest`` (SHA-256) is of its row as the platform saw it."""
