"""Tables of facilities, and of what is counted by division and never a point."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint

from geo.db.metadata import metadata

POSITION_QUALITIES = ("none", "township", "village", "mapped", "measured")
"""How well a place is known, from not at all to surveyed."""

facility = Table(
    "facility",
    metadata,
    Column("id", Uuid, primary_key=True),
)
"""A facility through all its names, kinds, sizes and places."""

facility_version = Table(
    "facility_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("facility_id", Uuid, ForeignKey("facility.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Text),
    Column("division_id", Uuid, ForeignKey("division.id")),
    Column("division_code", Text),
    Column("address", Text),
    Column("capacity", Integer),
    Column("beds", Integer),
    Column("nursing_beds", Integer),
    Column("valid", DATERANGE, nullable=False),
    Column("geom", Geometry("POINT", 4490, spatial_index=False)),
    Column("position_quality", Text, nullable=False),
    Column("given_x", Float),
    Column("given_y", Float),
    Column("source_crs", Text),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint(
        "position_quality IN ('none', 'township', 'village', 'mapped', 'measured')",
        name="position_quality",
    ),
    CheckConstraint("(geom IS NULL) = (position_quality = 'none')", name="placed"),
    CheckConstraint("capacity >= 0 AND beds >= 0 AND nursing_beds >= 0", name="sizes"),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("facility_id", "="), ("valid", "&&"), name="facility_version_once", using="gist"
    ),
    Index("facility_version_geom_idx", "geom", postgresql_using="gist"),
    Index("facility_version_near_idx", text("(geom::geography)"), postgresql_using="gist"),
    Index("facility_version_facility_id_idx", "facility_id"),
    Index("facility_version_division_id_idx", "division_id"),
    Index("facility_version_kind_name_idx", "kind", "name"),
)
"""What a facility was in ``[valid_from, valid_to)``; without a place it is still counted.

``given_x`` and ``given_y`` are the coordinates as they came, in ``source_crs``;
``division_code`` is the code as it came, also where the register does not know it.
"""

facility_count = Table(
    "facility_count",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint("number >= 0", name="number"),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    UniqueConstraint("kind", "division_id", "as_of"),
)
"""How many rooms or households of a kind that stands in private homes a division has on a day."""
