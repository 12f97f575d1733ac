"""Features on their way in: a file is one layer, with where it comes from and what it covers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas as gpd
import shapely
from sqlalchemy import Connection, insert, select

from geo.access.jurisdiction import require_role
from geo.db.ids import new_id
from geo.db.sql import bind_wkb
from geo.errors import OptionInvalidError
from geo.exchange.findings import Collector, Conclusion, Finding
from geo.exchange.schema import CellError, Column, Schema, parse_number, parse_text
from geo.exchange.tables import import_run
from geo.features.read import LAYERS
from geo.features.tables import feature, feature_layer
from geo.incoming import Outcome, Task
from geo.texts import Text

LONGEST_WORDS = 200
MOST_LON, MOST_LAT = 180.0, 90.0
LEAST_DEG = 1e-7
TAKES = frozenset({"kind", "name", "source", "licence", "extent"})


def parse_label(value: object) -> str:
    """Return a name of which the beginning is enough."""
    return parse_text(value, max_len=10 * LONGEST_WORDS)[:LONGEST_WORDS]


SCHEMA = Schema(
    kind="features",
    columns=(
        Column("name", ("name", "名称", "地名", "河名", "路名", "道路名称", "mc"), parse_label),
        Column(
            "kind",
            ("kind", "fclass", "class", "type", "waterway", "highway", "类型", "类别", "等级"),
            parse_label,
        ),
    ),
    geometry=frozenset(
        {
            "Point",
            "MultiPoint",
            "LineString",
            "MultiLineString",
            "Polygon",
            "MultiPolygon",
        }
    ),
    geometry_required=True,
)


def check_features(task: Task) -> Outcome:
    """Check staged features; the facts say which layer they are, whose, and what area is covered.

    Raises
    ------
    OptionInvalidError
        If the layer is unknown, or the extent is no box.
    RoleMissingError, UnauthenticatedError
        Unless the viewer is an editor everywhere: a river is no one division's.
    """
    require_role(task.conn, task.viewer, "editor", [None], what=task.staged.file_name)
    facts = task.options.facts
    layer = facts.get("kind", "")
    if layer not in LAYERS:
        raise OptionInvalidError(
            option="--kind", value=layer or Text("reason.not_given"), allowed=list(LAYERS)
        )
    rows = task.staged.rows[~task.staged.rows["row"].isin(task.staged.bad_rows)]
    extent = _read_extent(facts.get("extent"), rows)
    outcome = Outcome(_outside(rows, extent), [_covers(layer, rows, extent)])
    values = {
        "layer": layer,
        "name": _words(facts.get("name"), "--name") or Path(task.staged.file_name).stem,
        "source": _words(facts.get("source"), "--source") or task.staged.file_name,
        "licence": _words(facts.get("licence"), "--licence"),
        "as_of": task.options.valid_from,
        "publication": task.options.publication,
    }

    def apply() -> Mapping[str, int]:
        if extent is None:
            return {"added": 0, "unchanged": 0}
        return _store(task, values, extent, rows)

    outcome.apply = apply
    return outcome


def _store(
    task: Task, values: Mapping[str, Any], extent: shapely.Polygon, rows: gpd.GeoDataFrame
) -> Mapping[str, int]:
    """Store a layer; the same file with the same facts stays as it is."""
    shape = {"extent": bind_wkb("extent_wkb")}
    wkb = shapely.to_wkb(extent)
    if _is_known(task.conn, values, wkb, task.kept.sha256):
        return {"added": 0, "unchanged": len(rows)}
    layer_id = new_id()
    task.conn.execute(
        insert(feature_layer).values(shape),
        {"id": layer_id, "import_id": task.run_id, "extent_wkb": wkb, **values},
    )
    if len(rows):
        task.conn.execute(insert(feature).values(geom=bind_wkb("geom_wkb")), _rows(layer_id, rows))
    return {"added": len(rows), "unchanged": 0}


def _is_known(conn: Connection, values: Mapping[str, Any], wkb: bytes, sha256: str) -> bool:
    same = [feature_layer.c[name].is_not_distinct_from(value) for name, value in values.items()]
    found = conn.execute(
        select(feature_layer.c.id)
        .join(import_run, import_run.c.id == feature_layer.c.import_id)
        .where(import_run.c.file_sha256 == sha256, *same)
        .where(feature_layer.c.extent.ST_OrderingEquals(bind_wkb("extent_wkb"))),
        {"extent_wkb": wkb},
    )
    return found.first() is not None


def _rows(layer_id: UUID, rows: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "layer_id": layer_id,
            "name": name,
            "kind": kind,
            "geom_wkb": shapely.to_wkb(shape),
        }
        for name, kind, shape in zip(rows["name"], rows["kind"], rows.geometry, strict=True)
    ]


def _read_extent(said: str | None, rows: gpd.GeoDataFrame) -> shapely.Polygon | None:
    """Return what is covered: as told (west,south,east,north), else the box round the features."""
    if said is None:
        if len(rows) == 0:
            return None
        west, south, east, north = shapely.total_bounds(rows.geometry.to_numpy())
        # A single place covers nothing round it, but a polygon it must be.
        return _box(west, south, max(east, west + LEAST_DEG), max(north, south + LEAST_DEG))
    try:
        west, south, east, north = (parse_number(part) for part in said.split(","))
    except (CellError, ValueError):
        west, south, east, north = 0.0, 0.0, 0.0, 0.0
    if not (-MOST_LON <= west < east <= MOST_LON and -MOST_LAT <= south < north <= MOST_LAT):
        raise OptionInvalidError(option="--extent", value=said, allowed="117.0,36.0,117.5,36.5")
    return _box(west, south, east, north)


def _box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])


def _outside(rows: gpd.GeoDataFrame, extent: shapely.Polygon | None) -> list[Finding]:
    found = Collector()
    if extent is not None:
        beyond = ~shapely.intersects(extent, rows.geometry.to_numpy())
        for row in rows["row"].to_numpy()[beyond].tolist():
            found.add(Finding(rule="feature_outside_extent", severity="warning", row=row))
    return found.listed()


def _covers(layer: str, rows: gpd.GeoDataFrame, extent: shapely.Polygon | None) -> Conclusion:
    box = "-" if extent is None else ", ".join(f"{one:.4f}" for one in extent.bounds)
    named = int(rows["name"].notna().sum())
    facts = {"layer": Text(f"feature_layer.{layer}"), "box": box, "named": named}
    return Conclusion(rule="features_covered", facts=facts)


def _words(said: str | None, option: str) -> str | None:
    """Return a word that stands beside the layer; empty is none."""
    if said is None or not said.strip():
        return None
    try:
        return parse_text(said, max_len=LONGEST_WORDS)
    except CellError:
        allowed = Text("allowed.name", {"most": LONGEST_WORDS})
        raise OptionInvalidError(option=option, value=said, allowed=allowed) from None
