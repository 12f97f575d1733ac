"""Table of local fits."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Column, DateTime, Float, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

local_fit = Table(
    "local_fit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("source_crs", Text, nullable=False),
    Column("target_crs", Text, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("points", JSONB, nullable=False),
    Column("rms_m", Float, nullable=False),
    Column("worst_m", Float, nullable=False),
    Column("accuracy_m", Float, nullable=False),
    Column("area", Geometry("POLYGON", 4490, spatial_index=False), nullable=False),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("retired_at", DateTime(timezone=True)),
    CheckConstraint("kind IN ('four', 'seven')", name="kind"),
    CheckConstraint("rms_m >= 0 AND accuracy_m > 0", name="sizes"),
)
"""A fit from an old datum to CGCS2000 inside one area; ``points`` are its common points with their
residuals. Never changed after it was made, for rows name it; a better one has another name.
"""
