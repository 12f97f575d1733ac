"""Tables of upkeep."""

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
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

work_order = Table(
    "work_order",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Uuid, nullable=False),
    Column("cause_id", Uuid),
    Column("task", Text, nullable=False),
    Column("responsible_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("due_on", Date),
    Column("note", Text),
    Column("state", Text, nullable=False, server_default="open"),
    Column("ended_on", Date),
    Column("present", JSONB, nullable=False, server_default="[]"),
    Column("files", JSONB, nullable=False, server_default="[]"),
    Column("event_id", Uuid, ForeignKey("marker_event.id")),
    Column("end_note", Text),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("end_actor", Text),
    CheckConstraint("object_kind IN ('marker', 'section')", name="object_kind"),
    CheckConstraint("state IN ('open', 'done', 'dropped')", name="state"),
    CheckConstraint("(state = 'open') = (ended_on IS NULL)", name="ended"),
    Index("work_order_object_id_idx", "object_id"),
    Index("work_order_cause_id_idx", "cause_id"),
    Index("work_order_responsible_id_idx", "responsible_id", "state"),
)
"""What is to be done to a marker or a section, by whom and until when, and how it ended.

``cause_id`` is the inspection whose finding opened it; ``event_id`` is the step in the marker's
life it ended with.
"""
