"""Tables of proposals and of what each side said to them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geo.db.metadata import metadata

proposal = Table(
    "proposal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("object_id", Uuid),
    Column("sides", ARRAY(Uuid), nullable=False),
    Column("body", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="proposed"),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("state IN ('proposed', 'approved', 'returned', 'withdrawn')", name="state"),
    Index("proposal_object_id_idx", "object_id"),
    Index("proposal_sides_idx", "sides", postgresql_using="gin"),
)
"""A change that needs every side's consent and approval from above; ``body`` is what would be."""

proposal_voice = Table(
    "proposal_voice",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("proposal_id", Uuid, ForeignKey("proposal.id"), nullable=False),
    Column("said", Text, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("signer", Text, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("document", JSONB),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("said IN ('consent', 'approval', 'return', 'withdrawal')", name="said"),
    Index("proposal_voice_proposal_id_idx", "proposal_id"),
)
"""What was said to a proposal, by account or by document (number, date, file); append-only."""
