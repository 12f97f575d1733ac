"""Table of sections of boundary lines."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from geo.db.metadata import metadata

line_section = Table(
    "line_section",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("section_id", Uuid, nullable=False),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("from_marker_id", Uuid, ForeignKey("marker.id")),
    Column("to_marker_id", Uuid, ForeignKey("marker.id")),
    Column("from_text", Text),
    Column("to_text", Text),
    Column("basis", Text, nullable=False),
    Column("basis_name", Text),
    Column("length_km", Float),
    Column("note", Text),
    Column("valid", DATERANGE, nullable=False),
    Column("source", Text, nullable=False),
    CheckConstraint(
        "basis IN ('marker_to_marker', 'river', 'ditch', 'road', 'ridge', 'other')", name="basis"
    ),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("section_id", "="), ("valid", "&&"), name="line_section_once", using="gist"
    ),
    ExcludeConstraint(
        ("line_id", "="), ("ordinal", "="), ("valid", "&&"),
        name="line_section_place", using="gist",
    ),
    Index("line_section_line_id_idx", "line_id"),
)  # fmt: skip
"""A section of a line from marker to marker (or to an end named in words), and what it follows."""
