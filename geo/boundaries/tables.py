"""Tables of boundary lines."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
)
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
    Column("source", Text),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
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
    Index("boundary_line_version_line_id_idx", "line_id"),
)
"""A line in ``[valid_from, valid_to)``: left and right are seen in the direction of the line.

``level`` is the highest level at which the two sides differ: the line of two counties of two
provinces is a piece of the provincial line. ``source`` is the file or paper the course comes from,
of a derived line that of the polygons; versions of before sources were kept have none.
"""

LENGTH_BASES = ("agreement", "published_list")
"""Where an official length stands: in the agreement (协议书), or in a published list."""

boundary_line_record = Table(
    "boundary_line_record",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("code", Text),
    Column("name", Text),
    Column("official_length_km", Float),
    Column("length_basis", Text),
    Column("length_document", Text),
    Column("length_dated", Date),
    Column("begins_at", Text),
    Column("ends_at", Text),
    Column("settled_on", Date),
    Column("approved_by", Text),
    Column("approval_document", Text),
    Column("approved_on", Date),
    Column("published_by", Text),
    Column("published_on", Date),
    Column("disputed", Boolean, nullable=False, server_default="false"),
    Column("note", Text),
    Column("valid", DATERANGE, nullable=False),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint("official_length_km > 0", name="length"),
    CheckConstraint("length_basis IN ('agreement', 'published_list')", name="length_basis"),
    CheckConstraint(
        "official_length_km IS NULL OR (length_basis IS NOT NULL AND length_document IS NOT NULL)",
        name="length_has_document",
    ),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("line_id", "="), ("valid", "&&"), name="boundary_line_record_once", using="gist"
    ),
    Index("boundary_line_record_line_id_idx", "line_id"),
    Index("boundary_line_record_code_idx", "code"),
)
"""What agreement and approval say of a line in ``[valid_from, valid_to)``; its shape is apart.

``code`` and ``name`` are the statutory ones, text as written. ``official_length_km`` is what papers
and totals print; it always names its document.
"""

boundary_line_survey = Table(
    "boundary_line_survey",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("origin", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("geom", Geometry("MULTILINESTRING", 4490, spatial_index=False), nullable=False),
    Column("length_km", Float, nullable=False),
    Column("accuracy_m", Float),
    Column("source", Text, nullable=False),
    Column("source_crs", Text),
    Column("fit_id", Uuid, ForeignKey("local_fit.id")),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint("origin IN ('imported', 'agreed', 'surveyed')", name="origin"),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    Index("boundary_line_survey_line_id_idx", "line_id"),
)
"""Another course of a line beside the one of record, such as a survey beside the agreed line.

It never replaces the line of record by itself (Order 353 art. 2, 7).
"""
