"""Tables of coverage: runs that were made, and what need not be computed again for others."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

coverage_run = Table(
    "coverage_run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("parameters", JSONB, nullable=False),
    Column("inputs", JSONB, nullable=False),
    Column("result", JSONB, nullable=False),
    Column("walk_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("within_id", Uuid, ForeignKey("division.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    Column("actor", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    Index("coverage_run_created_at_idx", "created_at"),
)
"""A question, the content it was asked of (files by SHA-256), and its answer."""

coverage_snap = Table(
    "coverage_snap",
    metadata,
    Column("graph_sha256", Text, ForeignKey("file.sha256"), primary_key=True),
    Column("cells_sha256", Text, ForeignKey("file.sha256"), primary_key=True),
    Column("limit_m", Float, primary_key=True),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
)
"""Where the cells of a set meet the streets of a graph; made once, used by every run over both."""

coverage_walk = Table(
    "coverage_walk",
    metadata,
    Column("graph_sha256", Text, ForeignKey("file.sha256"), primary_key=True),
    Column("cells_sha256", Text, ForeignKey("file.sha256"), primary_key=True),
    Column("places_sha256", Text, primary_key=True),
    Column("limit_m", Float, primary_key=True),
    Column("reach_m", Float, primary_key=True),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
)
"""How far the cells are from some facilities; it holds for every limit up to ``reach_m``.

``places_sha256`` is the hash of the facilities' places, ``limit_m`` that of the snap.
"""
