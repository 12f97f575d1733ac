"""GeoParquet: read in batches, so that what unpacks is counted while it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.crs.systems import CGCS2000, read_crs
from geo.errors import FileRefusedError
from geo.exchange.findings import Finding
from geo.exchange.geopackage_file import GEOMETRY, arrow_of, blanks_to_none, shapes_of_wkb
from geo.exchange.outgoing import Frame, geometry_types
from geo.exchange.raw import Geometries, RawTable, Source, too_many_rows, unreadable
from geo.progress import report
from geo.texts import Text

KIND = "GeoParquet"
MAGIC = b"PAR1"
BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, TypeError)


def read(source: Source) -> RawTable:
    """Read a GeoParquet file; plain Parquet gives rows without geometry.

    Raises
    ------
    FileUnreadableError
        If it is cut, damaged or has too many rows.
    FileRefusedError
        If it unpacks to too much, or holds geometry in another form than WKB.
    """
    try:
        table = _read_batches(source)
        about = json.loads((table.schema.metadata or {}).get(b"geo", b"null"))
        name = about["primary_column"] if about else None
        column = about["columns"][name] if about else {}
    except BROKEN:
        raise unreadable(source, KIND, "damaged") from None
    shapes: Geometries | None = None
    findings: list[Finding] = []
    if name is not None and name in table.column_names:
        if column.get("encoding") != "WKB":
            raise FileRefusedError(
                file=source.name,
                reason=Text("reason.geometry_encoding", {"encoding": str(column.get("encoding"))}),
            )
        shapes, findings = shapes_of_wkb(table.column(name).to_pylist())
        table = table.drop_columns([name])
    crs, assumed = _crs_of(column, source)
    return RawTable(
        heads=list(table.column_names),
        columns=[blanks_to_none(cells.to_pylist()) for cells in table.columns],
        rows=range(1, table.num_rows + 1),
        geometry=shapes,
        crs=crs,
        crs_from="crs_from.metadata",
        crs_assumed=assumed,
        findings=findings,
    )


def write(frame: Frame, path: Path) -> list[Finding]:
    """Write a frame as GeoParquet 1.1 in EPSG:4490, geometry as WKB."""
    table = arrow_of(frame)
    about = {
        "version": "1.1.0",
        "primary_column": GEOMETRY,
        "columns": {
            GEOMETRY: {
                "encoding": "WKB",
                "geometry_types": geometry_types(frame),
                "crs": CGCS2000.to_json_dict(),
            }
        },
    }
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), path)
    return []


def _read_batches(source: Source) -> pa.Table:
    size, rows = 0, 0
    batches = []
    with pq.ParquetFile(source.path) as file:
        for batch in file.iter_batches(batch_size=16_384):
            report(source.progress, 0.2, "job.reading")
            size += batch.nbytes
            rows += batch.num_rows
            if rows > source.options.max_rows:
                raise too_many_rows(source, KIND)
            if size > source.options.max_unpacked_bytes:
                raise FileRefusedError(
                    file=source.name,
                    reason=Text(
                        "reason.zip_bomb", {"limit_mb": source.options.max_unpacked_bytes // 2**20}
                    ),
                )
            batches.append(batch)
        return pa.Table.from_batches(batches, schema=file.schema_arrow)


def _crs_of(column: dict[str, Any], source: Source) -> tuple[CRS | None, CRS | None]:
    """Return the system stated, and CRS84 where the standard supposes it; null is unknown."""
    if "crs" not in column:
        return None, read_crs("OGC:CRS84")
    try:
        return None if column["crs"] is None else CRS.from_json_dict(column["crs"]), None
    except (CRSError, TypeError, AttributeError):
        raise FileRefusedError(
            file=source.name, reason=Text("reason.crs_unknown", {"crs": str(column["crs"])[:80]})
        ) from None
