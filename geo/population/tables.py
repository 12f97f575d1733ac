"""Tables of population: sets of cells, and official totals by division."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from geo.db.metadata import metadata

population_set = Table(
    "population_set",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("ages", ARRAY(Text), nullable=False),
    Column("people", JSONB, nullable=False),
    Column("as_of", Date),
    Column("source", Text, nullable=False),
    Column("source_crs", Text),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("imported_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("cells", Integer),
    Column("cell_size_m", Float),
    Column("file_sha256", Text, ForeignKey("file.sha256")),
    Column("extent", Geometry("POLYGON", 4490, spatial_index=False)),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint("content IN ('cells', 'totals')", name="content"),
    CheckConstraint("(content = 'cells') = (file_sha256 IS NOT NULL)", name="file"),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    Index("population_set_name_imported_at_idx", "name", "imported_at"),
)
"""Population as it was imported once: cells, whose arrays are a kept file, or official totals.

``people`` is the number of people by age group, as they came.
"""

population_total = Table(
    "population_total",
    metadata,
    Column("set_id", Uuid, ForeignKey("population_set.id", ondelete="CASCADE"), primary_key=True),
    Column("division_id", Uuid, ForeignKey("division.id"), primary_key=True),
    Column("age", Text, primary_key=True),
    Column("people", Float, nullable=False),
    CheckConstraint("people >= 0", name="people"),
    Index("population_total_division_id_idx", "division_id"),
)
"""How many people of an age group an office counted in a division."""
