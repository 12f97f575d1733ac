"""Tables of boundary lines."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from geo.db.metadata import metadata

ORIGINS = ("derived", "imported", "agreed", "surveyed")

boundary_line = Table(
    "boundary_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit_level", Text, nullable=False),
    CheckConstraint(
        "unit_level IN ('province', 'prefecture', 'county', 'township', 'village')",
        name="unit_level",
    ),
)
"""One connected line between two neighbours of one level, through all its versions."""

boundary_line_version = Table(
    "boundary_line_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("level", Text, nullable=False),
    Column("left_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("right_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("origin", Text, nullable=False),
    Column("valid", DATERANGE, nullable=False),
    Column("geom", Geometry("MULTILINESTRING", 4490, spatial_index=False), nullable=False),
    Column("length_km", Float, nullable=False),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    Column("approval_number", Text),
    CheckConstraint("origin IN ('derived', 'imported', 'agreed', 'surveyed')", name="origin"),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    CheckConstraint("publication <> 'published' OR approval_number IS NOT NULL", name="approval"),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    CheckConstraint("left_id <> right_id", name="sides"),
    ExcludeConstraint(
        ("line_id", "="), ("valid", "&&"), name="boundary_line_version_once", using="gist"
    ),
    Index("boundary_line_version_geom_idx", "geom", postgresql_using="gist"),
    Index("boundary_line_version_left_id_idx", "left_id"),
    Index("boundary_line_version_right_id_idx", "right_id"),
)
"""A line in ``[valid_from, valid_to)``: left and right are seen in the direction of the line.

``level`` is the highest level at which the two sides differ: the line of two counties of two
provinces is a piece of the provincial line.
"""
