"""Tables of boundary markers, their reference objects and their life."""

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
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, ExcludeConstraint

from geo.db.metadata import metadata

SET_UPS = ("single", "double", "triple")
"""单立, 同号双立, 同号三立: how many stones bear the number."""
METHODS = (
    "gnss_static", "gnss_rtk", "gnss_phone", "traverse", "intersection", "map", "unknown",
)  # fmt: skip
"""How a position was measured, ``method.<key>`` in the catalogue."""

marker = Table(
    "marker",
    metadata,
    Column("id", Uuid, primary_key=True),
)
"""One stone through all its numbers, places and states."""

marker_version = Table(
    "marker_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("marker_id", Uuid, ForeignKey("marker.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("member", Text, nullable=False, server_default=""),
    Column("set_up", Text, nullable=False),
    Column("faces", Integer, nullable=False),
    Column("material", Text),
    Column("grade", Text),
    Column("managing_id", Uuid, ForeignKey("division.id")),
    Column("sides", ARRAY(Uuid), nullable=False),
    Column("geom", Geometry("POINT", 4490, spatial_index=False)),
    Column("given_x", Text),
    Column("given_y", Text),
    Column("source_crs", Text),
    Column("fit_id", Uuid, ForeignKey("local_fit.id")),
    Column("height_m", Float),
    Column("height_datum", Text),
    Column("method", Text),
    Column("accuracy_m", Float),
    Column("set_on", Date),
    Column("surveyed_on", Date),
    Column("note", Text),
    Column("valid", DATERANGE, nullable=False),
    Column("source", Text, nullable=False),
    Column("import_id", Uuid, ForeignKey("import_run.id")),
    Column("publication", Text, nullable=False, server_default="unpublished"),
    CheckConstraint("set_up IN ('single', 'double', 'triple')", name="set_up"),
    CheckConstraint("faces IN (2, 3)", name="faces"),
    CheckConstraint("(set_up = 'single') = (member = '')", name="member"),
    CheckConstraint("cardinality(sides) BETWEEN 2 AND 3", name="sides"),
    CheckConstraint("accuracy_m > 0", name="accuracy"),
    CheckConstraint("publication IN ('unpublished', 'demo')", name="publication"),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("marker_id", "="), ("valid", "&&"), name="marker_version_once", using="gist"
    ),
    Index("marker_version_marker_id_idx", "marker_id"),
    Index("marker_version_geom_idx", "geom", postgresql_using="gist"),
    Index("marker_version_sides_idx", "sides", postgresql_using="gin"),
    Index(
        "marker_version_number_idx", "number", postgresql_using="gin",
        postgresql_ops={"number": "gin_trgm_ops"},
    ),
)  # fmt: skip
"""What the register says of a marker in ``[valid_from, valid_to)``.

``member`` tells the stones of one number apart (A, B … as the office writes them; empty for a
single one). ``sides`` are the two or three divisions that share it. ``given_x`` (easting or
longitude) and ``given_y`` are the original coordinates as they were written, in ``source_crs``,
moved to ``geom`` by ``fit_id`` where their datum is an old one. ``accuracy_m`` is of the position,
one sigma in the plane. Positions are never public.
"""

marker_on_line = Table(
    "marker_on_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("marker_id", Uuid, ForeignKey("marker.id"), nullable=False),
    Column("line_id", Uuid, ForeignKey("boundary_line.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("member", Text, nullable=False, server_default=""),
    Column("valid", DATERANGE, nullable=False),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("line_id", "="), ("number", "="), ("member", "="), ("valid", "&&"),
        name="marker_on_line_number_once", using="gist",
    ),
    ExcludeConstraint(
        ("marker_id", "="), ("line_id", "="), ("valid", "&&"),
        name="marker_on_line_once", using="gist",
    ),
    Index("marker_on_line_marker_id_idx", "marker_id"),
    Index("marker_on_line_line_id_idx", "line_id"),
)  # fmt: skip
"""On which lines a marker stands, one at a border of two, two or three at a tripoint.

It repeats the number so that the database itself keeps a number once per line and stone.
"""

marker_side = Table(
    "marker_side",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("marker_id", Uuid, ForeignKey("marker.id"), nullable=False),
    Column("division_id", Uuid, ForeignKey("division.id"), nullable=False),
    Column("site", Text),
    Column("custodian", Text),
    Column("phone", Text),
    Column("valid", DATERANGE, nullable=False),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("marker_id", "="), ("division_id", "="), ("valid", "&&"),
        name="marker_side_once", using="gist",
    ),
    Index("marker_side_marker_id_idx", "marker_id"),
)  # fmt: skip
"""A side's own part: where the marker stands, down to the village (所在地), and who keeps it."""

reference_object_version = Table(
    "reference_object_version",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("object_id", Uuid, nullable=False),
    Column("marker_id", Uuid, ForeignKey("marker.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("part", Text),
    Column("grid_bearing_deg", Float),
    Column("magnetic_bearing_deg", Float),
    Column("distance_m", Float),
    Column("geom", Geometry("POINT", 4490, spatial_index=False)),
    Column("given_x", Text),
    Column("given_y", Text),
    Column("source_crs", Text),
    Column("accuracy_m", Float),
    Column("note", Text),
    Column("valid", DATERANGE, nullable=False),
    CheckConstraint("ordinal >= 1", name="ordinal"),
    CheckConstraint("grid_bearing_deg >= 0 AND grid_bearing_deg < 360", name="grid_bearing"),
    CheckConstraint(
        "magnetic_bearing_deg >= 0 AND magnetic_bearing_deg < 360", name="magnetic_bearing"
    ),
    CheckConstraint("distance_m > 0", name="distance"),
    CheckConstraint("NOT isempty(valid)", name="valid"),
    ExcludeConstraint(
        ("object_id", "="), ("valid", "&&"), name="reference_object_version_once", using="gist"
    ),
    ExcludeConstraint(
        ("marker_id", "="), ("ordinal", "="), ("valid", "&&"),
        name="reference_object_version_place", using="gist",
    ),
    Index("reference_object_version_marker_id_idx", "marker_id"),
)  # fmt: skip
"""A 方位物 from the marker: bearing from grid or magnetic north in degrees, distance in metres.

``part`` says which part of a large object was measured; a place of its own is kept where known.
"""

marker_event = Table(
    "marker_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("marker_id", Uuid, ForeignKey("marker.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("present", JSONB, nullable=False, server_default="[]"),
    Column("goals", JSONB),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("proposal_id", Uuid, ForeignKey("proposal.id")),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column(
        "recorded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.clock_timestamp(),
    ),
    Index("marker_event_marker_id_at_idx", "marker_id", "at", "recorded_at"),
)  # fmt: skip
"""A step in the life of a marker and the state it left; append-only."""

description = Table(
    "description",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Uuid, nullable=False),
    Column("generated", Text),
    Column("written", Text),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("object_kind IN ('marker', 'section')", name="object_kind"),
    CheckConstraint("generated IS NOT NULL OR written IS NOT NULL", name="something"),
    Index("description_object_id_at_idx", "object_id", "at"),
)
"""位置说明 of a marker, 走向说明 of a section: what was generated then, what a hand wrote instead.

Append-only; the newest row holds.
"""
