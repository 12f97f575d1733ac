"""Table of jobs."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
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

job = Table(
    "job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("user_id", Uuid, ForeignKey("app_user.id")),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("progress", Float, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=""),
    Column("result", JSONB),
    Column("error", JSONB),
    Column("cancel_asked", Boolean, nullable=False, server_default="false"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("started_at", DateTime(timezone=True)),
    Column("beat_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
    CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
    Index("job_state_idx", "state"),
)
"""One piece of long work; ``beat_at`` is moved while it runs and tells a stalled one."""
