"""Tables of divisions."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Column, Date, Float, ForeignKey, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from geo.db.metadata import metadata

LEVELS = ("province", "prefecture", "county", "township", "village")
"""省 地 县 乡 村, from the highest."""

PUBLICATION = "publication IN ('unpublished', 'demo', 'published')"

division = Table(
    "division",
    metadata,
    Column("id", Uuid, primary_key=True),
)
"""A division through all its names, codes, parents and shapes."""

division_code = Table(
    "division_code",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Index("division_code_division_id_idx", "division_id"),
)
"""A code belongs to one division for ever: dead codes are never used again (废码不用)."""

division_version = Table(
    "division_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent_id", Uuid, ForeignKey("division.id")),
    Column("valid", DATERANGE, nullable=False),
    Column("geom", Geometry("MULTIPOLYGON", 4490, spatial_index=False)),
    Column("label", Geometry("POINT", 4490, spatial_index=False)),
    Column("area_km2", Float),
    Column("source", Text, nullable=False),
    Column("source_crs", Text),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    Column("approval_number", Text),
    CheckConstraint(
        "level IN ('province', 'prefecture', 'county', 'township', 'village')", name="level"
    ),
    CheckConstraint(PUBLICATION, name="publication"),
    CheckConstraint(
        "publication <> 'published' OR approval_number IS NOT NULL OR geom IS NULL", name="approval"
    ),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    CheckConstraint("parent_id <> division_id", name="parent"),
    ExcludeConstraint(
        ("division_id", "="), ("valid", "&&"), name="division_version_once", using="gist"
    ),
    ExcludeConstraint(
        ("scheme", "="),
        ("code", "="),
        ("valid", "&&"),
        name="division_version_code_once",
        using="gist",
    ),
    Index("division_version_geom_idx", "geom", postgresql_using="gist"),
    Index("division_version_label_idx", "label", postgresql_using="gist"),
    Index("division_version_parent_id_idx", "parent_id"),
    Index("division_version_code_idx", "code"),
    Index("division_version_division_id_idx", "division_id"),
    Index("division_version_level_idx", "level"),
    Index(
        "division_version_name_idx",
        "name",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    ),
)
"""What a division was in ``[valid_from, valid_to)``; polygons are optional."""

division_succession = Table(
    "division_succession",
    metadata,
    Column("predecessor_id", Uuid, ForeignKey("division.id"), primary_key=True),
    Column("successor_id", Uuid, ForeignKey("division.id"), primary_key=True),
    Column("since", Date, nullable=False),
    CheckConstraint("predecessor_id <> successor_id", name="other"),
    Index("division_succession_successor_id_idx", "successor_id"),
)
"""Who took over from whom; grants follow it."""
