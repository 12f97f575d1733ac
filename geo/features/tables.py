"""Tables of context layers."""

from __future__ import annotations

from geoalchemy2 import Geometry
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

from geo.db.metadata import metadata

feature_layer = Table(
    "feature_layer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("licence", Text),
    Column("as_of", Date, nullable=False),
    Column("extent", Geometry("POLYGON", 4490, spatial_index=False), nullable=False),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    Index("feature_layer_layer_idx", "layer"),
)
"""One import of a layer (water, roads …); outside ``extent`` it knows nothing."""

feature = Table(
    "feature",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("layer_id", Uuid, ForeignKey("feature_layer.id"), nullable=False),
    Column("name", Text),
    Column("kind", Text),
    Column("geom", Geometry("GEOMETRY", 4490, spatial_index=False), nullable=False),
    Index("feature_geom_idx", "geom", postgresql_using="gist"),
    Index("feature_layer_id_idx", "layer_id"),
)
"""A thing on the ground, with its name where it has one."""
