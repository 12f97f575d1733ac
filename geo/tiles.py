"""Vector tiles: ``LAYERS`` names them; a layer is a function that says which rows it shows.

Tiles are in Web Mercator; EPSG:4490 is taken as WGS 84 for it (centimetres to decimetres), which
is written down where it happens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    select,
    true,
)

from geo.access.jurisdiction import Viewer, reach_some, visible
from geo.boundaries.tables import boundary_line, boundary_line_version
from geo.divisions.codes import LEVELS
from geo.divisions.tables import division_version
from geo.errors import LayerUnknownError, OptionInvalidError
from geo.facilities.kinds import KINDS
from geo.facilities.tables import facility_version
from geo.markers.tables import marker_event, marker_version
from geo.network.store import newest_networks
from geo.network.tables import network, network_edge

EXTENT = 4096
"""Units of a tile's own grid along a side."""
BUFFER = 64
"""How far a tile reaches over its edge, in units of its grid, so that strokes do not break."""
MAX_ZOOM = 20
CGCS2000, WGS84, WEB_MERCATOR = 4490, 4326, 3857
HALF_WORLD_M = 20037508.342789244
"""Half the side of the Web Mercator world, metres."""
FACILITIES_FROM_ZOOM = 6
"""Zoom from which facilities are in the tiles; above it a country of points would be one stain."""
MARKERS_FROM_ZOOM = 7
"""Zoom from which markers are in the tiles."""
LEVEL_FROM_ZOOM = {"province": 0, "prefecture": 5, "county": 7, "township": 10, "village": 13}
"""Zoom from which the divisions of a level are in the tiles."""
LARGE_STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary")
"""Classes of street (OSM highway) that are in the tiles before the others, their links among them.
"""
LARGE_STREETS_FROM_ZOOM, STREETS_FROM_ZOOM = 12, 14


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile by its zoom, column and row (XYZ, row 0 in the north)."""

    z: int
    x: int
    y: int


Rows = Callable[[Tile, Viewer, date], Select[Any]]
"""Gives the rows of a source layer; the first column is the geometry in EPSG:4490."""


def make_tile(conn: Connection, layer: str, tile: Tile, viewer: Viewer, at: date) -> bytes:
    """Make a vector tile of what the viewer may see on a date; empty where nothing is.

    Raises
    ------
    LayerUnknownError
    OptionInvalidError
        If there is no such tile.
    """
    if layer not in LAYERS:
        raise LayerUnknownError(layer=layer, allowed=sorted(LAYERS))
    side = 1 << tile.z if 0 <= tile.z <= MAX_ZOOM else 0
    if not (0 <= tile.x < side and 0 <= tile.y < side):
        raise OptionInvalidError(
            option="z/x/y", value=f"{tile.z}/{tile.x}/{tile.y}", allowed=f"z 0–{MAX_ZOOM}"
        )
    parts = [_as_mvt(name, rows(tile, viewer, at), tile) for name, rows in LAYERS[layer].items()]
    return b"".join(bytes(conn.execute(part).scalar() or b"") for part in parts)


def _as_mvt(name: str, rows: Select[Any], tile: Tile) -> Select[Any]:
    found = rows.subquery()
    geom, *properties = found.c
    # Half a unit of the grid is a sixteenth of a pixel, and most vertices need no projection then.
    thin = func.ST_Simplify(geom, 180 / EXTENT / (1 << tile.z), True)
    # CGCS2000 is taken as WGS 84 here, by name: PROJ would only call the same thing "ballpark".
    mercator = func.ST_Transform(func.ST_SetSRID(thin, WGS84), WEB_MERCATOR)
    envelope = func.ST_TileEnvelope(tile.z, tile.x, tile.y)
    shape = func.ST_AsMVTGeom(mercator, envelope, EXTENT, BUFFER)
    drawn = select(shape.label("shape"), *properties).subquery("drawn")
    mvt = func.ST_AsMVT(drawn.table_valued(), name, EXTENT, "shape")
    # ST_AsMVT leaves out what has no shape left; a condition on it would draw everything twice.
    return select(mvt).select_from(drawn)


def _meets(geom: ColumnElement[Any], tile: Tile) -> ColumnElement[bool]:
    """Return whether a geometry meets the tile with its buffer; the literal is transformed."""
    tile_m = 2 * HALF_WORLD_M / (1 << tile.z)
    beyond = tile_m * BUFFER / EXTENT
    west, north = tile.x * tile_m - HALF_WORLD_M, HALF_WORLD_M - tile.y * tile_m
    sides = (west - beyond, north - tile_m - beyond, west + tile_m + beyond, north + beyond)
    # Past 180° longitudes begin anew at -180°, and the reach would be the rest of the world.
    inside = (min(max(side, -HALF_WORLD_M), HALF_WORLD_M) for side in sides)
    envelope = func.ST_MakeEnvelope(*inside, WEB_MERCATOR)
    reach = func.ST_SetSRID(func.ST_Transform(envelope, WGS84), CGCS2000)
    return geom.op("&&")(reach)


def _shown_levels(zoom: int) -> list[str]:
    return [level for level in LEVELS if LEVEL_FROM_ZOOM[level] <= zoom]


def _divisions(tile: Tile, viewer: Viewer, at: date) -> Select[Any]:
    version = division_version.c
    return select(
        version.geom, version.code, version.name, version.level, version.publication
    ).where(_meets(version.geom, tile), *_shown(tile, viewer, at))


def _division_labels(tile: Tile, viewer: Viewer, at: date) -> Select[Any]:
    version = division_version.c
    return select(version.label, version.code, version.name, version.level, version.area_km2).where(
        _meets(version.label, tile), *_shown(tile, viewer, at)
    )


def _shown(tile: Tile, viewer: Viewer, at: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on which a division is in a tile, wherever it lies."""
    version = division_version.c
    return (
        version.valid.contains(at),
        version.level.in_(_shown_levels(tile.z)),
        visible(viewer, version.publication, version.division_id),
    )


def _boundary_lines(tile: Tile, viewer: Viewer, at: date) -> Select[Any]:
    version = boundary_line_version.c
    left, right = division_version.alias("left_side"), division_version.alias("right_side")
    return (
        select(
            version.geom,
            cast(version.line_id, Text).label("id"),
            version.level,
            boundary_line.c.unit_level,
            left.c.code.label("left_code"),
            left.c.name.label("left_name"),
            right.c.code.label("right_code"),
            right.c.name.label("right_name"),
            version.length_km,
            version.origin,
        )
        .join(boundary_line, boundary_line.c.id == version.line_id)
        .join(left, and_(left.c.division_id == version.left_id, left.c.valid.contains(at)))
        .join(right, and_(right.c.division_id == version.right_id, right.c.valid.contains(at)))
        .where(
            _meets(version.geom, tile),
            version.valid.contains(at),
            boundary_line.c.unit_level.in_(_shown_levels(tile.z)),
            visible(viewer, version.publication, version.left_id, version.right_id),
        )
    )


def _streets(tile: Tile, viewer: Viewer, at: date) -> Select[Any]:  # noqa: ARG001 - streets have no day
    """Give the streets of the newest network of each name."""
    edge = network_edge.c
    shown: ColumnElement[bool] = edge.highway.in_(
        [*LARGE_STREETS, *(f"{name}_link" for name in LARGE_STREETS)]
    )
    if tile.z >= STREETS_FROM_ZOOM:
        shown = true()
    elif tile.z < LARGE_STREETS_FROM_ZOOM:
        shown = false()
    return (
        select(edge.geom, edge.highway, edge.name, network.c.publication)
        .join(network, network.c.id == edge.network_id)
        .where(_meets(edge.geom, tile), shown, network.c.id.in_(newest_networks(viewer)))
    )


def _facilities(tile: Tile, viewer: Viewer, at: date) -> Select[Any]:
    version = facility_version.c
    groups, symbols = (
        {kind.key: getattr(kind, told) for kind in KINDS.values()} for told in ("group", "symbol")
    )
    return select(
        version.geom,
        cast(version.facility_id, Text).label("id"),
        version.kind,
        case(groups, value=version.kind).label("group"),
        case(symbols, value=version.kind).label("symbol"),
        version.name,
        version.beds,
        version.position_quality,
        version.publication,
    ).where(
        true() if tile.z >= FACILITIES_FROM_ZOOM else false(),
        _meets(version.geom, tile),
        version.valid.contains(at),
        visible(viewer, version.publication, version.division_id),
    )


def _markers(tile: Tile, viewer: Viewer, at: date) -> Select[Any]:
    """Give the markers of the viewer's own lines; no publication opens them to anybody else."""
    version, event = marker_version.c, marker_event.c
    state = (
        select(event.state)
        .where(event.marker_id == version.marker_id, event.at <= at)
        .order_by(event.at.desc(), event.recorded_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        version.geom,
        cast(version.marker_id, Text).label("id"),
        func.concat(version.number, version.member).label("number"),
        func.coalesce(state, "in_place").label("state"),
        version.set_up,
        version.faces,
    ).where(
        true() if tile.z >= MARKERS_FROM_ZOOM else false(),
        _meets(version.geom, tile),
        version.valid.contains(at),
        reach_some(viewer, version.sides),
    )


LAYERS: dict[str, dict[str, Rows]] = {
    "divisions": {"divisions": _divisions, "division_labels": _division_labels},
    "boundary_lines": {"boundary_lines": _boundary_lines},
    "facilities": {"facilities": _facilities},
    "streets": {"streets": _streets},
    "markers": {"markers": _markers},
}
"""Layer → its source layers; a new layer is an entry here and its paint in ``maps.style``."""
