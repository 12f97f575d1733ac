"""Tables of walking networks: what was imported, its streets, and the graphs made of them."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Column,
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
from sqlalchemy.dialects.postgresql import JSONB

from geo.db.metadata import metadata

network = Table(
    "network",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_crs", Text),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("imported_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("edges", Integer, nullable=False),
    Column("nodes", Integer, nullable=False),
    Column("length_km", Float, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint("publication IN ('unpublished', 'demo', 'published')", name="publication"),
    Index("network_name_imported_at_idx", "name", "imported_at"),
)
"""A street network as it was imported once; a later import of the same name follows it."""

network_edge = Table(
    "network_edge",
    metadata,
    Column("network_id", Uuid, ForeignKey("network.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_node", Integer, nullable=False),
    Column("to_node", Integer, nullable=False),
    Column("way", Text),
    Column("highway", Text),
    Column("foot", Text),
    Column("access", Text),
    Column("name", Text),
    Column("length_m", Float, nullable=False),
    Column("geom", Geometry("LINESTRING", 4490, spatial_index=False), nullable=False),
    CheckConstraint("length_m >= 0", name="length"),
    Index("network_edge_geom_idx", "geom", postgresql_using="gist"),
)
"""A piece of street between two nodes (numbered from 0 in their network).

``length_m`` is geodesic, on GRS 80. Whether one may walk it follows from its tags and the office's
settings.
"""

network_graph = Table(
    "network_graph",
    metadata,
    Column("network_id", Uuid, ForeignKey("network.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("file_sha256", Text, ForeignKey("file.sha256"), nullable=False),
    Column("nodes", Integer, nullable=False),
    Column("edges", Integer, nullable=False),
    Column("length_km", Float, nullable=False),
    Column("components", Integer, nullable=False),
    Column("parts", JSONB, nullable=False),
)
"""A graph made of a network by a rule of what is walkable; its arrays are a kept file.

``parts`` lists the connected parts, the largest first.
"""
