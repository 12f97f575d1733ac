"""Tables that belong to the database itself: the audit log and the office's settings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("actor", Text, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text),
    Column("old", JSONB),
    Column("new", JSONB),
    Index("audit_log_table_name_row_id_idx", "table_name", "row_id"),
    Index("audit_log_at_idx", "at"),
)
"""Who changed what and when; filled by triggers only (``functions/audit.sql``)."""

office_setting = Table(
    "office_setting",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
)
"""What an office decided otherwise than the defaults in ``data/reference/office.toml``."""
