"""Read features on the ground: which layers there are, what lies near a line, what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import cos, radians
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from geo.access.jurisdiction import Viewer
from geo.db.sql import CGCS2000
from geo.features.tables import feature, feature_layer

LAYERS = ("water", "roads", "railways", "terrain", "settlements", "protected", "built_up", "other")
"""Kinds of layer: ``feature_layer.<key>`` in the catalogue."""
DEGREE_M = 110_000.0
"""Metres in a degree of latitude, rounded down, so that a box is rather too large."""
of, thing = feature_layer.c, feature.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One import of a layer; ``extent`` is west, south, east, north of what it covers, EPSG:4490.

    ``as_of`` is the day its content is of, ``source`` who made it, ``features`` how many it holds.
    """

    id: UUID
    layer: str
    name: str
    source: str
    licence: str | None
    as_of: date
    extent: tuple[float, float, float, float]
    features: int
    publication: str
    imported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A thing on the ground with its name; ``geom`` in EPSG:4490."""

    id: UUID
    layer: str
    name: str
    kind: str | None
    geom: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Named features near a shape.

    ``covered`` are the layers that know the whole surroundings of it: there, what is not listed is
    not there. Of every other layer nothing can be said (no data).
    """

    features: list[Feature]
    covered: frozenset[str]


def list_layers(conn: Connection, viewer: Viewer, at: date) -> list[Layer]:
    """List the newest import of each layer's name as of a date, by layer and name.

    The public gets what is published, or demo where that is open.
    """
    box = func.Box2D(of.extent)
    counted = select(func.count()).where(thing.layer_id == of.id).scalar_subquery()
    rows = conn.execute(
        _newest(at)
        .where(_seen(viewer))
        .add_columns(
            *(of[name] for name in ("source", "licence", "as_of", "publication", "created_at")),
            func.ST_XMin(box).label("west"),
            func.ST_YMin(box).label("south"),
            func.ST_XMax(box).label("east"),
            func.ST_YMax(box).label("north"),
            counted.label("features"),
        )
    )
    return [_layer(row) for row in rows]


def read_near(
    conn: Connection, shape: shapely.Geometry, at: date, *, within_m: float, unnamed: bool = False
) -> Near:
    """Read the named features within some metres of a shape (EPSG:4490) as of a date.

    What is returned is what touches the box round the shape, so it may be further off than asked.

    Parameters
    ----------
    unnamed
        Those without a name too; their name is empty.
    """
    west, south, east, north = shapely.bounds(shape)
    high = within_m / DEGREE_M
    wide = high / cos(radians(max(abs(south), abs(north))))
    box = func.ST_MakeEnvelope(west - wide, south - high, east + wide, north + high, CGCS2000)
    newest = _newest(at).subquery()
    rows = conn.execute(
        select(
            thing.id,
            newest.c.layer,
            func.coalesce(thing.name, "").label("name"),
            thing.kind,
            func.ST_AsBinary(thing.geom).label("wkb"),
        )
        .join_from(feature, newest, newest.c.id == thing.layer_id)
        .where(true() if unnamed else thing.name.is_not(None), thing.geom.bool_op("&&")(box))
        .order_by(newest.c.layer, thing.name, thing.id)
    )
    found = [
        Feature(
            id=row.id,
            layer=row.layer,
            name=row.name,
            kind=row.kind,
            geom=shapely.from_wkb(bytes(row.wkb)),
        )
        for row in rows
    ]
    covered = conn.execute(
        select(of.layer)
        .join(newest, newest.c.id == of.id)
        .where(func.ST_Covers(of.extent, box))
        .distinct()
    ).scalars()
    return Near(features=found, covered=frozenset(covered))


def _newest(at: date) -> Select[Any]:
    """Return the newest import of each layer and name as of a date."""
    return (
        select(of.id, of.layer, of.name)
        .where(of.as_of <= at)
        .ext(distinct_on(of.layer, of.name))
        .order_by(of.layer, of.name, of.as_of.desc(), of.created_at.desc())
    )


def _seen(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.is_public:
        return true()
    return of.publication.in_(["published", "demo"] if viewer.demo_open else ["published"])


def _layer(row: Row[Any]) -> Layer:
    return Layer(
        id=row.id,
        layer=row.layer,
        name=row.name,
        source=row.source,
        licence=row.licence,
        as_of=row.as_of,
        extent=(row.west, row.south, row.east, row.north),
        features=row.features,
        publication=row.publication,
        imported_at=row.created_at,
    )
