"""GeoPackage, through GDAL once SQLite itself has found the file sound and its layers tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import shapely
from pyogrio import read_info
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyogrio.raw import read_arrow, write_arrow
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs.systems import EPSG
from geo.errors import FileRefusedError, OptionInvalidError
from geo.exchange.findings import Finding
from geo.exchange.outgoing import Frame, cells_of
from geo.exchange.raw import Geometries, RawTable, Source, quiet, too_many_rows, unreadable
from geo.texts import Text

KIND = "GeoPackage"
MAGIC = b"SQLite format 3\x00"
UNDEFINED_SRS = frozenset({0, -1})
BROKEN = (
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
    RuntimeError,
    ValueError,
    OSError,
    pa.ArrowException,
)
GEOMETRY = "geom"


@dataclass(frozen=True)
class _Layer:
    name: str
    is_computed: bool
    srs: int | None


def read(source: Source) -> RawTable:
    """Read the layer named by ``layer``, or the only one.

    Raises
    ------
    FileUnreadableError
        If SQLite finds the file damaged or it is no GeoPackage.
    FileRefusedError
        If the layer is a view or a virtual table: what a stranger's SQL does on reading is his
        choice.
    OptionInvalidError
        If there are several layers and none, or an unknown one, was named.
    """
    layer = _choose_layer(_layers(source), source)
    meta, table = _read_layer(layer, source)
    name = meta["geometry_name"] or "wkb_geometry"
    shapes: Geometries | None = None
    findings: list[Finding] = []
    if name in table.column_names:
        shapes, findings = shapes_of_wkb(table.column(name).to_pylist())
        table = table.drop_columns([name])
    crs = None if layer.srs in UNDEFINED_SRS or layer.srs is None else _crs(meta["crs"])
    return RawTable(
        heads=list(table.column_names),
        columns=[blanks_to_none(column.to_pylist()) for column in table.columns],
        rows=range(1, table.num_rows + 1),
        geometry=shapes,
        crs=crs,
        crs_from="crs_from.layer",
        findings=findings,
    )


def write(frame: Frame, path: Path) -> list[Finding]:
    """Write a frame as one layer ``yutu`` in EPSG:4490, dates as dates, codes as text."""
    write_arrow(
        arrow_of(frame),
        path,
        driver="GPKG",
        layer="yutu",
        geometry_name=GEOMETRY,
        geometry_type="Unknown",
        crs=f"EPSG:{EPSG}",
    )
    return []


def arrow_of(frame: Frame) -> pa.Table:
    """Return a frame as an Arrow table, geometry as WKB in ``geom``."""
    names, columns = cells_of(frame)
    arrays = [pa.array(column) for column in columns]
    arrays = [
        array.cast(pa.string()) if pa.types.is_null(array.type) else array for array in arrays
    ]
    wkb = pa.array(shapely.to_wkb(frame.geometry.to_numpy()).tolist(), type=pa.binary())
    fields = [pa.field(name, array.type) for name, array in zip(names, arrays, strict=True)]
    geometry = pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})
    return pa.Table.from_arrays([*arrays, wkb], schema=pa.schema([*fields, geometry]))


def shapes_of_wkb(cells: list[Any]) -> tuple[Geometries, list[Finding]]:
    """Return geometries of WKB cells; a cell that is none of any is a finding in its row."""
    wkb = np.array([*cells, None], dtype=object)[:-1]
    with np.errstate(invalid="ignore"):
        shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    findings = [
        Finding(rule="geometry_broken", severity="error", row=int(place) + 1, value="WKB")
        for place in np.flatnonzero(shapely.is_missing(shapes))
        if cells[place] is not None
    ]
    return shapes, findings


def blanks_to_none(cells: list[Any]) -> list[object]:
    """Return cells with blank text made None."""
    return [None if isinstance(cell, str) and not cell.strip() else cell for cell in cells]


def _layers(source: Source) -> list[_Layer]:
    uri = f"file:{quote(str(source.path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as db:
            if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise unreadable(source, KIND, "damaged")
            found = db.execute(
                "SELECT c.table_name, m.type = 'view' OR m.sql LIKE 'CREATE VIRTUAL%', g.srs_id"
                " FROM gpkg_contents AS c"
                " JOIN sqlite_master AS m ON m.name = c.table_name"
                " LEFT JOIN gpkg_geometry_columns AS g ON g.table_name = c.table_name"
                " WHERE c.data_type IN ('features', 'attributes') ORDER BY c.table_name"
            ).fetchall()
            layers = [_Layer(name, bool(computed), srs) for name, computed, srs in found]
            for layer in layers:
                _check_size(db, layer, source)
    except sqlite3.Error:
        raise unreadable(source, KIND, "damaged") from None
    return layers


def _read_layer(layer: _Layer, source: Source) -> tuple[Any, pa.Table]:
    """Read through GDAL, by a link of the right suffix, so that no other driver feels called."""
    path = source.folder / "layers.gpkg"
    path.symlink_to(source.path.absolute())
    try:
        with quiet():
            if read_info(path, layer=layer.name)["driver"] != "GPKG":
                raise unreadable(source, KIND, "damaged")
            meta, table = read_arrow(path, layer=layer.name, encoding="UTF-8")
    except BROKEN:
        raise unreadable(source, KIND, "damaged") from None
    return meta, table


def _check_size(db: sqlite3.Connection, layer: _Layer, source: Source) -> None:
    if layer.is_computed:
        return
    name = layer.name.replace('"', '""')
    (count,) = db.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608  (quoted)
    if count > source.options.max_rows:
        raise too_many_rows(source, KIND)


def _choose_layer(layers: list[_Layer], source: Source) -> _Layer:
    if not layers:
        raise unreadable(source, KIND, "no_layers")
    wanted = source.options.layer
    chosen = (
        layers[0]
        if wanted is None and len(layers) == 1
        else next((layer for layer in layers if layer.name == wanted), None)
    )
    if chosen is None:
        raise OptionInvalidError(
            option="--layer",
            value=wanted or Text("reason.not_given"),
            allowed=[layer.name for layer in layers],
        )
    if chosen.is_computed:
        raise FileRefusedError(
            file=source.name, reason=Text("reason.layer_view", {"layer": chosen.name})
        )
    return chosen


def _crs(given: str | None) -> CRS | None:
    try:
        return None if given is None else CRS.from_user_input(given)
    except CRSError:
        return None
